-- ops_shapes.lua: functions of keras.ops that make tensors of other shapes: parts, patches, borders, the batch in front of all.

local cnnc = ...
local fail, op = cnnc.fail, cnnc.op
local arguments, exports = cnnc.arguments, cnnc.exports
local define, sample_axis, first_axis, ops = cnnc.define_op, cnnc.axis_of_sample, cnnc.first_axis, cnnc.ops
local format, concat, unpack = string.format, table.concat, table.unpack

---- Shapes that begin with the batch --------------------------------------------------------------------

local function is_batch(size) return size == nil or size == -1 or size == exports.None end

-- The entries of a list that may begin with nil, or has the batch at 0 as ops.shape() gives it; and how many.
local function entries_of(list)
  local count = 0
  for key in pairs(list) do
    if math.type(key) ~= "integer" or key < 0 then return nil end
    count = math.max(count, key)
  end
  local shift = rawget(list, 0) ~= nil and 1 or 0
  local entries = {}
  for i = 1, count + shift do entries[i] = list[i - shift] end
  return entries, count + shift
end

-- The sizes of a sample in a shape that has the batch in front, as tensors that are alike for all samples have not, or only
-- where they may be `repeated` for it.
local function without_batch(who, x, list, repeated)
  if not arguments.is_plain_table(list) then fail(format("%s needs a shape, not %s", who, arguments.show(list))) end
  local entries, count = entries_of(list)
  local first = cnnc.is_shared(x) and not (repeated and entries and is_batch(entries[1])) and 1 or 2
  if not entries or first == 2 and not is_batch(entries[1]) then
    fail(format("%s needs a shape that begins with the batch, not %s", who, arguments.show(list)),
      {hint = format("{-1, ...}, or {ops.shape(x)[0], ...}: %s counts the batch, as Keras does", who)})
  end
  local sizes = {}
  for i = first, count do
    local size = entries[i] == exports.None and -1 or type(entries[i]) == "number" and math.tointeger(entries[i])
    if not size or size < -1 then fail(format("%s: %s is no size", who, arguments.show(entries[i]))) end
    sizes[#sizes + 1] = size
  end
  return sizes
end

-- The same, where -1 is what is left of `count` numbers.
local function complete(who, sizes, count)
  local open, product = nil, 1
  for i, size in ipairs(sizes) do
    if size == -1 and open then fail(format("%s: one size at most can be -1", who), {hint = "beside the batch in front"}) end
    if size == -1 then open = i else product = product * size end
  end
  if open then sizes[open] = product > 0 and count // product or 0 end
  return sizes
end

local function numbers_in(x)
  local product = 1
  for _, size in ipairs(x.shape) do product = product * size end
  return product
end

-- What a script reads of a shape: the batch at 0, its size known when the program runs, then the sizes of a sample.
local function shape_of(x)
  if not cnnc.is_tensor(x) then fail(format("ops.shape is called on a tensor, not on %s", arguments.show(x))) end
  local shape = x.shape
  if not cnnc.is_shared(x) then rawset(shape, 0, exports.None) end
  return shape
end
ops.shape, ops.int_shape = cnnc.entry(shape_of), cnnc.entry(shape_of)
cnnc.describe("function", {
  name = "ops.shape", aliases = {"ops.int_shape"}, rows = {{"x", "any", doc = "a tensor"}},
  doc = "the sizes of a tensor, a list: [1] is that behind the batch, [-1] the last, and [0], the batch, stands for itself",
  example = "local f = Lambda(function(x)\n  local shape = ops.shape(x)\n"
    .. "  return ops.reshape(x, {shape[0], shape[1] * shape[2], shape[3]})\nend)\nreturn Sequential{Input{8, 8, 4}, f}",
})

local SHAPE = {"shape", "any", is_list = true, doc = "with the batch in front: -1, nil or ops.shape(x)[0]"}

local NEW_SHAPE = {"newshape", "any", is_list = true, doc = SHAPE.doc .. "; one more may be -1: what is left"}

define("reshape", 1, {NEW_SHAPE}, function(values, x)
  return op.reshape(x, {shape = complete("ops.reshape", without_batch("ops.reshape", x, values.newshape), numbers_in(x))})
end, "the same numbers in another shape", "ops.reshape(x, {-1, 64, 4})")

define("batch_flatten", 1, {}, function(_, x)
  local first = cnnc.is_shared(x) and x.shape[1] or nil -- which is the batch for Keras
  return op.reshape(x, {shape = first and {first, numbers_in(x) // first} or {numbers_in(x)}})
end,
  "the numbers of each sample in a row", "ops.batch_flatten(x)")

define("broadcast_to", 1, {SHAPE}, function(values, x)
  return op.broadcast(x, {shape = without_batch("ops.broadcast_to", x, values.shape, true)})
end, "repeats a tensor along axes that it has not, or with size 1", "ops.broadcast_to(ops.sum(x, -1, true), {-1, 8, 8, 4})")

local function with_order(name, order_of, rows, doc, example)
  define(name, 1, rows, function(values, x)
    local order = {}
    for i = 1, #x.shape do order[i] = i - 1 end
    order_of(values, order, x)
    return op.permute(x, {order = order})
  end, doc, example)
end

local AXIS_1, AXIS_2 = {"axis1", "integer", doc = "one"}, {"axis2", "integer", doc = "the other"}
with_order("swapaxes", function(values, order, x)
  local a = sample_axis("ops.swapaxes", values.axis1, x) + 1
  local b = sample_axis("ops.swapaxes", values.axis2, x) + 1
  order[a], order[b] = order[b], order[a]
end, {AXIS_1, AXIS_2}, "exchanges two axes", "ops.swapaxes(x, 1, 3)")

with_order("moveaxis", function(values, order, x)
  local from = sample_axis("ops.moveaxis", values.source, x) + 1
  table.insert(order, sample_axis("ops.moveaxis", values.destination, x) + 1, table.remove(order, from))
end, {{"source", "integer", doc = "where it is"}, {"destination", "integer", doc = "where it goes"}},
  "moves an axis between others", "ops.moveaxis(x, 3, 1)")

-- The sizes of a sample that a script wrote with the batch in front, or took from ops.shape().
function cnnc.shape_of_sample(who, x, shape)
  local sizes = without_batch(who, x, shape)
  for _, size in ipairs(sizes) do
    if size < 1 then fail(format("%s: %d is no size", who, size)) end
  end
  return #sizes > 0 and sizes or {1}
end

---- Parts ------------------------------------------------------------------------------------------------

local function part(x, axis, first, count)
  if first == 0 and count == x.shape[axis + 1] then return x end
  return op.slice(x, {axis = axis, begin = first, count = count})
end

define("slice", 1, {
  {"start_indices", "values", doc = "for each axis, the batch first, where the part begins"},
  {"shape", "any", doc = "how many of each, with the batch in front: -1, nil or ops.shape(x)[0]"},
}, function(values, x)
  local first, sizes = values.start_indices, without_batch("ops.slice", x, values.shape)
  local shift = #first - #x.shape
  if #sizes ~= #x.shape or shift ~= (cnnc.is_shared(x) and 0 or 1) or shift == 1 and first[1] ~= 0 then
    fail(format("ops.slice needs a start and a size for each axis of %s, and all of the batch", concat(x.shape, "x")))
  end
  local y = x
  for i, size in ipairs(sizes) do
    local begin = math.tointeger(first[i + shift])
    if not begin then fail("ops.slice: starts are whole numbers") end
    y = part(y, i - 1, begin, size == -1 and x.shape[i] - begin or size)
  end
  return y
end, "a part of a tensor", "ops.slice(x, {0, 2, 0, 1}, {-1, 4, 8, 3})")

-- Where the parts of an axis of so many numbers end.
local function ends_of(sections, size)
  local ends = {}
  if math.type(sections) == "integer" then
    if sections < 1 or size % sections ~= 0 then fail(format("ops.split: %d cannot be divided by %d", size, sections)) end
    for i = 1, sections do ends[i] = i * size // sections end
    return ends
  end
  if not arguments.is_list(sections) then fail("ops.split needs a number of parts, or a list of where they begin") end
  for i, begin in ipairs(sections) do
    if math.type(begin) ~= "integer" then fail("ops.split: places are whole numbers") end
    ends[i] = begin < 0 and size + begin or begin
  end
  ends[#ends + 1] = size
  return ends
end

define("split", 1, {
  {"indices_or_sections", "any", is_list = true, doc = "how many equal parts, or where the second and further ones begin"},
  cnnc.FIRST_AXIS,
}, function(values, x)
  local axis, begin, parts = first_axis("ops.split", values.axis, x), 0, {}
  for i, last in ipairs(ends_of(values.indices_or_sections, x.shape[axis + 1])) do
    parts[i], begin = part(x, axis, begin, last - begin), last
  end
  return unpack(parts)
end, "cuts a tensor into parts along an axis; gives one after the other", "(ops.split(x, 2, {axis = -1}))")

local INDICES = {"indices", "any", is_list = true, doc = "a number, whose axis goes, or a list; -1 is the last"}
local TAKEN_AXIS = {"axis", "integer", optional = true,
  doc = cnnc.AXIS.doc .. "; of a tensor that has no batch all numbers in a row without it"}

define("take", 1, {INDICES, TAKEN_AXIS}, function(values, x)
  if not values.axis and cnnc.is_shared(x) then x = op.reshape(x, {shape = {numbers_in(x)}}) end
  local axis, indices = first_axis("ops.take", values.axis, x), values.indices
  local size, parts = x.shape[axis + 1], {}
  for i, index in ipairs(arguments.is_list(indices) and indices or {indices}) do
    if math.type(index) ~= "integer" or index >= size or index < -size then
      fail(format("ops.take: %s is none of the %d places of axis %d", arguments.show(index), size, values.axis or 0))
    end
    parts[i] = op.slice(x, {axis = axis, begin = index % size, count = 1})
  end
  if arguments.is_list(indices) then
    parts[#parts + 1] = {axis = axis}
    return op.concat(unpack(parts))
  end
  local shape = x.shape
  table.remove(shape, axis + 1)
  return op.reshape(parts[1], {shape = shape})
end, "what stands at some places along an axis", "ops.take(x, -1, {axis = 1})")

---- Borders ----------------------------------------------------------------------------------------------

-- x with `before` and `after` zeros along an axis; negative ones take away.
local function with_zeros(x, axis, before, after)
  local outer, inner = 1, 1
  for i, size in ipairs(x.shape) do
    if i <= axis then outer = outer * size elseif i > axis + 1 then inner = inner * size end
  end
  local shape = x.shape
  local y = op.pad2d(op.reshape(x, {shape = {outer, shape[axis + 1], inner}}), {padding = {0, 0, before, after}})
  shape[axis + 1] = shape[axis + 1] + before + after
  return op.reshape(y, {shape = shape})
end

-- x with its own numbers around it along an axis: op.border's modes. Those that are mirrored are there once.
local function bordered(x, axis, before, after, mode)
  local most = mode == "reflect" and x.shape[axis + 1] - 1 or mode == "symmetric" and x.shape[axis + 1]
  if most and math.max(before, after) > most then
    fail(format("ops.pad cannot mirror more than the %d numbers of an axis", most))
  end
  return op.border(x, {axis = axis, before = before, behind = after, mode = mode})
end

-- For each axis of x the numbers before and behind.
local function margins_of(width, x)
  local first = cnnc.is_shared(x) and 1 or 2
  local rank = #x.shape - 2 + first
  if math.type(width) == "integer" and width >= 0 and first == 1 then
    local all = {}
    for i = 1, #x.shape do all[i] = {width, width} end
    return all
  elseif math.type(width) == "integer" and width >= 0 then
    fail("ops.pad cannot pad the batch", {hint = "pad_width = {{0, 0}, {1, 1}, ...}: a pair for each axis, the batch first"})
  end
  local pairs_of, good = {}, arguments.is_list(width) and #width == rank + 1
  for i, ends in ipairs(good and width or {}) do
    local a, b = arguments.is_list(ends) and #ends == 2 and ends[1] or nil, type(ends) == "table" and ends[2]
    good = good and math.type(a) == "integer" and math.type(b) == "integer" and a >= 0 and b >= 0 and (i >= first or a + b == 0)
    pairs_of[i] = {a, b}
  end
  if not good then
    fail(format("ops.pad needs a pair for each of the axes 0 to %d%s", rank,
      first == 2 and ", {0, 0} for the batch, in front" or ""))
  end
  return {unpack(pairs_of, first)}
end

-- x with a border of zeros, or of a number, in whose place a mask of zeros around ones puts it.
local function with_border(x, ends, value)
  local y, mask = x, value ~= 0 and op.broadcast(op.constant{value = 1}, {shape = x.shape})
  for i, pair in ipairs(ends) do
    local before, after = pair[1], pair[2]
    if before + after > 0 then
      y, mask = with_zeros(y, i - 1, before, after), mask and with_zeros(mask, i - 1, before, after)
    end
  end
  return mask and op.select(mask, y, value) or y
end

local MODES <const> = {constant = true, edge = true, reflect = true, symmetric = true, wrap = true}

define("pad", 1, {
  {"pad_width", "any", is_list = true, doc = "a pair for each axis, {0, 0} for the batch in front: how many before and behind"},
  {"mode", "string", default = "constant",
    doc = "constant, or what is repeated there, as op.border has it: edge, reflect, symmetric or wrap"},
  {"constant_values", "number", optional = true, doc = "what constant puts there; 0 without it"},
}, function(values, x)
  local mode = string.lower(values.mode)
  if not MODES[mode] then
    fail(format('ops.pad: mode must be "constant", "edge", "reflect", "symmetric" or "wrap", not %s', arguments.show(values.mode)))
  end
  local ends = margins_of(values.pad_width, x)
  if mode == "constant" then return with_border(x, ends, values.constant_values or 0) end
  if values.constant_values then
    fail(format('ops.pad: constant_values is for mode = "constant", not for "%s"', mode))
  end
  local y = x
  for i, pair in ipairs(ends) do
    if pair[1] + pair[2] > 0 then y = bordered(y, i - 1, pair[1], pair[2], mode) end
  end
  return y
end, "a border around a tensor", 'ops.pad(x, {{0, 0}, {1, 1}, {1, 1}, {0, 0}}, {mode = "reflect"})')

define("flip", 1, {{"axis", "axes", doc = "one or a list; " .. cnnc.AXIS.doc}}, function(values, x)
  for _, axis in ipairs(cnnc.axes_of_sample("ops.flip", values.axis, x)) do
    local size = x.shape[axis + 1]
    x = op.border(x, {axis = axis, before = size, behind = -size, mode = "symmetric"})
  end
  return x
end, "axes from their end to their beginning", "ops.flip(x, {axis = 1})")

define("roll", 1, {
  {"shift", "integer", doc = "by how many places, towards the end; what goes beyond it comes at the beginning"}, cnnc.AXIS,
}, function(values, x)
  local axis = sample_axis("ops.roll", values.axis, x)
  local shift = values.shift % x.shape[axis + 1]
  return op.border(x, {axis = axis, before = shift, behind = -shift, mode = "wrap"})
end, "an axis whose places are moved round", "ops.roll(x, 2, {axis = 1})")

---- Patches ----------------------------------------------------------------------------------------------

-- The pixels first, first + stride, ... of an axis, count of them, all of which are there.
local function every(x, axis, first, stride, count)
  if stride == 1 then return part(x, axis, first, count) end
  local shape = x.shape
  local missing = -shape[axis + 1] % stride
  local y = missing > 0 and with_zeros(x, axis, 0, missing) or x
  shape[axis + 1] = (shape[axis + 1] + missing) // stride
  table.insert(shape, axis + 2, stride)
  y = part(op.reshape(y, {shape = shape}), axis, first // stride, count)
  y = op.slice(y, {axis = axis + 1, begin = first % stride, count = 1})
  table.remove(shape, axis + 2)
  shape[axis + 1] = count
  return op.reshape(y, {shape = shape})
end

-- Windows side by side: the same numbers in another order.
local function tiles(x, size, counts)
  for i = 1, 2 do x = part(x, i - 1, 0, counts[i] * size[i]) end
  local channels = x.shape[3]
  local y = op.permute(op.reshape(x, {shape = {counts[1], size[1], counts[2], size[2], channels}}), {order = {0, 2, 1, 3, 4}})
  return op.reshape(y, {shape = {counts[1], counts[2], size[1] * size[2] * channels}})
end

local function same_pair(a, b) return a[1] == b[1] and a[2] == b[2] end

-- How many windows there are along an axis, and the zeros in front of it and behind.
local function windows(size, extent, stride, same)
  if not same then return (size - extent) // stride + 1, 0, 0 end
  local count = (size + stride - 1) // stride
  local total = math.max((count - 1) * stride + extent - size, 0)
  return count, total // 2, total - total // 2
end

define("extract_patches", 1, {
  {"size", "pair", min = 1, doc = "rows and columns of a patch"},
  {"strides", "pair", min = 1, optional = true, doc = "from one patch to the next; its size without it"},
  {"dilation_rate", "pair", min = 1, default = 1, doc = "distance of its pixels"},
  {"padding", "string", default = "valid", doc = "valid: patches stay inside; same: zeros around the image"},
}, function(values, x)
  local size, strides, rate = values.size, values.strides or values.size, values.dilation_rate
  local padding = string.lower(values.padding)
  if #x.shape ~= 3 then fail(format("ops.image.extract_patches needs an image, not %s", concat(x.shape, "x"))) end
  if padding ~= "valid" and padding ~= "same" then
    fail(format('ops.image.extract_patches: padding must be "valid" or "same", not %s', arguments.show(values.padding)))
  end
  local counts = {}
  for i = 1, 2 do
    local count, before, after = windows(x.shape[i], (size[i] - 1) * rate[i] + 1, strides[i], padding == "same")
    if count < 1 then fail(format("ops.image.extract_patches: %s has no room for a patch", concat(x.shape, "x"))) end
    counts[i] = count
    if before + after > 0 then x = with_zeros(x, i - 1, before, after) end
  end
  if same_pair(size, strides) and same_pair(rate, {1, 1}) then return tiles(x, size, counts) end
  local parts = {}
  for i = 0, size[1] - 1 do
    local rows = every(x, 0, i * rate[1], strides[1], counts[1])
    for j = 0, size[2] - 1 do parts[#parts + 1] = every(rows, 1, j * rate[2], strides[2], counts[2]) end
  end
  parts[#parts + 1] = {axis = 2}
  return #parts == 2 and parts[1] or op.concat(unpack(parts))
end, "each window of an image as the channels of one pixel, also called ops.image.extract_patches", "ops.extract_patches(x, 2)")
