-- thresholds.lua: what outputs say yes to, by thresholds, and how much of it is right.

local cnnc = ...
local op, arguments, metrics = cnnc.op, cnnc.arguments, cnnc.metrics
local reduce, compare, sum, describe = metrics.reduce, metrics.compare, metrics.sum, metrics.describe
local quotient = cnnc.rule.quotient

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

-- 1 at the `k` largest numbers along the last axis, elsewhere 0; of equal ones the first count.
local function at_top(x, k)
  local shape, of_rows = x.shape, metrics.rows(x)
  local count = shape[#shape]
  local a = op.reshape(of_rows, {shape = {of_rows.shape[1], count, 1}})
  local b = op.reshape(of_rows, {shape = {of_rows.shape[1], 1, count}})
  local places = op.constant{value = 0, count = count}
  local before = compare("less", places, op.reshape(places, {shape = {count, 1}}))
  local larger = reduce("sum", compare("greater", b, a) + compare("equal", b, a) * before, {2})
  return op.reshape(compare("less", larger, k), {shape = shape})
end

local THRESHOLDS = {"thresholds", "thresholds", optional = true, doc = "above it, an output means yes; of several, a column each"}

-- For each threshold the sums of yes(said, label), `said` and `label` being 0 or 1.
local function counted(...)
  local counts = {...}
  return function(self, output, label)
    local list, sums = self.thresholds or {self.top_k and -math.huge or 0.5}, {}
    local top = self.top_k and metrics.of_class(self, at_top(output, self.top_k))
    local y, t = metrics.of_class(self, output), metrics.is_true(metrics.of_class(self, label))
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
  arguments = {THRESHOLDS, TOP_K, metrics.CLASS_ID}, classes = false,
  build = counted(true_positives, false_positives), finish = each(2, function(a, b) return quotient(a, a + b) end),
}
describe{
  name = "Recall", aliases = {"recall"}, doc = "of the labels that are not 0, the share where the output says yes", of = "yes",
  better = "max",
  formula = "true positives / (true positives + false negatives)",
  arguments = {THRESHOLDS, TOP_K, metrics.CLASS_ID}, classes = false,
  build = counted(true_positives, false_negatives), finish = each(2, function(a, b) return quotient(a, a + b) end),
}
