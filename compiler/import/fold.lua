-- fold.lua: operators of known numbers, so that what a model computes of shapes and of its weights is gone before the graph is
-- built. A row: f(x, node), x a list of {array =}.

local cnnc = ...
local array, import = cnnc.array, cnnc.import
local value = import.value
local attribute = import.attribute

local fold = {}
import.fold = fold

---- Arrays ----------------------------------------------------------------------------------------------

local function strides_of(dims)
  local strides, stride = {}, 1
  for i = #dims, 1, -1 do
    strides[i] = stride
    stride = stride * dims[i]
  end
  return strides
end

function import.reshaped(known, dims)
  if value.product(dims) ~= array.count(known) then import.fail(nil, "cannot reshape %d numbers", array.count(known)) end
  return import.same_source(array.strided(known, dims, strides_of(dims), 0), known)
end

function import.transposed(known, order)
  local dims, to_dims, to_strides = array.dims(known), {}, {}
  local strides = strides_of(dims)
  for i, axis in ipairs(order) do to_dims[i], to_strides[i] = dims[axis], strides[axis] end
  return import.same_source(array.strided(known, to_dims, to_strides, 0), known)
end

-- Repeated along axes of length 1, and along new ones in front.
function import.expanded(known, dims)
  local own = array.dims(known)
  local strides, result = strides_of(own), {}
  for i, size in ipairs(dims) do
    local at = i - (#dims - #own)
    result[i] = at >= 1 and own[at] == size and size ~= 1 and strides[at] or 0
    if at >= 1 and own[at] ~= size and own[at] ~= 1 then import.fail(nil, "cannot expand %d to %d", own[at], size) end
  end
  return array.strided(known, dims, result, 0)
end

-- `count` places of an axis from `begin` (from 0) on, `step` apart.
function import.taken(known, axis, begin, step, count)
  local dims = array.dims(known)
  local strides = strides_of(dims)
  local offset = begin * strides[axis]
  dims[axis], strides[axis] = count, strides[axis] * step
  return array.strided(known, dims, strides, count > 0 and offset or 0)
end

local function of(known) return {array = known} end

local function full(kind, dims, number)
  local strides = {}
  for i = 1, #dims do strides[i] = 0 end
  return array.strided(array.from(kind, {1}, {number}), dims, strides, 0)
end

import.full = full

-- Both as arrays of their common lengths.
local function aligned(x)
  local dims = value.broadcast(x)
  if not dims then import.fail(nil, "arrays do not go together") end
  local list = {}
  for i, known in ipairs(x) do list[i] = import.expanded(known.array, dims) end
  return list
end

-- f of neighbours, from the first on.
local function binary(name)
  return function(x)
    local list = aligned(x)
    local result = list[1]
    for i = 2, #list do result = array.binary(name, result, list[i]) end
    return of(result)
  end
end

for op, name in pairs{Add = "add", Sub = "subtract", Mul = "multiply", Div = "divide", Pow = "power", Sum = "add", Max = "maximum",
                      Min = "minimum", Equal = "equal", Less = "less", LessOrEqual = "less_equal", Greater = "greater",
                      GreaterOrEqual = "greater_equal", And = "and", Or = "or", Xor = "xor"} do
  fold[op] = binary(name)
end

function fold.Mod(x) return binary(attribute("fmod", 0) == 1 and "fmod" or "remainder")(x) end

for op, name in pairs{Neg = "negative", Sqrt = "sqrt", Floor = "floor", Ceil = "ceil", Not = "not", Exp = "exponential",
                      Log = "log", Abs = "abs", Round = "round", Reciprocal = "reciprocal"} do
  fold[op] = function(x) return of(array.unary(name, x[1].array)) end
end

function fold.Where(x)
  local list = aligned(x)
  return of(array.select(list[1], list[2], list[3]))
end

local TYPES <const> = {"float", "int", "int", "int", "int", "int", "int", nil, "bool", "float", "float", "int", "int", nil, nil,
                       "float"}

function fold.Cast(x)
  local to = TYPES[attribute("to", 1)]
  if not to then import.fail(nil, "casts to a type that is not known") end
  return of(array.cast(x[1].array, to))
end

---- Constants and shapes --------------------------------------------------------------------------------

function fold.Constant()
  local known = attribute("value")
  if known then return of(known) end
  for _, row in ipairs{{"value_float", "float"}, {"value_int", "int"}, {"value_floats", "float"}, {"value_ints", "int"}} do
    local found, kind = attribute(row[1]), row[2]
    if found then
      return of(type(found) == "table" and array.from(kind, {#found}, found) or array.from(kind, {}, {found}))
    end
  end
  import.fail(nil, "is of a kind that is not known")
end

function fold.ConstantOfShape(x)
  local given = attribute("value")
  local kind, number = "float", 0
  if given then kind, number = array.type(given), array.list(given)[1] end
  return of(full(kind, import.integers(x[1]), number))
end

function fold.Range(x)
  local from, to, step = array.list(x[1].array)[1], array.list(x[2].array)[1], array.list(x[3].array)[1]
  local list = {}
  if step == 0 then import.fail(nil, "has a step of 0") end
  local count = math.max(math.ceil((to - from) / step), 0)
  if count > 65536 then import.fail(nil, "makes more than 65536 numbers") end
  for i = 1, count do list[i] = from + (i - 1) * step end
  return of(array.from(array.type(x[1].array), {#list}, list))
end

function import.shape_of(x)
  local dims = value.dims(x)
  local first, last = attribute("start", 0), attribute("end", #dims)
  if first < 0 then first = first + #dims end
  if last < 0 then last = last + #dims end
  local taken = table.move(dims, math.max(first, 0) + 1, math.min(last, #dims), 1, {})
  return of(array.from("int", {#taken}, taken))
end

function fold.Identity(x) return x[1] end
fold.Dropout = fold.Identity

---- Movement --------------------------------------------------------------------------------------------

function fold.Gather(x)
  local axis = import.axis(attribute("axis", 0), #array.dims(x[1].array))
  return of(array.gather(x[1].array, x[2].array, axis))
end

function fold.Concat(x)
  local list = {}
  for i, part in ipairs(x) do list[i] = part.array end
  return of(array.concat(list, import.axis(attribute("axis", 1), #array.dims(list[1]))))
end

function fold.Tile(x)
  local known = x[1].array
  for axis, times in ipairs(import.repeats(x)) do
    local parts = {}
    for i = 1, times do parts[i] = known end
    known = array.concat(parts, axis)
  end
  return of(known)
end

-- Of numbers along some axes (from 1): with them last, the runs of numbers are reduced.
function import.reduced(name, known, axes, keepdims)
  local dims, is_reduced, order, kept, length = array.dims(known), {}, {}, {}, 1
  for _, axis in ipairs(axes) do is_reduced[axis] = true end
  for axis, size in ipairs(dims) do
    if is_reduced[axis] then
      length = length * size
      if keepdims then kept[#kept + 1] = 1 end
    else
      order[#order + 1], kept[#kept + 1] = axis, size
    end
  end
  for axis in ipairs(dims) do
    if is_reduced[axis] then order[#order + 1] = axis end
  end
  return import.reshaped(array.reduce(name, import.transposed(known, order), length), kept)
end
