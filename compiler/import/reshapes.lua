-- reshapes.lua: reshapes later, until they meet others, or none is left: operators of ONNX see more axes than a person would.
--
-- What a reshape makes is *virtual*: its numbers lie in `base`, of another shape. Ops to which the shape is all the same are done
-- to the base, and windows over images of one row are those over sequences.

local cnnc = ...
local import = cnnc.import
local flow = import.flow
local concat = table.concat

local function same_shape(a, b) return concat(a, "x") == concat(b, "x") end

local function is_row_image(self, key)
  local shape = self.shapes[key]
  return #shape == 3 and shape[1] == 1
end

local function same_last(self, key, base)
  local a, b = self.shapes[key], self.shapes[base]
  return a[#a] == b[#b]
end

local function first_of(value, default)
  if type(value) == "table" then return value[1] end
  return value or default
end

local function no_rows(list) return type(list) == "table" and list[1] == 0 and list[2] == 0 end

-- Does a window of these attributes look along columns alone?
local function is_row_window(a, size)
  return size == 1 and (a.padding ~= "explicit" or no_rows(a.pads)) and first_of(a.strides, 1) == 1
end

-- May the op be done to `base` in place of `key`, its first operand? What it makes is then of the first's lengths but for those of
-- the windows.
local movable = {}

function movable.unary() return true end
movable.affine, movable.cast = movable.unary, movable.unary
function movable.softmax(self, _, key, base) return same_last(self, key, base) end
movable.batch_norm = movable.softmax

function movable.binary(self, statement, key, base, virtual)
  local other = statement.operands[2]
  if not other or other.number then return other ~= nil end
  if other.parameter then return #cnnc.shape(other.parameter.tensor) == 1 and same_last(self, key, base) end
  local second = virtual[other.key]
  return second and same_shape(self.shapes[key], self.shapes[other.key]) and same_shape(self.shapes[base], self.shapes[second.base])
end

function movable.conv2d(self, statement, key)
  local kernel = statement.operands[2].parameter
  statement.sequence = kernel and is_row_image(self, key) and self.shapes[key][2] > 1
    and is_row_window(statement.attributes, cnnc.shape(kernel.tensor)[1])
  return statement.sequence
end

-- Those of sequences have no pads but those of padding = "same".
local function has_word_for_pads(self, a, key)
  local pads, n = a.padding == "explicit" and a.pads or {0, 0, 0, 0}, self.shapes[key][2]
  if pads[3] == 0 and pads[4] == 0 then return true end
  return flow.is_same(pads, {1, n}, {1, a.pool[2]}, {1, type(a.strides) == "table" and a.strides[2] or a.strides or 2}, {1, 1})
end

local function pool(self, statement, key)
  local a = statement.attributes
  statement.sequence = is_row_image(self, key) and is_row_window(a, first_of(a.pool, 2)) and has_word_for_pads(self, a, key)
  return statement.sequence
end
movable.max_pool2d, movable.average_pool2d = pool, pool

-- Does a pool make one row of channels of all the image, or the sequence?
local function is_whole(self, statement)
  local a = statement.attributes
  if statement.op ~= "max_pool2d" and statement.op ~= "average_pool2d" or a.padding and a.padding ~= "valid" then return false end
  local size, shape = a.pool or 2, self.shapes[statement.operands[1].key]
  if type(size) ~= "table" then size = {size, size} end
  return #shape == 3 and size[1] == shape[1] and size[2] == shape[2]
end

function movable.pad2d(self, statement, key)
  local sides = statement.attributes.padding
  statement.sequence = is_row_image(self, key) and no_rows(sides) and (sides[3] >= 0) == (sides[4] >= 0)
  return statement.sequence
end

-- Which axes of a shape are one axis each of a shorter one: {{1}, {2, 3}}; nil: that is not so.
local function merged_axes(from, to)
  local runs, at = {}, 1
  for i, size in ipairs(to) do
    local run, product = {}, 1
    while at <= #from and (product < size or from[at] == 1 and (#run == 0 or i == #to)) do
      run[#run + 1], product, at = at, product * from[at], at + 1
    end
    if product ~= size then return nil end
    runs[i] = run
  end
  return at > #from and runs or nil
end

-- An op along axes of `key` is one along those of its base, which has more of them: sets statement.moved to these axes, from 0,
-- for each of the list.
local function along_base(self, key, base, axes)
  local runs, list = merged_axes(self.shapes[base], self.shapes[key]), {}
  if not runs or #self.shapes[base] <= #self.shapes[key] then return nil end
  for _, axis in ipairs(axes) do
    for _, at in ipairs(runs[(axis < 0 and axis + #runs or axis) + 1]) do list[#list + 1] = at - 1 end
  end
  return list
end

function movable.permute(self, statement, key, base)
  local order = along_base(self, key, base, statement.attributes.order)
  if not order then return false end
  statement.shape = {}
  for i, axis in ipairs(order) do statement.shape[i] = self.shapes[base][axis + 1] end
  statement.attributes = {order = order}
  return true
end

function movable.reduce(self, statement, key, base)
  local a, is_reduced = statement.attributes, {}
  local axes = a.axes and along_base(self, key, base, a.axes)
  if not axes then return false end
  statement.shape = {}
  for _, axis in ipairs(axes) do is_reduced[axis + 1] = true end
  for i, size in ipairs(self.shapes[base]) do
    if a.keepdims or not is_reduced[i] then statement.shape[#statement.shape + 1] = is_reduced[i] and 1 or size end
  end
  statement.attributes = {["function"] = statement.name, axes = axes, keepdims = a.keepdims}
  return true
end

-- The axis of a shape, from 1, with so many numbers in front of it and along it; nil: there is none.
local function axis_behind(shape, before, size)
  local product = 1
  for axis, own in ipairs(shape) do
    if product == before and own == size then return axis end
    product = product * own
  end
end

local function numbers_before(shape, axis)
  local product = 1
  for i = 1, axis - 1 do product = product * shape[i] end
  return product
end

local function part(self, statement, key, base)
  local shape, own = self.shapes[key], self.shapes[statement.outs[1]]
  local axis = (statement.attributes.axis or 0) + 1
  local at = axis_behind(self.shapes[base], numbers_before(shape, axis), shape[axis])
  if not at then return false end
  statement.shape = table.move(self.shapes[base], 1, #self.shapes[base], 1, {})
  statement.shape[at], statement.attributes.axis = own[axis], at - 1
  return true
end
movable.slice, movable.border = part, part

-- Tensors that are joined along an axis which is one of all of their bases, whose other axes are the same.
function movable.concat(self, statement, _, _, virtual)
  local axis, first, at = (statement.attributes.axis or 0) + 1, nil, nil
  local count = 0
  for _, operand in ipairs(statement.operands) do
    if not operand.key then return false end
    local shape = self.shapes[operand.key]
    local own = self.shapes[virtual[operand.key] and virtual[operand.key].base or operand.key]
    local place = axis_behind(own, numbers_before(shape, axis), shape[axis])
    if not place or first and (#own ~= #first or place ~= at) then return false end
    for i, size in ipairs(first or {}) do
      if i ~= at and own[i] ~= size then return false end
    end
    first, at, count = first or own, place, count + shape[axis]
  end
  statement.shape = table.move(first, 1, #first, 1, {})
  statement.shape[at] = count
  statement.attributes = {axis = at - 1}
  return true
end

-- What a moved op makes of its base.
local function moved_shape(self, statement, base)
  local shape = self.shapes[statement.outs[1]]
  if statement.whole then return {shape[3]} end
  if statement.sequence then return {shape[2], shape[3]} end
  return statement.shape or self.shapes[base]
end

function import.sink_reshapes(self)
  local virtual, alias, list, is_output = {}, {}, {}, {}
  for _, key in ipairs(self.outputs) do is_output[key] = true end
  local function need(key, statement)
    local found = virtual[key]
    if not found then return end
    virtual[key] = nil
    list[#list + 1] = {op = "reshape", operands = {{key = found.base}}, attributes = {shape = self.shapes[key]}, outs = {key},
      ins = {found.base}, parameters = {}, node = found.node, group = statement and statement.group}
  end
  local function real(operand)
    if operand and operand.key then operand.key = alias[operand.key] or operand.key end
  end
  -- A sequence of this image of one row.
  local function sequence_of(key, statement)
    local shape, base = self.shapes[key], virtual[key].base
    local wanted, new = {shape[2], shape[3]}, {}
    if same_shape(self.shapes[base], wanted) then return end
    self.shapes[new] = wanted
    list[#list + 1] = {op = "reshape", operands = {{key = base}}, attributes = {shape = wanted}, outs = {new}, ins = {base},
      parameters = {}, node = statement.node, group = statement.group}
    virtual[key].base = new
  end
  local function move(statement, base)
    local out, new = statement.outs[1], {}
    local shape = moved_shape(self, statement, base)
    for i, operand in ipairs(statement.operands) do
      local found = operand and operand.key and virtual[operand.key]
      if found then statement.operands[i] = {key = found.base} end
    end
    if same_shape(shape, self.shapes[out]) then return end
    self.shapes[new] = shape
    virtual[out], statement.outs = {base = new, node = statement.node}, {new}
  end
  for _, statement in ipairs(self.statements) do
    flow.each_operand(statement, real)
    flow.read_again(statement)
    local first = statement.op and statement.operands[1]
    local key = first and first.key
    local base = key and virtual[key] and virtual[key].base
    if statement.op == "reshape" and key then
      base = base or key
      local out = statement.outs[1]
      if same_shape(self.shapes[base], self.shapes[out]) and not is_output[out] then
        alias[out] = base
      else
        virtual[out] = {base = base, node = statement.node}
      end
    else
      local any = base
      if statement.op == "concat" then
        for _, read in ipairs(statement.ins) do any = any or virtual[read] end
      end
      statement.whole = is_whole(self, statement)
      if any and movable[statement.op] and movable[statement.op](self, statement, key, base, virtual) then
        if statement.sequence then sequence_of(key, statement) end
        move(statement, base)
      else
        for _, read in ipairs(statement.ins) do need(read, statement) end
        if statement.whole then move(statement) end
      end
      flow.read_again(statement)
      list[#list + 1] = statement
    end
  end
  local is_input = {}
  for _, key in ipairs(self.inputs) do is_input[key] = true end
  for i, key in ipairs(self.outputs) do
    local base = virtual[key] and virtual[key].base
    if base and same_shape(self.shapes[base], self.shapes[key]) and not is_input[base] then
      self.outputs[i] = base
    else
      need(key)
    end
  end
  self.statements = list
  flow.count(self)
end
