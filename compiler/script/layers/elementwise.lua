-- elementwise.lua: layers that compute number by number, and Softmax.

local cnnc = ...
local op, layer = cnnc.op, cnnc.layer
local common = cnnc.common

layer{
  name = "Activation", masks = true,
  works_on_any_rank = true,
  doc = "applies an activation to its input",
  example = 'Activation{"tanh", input_shape = {16}}',
  arguments = {{"activation", "activation", doc = "its name, or a function of a tensor"}},
  call = function(self, x) return self.activation(x) end,
}

-- x with body(part, i) for each index i along the last axis.
local function each_channel(x, body)
  local axis, parts = #x.shape - 1, {}
  for i = 1, x.shape[#x.shape] do parts[i] = body(op.slice(x, {axis = axis, begin = i - 1, count = 1}), i) end
  if #parts == 1 then return parts[1] end
  parts[#parts + 1] = {axis = axis}
  return op.concat(table.unpack(parts))
end

-- Number i of a list that has one for each of `count` channels, or of one number for all.
local function number_of(self, name, count)
  local list = self[name]
  if #list ~= 1 and #list ~= count then
    self:fail(string.format("has %d numbers as %s, but its input has %d channels", #list, name, count))
  end
  return function(i) return list[#list == 1 and 1 or i] end
end

layer{
  name = "Rescaling", rescales = true,
  works_on_any_rank = true,
  doc = "multiplies and adds; as the first layer it does the scaling of pixels, which then come as 0..255",
  formula = "y = scale*x + offset",
  example = "Rescaling{1/127.5, offset = -1, input_shape = {28, 28, 1}}",
  arguments = {
    {"scale", "values", doc = "factor, or a list of one for each channel"},
    {"offset", "values", default = 0.0, doc = "added to the product; a number or a list"},
  },
  call = function(self, x)
    local channels = x.shape[#x.shape]
    local scale, offset = number_of(self, "scale", channels), number_of(self, "offset", channels)
    local function rescale(part, i) return op.affine(part, {scale = scale(i), offset = offset(i)}) end
    return #self.scale == 1 and #self.offset == 1 and rescale(x, 1) or each_channel(x, rescale)
  end,
}

layer{
  name = "ReLU", masks = true,
  works_on_any_rank = true,
  doc = "the rectifier, with a slope below a threshold and an end",
  formula = "y = min(x, max_value) if x > threshold, else negative_slope*(x - threshold)",
  example = "ReLU{max_value = 6, input_shape = {16}}",
  arguments = {
    {"max_value", "number", min = 0, optional = true, doc = "largest output"},
    {"negative_slope", "number", min = 0, default = 0.0, doc = "slope below the threshold"},
    {"threshold", "number", min = 0, default = 0.0, doc = "below it, x is cut off or has the slope"},
  },
  call = function(self, x) return common.rectified(x, self.negative_slope, self.max_value, self.threshold) end,
}

layer{
  name = "LeakyReLU", masks = true,
  works_on_any_rank = true,
  doc = "the rectifier with a slope below 0",
  formula = "y = x if x > 0, else negative_slope*x",
  example = "LeakyReLU{0.1, input_shape = {16}}",
  arguments = {
    {"negative_slope", "number", min = 0, default = 0.3, doc = "slope below 0"},
    {"alpha", "number", min = 0, optional = true, named_only = true, doc = "the same, as Keras 2 calls it"},
  },
  call = function(self, x) return op.unary(x, {["function"] = "leaky_relu", alpha = self.alpha or self.negative_slope}) end,
}

layer{
  name = "PReLU", masks = true,
  doc = "the rectifier with a slope below 0 that is learnt, one for each number of a sample",
  formula = "y = x if x > 0, else alpha*x",
  example = "PReLU{shared_axes = {1, 2}, input_shape = {8, 8, 4}}",
  arguments = {
    {"alpha_initializer", "initializer", default = "zeros", doc = "what `alpha` holds before training"},
    common.regularizer("alpha"), common.constraint("alpha"),
    {"shared_axes", "shape", min = 1, optional = true, doc = "axes along which the slope is the same, counted from 1"},
  },
  call = function(self, x)
    local shape = table.move(x.shape, 1, #x.shape, 1, {})
    for _, axis in ipairs(self.shared_axes or {}) do shape[common.sample_axis(self, axis, #shape) + 1] = 1 end
    local alpha = self:parameter("alpha", shape, self.alpha_initializer)
    return op.select(op.unary(x, "relu"), x, op.binary(x, alpha, "multiply"))
  end,
}

layer{
  name = "ELU", masks = true,
  works_on_any_rank = true,
  doc = "exponential below 0, linear above",
  formula = "y = x if x > 0, else alpha*(exp(x) - 1)",
  example = "ELU{input_shape = {16}}",
  arguments = {{"alpha", "number", default = 1.0, doc = "-alpha is the least output"}},
  call = function(self, x) return op.unary(x, {["function"] = "elu", alpha = self.alpha}) end,
}

local NOWHERE <const> = -1e9 -- Keras' score of what is masked

layer{
  name = "Softmax", masks = true,
  masks_doc = "what is masked gets 0, or where a whole axis is, 1 / its size; the output has that of the input",
  doc = "scores to probabilities: along some axes none is below 0, and their sum is 1",
  formula = "y[i] = exp(x[i]) / sum over j of exp(x[j])",
  example = "Softmax{input_shape = {10}}",
  arguments = {{"axis", "axes", default = -1, doc = "axis or list of axes; the batch is axis 0, -1 is the last"}},
  call = function(self, x)
    local axes, mask = common.sample_axes(self, self.axis, #x.shape), cnnc.mask_of(x)
    if mask then x = op.select(cnnc.mask_for(mask, x), x, NOWHERE) end
    if #axes == 1 then return common.with_axis_last(x, axes[1], function(y) return op.softmax(y) end) end
    local max = op.reduce(x, {["function"] = "max", axes = axes, keepdims = true})
    local e = op.unary(op.binary(x, op.stop_gradient(max), "subtract"), "exponential")
    return op.binary(e, op.reduce(e, {["function"] = "sum", axes = axes, keepdims = true}), "divide")
  end,
}
