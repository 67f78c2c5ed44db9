-- classes.lua: how often each class is said and right: intersection over union, and F-scores.

local cnnc = ...
local op, rule, arguments, metrics = cnnc.op, cnnc.rule, cnnc.arguments, cnnc.metrics
local fail, fields = cnnc.fail, cnnc.fields
local reduce, compare, last, sum, describe = metrics.reduce, metrics.compare, metrics.last, metrics.sum, metrics.describe
local quotient = rule.quotient

-- What a metric of classes compares: 1 at the class that is said, or right, elsewhere 0; in rows. counts:
-- 1 where a place counts, else 0; nil: they all do.
local function confusion(said, right, counts)
  said, right = metrics.rows(said), metrics.rows(right)
  if counts then said, right = said * metrics.rows(counts), right * metrics.rows(counts) end
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

local IGNORE_CLASS = {"ignore_class", "integer", optional = true, doc = "places where this is the label do not count"}

-- 1 where the label is not the class that is ignored; `right`: 1 at its class. nil: none is.
local function counted_places(self, label, right, classes)
  local shape, is_it = right.shape, nil
  shape[#shape] = 1
  if self.ignore_class and classes then
    is_it = op.reshape(compare("equal", label, self.ignore_class), {shape = shape})
  elseif self.ignore_class and self.ignore_class >= 0 and self.ignore_class < self.num_classes then
    is_it = op.slice(right, {axis = #shape - 1, begin = self.ignore_class, count = 1})
  end
  return is_it and 1 - is_it
end

local function overlap(spec)
  spec.classes, spec.sparse, spec.better = spec.one_hot and false or nil, not spec.one_hot, "max"
  spec.arguments = spec.one_id and {NUM_CLASSES, IDS} or {NUM_CLASSES}
  if spec.sparse then
    spec.differs = "sparse_y_pred only false"
    table.insert(spec.arguments, {"sparse_y_true", "boolean", default = true, doc = "labels are classes, as the loss has them"})
  end
  table.insert(spec.arguments, {"sparse_y_pred", "boolean", default = spec.sparse, doc = "false: the output has scores of classes"})
  table.insert(spec.arguments, IGNORE_CLASS)
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
    local right = classes and metrics.one_hot(label, self.num_classes) or metrics.at_largest(label)
    return confusion(metrics.at_largest(output), right, counted_places(self, label, right, classes))
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
    local said, t = metrics.flat(compare("greater_equal", output, self.threshold)), metrics.flat(metrics.is_true(label))
    local both, of_said, right = sum(said * t), sum(said), sum(t)
    return both, of_said, right, sum((1 - said) * (1 - t)), sum(1 - said), sum(1 - t)
  end,
  finish = function(self, _, both, said, right, neither, said_no, no)
    return mean_overlap(2, self.target_class_ids, {[0] = neither, both}, {[0] = said_no, said}, {[0] = no, right})
  end,
}

---- F-scores -----------------------------------------------------------------------------------------------

local AVERAGE = {"average", {"micro", "macro", "weighted"}, optional = true,
  doc = '"micro": of all classes together, "macro": the mean, "weighted": that by labels; without it a column for each class'}

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
