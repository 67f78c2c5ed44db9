-- accuracy.lua: the share of the samples that are right.

local cnnc = ...
local op, metrics = cnnc.op, cnnc.metrics
local reduce, compare, last, describe = metrics.reduce, metrics.compare, metrics.last, metrics.describe

local function accuracy(kind)
  return function(_, output, label) return op.accuracy(output, label, {kind = kind}) end
end

-- Keras' rule: one output is a yes or no, class indices are sparse, the rest is one-hot.
metrics.define{
  aliases = {"accuracy", "acc"}, better = "max",
  doc = "share of the samples that are right: the one of the three below that fits the labels",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model]],
  build = function(self, output, label, classes)
    local width = output.shape[#output.shape]
    return accuracy(width == 1 and "binary" or classes and "sparse" or "categorical")(self, output, label)
  end,
}

metrics.define{
  name = "SparseCategoricalAccuracy", aliases = {"sparse_categorical_accuracy"}, arguments = {metrics.NAME},
  classes = true, build = accuracy("sparse"), better = "max",
  doc = "share of the samples whose highest score is that of the label",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{loss = "sparse_categorical_crossentropy", metrics = {"sparse_categorical_accuracy"}}
return model]],
}
metrics.define{
  name = "CategoricalAccuracy", aliases = {"categorical_accuracy"}, arguments = {metrics.NAME},
  classes = false, build = accuracy("categorical"), better = "max",
  doc = "share of the samples whose highest score is where the one-hot label is highest",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{loss = "categorical_crossentropy", metrics = {"categorical_accuracy"}}
return model]],
}
metrics.define{
  name = "BinaryAccuracy", aliases = {"binary_accuracy"}, better = "max",
  arguments = {metrics.NAME, {"threshold", "number", default = 0.5, doc = "above it, an output means yes"}},
  classes = false,
  build = function(self, output, label) return op.accuracy(output, label, {kind = "binary", threshold = self.threshold}) end,
  doc = "share of the outputs that are above the threshold where the label is 1, and not where it is 0",
  example = [[
local model = Sequential{Dense{1, activation = "sigmoid", input_shape = {4}}}
model:compile{loss = "binary_crossentropy", metrics = {"binary_accuracy"}}
return model]],
}

---- Among the k best ----------------------------------------------------------------------------------

local K = {"k", "integer", min = 1, default = 5, doc = "how many of the highest scores count"}

-- The share of rows with fewer than k scores above that of the right class.
local function in_top(self, output, right)
  local score = reduce("sum", right * output, last(output), true)
  local above = reduce("sum", compare("greater", output, score), last(output))
  return reduce("mean", compare("less", above, self.k))
end

describe{
  name = "TopKCategoricalAccuracy", aliases = {"top_k_categorical_accuracy"}, of = "one_hot", better = "max",
  doc = "share of the samples where the one-hot label's class is among the k highest scores",
  arguments = {K}, classes = false,
  build = function(self, output, label) return in_top(self, output, metrics.at_largest(label)) end,
}
describe{
  name = "SparseTopKCategoricalAccuracy", aliases = {"sparse_top_k_categorical_accuracy"}, of = "classes", better = "max",
  doc = "share of the samples where the label's class is among the k highest scores",
  arguments = {K}, classes = true,
  build = function(self, output, label) return in_top(self, output, metrics.one_hot(label, output.shape[#output.shape])) end,
}
