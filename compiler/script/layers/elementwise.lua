-- elementwise.lua: layers that compute number by number, and Softmax.

local cnnc = ...
local op, layer = cnnc.op, cnnc.layer
local common = cnnc.common

layer{
  name = "Activation",
  works_on_any_rank = true,
  doc = "applies an activation to its input",
  example = 'Activation{"tanh", input_shape = {16}}',
  arguments = {{"activation", "activation", doc = "its name, or a function of a tensor"}},
  call = function(self, x) return self.activation(x) end,
}

layer{
  name = "Rescaling",
  works_on_any_rank = true,
  doc = "multiplies and adds; as the first layer it does the scaling of pixels, which then come as 0..255",
  formula = "y = scale*x + offset",
  example = "Rescaling{1/127.5, offset = -1, input_shape = {28, 28, 1}}",
  arguments = {
    {"scale", "number", doc = "factor"},
    {"offset", "number", default = 0.0, doc = "added to the product"},
  },
  call = function(self, x) return op.affine(x, {scale = self.scale, offset = self.offset}) end,
}

layer{
  name = "ReLU",
  works_on_any_rank = true,
  doc = "the rectifier, with a slope below 0 or an end at 6",
  formula = "y = min(x, max_value) if x > 0, else negative_slope*x",
  example = "ReLU{max_value = 6, input_shape = {16}}",
  arguments = {
    {"max_value", "number", above = 0, optional = true, doc = "6, without a negative_slope: relu6"},
    {"negative_slope", "number", min = 0, default = 0.0, doc = "slope below 0"},
    {"threshold", "number", min = 0, default = 0.0, doc = "0"},
  },
  call = function(self, x)
    if self.threshold ~= 0 then self:fail("is supported with threshold = 0 only") end
    if self.max_value and (self.max_value ~= 6 or self.negative_slope ~= 0) then
      self:fail("is supported with max_value = 6 and no negative_slope, or without max_value")
    end
    if self.max_value then return op.unary(x, {["function"] = "relu6"}) end
    if self.negative_slope == 0 then return op.unary(x, {["function"] = "relu"}) end
    return op.unary(x, {["function"] = "leaky_relu", alpha = self.negative_slope})
  end,
}

layer{
  name = "LeakyReLU",
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
  name = "ELU",
  works_on_any_rank = true,
  doc = "exponential below 0, linear above",
  formula = "y = x if x > 0, else alpha*(exp(x) - 1)",
  example = "ELU{input_shape = {16}}",
  arguments = {{"alpha", "number", default = 1.0, doc = "-alpha is the least output"}},
  call = function(self, x) return op.unary(x, {["function"] = "elu", alpha = self.alpha}) end,
}

layer{
  name = "Softmax",
  doc = "scores to probabilities: positive along one axis, with the sum 1",
  formula = "y[i] = exp(x[i]) / sum over j of exp(x[j])",
  example = "Softmax{input_shape = {10}}",
  arguments = {{"axis", "integer", default = -1, doc = "the batch is axis 0, -1 is the last"}},
  call = function(self, x)
    return common.with_axis_last(x, common.sample_axis(self, self.axis, #x.shape), function(y) return op.softmax(y) end)
  end,
}
