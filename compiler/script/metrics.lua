-- metrics.lua: what is printed beside the loss. `doc`, `formula` and `example` of each are what `cnnc help` and the manual page
-- print.

local cnnc = ...
local op, arguments, fields = cnnc.op, cnnc.arguments, cnnc.fields
local fail, rule = cnnc.fail, cnnc.rule

-- `build(self, output, label, classes, at)` returns tensors whose numbers are summed over the samples; `finish(self, count, ...)`
-- is given these sums, a term for each tensor of one number and a list of terms (rule.elements) for each other one, and the
-- number of samples, and returns the column; without it that is the mean. `classes`: the labels that it takes are the indices
-- of classes; nil: they may be. `better`: "max" or "min", the better of two columns; nil: nobody knows. `at`: the line that names
-- it.
local metric, make = arguments.kind("metric")

local NAME = {"name", "name", optional = true, doc = "of its column"}

local function accuracy(kind)
  return function(_, output, label) return op.accuracy(output, label, {kind = kind}) end
end

-- Keras' rule: one output is a yes or no, class indices are sparse, the rest is one-hot.
metric{
  aliases = {"accuracy", "acc"}, better = "max",
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
  classes = true, build = accuracy("sparse"), better = "max",
  doc = "share of the samples whose highest score is that of the label",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{loss = "sparse_categorical_crossentropy", metrics = {"sparse_categorical_accuracy"}}
return model]],
}
metric{
  name = "CategoricalAccuracy", aliases = {"categorical_accuracy"}, arguments = {NAME},
  classes = false, build = accuracy("categorical"), better = "max",
  doc = "share of the samples whose highest score is where the one-hot label is highest",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{loss = "categorical_crossentropy", metrics = {"categorical_accuracy"}}
return model]],
}
metric{
  name = "BinaryAccuracy", aliases = {"binary_accuracy"}, better = "max",
  arguments = {NAME, {"threshold", "number", default = 0.5, doc = "above it, an output means yes"}},
  classes = false,
  build = function(self, output, label) return op.accuracy(output, label, {kind = "binary", threshold = self.threshold}) end,
  doc = "share of the outputs that are above the threshold where the label is 1, and not where it is 0",
  example = [[
local model = Sequential{Dense{1, activation = "sigmoid", input_shape = {4}}}
model:compile{loss = "binary_crossentropy", metrics = {"binary_accuracy"}}
return model]],
}

metric{
  name = "RootMeanSquaredError", aliases = {"root_mean_squared_error"}, arguments = {NAME}, better = "min",
  doc = "the root of the mean of squared differences", formula = "sqrt(mean of (y - label)^2)",
  example = [[
local model = Sequential{Dense{1, input_shape = {4}}}
model:compile{loss = "mse", metrics = {RootMeanSquaredError()}}
return model]],
  classes = false,
  build = function(_, output, label) return op.squared_error(output, label) end,
  finish = function(_, count, squares) return rule.sqrt(squares / count) end,
}

---- What the metrics below are made of -----------------------------------------------------------------------

local function reduce(kind, x, axes, keepdims)
  if #x.shape == 0 then return x end
  return op.reduce(x, {["function"] = kind, axes = axes, keepdims = keepdims})
end
local function compare(kind, a, b) return op.binary(a, b, {["function"] = kind}) end
local function last(x) return {#x.shape - 1} end
local function sum(x) return reduce("sum", x) end

-- The numbers of each sample in one row, or in rows of the last axis.
local function flat(x)
  local count = 1
  for _, dim in ipairs(x.shape) do count = count * dim end
  return op.reshape(x, {shape = {count}})
end
local function rows(x)
  local count, width = 1, x.shape[#x.shape]
  for i = 1, #x.shape - 1 do count = count * x.shape[i] end
  return op.reshape(x, {shape = {count, width}})
end

local function is_true(label) return compare("not_equal", label, 0) end

-- 1 at the first of the largest numbers along the last axis, elsewhere 0.
local function at_largest(x)
  local count = x.shape[#x.shape]
  local places = op.constant{value = 0, count = count}
  local is_it = compare("equal", x, reduce("max", x, last(x), true))
  local first = reduce("min", op.select(is_it, places, count), last(x), true)
  return compare("equal", places, first)
end

-- 1 at the class that a label is the index of.
local function one_hot(label, count)
  local shape = label.shape
  shape[#shape + 1] = 1
  return compare("equal", op.reshape(label, {shape = shape}), op.constant{value = 0, count = count})
end

-- 1 at the `k` largest numbers along the last axis, elsewhere 0; of equal ones the first count.
local function at_top(x, k)
  local shape, of_rows = x.shape, rows(x)
  local count = shape[#shape]
  local a = op.reshape(of_rows, {shape = {of_rows.shape[1], count, 1}})
  local b = op.reshape(of_rows, {shape = {of_rows.shape[1], 1, count}})
  local places = op.constant{value = 0, count = count}
  local before = compare("less", places, op.reshape(places, {shape = {count, 1}}))
  local larger = reduce("sum", compare("greater", b, a) + compare("equal", b, a) * before, {2})
  return op.reshape(compare("less", larger, k), {shape = shape})
end

local quotient = rule.quotient

-- A metric whose example is `of` a model: "yes" or no, "classes" or "one_hot", "numbers".
local MODELS <const> = {
  yes = {'Dense{1, activation = "sigmoid", input_shape = {4}}', "binary_crossentropy"},
  many = {'Dense{3, activation = "sigmoid", input_shape = {4}}', "binary_crossentropy"},
  one_hot = {'Dense{8, activation = "softmax", input_shape = {4}}', "categorical_crossentropy"},
  classes = {'Dense{8, activation = "softmax", input_shape = {4}}', "sparse_categorical_crossentropy"},
  numbers = {"Dense{3, input_shape = {4}}", "mse"},
}
local function describe(spec)
  local layer, loss = table.unpack(MODELS[spec.of])
  spec.arguments = spec.arguments or {}
  table.insert(spec.arguments, NAME)
  spec.example = string.format("local model = Sequential{%s}\nmodel:compile{loss = %q, metrics = {%s%s}}\nreturn model",
    layer, loss, spec.name, spec.given or "()")
  metric(spec)
end

---- Yes and no by thresholds -------------------------------------------------------------------------------

-- A number, or a list of such.
arguments.types.thresholds = {
  check = function(value)
    local list = type(value) == "number" and {value} or value
    if not arguments.is_list(list) or #list == 0 then return nil end
    for i = 1, #list do
      if type(list[i]) ~= "number" or not (list[i] >= 0 and list[i] <= 1) then return nil end
    end
    return arguments.types.list.check(list)
  end,
  expects = function() return "a number from 0 to 1, or a list of such" end,
}

local THRESHOLDS = {"thresholds", "thresholds", optional = true, doc = "above it, an output means yes; of several, a column each"}
local CLASS_ID = {"class_id", "integer", min = 0, optional = true, doc = "looks at this class only, from 0"}

local function of_class(self, x)
  local count = x.shape[#x.shape]
  if not self.class_id then return x end
  if self.class_id >= count then
    fail(string.format("%s has class_id = %d, but the output has classes 0 to %d", fields[self].spec.name, self.class_id,
        count - 1), {at = fields[self].at})
  end
  return op.slice(x, {axis = #x.shape - 1, begin = self.class_id, count = 1})
end

-- For each threshold the sums of yes(said, label), `said` and `label` being 0 or 1.
local function counted(...)
  local counts = {...}
  return function(self, output, label)
    local list, sums = self.thresholds or {self.top_k and -math.huge or 0.5}, {}
    local top = self.top_k and of_class(self, at_top(output, self.top_k))
    local y, t = of_class(self, output), is_true(of_class(self, label))
    for _, threshold in ipairs(list) do
      local said = threshold >= 0 and compare("greater", y, threshold) or top
      if top and threshold >= 0 then said = said * top end
      for _, count in ipairs(counts) do sums[#sums + 1] = sum(count(said, t)) end
    end
    return table.unpack(sums)
  end
end

-- One column for each `n` sums.
local function each(n, column)
  return function(_, _, ...)
    local columns, sums = {}, {...}
    for i = 1, #sums, n do columns[#columns + 1] = column(table.unpack(sums, i, i + n - 1)) end
    return table.unpack(columns)
  end
end

local function true_positives(said, label) return said * label end
local function false_positives(said, label) return said * (1 - label) end
local function true_negatives(said, label) return (1 - said) * (1 - label) end
local function false_negatives(said, label) return (1 - said) * label end

for _, row in ipairs{
  {"TruePositives", "true_positives", true_positives, "yes, and the label is not 0", "max"},
  {"FalsePositives", "false_positives", false_positives, "yes, but the label is 0", "min"},
  {"TrueNegatives", "true_negatives", true_negatives, "no, and the label is 0", "max"},
  {"FalseNegatives", "false_negatives", false_negatives, "no, but the label is not 0", "min"},
} do
  describe{
    name = row[1], aliases = {row[2]}, doc = "number of outputs that say " .. row[4], of = "yes",
    arguments = {THRESHOLDS}, classes = false, better = row[5],
    build = counted(row[3]), finish = each(1, function(count) return count end),
  }
end

local TOP_K = {"top_k", "integer", min = 1, optional = true, doc = "only the k largest outputs of a sample can mean yes"}

describe{
  name = "Precision", aliases = {"precision"}, doc = "of the outputs that say yes, the share that is right", of = "yes",
  better = "max",
  formula = "true positives / (true positives + false positives)",
  arguments = {THRESHOLDS, TOP_K, CLASS_ID}, classes = false,
  build = counted(true_positives, false_positives), finish = each(2, function(a, b) return quotient(a, a + b) end),
}
describe{
  name = "Recall", aliases = {"recall"}, doc = "of the labels that are not 0, the share where the output says yes", of = "yes",
  better = "max",
  formula = "true positives / (true positives + false negatives)",
  arguments = {THRESHOLDS, TOP_K, CLASS_ID}, classes = false,
  build = counted(true_positives, false_negatives), finish = each(2, function(a, b) return quotient(a, a + b) end),
}

---- Curves over many thresholds ----------------------------------------------------------------------------

local function column(x) return op.reshape(x, {shape = {flat(x).shape[1], 1}}) end

-- 1 where an output is above a threshold of 0, 1/(n - 1), ..., 1. `least`: what outputs are at least, in distances of thresholds.
local function above_even(y, n, least)
  local scaled = compare("minimum", compare("maximum", y * (n - 1), least), n - 1)
  return compare("greater", column(scaled), op.constant{value = 0, count = n})
end

-- The numbers of a list, as a tensor.
local function row_of(list)
  local numbers = {}
  for i, number in ipairs(list) do numbers[i] = op.constant{value = number, count = 1} end
  return #list == 1 and numbers[1] or op.concat(table.unpack(numbers))
end

-- How many outputs that are `above` each threshold have labels that are not 0, and 0; each list of counts goes on with the
-- number of all such labels. `weights`: of the numbers of the last axis; nil: they count 1.
local function counts_of(above, label, weights)
  local t = column(is_true(label))
  local f = 1 - t
  if weights then
    local w = column(label * 0 + weights)
    t, f = t * w, f * w
  end
  return reduce("sum", above * t, {0}), reduce("sum", above * f, {0}), sum(t), sum(f)
end

-- The largest value(i) of those with limit(i) >= least.
local function largest_where(n, limit, least, value)
  return rule.max(n, function(i) return rule.choose(rule.less(limit(i), least), 0, value(i)) end)
end

local NUM_THRESHOLDS = {"num_thresholds", "integer", min = 2, max = 1 << 16, default = 200, doc = "points of the curve"}

-- tp and fp by threshold; t, f: of all
local function curve_points(tp, fp, t, f)
  return {
    precision = function(i) return quotient(tp[i], tp[i] + fp[i]) end,
    recall = function(i) return quotient(tp[i], t) end,
    specificity = function(i) return quotient(f - fp[i], f) end,
  }
end

for _, row in ipairs{
  {"PrecisionAtRecall", "precision_at_recall", "recall", "precision", "recall"},
  {"RecallAtPrecision", "recall_at_precision", "precision", "recall", "precision"},
  {"SensitivityAtSpecificity", "sensitivity_at_specificity", "specificity", "recall", "specificity"},
  {"SpecificityAtSensitivity", "specificity_at_sensitivity", "sensitivity", "specificity", "recall"},
} do
  local name, alias, limit, wanted, limited = table.unpack(row)
  describe{
    name = name, aliases = {alias}, of = "yes", given = "{0.8}", better = "max",
    doc = string.format("the best %s of the thresholds at which the %s is at least so large", wanted, limit),
    arguments = {{limit, "number", min = 0, max = 1, doc = "at least"}, NUM_THRESHOLDS, CLASS_ID}, classes = false,
    build = function(self, output, label)
      return counts_of(above_even(of_class(self, output), self.num_thresholds, 0), of_class(self, label))
    end,
    finish = function(self, _, ...)
      local points = curve_points(...)
      return largest_where(self.num_thresholds, points[limited], self[limit], points[wanted])
    end,
  }
end

local CURVE = {"curve", "curve", default = "ROC", doc = '"ROC": recall by false alarms; "PR": precision by recall'}
local SUMMATION = {"summation_method", "summation", default = "interpolation", doc = '"interpolation", "minoring" or "majoring"'}
for name, words in pairs{curve = {"ROC", "PR"}, summation = {"interpolation", "minoring", "majoring"}} do
  arguments.types[name] = {
    check = function(value)
      for _, word in ipairs(words) do
        if type(value) == "string" and string.lower(value) == string.lower(word) then return word end
      end
    end,
    expects = function() return '"' .. table.concat(words, '", "') .. '"' end,
  }
end

-- The area under the curve of precision by recall, where true and false positives go straight from one threshold to the next
-- (Davis and Goadrich 2006).
local function interpolated_area(n, tp, fp, t)
  return rule.sum(n - 1, function(i)
    local dtp = rule.named("dtp", tp[i] - tp[i + 1])
    local from, to = rule.named("from", tp[i] + fp[i]), rule.named("to", tp[i + 1] + fp[i + 1])
    local slope = rule.named("slope", quotient(dtp, from - to))
    local intercept = tp[i + 1] - slope * to
    local ratio = rule.choose(rule.less(0, from), rule.choose(rule.less(0, to), from / to, 1), 1)
    return quotient(slope * (dtp + intercept * rule.log(ratio)), t)
  end)
end

local function area(self, n, tp, fp, t, f)
  if self.curve == "PR" and self.summation_method == "interpolation" then return interpolated_area(n, tp, fp, t) end
  local points = curve_points(tp, fp, t, f)
  local function alarms(i) return quotient(fp[i], f) end
  local x, y = alarms, points.recall
  if self.curve == "PR" then x, y = points.recall, points.precision end
  return rule.sum(n - 1, function(i)
    local a, b = y(i), y(i + 1)
    local heights = {interpolation = (a + b) / 2, minoring = rule.minimum(a, b), majoring = rule.maximum(a, b)}
    return (x(i) - x(i + 1)) * heights[self.summation_method]
  end)
end

arguments.types.weights = {
  check = function(value)
    local total = 0
    if not arguments.is_plain_table(value) or #value == 0 then return nil end
    for i = 1, #value do
      if type(value[i]) ~= "number" or not (value[i] >= 0 and value[i] <= 1e6) then return nil end
      total = total + value[i]
    end
    return total > 0 and table.move(value, 1, #value, 1, {}) or nil
  end,
  expects = function() return "a list of numbers from 0, not all 0" end,
}

-- What outputs count in AUC's mean over them.
local function weights_of_outputs(self, count)
  local list = {}
  for i = 1, count do list[i] = self.multi_label and self.label_weights and self.label_weights[i] or 1 end
  return list
end

-- Those of AUC's label_weights, as a tensor; nil: there are none.
local function label_weights(self, y)
  local list, count = self.label_weights, y.shape[#y.shape]
  if not list then return nil end
  if #list ~= count then
    fail(string.format("AUC has %d label_weights, but the output has %d numbers", #list, count), {at = fields[self].at})
  end
  return row_of(list)
end

local function count_points(self) return self.thresholds and #self.thresholds + 2 or self.num_thresholds end

-- 1 where an output is above a point of AUC's curve.
local function above_points(self, y)
  if not self.thresholds then return above_even(y, self.num_thresholds, 0.5) end
  local points = table.move(self.thresholds, 1, #self.thresholds, 2, {-1e-7})
  table.sort(points)
  points[#points + 1] = 1 + 1e-7
  return compare("greater", column(y), row_of(points))
end

describe{
  name = "AUC", aliases = {"auc", "AUC"}, doc = "the area under the curve of what is found by what is falsely found", of = "yes",
  better = "max",
  arguments = {NUM_THRESHOLDS, CURVE, SUMMATION,
    {"multi_label", "boolean", default = false, doc = "the mean of the areas of all outputs, in place of one for all together"},
    {"num_labels", "integer", min = 1, optional = true, doc = "with multi_label: the output's numbers"},
    {"thresholds", "thresholds", optional = true, doc = "points of the curve, in place of num_thresholds; 0 and 1 are added"},
    {"label_weights", "weights", optional = true, doc = "what each output counts in the sums, or in the mean of multi_label"},
    {"from_logits", "boolean", default = false, doc = "the output has no sigmoid"}},
  classes = false,
  build = function(self, output, label)
    local y, sums = self.from_logits and op.unary(output, {["function"] = "sigmoid"}) or output, {}
    local weights = label_weights(self, y)
    local count = self.multi_label and y.shape[#y.shape] or 1
    if self.num_labels and self.num_labels ~= count then
      fail(string.format("AUC has num_labels = %d, but there are %d", self.num_labels, count),
        {hint = not self.multi_label and "give it multi_label = true, too" or nil, at = fields[self].at})
    end
    for i, share in ipairs(weights_of_outputs(self, count)) do
      local function part(x) return self.multi_label and op.slice(x, {axis = #x.shape - 1, begin = i - 1, count = 1}) or x end
      local all = share ~= 0 and {counts_of(above_points(self, part(y)), part(label), not self.multi_label and weights)} or {}
      table.move(all, 1, #all, #sums + 1, sums)
    end
    return table.unpack(sums)
  end,
  finish = function(self, _, ...)
    local sums, total, weight, place = {...}, 0, 0, 1
    local count = self.multi_label and self.label_weights and #self.label_weights or #sums // 4
    for _, share in ipairs(weights_of_outputs(self, count)) do
      if share ~= 0 then
        local part = area(self, count_points(self), table.unpack(sums, place, place + 3))
        total, weight, place = total + (share == 1 and part or part * share), weight + share, place + 4
      end
    end
    return total / weight
  end,
}

---- Classes ------------------------------------------------------------------------------------------------

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
  build = function(self, output, label) return in_top(self, output, at_largest(label)) end,
}
describe{
  name = "SparseTopKCategoricalAccuracy", aliases = {"sparse_top_k_categorical_accuracy"}, of = "classes", better = "max",
  doc = "share of the samples where the label's class is among the k highest scores",
  arguments = {K}, classes = true,
  build = function(self, output, label) return in_top(self, output, one_hot(label, output.shape[#output.shape])) end,
}

-- What a metric of classes compares: 1 at the class that is said, or right, elsewhere 0; in rows.
local function confusion(said, right)
  said, right = rows(said), rows(right)
  return reduce("sum", said * right, {0}), reduce("sum", said, {0}), reduce("sum", right, {0})
end

-- The mean of intersection over union of the classes that are there; `ids`: nil: all.
local function mean_overlap(n, ids, both, said, right)
  local total, there = 0, 0
  local function union(i) return said[i] + right[i] - both[i] end
  if not ids then
    local shares = rule.sum(n, function(i) return quotient(both[i], union(i)) end)
    return quotient(shares, rule.sum(n, function(i) return rule.less(0, union(i)) end))
  end
  for _, i in ipairs(ids) do
    total, there = total + quotient(both[i], union(i)), there + rule.less(0, union(i))
  end
  return quotient(total, there)
end

local NUM_CLASSES = {"num_classes", "integer", min = 2, doc = "as many as the output has scores"}
local IDS = {"target_class_ids", "ids", doc = "the classes, from 0"}
arguments.types.ids = {
  check = function(value)
    if not arguments.is_list(value) or #value == 0 then return nil end
    for i = 1, #value do
      if math.type(value[i]) ~= "integer" or value[i] < 0 then return nil end
    end
    return arguments.types.list.check(value)
  end,
  expects = function() return "a list of classes, from 0" end,
}

local function check_classes(self, output)
  local name, count = fields[self].spec.name, output.shape[#output.shape]
  if count ~= self.num_classes then
    fail(string.format("%s has num_classes = %d, but the output has %d scores", name, self.num_classes, count),
      {at = fields[self].at})
  end
  for _, id in ipairs(self.target_class_ids or {}) do
    if id >= count then fail(string.format("%s has no class %d: they are 0 to %d", name, id, count - 1), {at = fields[self].at}) end
  end
end

local function overlap(spec)
  spec.classes, spec.sparse, spec.better = spec.one_hot and false or nil, not spec.one_hot, "max"
  spec.arguments = spec.one_id and {NUM_CLASSES, IDS} or {NUM_CLASSES}
  if spec.sparse then
    table.insert(spec.arguments, {"sparse_y_true", "boolean", default = true, doc = "labels are classes, as the loss has them"})
  end
  table.insert(spec.arguments, {"sparse_y_pred", "boolean", default = spec.sparse, doc = "false: the output has scores of classes"})
  table.insert(spec.arguments, {"ignore_class", "unsupported"})
  table.insert(spec.arguments, {"axis", "integer", min = -1, max = -1, default = -1, doc = "the last"})
  function spec.build(self, output, label, classes)
    if self.sparse_y_pred then
      fail(spec.name .. " takes the output for classes, but it has scores of them",
        {hint = "give it sparse_y_pred = false", at = fields[self].at})
    end
    if classes and self.sparse_y_true == false then
      fail(spec.name .. " takes the labels for rows of scores, but they are classes, as the loss has them",
        {hint = "leave out sparse_y_true", at = fields[self].at})
    end
    check_classes(self, output)
    return confusion(at_largest(output), classes and one_hot(label, self.num_classes) or at_largest(label))
  end
  function spec.finish(self, _, both, said, right)
    return mean_overlap(self.num_classes, self.target_class_ids, both, said, right)
  end
  describe(spec)
end

overlap{name = "IoU", aliases = {"iou", "io_u"}, one_id = true, of = "classes",
  given = "{8, target_class_ids = {0}, sparse_y_pred = false}",
  doc = "of some classes, how much of what is said or right is both", formula = "mean of both / (said + right - both)"}
overlap{name = "MeanIoU", aliases = {"mean_iou", "mean_io_u"}, of = "classes", given = "{8, sparse_y_pred = false}",
  doc = "IoU of all classes", formula = "mean of both / (said + right - both)"}
overlap{name = "OneHotIoU", aliases = {"one_hot_iou", "one_hot_io_u"}, one_id = true, one_hot = true, of = "one_hot",
  given = "{8, target_class_ids = {0}}", doc = "IoU, of one-hot labels", formula = "mean of both / (said + right - both)"}
overlap{name = "OneHotMeanIoU", aliases = {"one_hot_mean_iou", "one_hot_mean_io_u"}, one_hot = true, of = "one_hot", given = "{8}",
  doc = "MeanIoU, of one-hot labels", formula = "mean of both / (said + right - both)"}

describe{
  name = "BinaryIoU", aliases = {"binary_iou", "binary_io_u"}, of = "many", better = "max",
  doc = "IoU of yes and no, told by a threshold", formula = "mean of both / (said + right - both)",
  arguments = {{"target_class_ids", "ids", default = {0, 1}, doc = "1: yes, 0: no"},
    {"threshold", "number", default = 0.5, doc = "from it on, an output means yes"}},
  classes = false,
  build = function(self, output, label)
    local said, t = flat(compare("greater_equal", output, self.threshold)), flat(is_true(label))
    local both, of_said, right = sum(said * t), sum(said), sum(t)
    return both, of_said, right, sum((1 - said) * (1 - t)), sum(1 - said), sum(1 - t)
  end,
  finish = function(self, _, both, said, right, neither, said_no, no)
    return mean_overlap(2, self.target_class_ids, {[0] = neither, both}, {[0] = said_no, said}, {[0] = no, right})
  end,
}

---- F-scores -----------------------------------------------------------------------------------------------

local AVERAGE = {"average", "average", optional = true,
  doc = '"micro": of all classes together, "macro": the mean, "weighted": that by labels; without it a column for each class'}
arguments.types.average = {
  check = function(value)
    return (value == "micro" or value == "macro" or value == "weighted") and value or nil
  end,
  expects = function() return '"micro", "macro" or "weighted"' end,
}

local function f_score(self, both, said, right)
  local square = (self.beta or 1) ^ 2
  local precision, recall = quotient(both, said), quotient(both, right)
  return (1 + square) * quotient(precision * recall, square * precision + recall)
end

local function f_columns(self, _, both, said, right)
  local n = self.classes
  local function score(i) return f_score(self, both[i], said[i], right[i]) end
  local function total(list) return rule.sum(n, function(i) return list[i] end) end
  if self.average == "micro" then return f_score(self, total(both), total(said), total(right)) end
  if self.average == "macro" then return rule.sum(n, score) / n end
  if self.average == "weighted" then
    return quotient(rule.sum(n, function(i) return right[i] * score(i) end), total(right))
  end
  local columns = {}
  for i = 0, n - 1 do columns[i + 1] = score(i) end
  return table.unpack(columns)
end

local function f_counts(self, output, label)
  local said
  if self.threshold then
    said = compare("greater", output, self.threshold)
  else
    said = compare("greater_equal", output, reduce("max", output, last(output), true))
      * compare("greater", op.unary(output, {["function"] = "abs"}), 1e-9)
  end
  fields[self].classes = output.shape[#output.shape]
  return confusion(said, label)
end

local F_THRESHOLD = {"threshold", "number", above = 0, max = 1, optional = true,
  doc = "above it, an output means yes; without it the largest does"}
describe{
  name = "FBetaScore", aliases = {"fbeta_score"}, of = "one_hot", given = '{average = "macro", beta = 2}', better = "max",
  doc = "one number of precision and recall, which counts beta times as much",
  formula = "(1 + beta^2) * precision * recall / (beta^2 * precision + recall)",
  arguments = {AVERAGE, {"beta", "number", above = 0, default = 1.0, doc = "how much recall counts"}, F_THRESHOLD},
  classes = false, build = f_counts, finish = f_columns,
}
describe{
  name = "F1Score", aliases = {"f1_score"}, of = "one_hot", given = '{average = "macro"}', better = "max",
  doc = "the harmonic mean of precision and recall", formula = "2 * precision * recall / (precision + recall)",
  arguments = {AVERAGE, F_THRESHOLD}, classes = false, build = f_counts, finish = f_columns,
}

---- Numbers ------------------------------------------------------------------------------------------------

arguments.types.aggregation = {
  check = function(value) return (value == "uniform_average" or value == "variance_weighted_average") and value or nil end,
  expects = function() return '"uniform_average" or "variance_weighted_average"' end,
}

describe{
  name = "R2Score", aliases = {"r2_score"}, of = "numbers", better = "max",
  doc = "how much of the labels' variance the output explains; 1 is all",
  formula = "1 - sum of (label - y)^2 / sum of (label - their mean)^2, of each output",
  arguments = {{"class_aggregation", "aggregation", default = "uniform_average", doc = "the mean over outputs, or by variances"},
    {"num_regressors", "integer", min = 0, default = 0, doc = "adjusts the score for so many inputs; 0: not"}},
  classes = false,
  build = function(self, output, label)
    fields[self].classes = output.shape[#output.shape]
    local y, t = rows(output), rows(label)
    local e = t - y
    return reduce("sum", e * e, {0}), reduce("sum", t, {0}), reduce("sum", t * t, {0})
  end,
  finish = function(self, count, residual, total, squares)
    local n = self.classes
    local function variance(i) return squares[i] - total[i] * total[i] / count end
    local function score(i) return rule.choose(rule.equal(variance(i), 0), 0, 1 - quotient(residual[i], variance(i))) end
    local value = rule.sum(n, score) / n
    if self.class_aggregation == "variance_weighted_average" then
      value = quotient(rule.sum(n, function(i) return variance(i) * score(i) end), rule.sum(n, variance))
    end
    local p = self.num_regressors
    if p == 0 then return value end
    return rule.choose(rule.less(p + 1, count), 1 - (1 - value) * (count - 1) / (count - p - 1), value)
  end,
}

-- Numbers along the last axis, less their mean, and the variance.
local function centred(x)
  local e = x - reduce("mean", x, last(x), true)
  return e, reduce("mean", e * e, last(x), true)
end

local function root(x) return op.unary(x, {["function"] = "sqrt"}) end
local LAST = {"axis", "integer", min = -1, max = -1, default = -1, doc = "the last"}

describe{
  name = "PearsonCorrelation", better = "max", aliases = {"pearson_correlation"}, of = "numbers",
  doc = "how far outputs and labels of a sample lie on a line: 1 is best",
  formula = "mean of (y - mean of y)*(label - mean of labels) / (deviation of y * deviation of labels)",
  arguments = {LAST}, classes = false,
  build = function(_, y, label)
    local a, of_a = centred(y)
    local b, of_b = centred(label)
    return reduce("mean", a / (root(of_a) + 1e-7) * (b / (root(of_b) + 1e-7)))
  end,
}
describe{
  name = "ConcordanceCorrelation", better = "max", aliases = {"concordance_correlation"}, of = "numbers",
  doc = "the same, and how far that line is y = label",
  formula = "2*covariance / (variance of y + variance of label + (mean of y - mean of label)^2)",
  arguments = {LAST}, classes = false,
  build = function(_, y, label)
    local a, of_a = centred(y)
    local b, of_b = centred(label)
    local apart = reduce("mean", y - label, last(y), true)
    return reduce("mean", 2 * a * b / (of_a + of_b + apart * apart + 1e-7))
  end,
}
describe{
  name = "LogCoshError", better = "min", aliases = {"logcosh"}, of = "numbers", doc = "the loss LogCosh",
  formula = "mean of log(cosh(y - label))", classes = false,
  build = function(_, y, label)
    local e = y - label
    return reduce("mean", e + op.unary(-2 * e, {["function"] = "softplus"}) - math.log(2))
  end,
}

metric{ -- the loss of this name has the other sign
  aliases = {"cosine_similarity"}, arguments = {NAME}, better = "max",
  doc = "the cosine of the angle between output and label: 1 is best", formula = "y . label / (|y| * |label|)",
  example = [[
local model = Sequential{Dense{3, input_shape = {4}}}
model:compile{loss = "mse", metrics = {"cosine_similarity"}}
return model]],
  classes = false,
  build = function(_, y, label)
    local function length(x)
      return op.unary(compare("maximum", reduce("sum", x * x, last(x)), 1e-12), {["function"] = "sqrt"})
    end
    return reduce("mean", reduce("sum", y * label, last(y)) / (length(y) * length(label)))
  end,
}

---- What may stand among metrics --------------------------------------------------------------------

local of_metrics, is_metric = arguments.types.metric.check, arguments.types.metric.knows

-- A loss is a metric as well: its mean, unless there is a metric of its name.
local function of_loss(chosen)
  local spec = fields[chosen].spec
  if is_metric(spec.aliases[1]) then
    local made = of_metrics(spec.aliases[1], nil, "compile")
    fields[made].name = chosen.name
    return made
  end
  return make({
    aliases = spec.aliases, name = spec.aliases[1], arguments = {}, loss = chosen, classes = spec.classes == true, better = "min",
    build = function(_, output, label, _, at)
      fields[chosen].at = at
      return spec.build(chosen, output, label, at)
    end,
  }, {name = spec.arguments and chosen.name or nil})
end

-- A function of the script's: the mean of what it gives.
local function of_function(f)
  return make({
    aliases = {"metric"}, name = "metric", arguments = {},
    build = function(_, output, label, _, at)
      local value = cnnc.run_function(at, "metric", f, label, output)
      return #value.shape == 0 and value or op.reduce(value, {["function"] = "mean"})
    end,
  }, {})
end

arguments.types.metric.check = function(value, row, owner)
  local losses = arguments.types.loss
  local chosen
  if type(value) == "function" and not cnnc.constructors[value] then
    chosen = of_function(value)
  elseif type(value) ~= "string" or is_metric(value) or not losses.knows(value) then
    chosen = of_metrics(value, row, owner)
  end
  if not chosen then
    local loss = losses.check(value, row, owner)
    chosen = loss and of_loss(loss)
  end
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

-- The columns of the log: their names, which of two numbers is better, the tensors whose numbers are summed for them, and the
-- arithmetic that makes the columns of the sums. Sum number 0 is the loss's.
local Columns = {}
Columns.__index = Columns
cnnc.Columns = Columns

function Columns.new()
  local columns = setmetatable(
    {names = {}, better = {}, tensors = {}, terms = {}, n_sums = 1, count = rule.variable("count")}, Columns)
  columns:append("loss", rule.elements(0)[0] / columns.count, "min")
  return columns
end

-- `term`: what it is; `better` as a metric's. Its name is another one where there is one of that name, as Keras has it.
function Columns:append(name, term, better)
  local free, i = name, 0
  while self.names[free] do
    i = i + 1
    free = name .. "_" .. i
  end
  self.names[#self.names + 1], self.terms[#self.terms + 1] = free, term
  self.names[free], self.better[#self.names] = true, better
end

-- Has the numbers of a tensor summed over the samples; returns what `finish` gets for it.
function Columns:sum(tensor)
  local elements, count = rule.elements(self.n_sums), 1
  for _, dim in ipairs(tensor.shape) do count = count * dim end
  self.tensors[#self.tensors + 1], self.n_sums = tensor, self.n_sums + count
  return #tensor.shape == 0 and elements[0] or elements
end

-- Appends the mean of a loss, a tensor of one number.
function Columns:append_mean(name, tensor)
  local sum = self:sum(tensor)
  self:append(name, sum / self.count, "min")
end

-- A tensor times the weight of the sample.
function cnnc.weighted(tensor) return op.binary(tensor, cnnc.weight(), {["function"] = "multiply"}) end

-- Appends the column of a metric, called `name`; of one that has several they are numbered from 0. `of`: {output =, label =,
-- classes =}. What is weighted counts each sample by its weight.
function Columns:append_metric(name, chosen, of, is_weighted, at)
  local spec, sums = fields[chosen].spec, {}
  fields[chosen].at = at
  for i, tensor in ipairs{spec.build(chosen, of.output, of.label, of.classes, at)} do
    sums[i] = self:sum(is_weighted and cnnc.weighted(tensor) or tensor)
  end
  local count = is_weighted and self:sum(cnnc.weight()) or self.count
  local terms = {(spec.finish or mean)(chosen, count, table.unpack(sums))}
  for i, term in ipairs(terms) do self:append(#terms == 1 and name or name .. "_" .. i - 1, term, spec.better) end
end

-- The lines of arithmetic, in which the columns are variables called by their number.
function Columns:rule()
  local variables = {"count"}
  for i in ipairs(self.terms) do variables[i + 1] = tostring(i - 1) end
  return rule.record(variables, function(s)
    for i, term in ipairs(self.terms) do s[tostring(i - 1)] = term end
  end)
end
