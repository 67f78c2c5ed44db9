-- places.lua: operators that read and write numbers by places that are known: gather, scatter, and what picks rows.

local cnnc = ...
local array, op, import = cnnc.array, cnnc.op, cnnc.import
local value, rows, fold = import.value, import.rows, import.fold
local attribute, reshape = import.attribute, import.reshape

local function both(name, row) rows[name], fold[name] = row, row end

local KNOWN <const> = "--bind NAME=FILE.npy makes an input a constant"

-- The whole numbers of an input.
local function places_of(x)
  if not x.array then import.fail_with(KNOWN, "needs indices that are known when it is compiled") end
  return import.integers(x)
end

local function product(list, first, last)
  local result = 1
  for i = first, last do result = result * list[i] end
  return result
end

-- f of values, that row of operators where all are known. Names of rows that read no attributes since version 7.
local function apply(name, a, b) return (a.array and b.array and fold or rows)[name]{a, b, n = 2} end

---- Reading ----------------------------------------------------------------------------------------------

-- The place of each tuple of the last axis of `known` among the rows that these lengths make.
local function rows_of_tuples(list, dims, width)
  local places = {}
  for i = 0, #list // width - 1 do
    local place = 0
    for k = 1, width do
      local at = list[i * width + k]
      if at < -dims[k] or at >= dims[k] then import.fail(nil, "has an index of %d of %d", at, dims[k]) end
      place = place * dims[k] + (at < 0 and at + dims[k] or at)
    end
    places[i + 1] = place
  end
  return places
end

local function taken(x, places) return import.gather(x, 1, array.from("int", {#places}, places)) end

both("GatherND", function(x)
  local dims, index, list, batches = value.dims(x[1]), value.dims(x[2]), places_of(x[2]), attribute("batch_dims", 0)
  local width = index[#index]
  local wide, n = batches + width, product(index, 1, #index - 1)
  local tuples, per_batch = {}, n // product(index, 1, batches)
  for i = 0, n - 1 do
    local batch = i // per_batch
    for k = batches, 1, -1 do
      tuples[i * wide + k], batch = batch % dims[k], batch // dims[k]
    end
    for k = 1, width do tuples[i * wide + batches + k] = list[i * width + k] end
  end
  local result = table.move(index, 1, #index - 1, 1, {})
  table.move(dims, wide + 1, #dims, #result + 1, result)
  local flat = reshape(x[1], {product(dims, 1, wide), product(dims, wide + 1, #dims)})
  return reshape(taken(flat, rows_of_tuples(tuples, dims, wide)), result)
end)

-- Where in the flat array each index along an axis leads.
local function places_along(list, index, dims, axis)
  local places, inner = {}, product(dims, axis + 1, #dims)
  local strides, stride = {}, 1
  for k = #dims, 1, -1 do strides[k], stride = stride, stride * dims[k] end
  for i = 0, #list - 1 do
    local rest, place, at = i, 0, list[i + 1]
    if at < -dims[axis] or at >= dims[axis] then import.fail(nil, "has an index of %d of %d", at, dims[axis]) end
    for k = #index, 1, -1 do
      if k ~= axis then place = place + rest % index[k] * strides[k] end
      rest = rest // index[k]
    end
    places[i + 1] = place + (at < 0 and at + dims[axis] or at) * inner
  end
  return places
end

both("GatherElements", function(x)
  local dims, index = value.dims(x[1]), value.dims(x[2])
  local axis = import.axis(attribute("axis", 0), #dims)
  local places = places_along(places_of(x[2]), index, dims, axis)
  return reshape(taken(reshape(x[1], {product(dims, 1, #dims)}), places), index)
end)

-- Those of an axis, or of all numbers, of which a condition is true.
both("Compress", function(x)
  local list, places, axis = places_of(x[2]), {}, attribute("axis")
  local whole = axis and x[1] or reshape(x[1], {value.count(x[1])})
  for i, is_true in ipairs(list) do
    if is_true ~= 0 then places[#places + 1] = i - 1 end
  end
  if #places == 0 then import.fail(nil, "takes no numbers at all of %s", value.text(x[1])) end
  return import.gather(whole, axis and import.axis(axis, value.rank(whole)) or 1, array.from("int", {#places}, places))
end)

function fold.NonZero(x)
  local dims, list = array.dims(x[1].array), array.list(array.cast(x[1].array, "float"))
  local found = {}
  for i, number in ipairs(list) do
    if number ~= 0 then found[#found + 1] = i - 1 end
  end
  local numbers, strides, stride = {}, {}, 1
  for k = #dims, 1, -1 do strides[k], stride = stride, stride * dims[k] end
  for k = 1, #dims do
    for _, place in ipairs(found) do numbers[#numbers + 1] = place // strides[k] % dims[k] end
  end
  return {array = array.from("int", {#dims, #found}, numbers)}
end

-- The first so many steps of each sequence backwards.
both("ReverseSequence", function(x)
  local dims, lengths = value.dims(x[1]), places_of(x[2])
  local time, batch = attribute("time_axis", 0) + 1, attribute("batch_axis", 1) + 1
  if time + batch ~= 3 or time == batch then import.fail(nil, "with these axes is not known") end
  local places = {}
  for i = 0, dims[1] - 1 do
    for j = 0, dims[2] - 1 do
      local t, b = time == 1 and i or j, time == 1 and j or i
      local length = lengths[b + 1]
      if length < 0 or length > dims[time] then import.fail(nil, "has a sequence of %d of %d steps", length, dims[time]) end
      local from = t < length and length - 1 - t or t
      places[#places + 1] = time == 1 and from * dims[2] + b or b * dims[2] + from
    end
  end
  local flat = reshape(x[1], {dims[1] * dims[2], product(dims, 3, #dims)})
  return reshape(taken(flat, places), dims)
end)

---- Writing ----------------------------------------------------------------------------------------------

local ARITHMETIC <const> = {add = "Add", mul = "Mul", max = "Max", min = "Min"}

-- x with other numbers at these places of an axis: those of `updates`, along which that axis has as many. Each place once.
local function replaced(x, axis, places, updates)
  local from, size, parts, all_known = {}, value.dims(x)[axis], {n = 0}, true
  for i, place in ipairs(places) do from[place] = i - 1 end
  local begin = 0
  while begin < size do
    local count, own = 1, from[begin]
    while begin + count < size and (own and from[begin + count] == own + count or not own and not from[begin + count]) do
      count = count + 1
    end
    parts.n = parts.n + 1
    parts[parts.n] = import.take(own and updates or x, axis, own or begin, 1, count)
    all_known = all_known and parts[parts.n].array ~= nil
    begin = begin + count
  end
  if parts.n > 4096 then import.fail(nil, "writes numbers in %d runs, of which at most 4096 are written out", parts.n) end
  if parts.n == 1 then return parts[1] end
  if not all_known then return import.joined(parts, axis) end
  for i, part in ipairs(parts) do parts[i] = part.array end
  return {array = array.concat(table.move(parts, 1, parts.n, 1, {}), axis)}
end

-- Places that are written more than once: a list of lists of updates (from 0), in each of which they are different. Of plain
-- writing the last one counts.
local function rounds_of(places, plain)
  local rounds, seen, last = {}, {}, {}
  for i, place in ipairs(places) do
    seen[place], last[place] = (seen[place] or 0) + 1, i
    rounds[seen[place]] = rounds[seen[place]] or {}
    table.insert(rounds[seen[place]], i - 1)
  end
  if not plain or #rounds == 1 then return rounds end
  local only = {}
  for i, place in ipairs(places) do
    if last[place] == i then only[#only + 1] = i - 1 end
  end
  return {only}
end

-- (rows, ...) with (updates, ...) at these rows.
local function scattered(x, places, updates)
  local how = attribute("reduction", "none")
  if how ~= "none" and not ARITHMETIC[how] then import.fail(nil, "with reduction = %s is not known", how) end
  for _, round in ipairs(rounds_of(places, how == "none")) do
    local at = {}
    for i, update in ipairs(round) do at[i] = places[update + 1] end
    local new = #round == #places and updates or taken(updates, round)
    if how ~= "none" then new = apply(ARITHMETIC[how], taken(x, at), new) end
    x = replaced(x, 1, at, new)
  end
  return x
end

-- The places of each of the first axes, if the tuples are all of their combinations in order; else nil.
local function box_of(list, dims, width)
  local places, seen, n = {}, {}, #list // width
  for k = 1, width do
    places[k], seen[k] = {}, {}
    for i = 0, n - 1 do
      local at = list[i * width + k]
      at = at < 0 and at + dims[k] or at
      if at < 0 or at >= dims[k] then import.fail(nil, "has an index of %d of %d", list[i * width + k], dims[k]) end
      if not seen[k][at] then
        places[k][#places[k] + 1], seen[k][at] = at, true
      end
    end
  end
  local stride = n
  for k = 1, width do
    if stride % #places[k] ~= 0 then return nil end
    stride = stride // #places[k]
    for i = 0, n - 1 do
      local at = list[i * width + k]
      if (at < 0 and at + dims[k] or at) ~= places[k][i // stride % #places[k] + 1] then return nil end
    end
  end
  return stride == 1 and places or nil
end

-- x with `updates` in the box of these places, axis by axis.
local function put_box(x, places, updates, axis)
  if axis > #places then return updates end
  local inner, list = x, places[axis]
  local whole = #list == value.dims(x)[axis]
  for i, place in ipairs(list) do whole = whole and place == i - 1 end
  if whole then return put_box(x, places, updates, axis + 1) end
  if axis < #places then inner = import.gather(x, axis, array.from("int", {#list}, list)) end
  return replaced(x, axis, list, put_box(inner, places, updates, axis + 1))
end

both("ScatterND", function(x)
  local dims, index, list = value.dims(x[1]), value.dims(x[2]), places_of(x[2])
  local width, n = index[#index], product(index, 1, #index - 1)
  if n == 0 then return x[1] end
  local box = attribute("reduction", "none") == "none" and box_of(list, dims, width)
  if box then
    local shape = {}
    for k = 1, #dims do shape[k] = box[k] and #box[k] or dims[k] end
    return put_box(x[1], box, reshape(x[3], shape), 1)
  end
  local height, inner = product(dims, 1, width), product(dims, width + 1, #dims)
  local places = rows_of_tuples(list, dims, width)
  return reshape(scattered(reshape(x[1], {height, inner}), places, reshape(x[3], {n, inner})), dims)
end)

local function scatter_elements(x)
  local dims, index, list = value.dims(x[1]), value.dims(x[2]), places_of(x[2])
  local places = places_along(list, index, dims, import.axis(attribute("axis", 0), #dims))
  local flat = reshape(x[1], {product(dims, 1, #dims)})
  return reshape(scattered(flat, places, reshape(x[3], {#list})), dims)
end

both("ScatterElements", scatter_elements)
both("Scatter", scatter_elements)

---- By places that the network is given -------------------------------------------------------------------

local function counted(first, last) -- as an array
  local list = {}
  for i = first, last do list[#list + 1] = i end
  return array.from("float", {#list}, list)
end

-- The tensor's numbers as floats.
local function as_floats(tensor) return cnnc.dtype(tensor) == "int32" and op.cast(tensor, "float32") or tensor end

-- 1 where a place is the index's, else 0, along a new axis; the index counts from the end below 0.
local function one_hot(index, axis, depth)
  local dims, axes, shape = value.dims(index), {}, {}
  for i = 1, #dims do axes[i] = i end
  table.insert(axes, axis, 0)
  for i = 1, #axes do shape[i] = i == axis and depth or 1 end
  local function places(first) return {array = import.reshaped(counted(first, first + depth - 1), shape)} end
  return import.meet({value.with_axes(index, axes), places(0), places(-depth)}, function(t)
    local x = as_floats(t[1])
    return op.binary(op.binary(x, t[2], "equal"), op.binary(x, t[3], "equal"), "add")
  end)
end

function rows.OneHot(x)
  local depth, numbers = places_of(x[2])[1], array.list(array.cast(import.known(x[3], "values"), "float"))
  local axis, off, on = attribute("axis", -1), numbers[1], numbers[2]
  if depth < 1 then import.fail(nil, "has a depth of %d", depth) end
  local hot = one_hot(x[1], import.axis(axis, value.rank(x[1]) + 1), depth)
  if on == 1 and off == 0 then return hot end
  return import.pointwise(hot, function(tensor) return op.affine(tensor, {scale = on - off, offset = off}) end)
end

function fold.OneHot(x)
  local depth, numbers = places_of(x[2])[1], array.list(array.cast(x[3].array, "float"))
  local dims, list, result = array.dims(x[1].array), array.list(array.cast(x[1].array, "int")), {}
  for i, place in ipairs(list) do
    for k = 0, depth - 1 do result[(i - 1) * depth + k + 1] = numbers[(place == k or place + depth == k) and 2 or 1] end
  end
  local axis, order = import.axis(attribute("axis", -1), #dims + 1), {}
  for i = 1, #dims do order[i] = i end
  table.insert(order, axis, #dims + 1)
  local known = array.from(array.type(x[3].array), table.move({depth}, 1, 1, #dims + 1, table.move(dims, 1, #dims, 1, {})), result)
  return {array = import.transposed(known, order)}
end

---- The largest ------------------------------------------------------------------------------------------

local FAR <const> = 16777216 -- behind all places of an axis

local function last_reduced(tensor, name) return op.reduce(tensor, {["function"] = name, axes = {-1}, keepdims = true}) end

-- The first place of the last axis that is marked, or the last one.
local function place_of(marks, places, is_last)
  local candidates = op.select(marks, op.binary(marks, places, "multiply"), is_last and -1 or FAR)
  return last_reduced(candidates, is_last and "max" or "min")
end

-- The place of the largest of the last axis, of several the first, or the last.
local function place_of_largest(tensor, places, is_last)
  return place_of(op.binary(tensor, last_reduced(tensor, "max"), "equal"), places, is_last)
end

-- f(tensor, places, layer) of x with an axis last makes a tensor with `count` numbers there; results are whole numbers if `whole`.
local function along_last(x, axis, count, f)
  local dims, before = value.dims(x), {}
  import.not_along_batch(x, axis)
  for i = 1, #dims do
    if i ~= axis then before[#before + 1] = i end
  end
  local tensors = {import.layer({x}, function(layer)
    return f(value.arrange(x, {before, {axis}}), import.constant(layer, "places", counted(0, dims[axis] - 1)))
  end)}
  local order, sizes = table.move({axis}, 1, 1, #before + 1, table.move(before, 1, #before, 1, {})), dims
  sizes[axis] = count
  for i, tensor in ipairs(tensors) do tensors[i] = value.with_batch(value.of_tensor(tensor, sizes, order), {x}) end
  return table.unpack(tensors)
end

local function arg_row(sign)
  return function(x)
    local axis, is_last = import.axis(attribute("axis", 0), value.rank(x[1])), attribute("select_last_index", 0) == 1
    local result = along_last(x[1], axis, 1, function(tensor, places)
      return place_of_largest(sign < 0 and op.affine(tensor, {scale = -1, offset = 0}) or tensor, places, is_last)
    end)
    if attribute("keepdims", 1) == 1 then return result end
    local axes = {}
    for i = 1, value.rank(result) do axes[#axes + 1] = i ~= axis and i or nil end
    return value.with_axes(result, axes)
  end
end

rows.ArgMax, rows.ArgMin = arg_row(1), arg_row(-1)

function rows.Hardmax(x)
  local rank = value.rank(x[1])
  local axis = import.axis(attribute("axis", import.version >= 13 and -1 or 1), rank)
  if import.version < 13 and axis < rank then
    local dims = value.dims(x[1])
    local node = import.node
    import.node = setmetatable({attributes = {axis = 1}}, {__index = node})
    local flat = rows.Hardmax{reshape(x[1], {product(dims, 1, axis - 1), product(dims, axis, rank)})}
    import.node = node
    return reshape(flat, dims)
  end
  return (along_last(x[1], axis, value.dims(x[1])[axis], function(tensor, places)
    return op.binary(op.select(op.binary(tensor, tensor, "equal"), places), place_of_largest(tensor, places), "equal")
  end))
end

local MOST_OF_TOP <const> = 64
local LOWEST <const> = -3.4028234663852886e38

-- Marks the largest of the numbers that are left, which are marked, too. If none is above LOWEST, or is it, they are all -inf.
local function largest_left(tensor, left)
  local rest = op.select(left, tensor, LOWEST)
  local largest = op.binary(op.binary(rest, last_reduced(rest, "max"), "equal"), left, "multiply")
  local none = op.affine(last_reduced(largest, "max"), {scale = -1, offset = 1})
  return op.binary(largest, op.binary(left, none, "multiply"), "maximum")
end

-- One after another: the largest of those that are left.
function rows.TopK(x)
  local k = attribute("k") or places_of(x[2])[1]
  local axis = import.axis(attribute("axis", -1), value.rank(x[1]))
  local sign = attribute("largest", 1) == 1 and 1 or -1
  if k < 1 or k > value.dims(x[1])[axis] then import.fail(nil, "takes %d of %d numbers", k, value.dims(x[1])[axis]) end
  if k > MOST_OF_TOP then import.fail(nil, "takes %d numbers, and at most %d are written out", k, MOST_OF_TOP) end
  return along_last(x[1], axis, k, function(tensor, places)
    local signed, numbers, found, left = op.affine(tensor, {scale = sign, offset = 0}), {}, {}, nil
    local every = op.select(op.binary(signed, signed, "equal"), places, places)
    for i = 1, k do
      found[i] = left and place_of(largest_left(signed, left), places) or place_of_largest(signed, places)
      local is_other = op.binary(every, found[i], "not_equal")
      numbers[i] = last_reduced(op.select(is_other, 0, tensor), "sum")
      left = left and op.binary(left, is_other, "multiply") or is_other
    end
    if k == 1 then return numbers[1], found[1] end
    local last = #cnnc.shape(tensor) - 1
    numbers[k + 1], found[k + 1] = {axis = last}, {axis = last}
    return op.concat(table.unpack(numbers)), op.concat(table.unpack(found))
  end)
end
