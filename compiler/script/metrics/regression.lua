-- regression.lua: how far numbers are from their labels.

local cnnc = ...
local op, rule, metrics = cnnc.op, cnnc.rule, cnnc.metrics
local fields, describe = cnnc.fields, metrics.describe
local reduce, compare, last = metrics.reduce, metrics.compare, metrics.last
local quotient = rule.quotient

metrics.define{
  name = "RootMeanSquaredError", aliases = {"root_mean_squared_error"}, arguments = {metrics.NAME}, better = "min",
  doc = "the root of the mean of squared differences", formula = "sqrt(mean of (y - label)^2)",
  example = [[
local model = Sequential{Dense{1, input_shape = {4}}}
model:compile{loss = "mse", metrics = {RootMeanSquaredError()}}
return model]],
  classes = false,
  build = function(_, output, label) return op.squared_error(output, label) end,
  finish = function(_, count, squares) return rule.sqrt(squares / count) end,
}

describe{
  name = "R2Score", aliases = {"r2_score"}, of = "numbers", better = "max",
  doc = "how much of the labels' variance the output explains; 1 is all",
  formula = "1 - sum of (label - y)^2 / sum of (label - their mean)^2, of each output",
  arguments = {{"class_aggregation", {"uniform_average", "variance_weighted_average"}, default = "uniform_average",
      doc = "the mean over outputs, or by variances"},
    {"num_regressors", "integer", min = 0, default = 0, doc = "adjusts the score for so many inputs; 0: not"}},
  classes = false,
  build = function(self, output, label)
    fields[self].classes = output.shape[#output.shape]
    local y, t = metrics.rows(output), metrics.rows(label)
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
  each = function(_, y, label)
    local a, of_a = centred(y)
    local b, of_b = centred(label)
    return a / (root(of_a) + 1e-7) * (b / (root(of_b) + 1e-7))
  end,
}
describe{
  name = "ConcordanceCorrelation", better = "max", aliases = {"concordance_correlation"}, of = "numbers",
  doc = "the same, and how far that line is y = label",
  formula = "2*covariance / (variance of y + variance of label + (mean of y - mean of label)^2)",
  arguments = {LAST}, classes = false,
  each = function(_, y, label)
    local a, of_a = centred(y)
    local b, of_b = centred(label)
    local apart = reduce("mean", y - label, last(y), true)
    return 2 * a * b / (of_a + of_b + apart * apart + 1e-7)
  end,
}
describe{
  name = "LogCoshError", better = "min", aliases = {"logcosh"}, of = "numbers", doc = "the loss LogCosh",
  formula = "mean of log(cosh(y - label))", classes = false,
  each = function(_, y, label)
    local e = y - label
    return e + op.unary(-2 * e, {["function"] = "softplus"}) - math.log(2)
  end,
}

metrics.define{ -- the loss of this name has the other sign
  aliases = {"cosine_similarity"}, arguments = {metrics.NAME}, better = "max",
  doc = "the cosine of the angle between output and label: 1 is best", formula = "y . label / (|y| * |label|)",
  example = [[
local model = Sequential{Dense{3, input_shape = {4}}}
model:compile{loss = "mse", metrics = {"cosine_similarity"}}
return model]],
  classes = false,
  each = function(_, y, label)
    local function length(x)
      return op.unary(compare("maximum", reduce("sum", x * x, last(x)), 1e-12), {["function"] = "sqrt"})
    end
    return reduce("sum", y * label, last(y)) / (length(y) * length(label))
  end,
}
