-- curves.lua: what comes of many thresholds: the area under a curve, and the best of its points.

local cnnc = ...
local op, rule, arguments, metrics = cnnc.op, cnnc.rule, cnnc.arguments, cnnc.metrics
local fail, fields = cnnc.fail, cnnc.fields
local reduce, compare, sum, describe = metrics.reduce, metrics.compare, metrics.sum, metrics.describe
local quotient = rule.quotient

-- Outputs and the thresholds 0, 1/(n - 1), ..., 1, in distances of thresholds. `least`: what outputs are at least.
local function even_points(y, n, least)
  return compare("minimum", compare("maximum", y * (n - 1), least), n - 1), op.constant{value = 0, count = n}
end

-- The numbers of a list, as a tensor.
local function row_of(list)
  local numbers = {}
  for i, number in ipairs(list) do numbers[i] = op.constant{value = number, count = 1} end
  return #list == 1 and numbers[1] or op.concat(table.unpack(numbers))
end

-- How many numbers of a sample are compared with all points at once; of more, all that is compared would fill memory.
local AT_ONCE <const> = 16

-- The sums of t and of f where y is above each of the n points; y, t and f are rows.
local function sums_above(y, points, t, f)
  local n, count = points.shape[1], y.shape[1]
  if count <= AT_ONCE then
    local function column(x) return op.reshape(x, {shape = {count, 1}}) end
    local above = compare("greater", column(y), points)
    return reduce("sum", above * column(t), {0}), reduce("sum", above * column(f), {0})
  end
  local nothing = op.slice(compare("less", y, y), {axis = 0, begin = 0, count = 1}) -- of each sample, as its rounds are
  local sums = cnnc.scan("a curve", function(point)
    local above = compare("greater", y, point)
    return op.concat(op.reshape(sum(above * t), {shape = {1}}), op.reshape(sum(above * f), {shape = {1}}))
  end, {op.reshape(nothing + points, {shape = {n, 1}})}, {}, {})
  local function of(i) return op.reshape(op.slice(sums, {axis = 1, begin = i, count = 1}), {shape = {n}}) end
  return of(0), of(1)
end

-- How many outputs that are above each of the points have labels that are not 0, and 0; each list of counts goes on with the
-- number of all such labels. `weights`: of the numbers of the last axis; nil: they count 1.
local function counts_of(y, points, label, weights)
  local t = metrics.is_true(label)
  local f = 1 - t
  if weights then
    local w = label * 0 + weights
    t, f = t * w, f * w
  end
  t, f = metrics.flat(t), metrics.flat(f)
  local tp, fp = sums_above(metrics.flat(y), points, t, f)
  return tp, fp, sum(t), sum(f)
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
    arguments = {{limit, "number", min = 0, max = 1, doc = "at least"}, NUM_THRESHOLDS, metrics.CLASS_ID}, classes = false,
    build = function(self, output, label)
      local y, points = even_points(metrics.of_class(self, output), self.num_thresholds, 0)
      return counts_of(y, points, metrics.of_class(self, label))
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

-- Outputs, and the points of AUC's curve.
local function points_of(self, y)
  if not self.thresholds then return even_points(y, self.num_thresholds, 0.5) end
  local points = table.move(self.thresholds, 1, #self.thresholds, 2, {-1e-7})
  table.sort(points)
  points[#points + 1] = 1 + 1e-7
  return y, row_of(points)
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
      local numbers, points = points_of(self, part(y))
      local all = share ~= 0 and {counts_of(numbers, points, part(label), not self.multi_label and weights)} or {}
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
