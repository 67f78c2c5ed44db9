-- regularization.lua: layers that disturb training so that the network generalizes.

local cnnc = ...
local op, layer = cnnc.op, cnnc.layer
local common = cnnc.common

layer{
  name = "Dropout",
  only_in_training = true,
  works_on_any_rank = true,
  doc = "in training, zeroes units at random and scales the others; in prediction, does nothing",
  formula = "y = 0 with probability rate, else x / (1 - rate)",
  example = "Dropout{0.25, input_shape = {400}}",
  arguments = {
    {"rate", "number", min = 0, below = 1, doc = "share of the units that are zeroed"},
    common.unsupported("noise_shape"),
    {"seed", "integer", min = 0, optional = true, doc = "decides, with the training's seed, which units"},
  },
  call = function(self, x) return op.dropout(x, {rate = self.rate, seed = self.seed}) end,
}
