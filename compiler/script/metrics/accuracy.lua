-- accuracy.lua: the share of the samples that are right.

local cnnc = ...
local op, metrics = cnnc.op, cnnc.metrics
local reduce, compare, last, describe = metrics.reduce, metrics.compare, metrics.last, metrics.describe

local function accuracy(kind)
  return function(_, output, label) return op.accuracy(output, label, {kind = kind}) end
end

-- Of each place: is it right?
local EACH <const> = {
  sparse = function(_, output, label)
    return reduce("sum", metrics.at_largest(output) * metrics.one_hot(label, output.shape[#output.shape]), last(output))
  end,
  categorical = function(_, output, label)
    return reduce("sum", metrics.at_largest(output) * metrics.at_largest(label), last(output))
  end,
  binary = function(self, output, label)
    return compare("equal", compare("greater", output, self.threshold or 0.5), label)
  end,
}

local function fitting(output, classes)
  local width = output.shape[#output.shape]
  return width == 1 and "binary" or classes and "sparse" or "categorical"
end

-- Keras' rule: one output is a yes or no, class indices are sparse, the rest is one-hot.
metrics.define{
  aliases = {"accuracy", "acc"}, better = "max",
  doc = "share of the samples that are right: the one of the three below that fits the labels",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model]],
  build = function(self, output, label, classes) return accuracy(fitting(output, classes))(self, output, label) end,
  each = function(self, output, label, classes)
    local kind = fitting(output, classes)
    return EACH[kind](kind == "binary" and {} or self, output, label)
  end,
}

metrics.define{
  name = "SparseCategoricalAccuracy", aliases = {"sparse_categorical_accuracy"}, arguments = {metrics.NAME},
  classes = true, build = accuracy("sparse"), each = EACH.sparse, better = "max",
  doc = "share of the samples whose highest score is that of the label",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{loss = "sparse_categorical_crossentropy", metrics = {"sparse_categorical_accuracy"}}
return model]],
}
metrics.define{
  name = "CategoricalAccuracy", aliases = {"categorical_accuracy"}, arguments = {metrics.NAME},
  classes = false, build = accuracy("categorical"), each = EACH.categorical, better = "max",
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
  each = EACH.binary,
  doc = "share of the outputs that are above the threshold where the label is 1, and not where it is 0",
  example = [[
local model = Sequential{Dense{1, activation = "sigmoid", input_shape = {4}}}
model:compile{loss = "binary_crossentropy", metrics = {"binary_accuracy"}}
return model]],
}

---- Among the k best ----------------------------------------------------------------------------------

local K = {"k", "integer", min = 1, default = 5, doc = "how many of the highest scores count"}

-- Are fewer than k scores of a row above that of the right class? And the share of the rows where it is so.
local function in_top(right_of)
  local function each(self, output, label)
    local score = reduce("sum", right_of(label, output.shape[#output.shape]) * output, last(output), true)
    local above = reduce("sum", compare("greater", output, score), last(output))
    return compare("less", above, self.k)
  end
  return each, function(...) return reduce("mean", each(...)) end
end

local each_of_one_hot, of_one_hot = in_top(metrics.at_largest)
local each_of_classes, of_classes = in_top(metrics.one_hot)

describe{
  name = "TopKCategoricalAccuracy", aliases = {"top_k_categorical_accuracy"}, of = "one_hot", better = "max",
  doc = "share of the samples where the one-hot label's class is among the k highest scores",
  arguments = {K}, classes = false,
  build = of_one_hot, each = each_of_one_hot,
}
describe{
  name = "SparseTopKCategoricalAccuracy", aliases = {"sparse_top_k_categorical_accuracy"}, of = "classes", better = "max",
  doc = "share of the samples where the label's class is among the k highest scores",
  arguments = {K}, classes = true,
  build = of_classes, each = each_of_classes,
}
