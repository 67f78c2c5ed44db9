-- layers.lua: the layers of Keras, each a table of arguments and a function over primitive ops.
--
-- Arguments stand in Keras' order with Keras' defaults (see arguments.lua for the types). `call` gets
-- the layer, whose fields are the arguments, and its input; shapes leave out the batch axis, and axes
-- are counted from 0. Kernels have Keras' layouts: convolution (rows, columns, in, out), dense (in, out).
-- `doc`, `formula` and `example` are what `cnnc help` and the manual page print; an example is what stands in
-- Sequential{...}, or a whole script.

local cnnc = ...
local op, layer, arguments, fields = cnnc.op, cnnc.layer, cnnc.arguments, cnnc.fields
local format, concat = string.format, table.concat

---- Activations ------------------------------------------------------------------------------------

-- `apply` is the function. An elementwise one may be applied in any layout.
local activation, make_activation = arguments.kind("activation")

activation{
  aliases = {"linear"}, elementwise = true, doc = "leaves its input as it is", formula = "x",
  apply = function(x) return x end,
}

local function elementwise(spec)
  local name, alpha = spec.aliases[1], spec.alpha
  spec.elementwise = true
  spec.apply = function(x) return op.unary(x, {["function"] = name, alpha = alpha}) end
  activation(spec)
end

elementwise{aliases = {"relu"}, doc = "the rectifier: negative values become 0", formula = "max(x, 0)"}
elementwise{aliases = {"relu6"}, doc = "relu that ends at 6", formula = "min(max(x, 0), 6)"}
elementwise{aliases = {"leaky_relu"}, alpha = 0.2, doc = "relu with a slope of 0.2 below 0",
  formula = "x if x > 0, else 0.2*x"}
elementwise{aliases = {"elu"}, alpha = 1.0, doc = "exponential below 0, linear above",
  formula = "x if x > 0, else exp(x) - 1"}
elementwise{aliases = {"selu"}, doc = "elu scaled so that activations keep mean 0 and variance 1",
  formula = "1.0507*x if x > 0, else 1.0507*1.67326*(exp(x) - 1)"}
elementwise{aliases = {"celu"}, alpha = 1.0, doc = "elu whose slope is continuous for every alpha, here 1",
  formula = "max(x, 0) + min(exp(x) - 1, 0)"}
elementwise{aliases = {"softplus"}, doc = "a smooth relu", formula = "log(1 + exp(x))"}
elementwise{aliases = {"softsign"}, doc = "from -1 to 1, more slowly than tanh", formula = "x / (1 + |x|)"}
elementwise{aliases = {"silu", "swish"}, doc = "x weighted by its sigmoid", formula = "x / (1 + exp(-x))"}
elementwise{aliases = {"gelu"}, doc = "x weighted by the normal distribution, exactly",
  formula = "x/2 * (1 + erf(x/sqrt(2)))"}
elementwise{aliases = {"tanh"}, doc = "hyperbolic tangent, from -1 to 1",
  formula = "(exp(x) - exp(-x)) / (exp(x) + exp(-x))"}
elementwise{aliases = {"sigmoid"}, doc = "the logistic function, from 0 to 1: a probability of yes",
  formula = "1 / (1 + exp(-x))"}
elementwise{aliases = {"exponential"}, doc = "the exponential function", formula = "exp(x)"}
elementwise{aliases = {"hard_sigmoid"}, doc = "sigmoid in three straight pieces",
  formula = "min(max(x/6 + 1/2, 0), 1)"}
elementwise{aliases = {"hard_silu", "hard_swish"}, doc = "x weighted by its hard_sigmoid",
  formula = "x * min(max(x/6 + 1/2, 0), 1)"}
elementwise{aliases = {"hard_tanh"}, doc = "x cut at -1 and 1", formula = "min(max(x, -1), 1)"}
elementwise{aliases = {"mish"}, doc = "x weighted by the tanh of its softplus",
  formula = "x * tanh(log(1 + exp(x)))"}

activation{
  aliases = {"softmax"},
  doc = "scores to probabilities: positive along the last axis, with the sum 1",
  formula = "exp(x[i]) / sum over j of exp(x[j])",
  apply = function(x) return op.softmax(x) end,
}
activation{
  aliases = {"log_softmax"},
  doc = "the logarithm of softmax",
  formula = "x[i] - log(sum over j of exp(x[j]))",
  apply = function(x) return op.softmax(x, {log = true}) end,
}

-- A layer in the place of an activation.
local function applied(layer, owner)
  return function(x)
    local y = layer(x)
    if concat(y.shape, "x") ~= concat(x.shape, "x") then
      cnnc.fail(format("%s: its activation %s makes %s of %s", owner, layer.type, concat(y.shape, "x"),
        concat(x.shape, "x")), {hint = "an activation keeps the shape; other layers are added behind"})
    end
    return y
  end
end

-- A script may write its own as a function of a tensor, or give a layer.
local named_activation = arguments.types.activation.check
arguments.types.activation.check = function(value, row, owner)
  if cnnc.constructors[value] == "layer" then value = value() end
  if cnnc.is_layer(value) then return make_activation({apply = applied(value, owner)}, {}) end
  if type(value) == "function" and not cnnc.constructors[value] then
    return make_activation({apply = cnnc.entry(value)}, {}) -- an error of string.upper is not this file's
  end
  return named_activation(value, row, owner)
end

---- Rows that several layers have ------------------------------------------------------------------

local DATA_FORMAT = {"data_format", {"channels_last", "channels_first"}, default = "channels_last",
  doc = "order of the input's axes: (rows, columns, channels) or (channels, rows, columns)"}
local PADDING = {"padding", {"valid", "same"}, default = "valid",
  doc = "valid: windows stay inside the image; same: zeros around it keep rows/strides and columns/strides"}
local ACTIVATION = {"activation", "activation", default = "linear", doc = "nonlinearity of the output"}

local function unsupported(name) return {name, "unsupported"} end

local function with(rows, more)
  local result = {}
  for _, row in ipairs(rows) do result[#result + 1] = row end
  for _, row in ipairs(more) do result[#result + 1] = row end
  return result
end

local KERNEL_AND_BIAS = {
  {"use_bias", "boolean", default = true, doc = "add a parameter `bias`"},
  {"kernel_initializer", "initializer", default = "glorot_uniform", doc = "what `kernel` holds before training"},
  {"bias_initializer", "initializer", default = "zeros", doc = "what `bias` holds before training"},
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
  doc = "2-D convolution: each filter slides over the image and gives one channel of the output",
  formula = "y[p,q,f] = activation(bias[f] + sum over i,j,c of x[p*s+i*d, q*s+j*d, c] * kernel[i,j,c,f])",
  example = 'Conv2D{8, {5, 5}, padding = "same", activation = "relu", input_shape = {28, 28, 1}}',
  arguments = with({
    {"filters", "integer", min = 1, doc = "channels of the output"},
    {"kernel_size", "pair", min = 1, doc = "rows and columns of a filter"},
    {"strides", "pair", min = 1, default = 1, doc = "from one place of a filter to the next"},
    PADDING,
    DATA_FORMAT,
    {"dilation_rate", "pair", min = 1, default = 1, doc = "distance of a filter's taps"},
    {"groups", "integer", min = 1, default = 1, doc = "parts of the channels that are convolved apart"},
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
  doc = "each output is a weighted sum of all inputs along the last axis",
  formula = "y[u] = activation(bias[u] + sum over i of x[i] * kernel[i,u])",
  example = 'Dense{10, activation = "softmax", input_shape = {400}}',
  arguments = with({{"units", "integer", min = 1, doc = "outputs"}, ACTIVATION}, KERNEL_AND_BIAS),
  call = function(self, x)
    local kernel = self:parameter("kernel", {x.shape[#x.shape], self.units}, self.kernel_initializer)
    return self.activation(add_bias(self, op.matmul(x, kernel), self.units))
  end,
}

---- Pooling ----------------------------------------------------------------------------------------

local function pooling(name, aliases, doc, formula, pool_default, pool)
  layer{
    name = name,
    aliases = aliases,
    doc = doc,
    formula = formula,
    example = name .. "{{2, 2}, strides = 2, input_shape = {28, 28, 8}}",
    arguments = {
      {"pool_size", "pair", min = 1, default = pool_default, doc = "rows and columns of a window"},
      {"strides", "pair", min = 1, optional = true, doc = "from one window to the next; pool_size without it"},
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

pooling("MaxPooling2D", {"MaxPool2D"}, "the largest value of each window, channel by channel",
  "y[p,q,c] = max over i,j of x[p*s+i, q*s+j, c]", 2, op.max_pool2d)
pooling("AveragePooling2D", {"AvgPool2D"},
  "the mean of each window, channel by channel; what lies outside does not count",
  "y[p,q,c] = mean over i,j of x[p*s+i, q*s+j, c]", nil, op.average_pool2d)

local function global_pooling(name, aliases, doc, formula, pool)
  layer{
    name = name,
    aliases = aliases,
    doc = doc,
    formula = formula,
    example = name .. "{input_shape = {7, 7, 32}}",
    arguments = {DATA_FORMAT, {"keepdims", "boolean", default = false, doc = "keep rows and columns, as 1x1"}},
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

global_pooling("GlobalMaxPooling2D", {"GlobalMaxPool2D"}, "the largest value of each channel",
  "y[c] = max over p,q of x[p,q,c]", op.max_pool2d)
global_pooling("GlobalAveragePooling2D", {"GlobalAvgPool2D"}, "the mean of each channel",
  "y[c] = mean over p,q of x[p,q,c]", op.average_pool2d)

---- Regularisation and normalisation ----------------------------------------------------------------

layer{
  name = "Dropout",
  doc = "in training, zeroes units at random and scales the others; in prediction, does nothing",
  formula = "y = 0 with probability rate, else x / (1 - rate)",
  example = "Dropout{0.25, input_shape = {400}}",
  arguments = {
    {"rate", "number", min = 0, below = 1, doc = "share of the units that are zeroed"},
    unsupported("noise_shape"),
    {"seed", "integer", min = 0, optional = true, doc = "decides, with the training's seed, which units"},
  },
  call = function(self, x) return op.dropout(x, {rate = self.rate, seed = self.seed}) end,
}

-- What batch_norm becomes in training makes no sense by itself, so scripts do not see it.
cnnc.exports.op.normalize = nil

layer{
  name = "BatchNormalization",
  doc = "scales each channel by the mean and variance of the batch in training, of moving averages in prediction",
  formula = "y = gamma * (x - mean) / sqrt(variance + epsilon) + beta",
  example = "BatchNormalization{input_shape = {24, 24, 8}}",
  arguments = {
    {"axis", "integer", default = -1, doc = "of the channels; the batch is axis 0, -1 is the last"},
    {"momentum", "number", min = 0, max = 1, default = 0.99,
      doc = "moving = momentum*moving + (1 - momentum)*batch"},
    {"epsilon", "number", above = 0, default = 1e-3, doc = "added to the variance"},
    {"center", "boolean", default = true, doc = "add a parameter `beta`"},
    {"scale", "boolean", default = true, doc = "multiply by a parameter `gamma`"},
    {"beta_initializer", "initializer", default = "zeros", doc = "what `beta` holds before training"},
    {"gamma_initializer", "initializer", default = "ones", doc = "what `gamma` holds before training"},
    {"moving_mean_initializer", "initializer", default = "zeros", doc = "what `moving_mean` holds before training"},
    {"moving_variance_initializer", "initializer", default = "ones",
      doc = "what `moving_variance` holds before training"},
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
  doc = "the same numbers as one row, in the order of memory",
  formula = "rows x columns x channels -> rows*columns*channels",
  example = "Flatten{input_shape = {5, 5, 16}}",
  arguments = {{"data_format", {"channels_last", "channels_first"}, optional = true,
    doc = "channels_first: the channels become the last axis before"}},
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
  doc = "the same numbers in another shape",
  example = "Reshape{{28, 28, 1}, input_shape = {784}}",
  arguments = {{"target_shape", "shape", min = -1,
    doc = "without the batch; one dimension may be -1, what is left over"}},
  call = function(self, x) return op.reshape(x, {shape = resolve_shape(self, x)}) end,
}

layer{
  name = "Permute",
  doc = "reorders the axes",
  formula = "axis i of y is axis dims[i] of x",
  example = "Permute{{3, 1, 2}, input_shape = {28, 28, 3}}",
  arguments = {{"dims", "shape", min = 1, hint = "axes are counted from 1; the batch is not among them",
    doc = "the axes in their new order, counted from 1, without the batch"}},
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
  doc = "zeros around an image",
  example = "ZeroPadding2D{{{1, 2}, {3, 4}}, input_shape = {8, 8, 1}}",
  arguments = {
    {"padding", "margins", min = 0, default = 1, doc = "rows and columns of zeros on each side"}, DATA_FORMAT,
  },
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

local function merging(name, operation, inputs, doc, formula, finish)
  layer{
    name = name,
    inputs = inputs,
    doc = doc .. " of inputs of one shape",
    formula = formula,
    example = "local x = Input{8, 8, 4}\n"
      .. "local y = Conv2D{4, 3, padding = \"same\"}(x)\n"
      .. format("return Model{inputs = x, outputs = %s()({x, y})}", name),
    call = function(self, ...)
      need_equal_shapes(self, ...)
      local tensors = {...}
      local y = tensors[1]
      for i = 2, #tensors do y = op.binary(y, tensors[i], {["function"] = operation}) end
      return finish and finish(y, #tensors) or y
    end,
  }
end

merging("Add", "add", "many", "the sum", "y = x1 + x2 + ...")
merging("Subtract", "subtract", 2, "the difference", "y = x1 - x2")
merging("Multiply", "multiply", "many", "the product, element by element,", "y = x1 * x2 * ...")
merging("Maximum", "maximum", "many", "the largest, element by element,", "y = max(x1, x2, ...)")
merging("Minimum", "minimum", "many", "the smallest, element by element,", "y = min(x1, x2, ...)")
merging("Average", "add", "many", "the mean", "y = (x1 + x2 + ... + xn) / n",
  function(sum, n) return op.affine(sum, {scale = 1 / n, offset = 0}) end)

layer{
  name = "Concatenate",
  inputs = "many",
  doc = "joins its inputs along one axis",
  example = [[
local x = Input{8, 8, 4}
local y = Conv2D{8, 3, padding = "same"}(x)
return Model{inputs = x, outputs = Concatenate()({x, y})}]],
  arguments = {{"axis", "integer", default = -1, doc = "the batch is axis 0, -1 is the last"}},
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
  doc = "applies an activation to its input",
  example = 'Activation{"tanh", input_shape = {16}}',
  arguments = {{"activation", "activation", doc = "its name, or a function of a tensor"}},
  call = function(self, x) return self.activation(x) end,
}

layer{
  name = "Rescaling",
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
  doc = "the rectifier with a slope below 0",
  formula = "y = x if x > 0, else negative_slope*x",
  example = "LeakyReLU{0.1, input_shape = {16}}",
  arguments = {{"negative_slope", "number", min = 0, default = 0.3, doc = "slope below 0"}},
  call = function(self, x) return op.unary(x, {["function"] = "leaky_relu", alpha = self.negative_slope}) end,
}

layer{
  name = "ELU",
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
    return with_axis_last(x, sample_axis(self, self.axis, #x.shape), function(y) return op.softmax(y) end)
  end,
}
