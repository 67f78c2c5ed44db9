-- layers.lua: the layers of Keras, each a table of arguments and a function over primitive ops.
--
-- Arguments stand in Keras' order with Keras' defaults (see arguments.lua for the types). `call` gets
-- the layer, whose fields are the arguments, and its input; shapes leave out the batch axis, and axes
-- are counted from 0. Kernels have Keras' layouts: convolution (rows, columns, in, out), dense (in, out).

local cnnc = ...
local op, layer, arguments, fields = cnnc.op, cnnc.layer, cnnc.arguments, cnnc.fields
local format, concat = string.format, table.concat

---- Activations ------------------------------------------------------------------------------------

-- `apply` is the function. An elementwise one may be applied in any layout.
local activation, make_activation = arguments.kind("activation")

activation{aliases = {"linear"}, elementwise = true, apply = function(x) return x end}

local function elementwise(aliases, alpha)
  local name = aliases[1]
  activation{aliases = aliases, elementwise = true, apply = function(x)
    return op.unary(x, {["function"] = name, alpha = alpha})
  end}
end

elementwise{"relu"}
elementwise{"relu6"}
elementwise({"leaky_relu"}, 0.2)
elementwise({"elu"}, 1.0)
elementwise{"selu"}
elementwise({"celu"}, 1.0)
elementwise{"softplus"}
elementwise{"softsign"}
elementwise{"silu", "swish"}
elementwise{"gelu"}
elementwise{"tanh"}
elementwise{"sigmoid"}
elementwise{"exponential"}
elementwise{"hard_sigmoid"}
elementwise{"hard_silu", "hard_swish"}
elementwise{"hard_tanh"}
elementwise{"mish"}

activation{aliases = {"softmax"}, apply = function(x) return op.softmax(x) end}
activation{aliases = {"log_softmax"}, apply = function(x) return op.softmax(x, {log = true}) end}

-- A script may write its own as a function of a tensor.
local named_activation = arguments.types.activation.check
arguments.types.activation.check = function(value, row, owner)
  if type(value) == "function" and not cnnc.constructors[value] then
    return make_activation({apply = cnnc.entry(value)}, {}) -- an error of string.upper is not this file's
  end
  return named_activation(value, row, owner)
end

---- Rows that several layers have ------------------------------------------------------------------

local DATA_FORMAT = {"data_format", {"channels_last", "channels_first"}, default = "channels_last"}
local PADDING = {"padding", {"valid", "same"}, default = "valid"}
local ACTIVATION = {"activation", "activation", default = "linear"}

local function unsupported(name) return {name, "unsupported"} end

local function with(rows, more)
  local result = {}
  for _, row in ipairs(rows) do result[#result + 1] = row end
  for _, row in ipairs(more) do result[#result + 1] = row end
  return result
end

local KERNEL_AND_BIAS = {
  {"use_bias", "boolean", default = true},
  {"kernel_initializer", "initializer", default = "glorot_uniform"},
  {"bias_initializer", "initializer", default = "zeros"},
  unsupported("kernel_regularizer"), unsupported("bias_regularizer"), unsupported("activity_regularizer"),
  unsupported("kernel_constraint"), unsupported("bias_constraint"),
}

---- Helpers ----------------------------------------------------------------------------------------

local function need_image(self, x)
  if #x.shape == 3 then return end
  self:fail(format("needs an image of rows, columns and channels, but its input is %s", concat(x.shape, "x")),
    "layers of images come before Flatten and Dense; Reshape can make an image of other shapes", x)
end

-- body(x) with the channels last; the result in the layer's own data_format.
local function in_channels_last(self, x, body)
  need_image(self, x)
  if self.data_format == "channels_last" then return body(x) end
  local y = body(op.permute(x, {order = {1, 2, 0}}))
  return op.permute(y, {order = {2, 0, 1}})
end

local function add_bias(self, x, count)
  if not self.use_bias then return x end
  return op.binary(x, self:parameter("bias", {count}, self.bias_initializer), {["function"] = "add"})
end

-- Keras' `axis`, which counts the batch as 0 and from the end with -1, as an axis of one sample.
local function sample_axis(self, axis, rank)
  local index = axis < 0 and rank + axis or axis - 1
  if axis == 0 then self:fail("cannot work along axis 0, which is the batch", "channels are axis -1") end
  if index < 0 or index >= rank then
    self:fail(format("has axis = %d, but its input has the axes 0 (the batch) to %d", axis, rank))
  end
  return index
end

-- body(x) with the axis `index` last.
local function with_axis_last(x, index, body)
  local rank = #x.shape
  if index == rank - 1 then return body(x) end
  local there, back = {}, {}
  for axis = 0, rank - 1 do
    if axis ~= index then there[#there + 1] = axis end
  end
  there[rank] = index
  for position, axis in ipairs(there) do back[axis + 1] = position - 1 end
  return op.permute(body(op.permute(x, {order = there})), {order = back})
end

---- Convolution and dense --------------------------------------------------------------------------

local function check_convolution(self, x)
  if math.max(table.unpack(self.strides)) > 1 and math.max(table.unpack(self.dilation_rate)) > 1 then
    self:fail("cannot have both strides and dilation_rate above 1", "make one of them 1")
  end
  if self.filters % self.groups ~= 0 then
    self:fail(format("has %d filters, which do not divide into %d groups", self.filters, self.groups))
  end
  need_image(self, x)
  local channels = x.shape[self.data_format == "channels_last" and 3 or 1]
  if channels % self.groups ~= 0 then
    self:fail(format("has an input of %d channels, which do not divide into %d groups", channels, self.groups),
      nil, x)
  end
end

local function convolve(self, image)
  local rows, columns = table.unpack(self.kernel_size)
  local kernel = self:parameter("kernel", {rows, columns, image.shape[3] // self.groups, self.filters},
    self.kernel_initializer)
  return op.conv2d(image, kernel, {
    strides = self.strides, dilation = self.dilation_rate, groups = self.groups, padding = self.padding,
  })
end

layer{
  name = "Conv2D",
  aliases = {"Convolution2D"},
  arguments = with({
    {"filters", "integer", min = 1},
    {"kernel_size", "pair", min = 1},
    {"strides", "pair", min = 1, default = 1},
    PADDING,
    DATA_FORMAT,
    {"dilation_rate", "pair", min = 1, default = 1},
    {"groups", "integer", min = 1, default = 1},
    ACTIVATION,
  }, KERNEL_AND_BIAS),
  call = function(self, x)
    check_convolution(self, x)
    local elementwise = fields[self.activation].spec.elementwise
    local y = in_channels_last(self, x, function(image)
      local bare = add_bias(self, convolve(self, image), self.filters)
      return elementwise and self.activation(bare) or bare
    end)
    return elementwise and y or self.activation(y)
  end,
}

layer{
  name = "Dense",
  arguments = with({{"units", "integer", min = 1}, ACTIVATION}, KERNEL_AND_BIAS),
  call = function(self, x)
    local kernel = self:parameter("kernel", {x.shape[#x.shape], self.units}, self.kernel_initializer)
    return self.activation(add_bias(self, op.matmul(x, kernel), self.units))
  end,
}

---- Pooling ----------------------------------------------------------------------------------------

local function pooling(name, aliases, pool_default, pool)
  layer{
    name = name,
    aliases = aliases,
    arguments = {
      {"pool_size", "pair", min = 1, default = pool_default},
      {"strides", "pair", min = 1, optional = true},
      PADDING,
      DATA_FORMAT,
    },
    call = function(self, x)
      return in_channels_last(self, x, function(image)
        local strides = self.strides or self.pool_size
        return pool(image, {pool = self.pool_size, strides = strides, padding = self.padding})
      end)
    end,
  }
end

pooling("MaxPooling2D", {"MaxPool2D"}, 2, op.max_pool2d)
pooling("AveragePooling2D", {"AvgPool2D"}, nil, op.average_pool2d)

local function global_pooling(name, aliases, pool)
  layer{
    name = name,
    aliases = aliases,
    arguments = {DATA_FORMAT, {"keepdims", "boolean", default = false}},
    call = function(self, x)
      local y = in_channels_last(self, x, function(image)
        local size = {image.shape[1], image.shape[2]}
        return pool(image, {pool = size, strides = size, padding = "valid"})
      end)
      if self.keepdims then return y end
      return op.reshape(y, {shape = {self.data_format == "channels_last" and y.shape[3] or y.shape[1]}})
    end,
  }
end

global_pooling("GlobalMaxPooling2D", {"GlobalMaxPool2D"}, op.max_pool2d)
global_pooling("GlobalAveragePooling2D", {"GlobalAvgPool2D"}, op.average_pool2d)

---- Regularisation and normalisation ----------------------------------------------------------------

-- Two Dropout layers must not drop the same units.
local dropouts = 0

layer{
  name = "Dropout",
  arguments = {
    {"rate", "number", min = 0, below = 1},
    unsupported("noise_shape"),
    {"seed", "integer", min = 0, optional = true},
  },
  call = function(self, x)
    dropouts = dropouts + 1
    return op.dropout(x, {rate = self.rate, seed = self.seed or dropouts})
  end,
}

-- What batch_norm becomes in training makes no sense by itself, so scripts do not see it.
cnnc.exports.op.normalize = nil

layer{
  name = "BatchNormalization",
  arguments = {
    {"axis", "integer", default = -1},
    {"momentum", "number", min = 0, max = 1, default = 0.99},
    {"epsilon", "number", above = 0, default = 1e-3},
    {"center", "boolean", default = true},
    {"scale", "boolean", default = true},
    {"beta_initializer", "initializer", default = "zeros"},
    {"gamma_initializer", "initializer", default = "ones"},
    {"moving_mean_initializer", "initializer", default = "zeros"},
    {"moving_variance_initializer", "initializer", default = "ones"},
    unsupported("beta_regularizer"), unsupported("gamma_regularizer"),
    unsupported("beta_constraint"), unsupported("gamma_constraint"),
  },
  call = function(self, x)
    return with_axis_last(x, sample_axis(self, self.axis, #x.shape), function(y)
      local shape = {y.shape[#y.shape]}
      local gamma = self.scale and self:parameter("gamma", shape, self.gamma_initializer) or nil
      local beta = self.center and self:parameter("beta", shape, self.beta_initializer) or nil
      local mean = self:parameter("moving_mean", shape, self.moving_mean_initializer, false)
      local variance = self:parameter("moving_variance", shape, self.moving_variance_initializer, false)
      return op.batch_norm(y, gamma, beta, mean, variance, {epsilon = self.epsilon, momentum = self.momentum})
    end)
  end,
}

---- Shapes -----------------------------------------------------------------------------------------

local function count(shape)
  local product = 1
  for _, size in ipairs(shape) do product = product * size end
  return product
end

layer{
  name = "Flatten",
  arguments = {{"data_format", {"channels_last", "channels_first"}, optional = true}},
  call = function(self, x)
    if self.data_format == "channels_first" and #x.shape > 1 then
      local order = {}
      for axis = 1, #x.shape - 1 do order[axis] = axis end
      order[#x.shape] = 0
      x = op.permute(x, {order = order})
    end
    return op.reshape(x, {shape = {count(x.shape)}})
  end,
}

-- The target with its -1 replaced by what is left over.
local function resolve_shape(self, x)
  local shape, unknown, known = {}, nil, 1
  for i, size in ipairs(self.target_shape) do
    if size == 0 then self:fail("cannot make a dimension of size 0") end
    if size == -1 and unknown then self:fail("can leave only one dimension open with -1") end
    if size == -1 then unknown = i else known = known * size end
    shape[i] = size
  end
  local total = count(x.shape)
  if unknown and total % known == 0 then
    shape[unknown] = total // known
  elseif unknown or known ~= total then
    self:fail(format("cannot turn %s (%d numbers) into %s", concat(x.shape, "x"), total, concat(shape, "x")),
      nil, x)
  end
  return shape
end

layer{
  name = "Reshape",
  arguments = {{"target_shape", "shape", min = -1}},
  call = function(self, x) return op.reshape(x, {shape = resolve_shape(self, x)}) end,
}

layer{
  name = "Permute",
  arguments = {{"dims", "shape", min = 1, hint = "axes are counted from 1; the batch is not among them"}},
  call = function(self, x)
    local order = {}
    for i, axis in ipairs(self.dims) do order[i] = axis - 1 end
    if #order ~= #x.shape then
      self:fail(format("names %d axes, but its input is %s", #order, concat(x.shape, "x")), nil, x)
    end
    return op.permute(x, {order = order})
  end,
}

layer{
  name = "ZeroPadding2D",
  arguments = {{"padding", "margins", min = 0, default = 1}, DATA_FORMAT},
  call = function(self, x)
    return in_channels_last(self, x, function(image) return op.pad2d(image, {padding = self.padding}) end)
  end,
}

---- Several inputs ---------------------------------------------------------------------------------

local function need_equal_shapes(self, ...)
  local first = (...).shape
  for _, x in ipairs{...} do
    if concat(x.shape, "x") ~= concat(first, "x") then
      self:fail(format("needs inputs of one shape, but they are %s and %s", concat(first, "x"),
        concat(x.shape, "x")), nil, x)
    end
  end
end

local function merging(name, operation, inputs, finish)
  layer{
    name = name,
    inputs = inputs,
    call = function(self, ...)
      need_equal_shapes(self, ...)
      local tensors = {...}
      local y = tensors[1]
      for i = 2, #tensors do y = op.binary(y, tensors[i], {["function"] = operation}) end
      return finish and finish(y, #tensors) or y
    end,
  }
end

merging("Add", "add", "many")
merging("Subtract", "subtract", 2)
merging("Multiply", "multiply", "many")
merging("Maximum", "maximum", "many")
merging("Minimum", "minimum", "many")
merging("Average", "add", "many", function(sum, n) return op.affine(sum, {scale = 1 / n, offset = 0}) end)

layer{
  name = "Concatenate",
  inputs = "many",
  arguments = {{"axis", "integer", default = -1}},
  call = function(self, first, ...)
    local axis = sample_axis(self, self.axis, #first.shape)
    for _, x in ipairs{...} do
      for i = 0, math.max(#first.shape, #x.shape) - 1 do
        if #first.shape ~= #x.shape or (i ~= axis and first.shape[i + 1] ~= x.shape[i + 1]) then
          self:fail(format("joins inputs along axis %d, so their other sizes must agree, but they are %s and %s",
            axis + 1, concat(first.shape, "x"), concat(x.shape, "x")), nil, x)
        end
      end
    end
    local parts = {first, ...}
    parts[#parts + 1] = {axis = axis}
    return op.concat(table.unpack(parts))
  end,
}

---- Elementwise ------------------------------------------------------------------------------------

layer{
  name = "Activation",
  arguments = {{"activation", "activation"}},
  call = function(self, x) return self.activation(x) end,
}

layer{
  name = "Rescaling",
  arguments = {{"scale", "number"}, {"offset", "number", default = 0.0}},
  call = function(self, x) return op.affine(x, {scale = self.scale, offset = self.offset}) end,
}

layer{
  name = "ReLU",
  arguments = {
    {"max_value", "number", above = 0, optional = true},
    {"negative_slope", "number", min = 0, default = 0.0},
    {"threshold", "number", min = 0, default = 0.0},
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
  arguments = {{"negative_slope", "number", min = 0, default = 0.3}},
  call = function(self, x) return op.unary(x, {["function"] = "leaky_relu", alpha = self.negative_slope}) end,
}

layer{
  name = "ELU",
  arguments = {{"alpha", "number", default = 1.0}},
  call = function(self, x) return op.unary(x, {["function"] = "elu", alpha = self.alpha}) end,
}

layer{
  name = "Softmax",
  arguments = {{"axis", "integer", default = -1}},
  call = function(self, x)
    return with_axis_last(x, sample_axis(self, self.axis, #x.shape), function(y) return op.softmax(y) end)
  end,
}
