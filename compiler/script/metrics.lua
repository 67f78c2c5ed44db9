-- metrics.lua: what is printed beside the loss. `doc`, `formula` and `example` of each are what `cnnc help` and the manual page
-- print.

local cnnc = ...
local op, arguments, fields = cnnc.op, cnnc.arguments, cnnc.fields
local fail = cnnc.fail

-- `build(output, label, classes)` returns one number a sample. `classes`: the labels that it takes are the indices of classes;
-- nil: they may be.
local metric, make = arguments.kind("metric")

local NAME = {"name", "name", optional = true, doc = "of its column"}

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
  name = "SparseCategoricalAccuracy", aliases = {"sparse_categorical_accuracy"}, arguments = {NAME},
  classes = true, build = accuracy("sparse"),
  doc = "share of the samples whose highest score is that of the label",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{loss = "sparse_categorical_crossentropy", metrics = {"sparse_categorical_accuracy"}}
return model]],
}
metric{
  name = "CategoricalAccuracy", aliases = {"categorical_accuracy"}, arguments = {NAME},
  classes = false, build = accuracy("categorical"),
  doc = "share of the samples whose highest score is where the one-hot label is highest",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{loss = "categorical_crossentropy", metrics = {"categorical_accuracy"}}
return model]],
}
metric{
  name = "BinaryAccuracy", aliases = {"binary_accuracy"},
  arguments = {NAME, {"threshold", "number", default = 0.5, doc = "0.5"}},
  check = function(chosen)
    if chosen.threshold ~= 0.5 then fail("BinaryAccuracy is supported with threshold = 0.5 only") end
  end,
  classes = false, build = accuracy("binary"),
  doc = "share of the outputs that are above 0.5 where the label is 1, and not where it is 0",
  example = [[
local model = Sequential{Dense{1, activation = "sigmoid", input_shape = {4}}}
model:compile{loss = "binary_crossentropy", metrics = {"binary_accuracy"}}
return model]],
}
---- What may stand among metrics --------------------------------------------------------------------

-- A loss is a metric as well: its mean.
local function of_loss(chosen)
  local spec = fields[chosen].spec
  return make({
    aliases = spec.aliases, name = spec.aliases[1], arguments = {}, loss = chosen, classes = spec.classes == true,
    build = function(output, label) return spec.build(chosen, output, label) end,
  }, {})
end

local of_metrics = arguments.types.metric.check
arguments.types.metric.check = function(value, row, owner)
  local losses = arguments.types.loss
  local chosen = (type(value) ~= "string" or not losses.knows(value)) and of_metrics(value, row, owner) or nil
  if not chosen then
    local loss = losses.check(value, row, owner)
    chosen = loss and of_loss(loss)
  end
  if chosen and fields[chosen].spec.check then fields[chosen].spec.check(chosen) end
  return chosen
end

-- Its column bears the name that the script gives it.
function cnnc.parse_metric(wanted)
  local chosen = arguments.parse("compile", {{"metric", "metric"}}, {metric = wanted}).metric
  fields[chosen].column = type(wanted) == "string" and wanted or fields[chosen].name or fields[chosen].spec.aliases[1]
  return chosen
end
