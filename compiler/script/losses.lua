-- losses.lua: what training makes small. `doc`, `formula` and `example` of each are what `cnnc help` and the manual page print.

local cnnc = ...
local op, arguments = cnnc.op, cnnc.arguments

local function later(name) return {name, "unsupported"} end

-- Their ops give one number a sample, which no layer could go on from, so scripts do not see them.
for _, name in ipairs{"cross_entropy", "binary_cross_entropy", "squared_error"} do
  cnnc.exports.op[name] = nil
end

-- `classes`: the label is the index of a class, otherwise it has the output's shape. `rank`: of the outputs that it
-- takes; `probabilities`: the activation that gives them as it wants them, unless it is from_logits; labels that are
-- no classes are probabilities then, too.
-- `build(self, output, label, at)` returns one number a sample; `at`: the line that names the loss.
local loss, _, loss_of_functions = arguments.kind("loss")

local FROM_LOGITS = {"from_logits", "boolean", default = false,
  doc = "the output has no softmax or sigmoid: its values are scores"}
local LABEL_SMOOTHING = {"label_smoothing", "number", min = 0, max = 1, default = 0.0,
  doc = "share of each label that is spread evenly"}

loss{
  name = "SparseCategoricalCrossentropy", aliases = {"sparse_categorical_crossentropy"},
  doc = "cross-entropy of class scores with the index of the right class",
  formula = "-log(y[label])",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model]],
  arguments = {FROM_LOGITS, later("ignore_class"), later("reduction")},
  classes = true, rank = 1, probabilities = "softmax",
  build = function(self, output, label)
    return op.cross_entropy(output, label, {sparse = true, from_logits = self.from_logits})
  end,
}

loss{
  name = "CategoricalCrossentropy", aliases = {"categorical_crossentropy"},
  doc = "cross-entropy of class scores with one-hot labels",
  formula = "-sum over i of label[i] * log(y[i])",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = CategoricalCrossentropy{label_smoothing = 0.1}}
return model]],
  arguments = {FROM_LOGITS, LABEL_SMOOTHING, later("axis"), later("reduction")},
  rank = 1, probabilities = "softmax",
  build = function(self, output, label)
    return op.cross_entropy(output, label,
      {sparse = false, from_logits = self.from_logits, label_smoothing = self.label_smoothing})
  end,
}

loss{
  name = "BinaryCrossentropy", aliases = {"binary_crossentropy"},
  doc = "cross-entropy of probabilities of yes with labels from 0 to 1",
  formula = "mean of -label*log(y) - (1 - label)*log(1 - y)",
  example = [[
local model = Sequential{Dense{1, activation = "sigmoid", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "binary_crossentropy", metrics = {"accuracy"}}
return model]],
  arguments = {FROM_LOGITS, LABEL_SMOOTHING, later("axis"), later("reduction")},
  probabilities = "sigmoid",
  build = function(self, output, label)
    return op.binary_cross_entropy(output, label,
      {from_logits = self.from_logits, label_smoothing = self.label_smoothing})
  end,
}

loss{
  name = "MeanSquaredError", aliases = {"mean_squared_error", "mse", "MSE"},
  doc = "the mean of squared differences",
  formula = "mean of (y - label)^2",
  example = [[
local model = Sequential{Dense{1, input_shape = {4}}}
model:compile{optimizer = "sgd", loss = "mse"}
return model]],
  arguments = {later("reduction")},
  build = function(_, output, label) return op.squared_error(output, label) end,
}

-- Of the script's own: the label has the output's shape.
loss_of_functions{
  aliases = {"function"},
  build = function(self, output, label, at)
    local value = cnnc.run_function(at, "loss", self["function"], label, output)
    return #value.shape == 0 and value or op.reduce(value, {["function"] = "mean"})
  end,
}

---- Sums of ops ----------------------------------------------------------------------------------------

local EPSILON <const> = 1e-7 -- keras.backend.epsilon()

local function reduce(kind, x, axes) return op.reduce(x, {["function"] = kind, axes = axes}) end
local function last(x) return {#x.shape - 1} end
local function mean(x) return #x.shape == 0 and x or reduce("mean", x) end
local function unary(name, x) return op.unary(x, {["function"] = name}) end
local function binary(name, a, b) return op.binary(a, b, {["function"] = name}) end
local function abs(x) return unary("abs", x) end
local function square(x) return x * x end
local function at_least(x, limit) return binary("maximum", x, limit) end
local function between(x, low, high) return binary("minimum", binary("maximum", x, low), high) end

-- -1 for the labels 0 (and -1), 1 for 1, as hinge losses want them.
local function signs(label) return op.select(binary("equal", label, 0), -1, label) end

-- A loss of numbers: `per_number(y, label, self)` is the loss of one; `build` where it is no mean of such.
local function of_numbers(spec)
  spec.arguments = spec.arguments or {}
  table.insert(spec.arguments, later("reduction"))
  local constructor = spec.name .. (spec.given or "()")
  spec.example = "local model = Sequential{Dense{3, input_shape = {4}}}\n"
    .. string.format('model:compile{optimizer = "adam", loss = %s}\nreturn model', constructor)
  spec.build = spec.build or function(self, output, label) return mean(spec.per_number(output, label, self)) end
  loss(spec)
end

of_numbers{
  name = "MeanAbsoluteError", aliases = {"mean_absolute_error", "mae", "MAE"},
  doc = "the mean of absolute differences", formula = "mean of |y - label|",
  per_number = function(y, label) return abs(y - label) end,
}

of_numbers{
  name = "MeanAbsolutePercentageError", aliases = {"mean_absolute_percentage_error", "mape", "MAPE"},
  doc = "the mean of absolute differences, in percent of the labels", formula = "100 * mean of |y - label| / |label|",
  per_number = function(y, label) return 100 * abs((label - y) / at_least(abs(label), EPSILON)) end,
}

of_numbers{
  name = "MeanSquaredLogarithmicError", aliases = {"mean_squared_logarithmic_error", "msle", "MSLE"},
  doc = "the mean of squared differences of logarithms",
  formula = "mean of (log(label + 1) - log(y + 1))^2",
  per_number = function(y, label)
    return square(unary("log", at_least(label, EPSILON) + 1) - unary("log", at_least(y, EPSILON) + 1))
  end,
}

of_numbers{
  name = "Huber", aliases = {"huber"}, given = "{delta = 0.5}",
  doc = "squares of small differences, absolute values of large ones",
  formula = "mean of e^2/2 where |e| <= delta, else delta*|e| - delta^2/2, e = y - label",
  arguments = {{"delta", "number", above = 0, default = 1.0, doc = "where squares end"}},
  per_number = function(y, label, self)
    local size, delta = abs(y - label), self.delta
    return op.select(binary("less_equal", size, delta), 0.5 * square(size), delta * size - 0.5 * delta * delta)
  end,
}

of_numbers{
  name = "LogCosh", aliases = {"log_cosh", "logcosh"},
  doc = "as mse for small differences, as mae for large ones", formula = "mean of log(cosh(y - label))",
  per_number = function(y, label)
    local e = y - label
    return e + unary("softplus", -2 * e) - math.log(2)
  end,
}

of_numbers{
  name = "Poisson", aliases = {"poisson"},
  doc = "of counts, whose mean is y", formula = "mean of y - label*log(y)",
  per_number = function(y, label) return y - label * unary("log", y + EPSILON) end,
}

of_numbers{
  name = "Hinge", aliases = {"hinge"},
  doc = "the margin by which a sign is missed", formula = "mean of max(1 - label*y, 0), label: -1 or 0, and 1",
  per_number = function(y, label) return at_least(1 - signs(label) * y, 0) end,
}

of_numbers{
  name = "SquaredHinge", aliases = {"squared_hinge"},
  doc = "the square of hinge", formula = "mean of max(1 - label*y, 0)^2, label: -1 or 0, and 1",
  per_number = function(y, label) return square(at_least(1 - signs(label) * y, 0)) end,
}

of_numbers{
  name = "CategoricalHinge", aliases = {"categorical_hinge"},
  doc = "the margin by which the right class is missed, labels being one-hot",
  formula = "max(max over i of (1 - label[i])*y[i] - sum over i of label[i]*y[i] + 1, 0)",
  build = function(_, y, label)
    local right, wrong = reduce("sum", label * y, last(y)), reduce("max", (1 - label) * y, last(y))
    return mean(at_least(wrong - right + 1, 0))
  end,
}

of_numbers{
  name = "KLDivergence", aliases = {"kl_divergence", "kld", "KLD", "kullback_leibler_divergence"},
  doc = "how far probabilities are from those of the labels", formula = "sum over i of label[i] * log(label[i]/y[i])",
  build = function(_, y, label)
    local p, q = between(label, EPSILON, 1), between(y, EPSILON, 1)
    return mean(reduce("sum", p * unary("log", p / q), last(y)))
  end,
}

of_numbers{
  name = "CosineSimilarity", aliases = {"cosine_similarity"},
  doc = "the cosine of the angle between output and label, with the sign changed: -1 is best",
  formula = "-(y . label) / (|y| * |label|)",
  arguments = {{"axis", "integer", min = -1, max = -1, default = -1, doc = "the last"}},
  build = function(_, y, label)
    local function length(x) return unary("sqrt", at_least(reduce("sum", square(x), last(x)), 1e-12)) end
    return mean(-reduce("sum", y * label, last(y)) / (length(y) * length(label)))
  end,
}
