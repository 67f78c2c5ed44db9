-- losses.lua: what training makes small. `doc`, `formula` and `example` of each are what `cnnc help` and the manual page print.

local cnnc = ...
local op, arguments = cnnc.op, cnnc.arguments

local function later(name) return {name, "unsupported"} end

-- Their ops give one number a sample, which no layer could go on from, so scripts do not see them.
for _, name in ipairs{"cross_entropy", "binary_cross_entropy", "squared_error"} do
  cnnc.exports.op[name] = nil
end

-- `classes`: the label is the index of a class, otherwise it has the output's shape. `rank`: of the outputs that it
-- takes; `probabilities`: the activation that gives them as it wants them, unless it is from_logits; labels that are
-- no classes are probabilities then, too.
-- `build(self, output, label)` returns one number a sample.
local loss = arguments.kind("loss")

local FROM_LOGITS = {"from_logits", "boolean", default = false,
  doc = "the output has no softmax or sigmoid: its values are scores"}
local LABEL_SMOOTHING = {"label_smoothing", "number", min = 0, max = 1, default = 0.0,
  doc = "share of each label that is spread evenly"}

loss{
  name = "SparseCategoricalCrossentropy", aliases = {"sparse_categorical_crossentropy"},
  doc = "cross-entropy of class scores with the index of the right class",
  formula = "-log(y[label])",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model]],
  arguments = {FROM_LOGITS, later("ignore_class"), later("reduction")},
  classes = true, rank = 1, probabilities = "softmax",
  build = function(self, output, label)
    return op.cross_entropy(output, label, {sparse = true, from_logits = self.from_logits})
  end,
}

loss{
  name = "CategoricalCrossentropy", aliases = {"categorical_crossentropy"},
  doc = "cross-entropy of class scores with one-hot labels",
  formula = "-sum over i of label[i] * log(y[i])",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = CategoricalCrossentropy{label_smoothing = 0.1}}
return model]],
  arguments = {FROM_LOGITS, LABEL_SMOOTHING, later("axis"), later("reduction")},
  rank = 1, probabilities = "softmax",
  build = function(self, output, label)
    return op.cross_entropy(output, label,
      {sparse = false, from_logits = self.from_logits, label_smoothing = self.label_smoothing})
  end,
}

loss{
  name = "BinaryCrossentropy", aliases = {"binary_crossentropy"},
  doc = "cross-entropy of probabilities of yes with labels from 0 to 1",
  formula = "mean of -label*log(y) - (1 - label)*log(1 - y)",
  example = [[
local model = Sequential{Dense{1, activation = "sigmoid", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "binary_crossentropy", metrics = {"accuracy"}}
return model]],
  arguments = {FROM_LOGITS, LABEL_SMOOTHING, later("axis"), later("reduction")},
  probabilities = "sigmoid",
  build = function(self, output, label)
    return op.binary_cross_entropy(output, label,
      {from_logits = self.from_logits, label_smoothing = self.label_smoothing})
  end,
}

loss{
  name = "MeanSquaredError", aliases = {"mean_squared_error", "mse", "MSE"},
  doc = "the mean of squared differences",
  formula = "mean of (y - label)^2",
  example = [[
local model = Sequential{Dense{1, input_shape = {4}}}
model:compile{optimizer = "sgd", loss = "mse"}
return model]],
  arguments = {later("reduction")},
  build = function(_, output, label) return op.squared_error(output, label) end,
}
