-- normalization.lua: operators that look along axes: reductions, softmax, normalizations.

local cnnc = ...
local array, op, import = cnnc.array, cnnc.op, cnnc.import
local value, rows, fold = import.value, import.rows, import.fold
local attribute = import.attribute

---- Reductions ------------------------------------------------------------------------------------------

-- Memory as axes that are reduced, or not, as a whole: their lengths, and which (from 0) are reduced.
local function parts_of(x, is_reduced)
  local axis_of, shape, reduced, last = {}, {}, {}, nil
  for axis, atoms in ipairs(x.axes) do
    for _, atom in ipairs(atoms) do axis_of[atom] = axis end
  end
  for _, atom in ipairs(x.order) do
    local along = is_reduced[axis_of[atom]] or false
    if along == last then
      shape[#shape] = shape[#shape] * atom.size
    else
      shape[#shape + 1] = atom.size
      if along then reduced[#reduced + 1] = #shape - 1 end
    end
    last = along
  end
  return shape, reduced
end

-- f(tensor, axes from 0) reduces memory; what is left lies in its order.
local function reduce(x, axes, keepdims, f)
  local is_reduced, order, left, dims = {}, {}, {}, {}
  for _, axis in ipairs(axes) do
    is_reduced[axis] = true
    import.not_along_batch(x, axis)
  end
  local shape, reduced = parts_of(x, is_reduced)
  if #shape > cnnc.MAX_RANK then
    x = import.settle(x)
    shape, reduced = parts_of(x, is_reduced)
  end
  local tensor = import.layer({x}, function()
    if #reduced == 0 then return f(op.reshape(x.tensor, {shape = {value.count(x), 1}}), {1}) end
    return f(value.reshaped(x.tensor, shape), reduced)
  end)
  for axis, atoms in ipairs(x.axes) do
    if not is_reduced[axis] then
      left[#left + 1] = atoms
    elseif keepdims then
      local batch = {}
      for _, atom in ipairs(atoms) do batch[#batch + 1] = atom.batch and atom or nil end
      left[#left + 1] = batch
    end
  end
  for _, atoms in ipairs(left) do
    for _, atom in ipairs(atoms) do dims[atom] = true end
  end
  for _, atom in ipairs(x.order) do
    if dims[atom] then order[#order + 1] = atom end
  end
  return {tensor = tensor, axes = left, order = order}
end

local function all_axes(x)
  local axes = {}
  for axis = 1, value.rank(x) do axes[axis] = axis end
  return axes
end

-- The axes of a reduction; nil: none at all are reduced.
local function axes_of(x)
  local named = import.named_axes(x, 2)
  if not named or #named == 0 then
    if attribute("noop_with_empty_axes", 0) == 1 then return nil end
    return all_axes(x[1])
  end
  local axes = {}
  for i, axis in ipairs(named) do axes[i] = import.axis(axis, value.rank(x[1])) end
  return axes
end

local function simple(name)
  return function(tensor, axes) return op.reduce(tensor, {["function"] = name, axes = axes, keepdims = false}) end
end

local function unary(tensor, name) return op.unary(tensor, name) end

local REDUCTIONS <const> = {
  ReduceSum = simple("sum"), ReduceMean = simple("mean"), ReduceMax = simple("max"), ReduceMin = simple("min"),
  ReduceProd = simple("product"),
  ReduceL1 = function(t, axes) return simple("sum")(unary(t, "abs"), axes) end,
  ReduceL2 = function(t, axes) return unary(simple("sum")(unary(t, "square"), axes), "sqrt") end,
  ReduceSumSquare = function(t, axes) return simple("sum")(unary(t, "square"), axes) end,
  ReduceLogSum = function(t, axes) return unary(simple("sum")(t, axes), "log") end,
  ReduceLogSumExp = function(t, axes)
    local largest = op.reduce(t, {["function"] = "max", axes = axes, keepdims = true})
    local sum = op.reduce(unary(op.binary(t, largest, "subtract"), "exponential"),
      {["function"] = "sum", axes = axes, keepdims = true})
    local whole = op.binary(unary(sum, "log"), largest, "add")
    return op.reduce(whole, {["function"] = "sum", axes = axes, keepdims = false})
  end,
}

for name, f in pairs(REDUCTIONS) do
  rows[name] = function(x)
    local axes = axes_of(x)
    return axes and reduce(x[1], axes, attribute("keepdims", 1) == 1, f) or x[1]
  end
end

-- One number of all, by the row of this name.
function import.whole_reduced(x, name) return reduce(x, all_axes(x), false, REDUCTIONS[name]) end

for name, row in pairs{ReduceSum = "sum", ReduceMean = "mean", ReduceProd = "product", ReduceMax = "max", ReduceMin = "min"} do
  fold[name] = function(x)
    local axes = axes_of(x)
    return axes and {array = import.reduced(row, x[1].array, axes, attribute("keepdims", 1) == 1)} or x[1]
  end
end

local function spatial(x)
  local axes = {}
  for axis = 3, value.rank(x) do axes[#axes + 1] = axis end
  return axes
end

local MOST_CELLS <const> = 256

-- Of images and sequences a pool of all there is, as the layers of Keras are.
local function global(name, pool, most)
  return function(x)
    local dims, cells = value.dims(x[1]), value.product(value.dims(x[1])) // (value.dims(x[1])[1] * value.dims(x[1])[2])
    if #dims > 4 or #dims < 3 or dims[1] ~= 1 or cells > most then return reduce(x[1], spatial(x[1]), true, simple(name)) end
    for axis = 3, #dims do import.not_along_batch(x[1], axis) end
    return import.of_image(x[1], import.layer({x[1]}, function()
      local image = import.image_of(x[1])
      local size = {cnnc.shape(image)[1], cnnc.shape(image)[2]}
      return op[pool](image, {pool = size, strides = size})
    end))
  end
end

rows.GlobalAveragePool, rows.GlobalMaxPool = global("mean", "average_pool2d", math.huge), global("max", "max_pool2d", MOST_CELLS)

---- Along axes ------------------------------------------------------------------------------------------

-- f(tensor, layer) makes of {others, these axes in their order} a tensor as large; the value keeps its axes.
local function along(x, axes, f)
  local is_inner, before, sizes, rows_count = {}, {}, {}, 1
  for _, axis in ipairs(axes) do is_inner[axis] = true end
  for axis, size in ipairs(value.dims(x)) do
    sizes[axis] = size
    if not is_inner[axis] then before[#before + 1], rows_count = axis, rows_count * size end
  end
  local groups = rows_count > 1 and {before, axes} or {axes}
  local tensor = import.layer({x}, function(layer) return f(value.arrange(x, groups), layer) end)
  local order = table.move(axes, 1, #axes, #before + 1, table.move(before, 1, #before, 1, {}))
  return value.with_batch(value.of_tensor(tensor, sizes, order), {x})
end

import.along_axes = along

-- The axes of a softmax: one since version 13, before that all from there on.
local function softmax_axes(x)
  local rank = value.rank(x)
  local axis = import.axis(attribute("axis", import.version >= 13 and -1 or 1), rank)
  local axes = {}
  for i = axis, import.version >= 13 and axis or rank do axes[#axes + 1] = i end
  for _, i in ipairs(axes) do import.not_along_batch(x, i) end
  return axes
end

import.softmax_axes = softmax_axes

local function last_reduced(tensor, name) return op.reduce(tensor, {["function"] = name, axes = {-1}, keepdims = true}) end

function rows.Softmax(x)
  return along(x[1], softmax_axes(x[1]), function(tensor) return op.softmax(tensor) end)
end

function rows.LogSoftmax(x)
  return along(x[1], softmax_axes(x[1]), function(tensor) return op.softmax(tensor, {log = true}) end)
end

-- (x - mean) / sqrt(variance + epsilon), along the last axis.
local function normalized(tensor, epsilon)
  local centred = op.binary(tensor, last_reduced(tensor, "mean"), "subtract")
  local variance = last_reduced(unary(centred, "square"), "mean")
  return op.binary(centred, unary(op.affine(variance, {scale = 1, offset = epsilon}), "rsqrt"), "multiply")
end

function import.normalized_along(x, axes, epsilon)
  for _, axis in ipairs(axes) do import.not_along_batch(x, axis) end
  return along(x, axes, function(tensor) return normalized(tensor, epsilon) end)
end

local function scaled_and_shifted(x, scale, bias)
  if scale then x = import.meet({x, scale}, function(t) return op.binary(t[1], t[2], "multiply") end) end
  return bias and import.meet({x, bias}, function(t) return op.binary(t[1], t[2], "add") end) or x
end

function rows.LayerNormalization(x, node)
  local rank, axes = value.rank(x[1]), {}
  for axis = import.axis(attribute("axis", -1), rank), rank do axes[#axes + 1] = axis end
  for _, axis in ipairs(axes) do import.not_along_batch(x[1], axis) end
  local y = along(x[1], axes, function(tensor) return normalized(tensor, attribute("epsilon", 1e-5)) end)
  y = scaled_and_shifted(y, x[2], x[3])
  if #node.outputs == 1 then return y end
  return y, reduce(x[1], axes, true, simple("mean")), reduce(x[1], axes, true, function(tensor, along_axes)
    local mean = op.reduce(tensor, {["function"] = "mean", axes = along_axes, keepdims = true})
    local variance = simple("mean")(unary(op.binary(tensor, mean, "subtract"), "square"), along_axes)
    return unary(op.affine(variance, {scale = 1, offset = attribute("epsilon", 1e-5)}), "rsqrt")
  end)
end

-- A known array of the channels as one that meets (1, channels, ...).
local function of_channels(x, rank)
  local dims = {array.count(import.known(x, "weights"))}
  for _ = 3, rank do dims[#dims + 1] = 1 end
  return {array = import.reshaped(x.array, dims)}
end

function rows.InstanceNormalization(x)
  local rank = value.rank(x[1])
  local y = along(x[1], spatial(x[1]), function(tensor) return normalized(tensor, attribute("epsilon", 1e-5)) end)
  return scaled_and_shifted(y, of_channels(x[2], rank), of_channels(x[3], rank))
end

function rows.MeanVarianceNormalization(x)
  local axes = {}
  for i, axis in ipairs(attribute("axes", {0, 2, 3})) do axes[i] = import.axis(axis, value.rank(x[1])) end
  for _, axis in ipairs(axes) do import.not_along_batch(x[1], axis) end
  return along(x[1], axes, function(tensor)
    local centred = op.binary(tensor, last_reduced(tensor, "mean"), "subtract")
    local deviation = unary(last_reduced(unary(centred, "square"), "mean"), "sqrt")
    return op.binary(centred, op.affine(deviation, {scale = 1, offset = 1e-9}), "divide")
  end)
end

function rows.BatchNormalization(x, node)
  local rank, known = value.rank(x[1]), {}
  for i = 2, 5 do known[i] = import.known(x[i], "weights") end
  if rank == 1 then import.fail(nil, "has an input of one axis") end
  local trains = attribute("training_mode", 0) ~= 0 or import.version < 7 and attribute("is_test", 0) == 0 and #node.outputs > 1
  if trains then import.fail(nil, "takes the mean of the batch, as in training: export the model for inference (model.eval())") end
  if import.version < 9 and attribute("spatial", 1) == 0 then import.fail(nil, "with spatial = 0 is not known") end
  local before, order = {1}, {1}
  for axis = 3, rank do before[#before + 1], order[#order + 1] = axis, axis end
  order[#order + 1] = 2
  local dims = value.dims(x[1])
  local leading = value.product(dims) // dims[2]
  local tensor = import.layer({x[1]}, function(layer)
    local whole = value.arrange(x[1], leading > 1 and {before, {2}} or {{2}})
    local function weights(name, i) return import.weights(layer, name, known[i], {array.count(known[i])}) end
    return op.batch_norm(whole, weights("gamma", 2), weights("beta", 3), weights("moving_mean", 4), weights("moving_variance", 5),
      {epsilon = attribute("epsilon", 1e-5)})
  end)
  return value.with_batch(value.of_tensor(tensor, dims, order), {x[1]})
end

-- x / (bias + alpha/size * sum of x^2 over neighbouring channels)^beta
function rows.LRN(x)
  import.not_along_batch(x[1], 2)
  local size, alpha, beta = attribute("size"), attribute("alpha", 1e-4), attribute("beta", 0.75)
  local bias, before, order = attribute("bias", 1.0), {1}, {1}
  for axis = 3, value.rank(x[1]) do before[#before + 1], order[#order + 1] = axis, axis end
  order[#order + 1] = 2
  local dims = value.dims(x[1])
  local tensor = import.layer({x[1]}, function()
    local whole = value.arrange(x[1], {before, {2}})
    local shape = cnnc.shape(whole)
    local low, channels = (size - 1) // 2, dims[2]
    local squares = op.reshape(unary(whole, "square"), {shape = {shape[1], shape[2], 1}})
    local padded, sum = op.pad2d(squares, {padding = {0, 0, low, size - 1 - low}}), nil
    for i = 0, size - 1 do
      local part = op.slice(padded, {axis = 1, begin = i, count = channels})
      sum = sum and op.binary(sum, part, "add") or part
    end
    local base = op.affine(op.reshape(sum, {shape = shape}), {scale = alpha / size, offset = bias})
    return op.binary(whole, op.binary(base, -beta, "power"), "multiply")
  end)
  return value.with_batch(value.of_tensor(tensor, dims, order), {x[1]})
end
