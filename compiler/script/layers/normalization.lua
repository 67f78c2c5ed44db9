-- normalization.lua: layers that normalize.

local cnnc = ...
local op, layer = cnnc.op, cnnc.layer
local common = cnnc.common

-- What batch_norm becomes in training makes no sense by itself, so scripts do not see it.
cnnc.exports.op.normalize = nil

layer{
  name = "BatchNormalization",
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
    common.unsupported("beta_constraint"), common.unsupported("gamma_constraint"),
  },
  call = function(self, x)
    local training = cnnc.called_in_training()
    if training then self:fail("normalizes by the batch in training only, and cannot be called with training = true") end
    return common.with_axis_last(x, common.sample_axis(self, self.axis, #x.shape), function(y)
      local shape = {y.shape[#y.shape]}
      local gamma = self.scale and self:parameter("gamma", shape, self.gamma_initializer) or nil
      local beta = self.center and self:parameter("beta", shape, self.beta_initializer) or nil
      local mean = self:parameter("moving_mean", shape, self.moving_mean_initializer, false)
      local variance = self:parameter("moving_variance", shape, self.moving_variance_initializer, false)
      return op.batch_norm(y, gamma, beta, mean, variance, {
        epsilon = self.epsilon, momentum = self.momentum, inference = training == false})
    end)
  end,
}

-- The axes of one sample that have statistics of their own, in order: an integer, a list, or {} for none, as Keras counts them.
local function kept_axes(self, rank)
  local list, kept = type(self.axis) == "table" and self.axis or {self.axis}, {}
  for i, axis in ipairs(list) do
    if math.type(axis) ~= "integer" then self:fail("needs an integer or a list of integers as axis") end
    kept[i] = common.sample_axis(self, axis, rank)
  end
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
local EPSILON <const> = 1e-7

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
    {"axis", "any", default = -1, doc = "axis or list of axes with a mean for each index; the batch is 0; {}: one mean for all"},
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
