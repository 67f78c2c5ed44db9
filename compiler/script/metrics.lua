-- metrics.lua: what is printed beside the loss. `doc`, `formula` and `example` of each are what `cnnc help` and the manual page
-- print.

local cnnc = ...
local op, arguments = cnnc.op, cnnc.arguments

-- `build(output, label, classes)` returns one number a sample.
local metric = arguments.kind("metric")

local function accuracy(kind)
  return function(output, label) return op.accuracy(output, label, {kind = kind}) end
end

-- Keras' rule: one output is a yes or no, class indices are sparse, the rest is one-hot.
metric{
  aliases = {"accuracy", "acc"},
  doc = "share of the samples that are right: the one of the three below that fits the labels",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model]],
  build = function(output, label, classes)
    local last = output.shape[#output.shape]
    return accuracy(last == 1 and "binary" or classes and "sparse" or "categorical")(output, label)
  end,
}

metric{
  aliases = {"sparse_categorical_accuracy"}, classes = true, build = accuracy("sparse"),
  doc = "share of the samples whose highest score is that of the label",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{loss = "sparse_categorical_crossentropy", metrics = {"sparse_categorical_accuracy"}}
return model]],
}
metric{
  aliases = {"categorical_accuracy"}, classes = false, build = accuracy("categorical"),
  doc = "share of the samples whose highest score is where the one-hot label is highest",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{loss = "categorical_crossentropy", metrics = {"categorical_accuracy"}}
return model]],
}
metric{
  aliases = {"binary_accuracy"}, classes = false, build = accuracy("binary"),
  doc = "share of the outputs that are above 0.5 where the label is 1, and not where it is 0",
  example = [[
local model = Sequential{Dense{1, activation = "sigmoid", input_shape = {4}}}
model:compile{loss = "binary_crossentropy", metrics = {"binary_accuracy"}}
return model]],
}
metric{
  aliases = {"mean_squared_error", "mse", "MSE"}, classes = false,
  doc = "the mean of squared differences",
  formula = "mean of (y - label)^2",
  example = [[
local model = Sequential{Dense{1, activation = "sigmoid", input_shape = {4}}}
model:compile{loss = "binary_crossentropy", metrics = {"mse"}}
return model]],
  build = function(output, label) return op.squared_error(output, label) end,
}
