-- normalization.lua: layers that normalize.

local cnnc = ...
local op, layer = cnnc.op, cnnc.layer
local common = cnnc.common

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
    common.unsupported("beta_regularizer"), common.unsupported("gamma_regularizer"),
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
