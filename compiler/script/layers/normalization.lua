-- normalization.lua: layers that normalize.

local cnnc = ...
local op, layer = cnnc.op, cnnc.layer
local common = cnnc.common

-- What batch_norm becomes in training makes no sense by itself, so scripts do not see it.
cnnc.offered_ops.normalize = nil

-- How often each position counts where x has a mask: those that it leaves once in the mean of the batch, the others not.
local function counts_of(self, x)
  local mask, shape = cnnc.mask_of(x), x.shape
  if not mask then return nil end
  if common.sample_axis(self, self.axis, #shape) ~= #shape - 1 then
    self:fail("can leave masked steps out only where the channels are the last axis", "axis = -1", x)
  end
  shape[#shape] = 1
  mask = op.broadcast(op.stop_gradient(cnnc.mask_for(mask, x)), {shape = shape})
  local share = op.mean_of_batch(mask)
  return op.binary(mask, op.binary(share, 1e-30, "maximum"), "divide")
end

layer{
  name = "BatchNormalization", masks = true,
  masks_doc = "the output has that of the input; mean and variance of the batch are those of the steps that count",
  looks_across_batch = true,
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
    common.regularizer("beta"), common.regularizer("gamma"),
    common.constraint("beta"), common.constraint("gamma"),
  },
  call = function(self, x)
    local training, counts = cnnc.called_in_training(), counts_of(self, x)
    if training then self:fail("normalizes by the batch in training only, and cannot be called with training = true") end
    return common.with_axis_last(x, common.sample_axis(self, self.axis, #x.shape), function(y)
      local shape = {y.shape[#y.shape]}
      local gamma = self.scale and self:parameter("gamma", shape, self.gamma_initializer) or nil
      local beta = self.center and self:parameter("beta", shape, self.beta_initializer) or nil
      local mean = self:parameter("moving_mean", shape, self.moving_mean_initializer, false)
      local variance = self:parameter("moving_variance", shape, self.moving_variance_initializer, false)
      return op.batch_norm(y, gamma, beta, mean, variance, counts, {
        epsilon = self.epsilon, momentum = self.momentum, inference = training == false})
    end)
  end,
}

-- The axes of one sample that have statistics of their own, in order: an integer, a list, or {} for none, as Keras counts them.
local function kept_axes(self, rank)
  local kept = common.sample_axes(self, self.axis, rank)
  table.sort(kept)
  for i = 2, #kept do
    if kept[i] ~= kept[i - 1] + 1 then self:fail("needs axes that are neighbours, each once") end
  end
  return kept
end

-- body(x) with those axes last; neighbours of the last one are there already.
local function with_axes_last(x, kept, body)
  local rank = #x.shape
  if #kept == 0 or kept[#kept] == rank - 1 then return body(x) end
  local there, back = {}, {}
  for axis = 0, rank - 1 do
    if axis < kept[1] or axis > kept[#kept] then there[#there + 1] = axis end
  end
  table.move(kept, 1, #kept, #there + 1, there)
  for position, axis in ipairs(there) do back[axis + 1] = position - 1 end
  return op.permute(body(op.permute(x, {order = there})), {order = back})
end

-- No deviation is smaller, as in Keras.
local EPSILON <const> = cnnc.keras.EPSILON

-- One part of x, or all of it, by numbers of the script.
local function by_numbers(self, x, mean, variance)
  local deviation = math.max(math.sqrt(variance), EPSILON)
  if self.invert then return op.affine(x, {scale = deviation, offset = mean}) end
  return op.affine(op.affine(x, {offset = -mean}), {scale = 1 / deviation})
end

local function by_given(self, x, kept)
  local mean, variance = self.mean, self.variance
  if #mean ~= #variance then self:fail("needs as many numbers in variance as in mean") end
  if #mean == 1 then return by_numbers(self, x, mean[1], variance[1]) end
  local axis = kept[1]
  if #kept ~= 1 or x.shape[axis + 1] ~= #mean then
    self:fail(string.format("is given %d means, but there are %s", #mean, #kept == 1 and x.shape[axis + 1]
      .. " places along its axis" or "other than one axis to count them along"))
  end
  local parts = {}
  for i = 1, #mean do
    parts[i] = by_numbers(self, op.slice(x, {axis = axis, begin = i - 1, count = 1}), mean[i], variance[i])
  end
  parts[#parts + 1] = {axis = axis}
  return op.concat(table.unpack(parts))
end

-- (x - mean) first, for x times the scale may have no digits left for a difference.
local function by_data(self, x, kept)
  local shape, inner = {}, 1
  for i, axis in ipairs(kept) do shape[i] = x.shape[axis + 1] end
  for axis = #kept > 0 and kept[#kept] + 1 or #x.shape, #x.shape - 1 do inner = inner * x.shape[axis + 1] end
  local mean, variance = self:parameter("mean", shape, "zeros", false), self:parameter("variance", shape, "ones", false)
  cnnc.adapt(mean, variance, x, inner)
  local least = op.unary(op.affine(variance, {offset = -EPSILON ^ 2}), "relu")
  local scale = op.unary(op.affine(least, {offset = EPSILON ^ 2}), "rsqrt")
  return with_axes_last(x, kept, function(y)
    return op.binary(op.binary(y, mean, "subtract"), scale, "multiply")
  end)
end

layer{
  name = "Normalization",
  doc = "shifts and scales by mean and variance: those given, or of the training data, before the first epoch",
  formula = "y = (x - mean) / max(sqrt(variance), 1e-7)",
  example = "Normalization{input_shape = {8}}",
  adapts = true,
  arguments = {
    {"axis", "axes", may_be_empty = true, default = -1,
      doc = "axis or list of axes with a mean for each index; the batch is 0; {}: one mean for all"},
    {"mean", "values", optional = true, doc = "if it is known beforehand, with the variance"},
    {"variance", "values", min = 0, optional = true, doc = "if it is known beforehand, with the mean"},
    {"invert", "boolean", default = false, doc = "from normal numbers back; needs mean and variance"},
  },
  call = function(self, x)
    if (self.mean == nil) ~= (self.variance == nil) then self:fail("needs mean and variance, or none of them") end
    local kept = kept_axes(self, #x.shape)
    if self.mean then return by_given(self, x, kept) end
    if self.invert then self:fail("can only invert a mean and variance that it is given") end
    return by_data(self, x, kept)
  end,
}

---- Statistics of one sample ------------------------------------------------------------------------

local function reduce(x, kind, axes) return op.reduce(x, {["function"] = kind, axes = axes, keepdims = true}) end

-- The axes of one sample that `axis`, an integer or a list as Keras counts them, names, in order.
local function axes_of(self, rank)
  local axes = common.sample_axes(self, self.axis, rank)
  table.sort(axes)
  for i = 1, math.max(#axes, 1) do
    if axes[i] == nil or axes[i] == axes[i - 1] then self:fail("needs one axis or more, each once") end
  end
  return axes
end

-- A parameter with a number for each place along some axes, in the shape in which it meets x.
local function along(self, name, x, axes, initializer)
  local own, met = {}, {}
  for i = 1, #x.shape do met[i] = 1 end
  for i, axis in ipairs(axes) do
    own[i] = x.shape[axis + 1]
    met[axis + 1] = own[i]
  end
  for _ = 1, axes[1] do table.remove(met, 1) end
  local parameter = self:parameter(name, own, initializer)
  return #met == #own and parameter or op.reshape(parameter, {shape = met})
end

local function scaled_and_shifted(self, x, axes, scales, shifts)
  if scales then x = op.binary(x, along(self, "gamma", x, axes, self.gamma_initializer), "multiply") end
  if shifts then x = op.binary(x, along(self, "beta", x, axes, self.beta_initializer), "add") end
  return x
end

local function inverse_root(x, epsilon) return op.unary(op.affine(x, {offset = epsilon}), "rsqrt") end

-- x less its mean over some axes; what that is to be multiplied by for a variance of 1.
local function standardized(x, axes, epsilon)
  local centred = op.binary(x, reduce(x, "mean", axes), "subtract")
  return centred, inverse_root(reduce(op.unary(centred, "square"), "mean", axes), epsilon)
end

local GAMMA_AND_BETA = {
  {"epsilon", "number", above = 0, default = 1e-3, doc = "added to the variance"},
  {"center", "boolean", default = true, doc = "add a parameter `beta`"},
  {"scale", "boolean", default = true, doc = "multiply by a parameter `gamma`"},
}
local INITIALIZERS = {
  {"beta_initializer", "initializer", default = "zeros", doc = "what `beta` holds before training"},
  {"gamma_initializer", "initializer", default = "ones", doc = "what `gamma` holds before training"},
  common.regularizer("beta"), common.regularizer("gamma"),
  common.constraint("beta"), common.constraint("gamma"),
}

layer{
  name = "LayerNormalization", masks = true,
  doc = "scales each sample by its own mean and variance along some axes, in training and prediction alike",
  formula = "y = gamma * (x - mean) / sqrt(variance + epsilon) + beta",
  example = "LayerNormalization{input_shape = {10, 16}}",
  arguments = common.with(common.with({
    {"axis", "axes", default = -1, doc = "axis or list of axes that share mean and variance; the batch is axis 0"},
  }, GAMMA_AND_BETA), common.with({
    {"rms_scaling", "boolean", default = false, doc = "y = gamma * x / sqrt(variance + epsilon), without beta"},
  }, INITIALIZERS)),
  call = function(self, x)
    local axes = axes_of(self, #x.shape)
    local centred, scale = standardized(x, axes, self.epsilon)
    local y = op.binary(self.rms_scaling and x or centred, scale, "multiply")
    return scaled_and_shifted(self, y, axes, self.scale or self.rms_scaling, self.center and not self.rms_scaling)
  end,
}

layer{
  name = "GroupNormalization", masks = true,
  doc = "scales groups of channels of each sample by their own mean and variance, in training and prediction alike",
  formula = "y = gamma * (x - mean) / sqrt(variance + epsilon) + beta",
  example = "GroupNormalization{groups = 4, input_shape = {8, 8, 16}}",
  arguments = common.with(common.with({
    {"groups", "integer", min = -1, default = 32, doc = "of channels; -1: each channel by itself"},
    {"axis", "integer", default = -1, doc = "of the channels; the batch is axis 0, -1 is the last"},
  }, GAMMA_AND_BETA), INITIALIZERS),
  call = function(self, x)
    local axis = common.sample_axis(self, self.axis, #x.shape)
    local channels = x.shape[axis + 1]
    local groups = self.groups == -1 and channels or self.groups
    if groups == 0 or channels % groups ~= 0 then
      self:fail(string.format("has %d groups, into which %d channels do not divide", groups, channels))
    end
    local shape, others = table.move(x.shape, 1, #x.shape, 1, {}), {}
    shape[axis + 1] = channels // groups
    table.insert(shape, axis + 1, groups)
    for i = 0, #shape - 1 do
      if i ~= axis then others[#others + 1] = i end
    end
    if #shape > cnnc.MAX_RANK then self:fail("needs an input with fewer axes", nil, x) end
    local centred, scale = standardized(op.reshape(x, {shape = shape}), others, self.epsilon)
    local y = op.reshape(op.binary(centred, scale, "multiply"), {shape = x.shape})
    return scaled_and_shifted(self, y, {axis}, self.scale, self.center)
  end,
}

layer{
  name = "RMSNormalization",
  doc = "divides each sample by the root of its mean square along some axes",
  formula = "y = scale * x / sqrt(mean of x^2 + epsilon)",
  example = "RMSNormalization{input_shape = {10, 16}}",
  arguments = {
    {"axis", "axes", default = -1, doc = "axis or list of axes whose numbers have the mean in common; the batch is 0"},
    {"epsilon", "number", above = 0, default = 1e-6, doc = "added to the mean"},
  },
  call = function(self, x)
    local axes = axes_of(self, #x.shape)
    local mean = reduce(op.unary(x, "square"), "mean", axes)
    local y = op.binary(x, inverse_root(mean, self.epsilon), "multiply")
    return op.binary(y, along(self, "scale", x, axes, "ones"), "multiply")
  end,
}

layer{
  name = "UnitNormalization", masks = true,
  doc = "divides each sample by its length along some axes, which becomes 1",
  formula = "y = x / sqrt(sum of x^2)",
  example = "UnitNormalization{input_shape = {10, 16}}",
  arguments = {
    {"axis", "axes", default = -1, doc = "axis or list of axes that the length is measured along; the batch is 0"},
  },
  call = function(self, x)
    local sum = reduce(op.unary(x, "square"), "sum", axes_of(self, #x.shape))
    return op.binary(x, op.unary(op.binary(sum, 1e-24, "maximum"), "rsqrt"), "multiply") -- zeros stay
  end,
}
