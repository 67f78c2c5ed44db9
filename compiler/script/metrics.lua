-- metrics.lua: what is printed beside the loss. `doc`, `formula` and `example` of each are what `cnnc help` and the manual page
-- print.

local cnnc = ...
local op, arguments, fields = cnnc.op, cnnc.arguments, cnnc.fields
local fail, rule = cnnc.fail, cnnc.rule

-- `build(self, output, label, classes)` returns tensors whose numbers are summed over the samples, and `finish(self, count, ...)`
-- is given these sums, a term for each tensor of one number and a list of terms (rule.elements) for each other one, and the
-- number of samples, and returns the column; without it that is the mean. `classes`: the labels that it takes are the indices
-- of classes; nil: they may be.
local metric, make = arguments.kind("metric")

local NAME = {"name", "name", optional = true, doc = "of its column"}

local function accuracy(kind)
  return function(_, output, label) return op.accuracy(output, label, {kind = kind}) end
end

-- Keras' rule: one output is a yes or no, class indices are sparse, the rest is one-hot.
metric{
  aliases = {"accuracy", "acc"},
  doc = "share of the samples that are right: the one of the three below that fits the labels",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model]],
  build = function(self, output, label, classes)
    local last = output.shape[#output.shape]
    return accuracy(last == 1 and "binary" or classes and "sparse" or "categorical")(self, output, label)
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

metric{
  name = "RootMeanSquaredError", aliases = {"root_mean_squared_error"}, arguments = {NAME},
  doc = "the root of the mean of squared differences", formula = "sqrt(mean of (y - label)^2)",
  example = [[
local model = Sequential{Dense{1, input_shape = {4}}}
model:compile{loss = "mse", metrics = {RootMeanSquaredError()}}
return model]],
  classes = false,
  build = function(_, output, label) return op.squared_error(output, label) end,
  finish = function(_, count, squares) return rule.sqrt(squares / count) end,
}

---- What may stand among metrics --------------------------------------------------------------------

-- A loss is a metric as well: its mean.
local function of_loss(chosen)
  local spec = fields[chosen].spec
  return make({
    aliases = spec.aliases, name = spec.aliases[1], arguments = {}, loss = chosen, classes = spec.classes == true,
    build = function(_, output, label) return spec.build(chosen, output, label) end,
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

---- What the C gets ---------------------------------------------------------------------------------

local function mean(_, count, sum) return sum / count end

-- The columns of the log: their names, the tensors whose numbers are summed for them, and the arithmetic that makes the columns
-- of the sums. Sum number 0 is the loss's.
local Columns = {}
Columns.__index = Columns
cnnc.Columns = Columns

function Columns.new()
  local columns = setmetatable({names = {}, tensors = {}, terms = {}, n_sums = 1}, Columns)
  columns:append("loss", function(count) return rule.elements(0)[0] / count end)
  return columns
end

-- `term(count)`: what it is. Its name is another one where there is one of that name, as Keras has it.
function Columns:append(name, term)
  local free, i = name, 0
  while self.names[free] do
    i = i + 1
    free = name .. "_" .. i
  end
  self.names[#self.names + 1], self.terms[#self.terms + 1] = free, term
  self.names[free] = true
end

-- Has the numbers of a tensor summed over the samples; returns what `finish` gets for it.
function Columns:sum(tensor)
  local elements, count = rule.elements(self.n_sums), 1
  for _, dim in ipairs(tensor.shape) do count = count * dim end
  self.tensors[#self.tensors + 1], self.n_sums = tensor, self.n_sums + count
  return #tensor.shape == 0 and elements[0] or elements
end

-- Appends the column of a metric, called `name`.
function Columns:append_metric(name, chosen, output, label, classes)
  local spec, sums = fields[chosen].spec, {}
  for i, tensor in ipairs{spec.build(chosen, output, label, classes)} do sums[i] = self:sum(tensor) end
  self:append(name, function(count) return (spec.finish or mean)(chosen, count, table.unpack(sums)) end)
end

-- The lines of arithmetic, in which the columns are variables called by their number.
function Columns:rule()
  local variables = {"count"}
  for i in ipairs(self.terms) do variables[i + 1] = tostring(i - 1) end
  return rule.record(variables, function(s)
    for i, term in ipairs(self.terms) do s[tostring(i - 1)] = term(s.count) end
  end)
end
