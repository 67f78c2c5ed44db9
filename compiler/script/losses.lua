-- losses.lua: what training makes small. `doc`, `formula` and `example` of each are what `cnnc help` and the manual page print.

local cnnc = ...
local op, arguments, fields = cnnc.op, cnnc.arguments, cnnc.fields

-- Keras' losses take these, too.
local NAME = {"name", "title", optional = true, doc = "of the column, where it is a metric"}
local REDUCTION = {"reduction", "reduction", default = "sum_over_batch_size",
  doc = "the mean of a batch, \"sum\", or \"mean_with_sample_weight\", which divides by the weights of the samples; "
    .. "\"none\", where it is called on tensors: a number for each place"}

local MEANS <const> = {sum_over_batch_size = true, mean = true, auto = true}
local NO_REDUCTION <const> = "training needs one number of a batch: Keras with TensorFlow takes the gradient of the sum, as "
  .. "\"sum\" does, and says the mean; with others it fails"
arguments.types.reduction = {
  check = function(value)
    if value == cnnc.exports.None then value = "none" end
    return (MEANS[value] or value == "none" or value == "sum" or value == "mean_with_sample_weight") and value or nil
  end,
  expects = function() return '"sum_over_batch_size", "sum", "mean_with_sample_weight" or "none"' end,
}

-- One that model:compile is given.
function cnnc.check_reduction(chosen)
  if chosen.reduction ~= "none" then return chosen end
  cnnc.fail(string.format('%s cannot have reduction = "none" in compile', fields[chosen].spec.name), {hint = NO_REDUCTION})
end

-- Their ops give one number a sample, which no layer could go on from, so scripts do not see them.
for _, name in ipairs{"cross_entropy", "binary_cross_entropy", "squared_error", "mean_of_batch"} do
  cnnc.offered_ops[name] = nil
end

-- `classes`: the label is the index of a class for each row of scores, otherwise it has the output's shape. `scores`: rows of
-- the output's last axis are scores of classes; `probabilities`: the activation that gives outputs as it wants them, unless it
-- is from_logits; labels that are no classes are probabilities then, too. `takes`: what others take, a row of output.lua.
-- `label_shape(self, output)`: of labels of another shape. `values(self, output)`: how many numbers Keras has of a sample, of
-- which reduction makes one; without it as many as the output has rows.
-- `differs`: what it has not of Keras, beside arguments.
-- `build(self, output, label, at)` returns one number a sample; `at`: the line that names the loss. `each(self, output, label)`:
-- the numbers of which that is the mean, at least one a place; it can stand for `build`. `masked(self, output, label, mask)`: the
-- mean where numbers of masked places are 0; without it that of `each`, without both a mask is refused.
local loss, make_loss, loss_of_functions = arguments.kind("loss")

local NO_CLASS <const> = -1 -- the label of a place that counts nothing

local FROM_LOGITS = {"from_logits", "boolean", default = false,
  doc = "the output has no softmax or sigmoid: its values are scores"}
local AXIS = {"axis", "integer", default = -1, doc = "of the classes; the batch is 0, -1 is the last"}
local AVERAGED_AXIS = {"axis", "integer", default = -1,
  doc = "of numbers that have one loss, their mean; it matters where reduction = \"sum\" adds these"}
local LABEL_SMOOTHING = {"label_smoothing", "number", min = 0, max = 1, default = 0.0,
  doc = "share of each label that is spread evenly"}

local IGNORE_CLASS = {"ignore_class", "integer", min = -(1 << 24), max = 1 << 24, optional = true,
  doc = "where this is the label, nothing is lost or learnt, and the mean is that of the other places of the batch"}

local EPSILON <const> = cnnc.keras.EPSILON

local function reduce(kind, x, axes) return op.reduce(x, {["function"] = kind, axes = axes}) end
local function last(x) return {#x.shape - 1} end
local function mean(x) return #x.shape == 0 and x or reduce("mean", x) end
local function unary(name, x) return op.unary(x, {["function"] = name}) end
local function binary(name, a, b) return op.binary(a, b, {["function"] = name}) end
local function abs(x) return unary("abs", x) end
local function square(x) return x * x end
local function at_least(x, limit) return binary("maximum", x, limit) end
local function between(x, low, high) return binary("minimum", binary("maximum", x, low), high) end

-- The mean of numbers, of which those of masked places count as 0.
local function masked_mean(each, mask, at)
  if #each.shape < #mask.shape then
    cnnc.fail(string.format("a loss of %s does not fit the output's mask of %s", cnnc.shape_text(each.shape),
      cnnc.shape_text(mask.shape)), {hint = "it must have a number for each step: ops.mean(..., -1), say", at = at})
  end
  return mean(op.select(cnnc.mask_for(mask, each), each))
end

cnnc.masked_mean = masked_mean

local function count_of(dims)
  local count = 1
  for _, dim in ipairs(dims) do count = count * dim end
  return count
end

-- The axis that `self` names, from 0 without the batch.
local function axis_of(self, x)
  local axis = self.axis < 0 and #x.shape + self.axis or self.axis - 1
  if axis < 0 or axis >= #x.shape then
    cnnc.fail(string.format("the loss has axis = %d, but the output has the axes 0 (the batch) to %d", self.axis, #x.shape),
      {at = fields[self].at})
  end
  return axis
end

-- Each row along that axis has one loss.
local function values_but_axis(self, output)
  local shape = output.shape
  return count_of(shape) // shape[axis_of(self, output) + 1]
end

-- The tensor with that axis as its last.
local function with_last(self, x)
  local axis, order = axis_of(self, x), {}
  if axis == #x.shape - 1 then return x end
  for i = 0, #x.shape - 1 do
    if i ~= axis then order[#order + 1] = i end
  end
  order[#order + 1] = axis
  return op.permute(x, {order = order})
end

loss{
  name = "SparseCategoricalCrossentropy", aliases = {"sparse_categorical_crossentropy"},
  doc = "cross-entropy of class scores with the index of the right class",
  formula = "-log(y[label])",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model]],
  arguments = {FROM_LOGITS, IGNORE_CLASS, REDUCTION, NAME},
  classes = true, scores = true, probabilities = "softmax",
  build = function(self, output, label)
    return op.cross_entropy(output, label, {sparse = true, from_logits = self.from_logits,
      ignores = self.ignore_class ~= nil, ignored = self.ignore_class})
  end,
  masked = function(self, output, label, mask)
    return op.cross_entropy(output, op.select(cnnc.mask_for(mask, label), label, NO_CLASS),
      {sparse = true, from_logits = self.from_logits, ignores = true, ignored = NO_CLASS})
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
  arguments = {FROM_LOGITS, LABEL_SMOOTHING, AXIS, REDUCTION, NAME},
  scores = true, probabilities = "softmax", values = values_but_axis,
  build = function(self, output, label)
    return op.cross_entropy(with_last(self, output), with_last(self, label),
      {sparse = false, from_logits = self.from_logits, label_smoothing = self.label_smoothing})
  end,
  masked = function(self, output, label, mask) -- without labels a place has no loss
    local y, t, share = with_last(self, output), label, self.label_smoothing
    if share > 0 then t = t * (1 - share) + share / y.shape[#y.shape] end
    return op.cross_entropy(y, with_last(self, op.select(cnnc.mask_for(mask, t), t)),
      {sparse = false, from_logits = self.from_logits})
  end,
}

loss{
  name = "BinaryCrossentropy", aliases = {"binary_crossentropy", "bce", "BCE"},
  doc = "cross-entropy of probabilities of yes with labels from 0 to 1",
  formula = "mean of -label*log(y) - (1 - label)*log(1 - y)",
  example = [[
local model = Sequential{Dense{1, activation = "sigmoid", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "binary_crossentropy", metrics = {"accuracy"}}
return model]],
  arguments = {FROM_LOGITS, LABEL_SMOOTHING, AVERAGED_AXIS, REDUCTION, NAME},
  probabilities = "sigmoid", values = values_but_axis,
  build = function(self, output, label)
    return op.binary_cross_entropy(output, label,
      {from_logits = self.from_logits, label_smoothing = self.label_smoothing})
  end,
  each = function(self, y, label)
    local t = label * (1 - self.label_smoothing) + 0.5 * self.label_smoothing
    if self.from_logits then return unary("relu", y) - y * t + unary("log1p", unary("exponential", -abs(y))) end
    local q = between(y, EPSILON, 1 - EPSILON)
    return -(t * unary("log", q) + (1 - t) * unary("log", 1 - q))
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
  arguments = {REDUCTION, NAME},
  build = function(_, output, label) return op.squared_error(output, label) end,
  each = function(_, output, label) return square(output - label) end,
}

-- Of the script's own: the label has the output's shape.
local OWN <const> = {
  aliases = {"function"},
  build = function(self, output, label, at)
    return cnnc.run_loss(at, "loss", self["function"], label, output)
  end,
  masked = function(self, output, label, mask, at)
    return cnnc.run_loss(at, "loss", self["function"], label, output, function(each) return masked_mean(each, mask, at) end)
  end,
}
loss_of_functions(OWN)

-- The same for a class(Loss), whose objects have the function in that field.
function cnnc.loss_of_class(name, aliases)
  return {name = name, aliases = aliases, arguments = {}, build = OWN.build, masked = OWN.masked,
    label_shape = function(self, output) return self.label_shape or output.shape end}
end
cnnc.make_loss = make_loss

---- Sums of ops ----------------------------------------------------------------------------------------

-- -1 for the labels 0 (and -1), 1 for 1, as hinge losses want them.
local function signs(label) return op.select(binary("equal", label, 0), -1, label) end

-- A loss of numbers: `per_number(y, label, self)` is the loss of one; `build` where it is no mean of such.
local function of_numbers(spec)
  spec.arguments = spec.arguments or {}
  table.insert(spec.arguments, REDUCTION)
  table.insert(spec.arguments, NAME)
  local constructor = spec.name .. (spec.given or "()")
  local activation = spec.activation and string.format(", activation = %q", spec.activation) or ""
  spec.example = "local model = Sequential{Dense{3" .. activation .. ", input_shape = {4}}}\n"
    .. string.format('model:compile{optimizer = "adam", loss = %s}\nreturn model', constructor)
  local per_number = spec.per_number
  spec.each = spec.each or per_number and function(self, output, label) return per_number(output, label, self) end
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
  name = "Poisson", aliases = {"poisson"}, takes = "means", activation = "exponential",
  doc = "of counts, whose mean is y", formula = "mean of y - label*log(y)",
  per_number = function(y, label) return y - label * unary("log", y + EPSILON) end,
}

of_numbers{
  name = "Hinge", aliases = {"hinge"}, takes = "signs",
  doc = "the margin by which a sign is missed", formula = "mean of max(1 - label*y, 0), label: -1 or 0, and 1",
  per_number = function(y, label) return at_least(1 - signs(label) * y, 0) end,
}

of_numbers{
  name = "SquaredHinge", aliases = {"squared_hinge"}, takes = "signs",
  doc = "the square of hinge", formula = "mean of max(1 - label*y, 0)^2, label: -1 or 0, and 1",
  per_number = function(y, label) return square(at_least(1 - signs(label) * y, 0)) end,
}

of_numbers{
  name = "CategoricalHinge", aliases = {"categorical_hinge"}, takes = "margins",
  doc = "the margin by which the right class is missed, labels being one-hot",
  formula = "max(max over i of (1 - label[i])*y[i] - sum over i of label[i]*y[i] + 1, 0)",
  each = function(_, y, label)
    local right, wrong = reduce("sum", label * y, last(y)), reduce("max", (1 - label) * y, last(y))
    return at_least(wrong - right + 1, 0)
  end,
}

---- Focal losses, which weigh what is known less -------------------------------------------------------

local GAMMA = {"gamma", "number", min = 0, default = 2.0, doc = "how much less"}
local function alpha(doc) return {"alpha", "number", min = 0, default = 0.25, doc = doc} end

-- (1 - p)^gamma
local function focus(self, p) return self.gamma == 2 and square(1 - p) or binary("power", 1 - p, self.gamma) end

of_numbers{
  name = "BinaryFocalCrossentropy", aliases = {"binary_focal_crossentropy"},
  doc = "binary_crossentropy, in which outputs that are right already count less",
  formula = "mean of (1 - p)^gamma * -log(p), p: y where the label is 1, 1 - y where it is 0",
  arguments = {{"apply_class_balancing", "boolean", default = false, doc = "weigh ones by alpha, zeros by 1 - alpha"},
    alpha("weight of ones"), GAMMA, FROM_LOGITS, LABEL_SMOOTHING, AVERAGED_AXIS},
  probabilities = "sigmoid", values = values_but_axis, given = "{gamma = 3}", activation = "sigmoid",
  per_number = function(y, label, self)
    local p, t = self.from_logits and unary("sigmoid", y) or y, label * (1 - self.label_smoothing) + 0.5 * self.label_smoothing
    local q = between(p, EPSILON, 1 - EPSILON)
    local value = -(t * unary("log", q) + (1 - t) * unary("log", 1 - q)) * focus(self, t * p + (1 - t) * (1 - p))
    if not self.apply_class_balancing then return value end
    return value * (t * self.alpha + (1 - t) * (1 - self.alpha))
  end,
}

of_numbers{
  name = "CategoricalFocalCrossentropy", aliases = {"categorical_focal_crossentropy"},
  doc = "categorical_crossentropy, in which classes that are right already count less",
  formula = "sum over i of alpha * (1 - y[i])^gamma * -label[i] * log(y[i])",
  arguments = {alpha("weight of the loss"), GAMMA, FROM_LOGITS, LABEL_SMOOTHING, AXIS},
  scores = true, probabilities = "softmax", given = "{gamma = 3}", activation = "softmax", values = values_but_axis,
  each = function(self, output, label)
    local y, t = with_last(self, output), with_last(self, label)
    if self.from_logits then y = op.softmax(y) end
    t = t * (1 - self.label_smoothing) + self.label_smoothing / y.shape[#y.shape]
    local q = between(y / op.reduce(y, {["function"] = "sum", axes = last(y), keepdims = true}), EPSILON, 1 - EPSILON)
    return reduce("sum", self.alpha * focus(self, q) * -t * unary("log", q), last(y))
  end,
}

loss{
  name = "CategoricalGeneralizedCrossEntropy", aliases = {"categorical_generalized_cross_entropy"},
  doc = "between cross-entropy (q near 0) and mae (q near 1), for labels that may be wrong", formula = "(1 - y[label]^q) / q",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = CategoricalGeneralizedCrossEntropy{q = 0.7}}
return model]],
  arguments = {{"q", "number", above = 0, below = 1, default = 0.5, doc = "how little a wrong sample counts"}, REDUCTION, NAME},
  classes = true, scores = true, probabilities = "softmax",
  each = function(self, y, label)
    local shape = label.shape
    shape[#shape + 1] = 1
    local right = binary("equal", op.reshape(label, {shape = shape}), op.constant{value = 0, count = y.shape[#y.shape]})
    return (1 - binary("power", reduce("sum", right * y, last(y)), self.q)) / self.q
  end,
}

---- How far masks overlap ------------------------------------------------------------------------------

local NEEDS_AXIS <const> = "with axis alone: without it Keras mixes the samples of a batch"
local MASK_AXES = {"axis", "axes", optional = true,
  doc = "that are summed over, of each sample: {1, 2, 3} are all of an image"}

-- What the sums leave of the axes has one loss each.
local function values_but_axes(self, output)
  local count, shape = count_of(output.shape), output.shape
  for _, axis in ipairs(self.axis) do count = count // shape[axis < 0 and #shape + axis + 1 or axis] end
  return count
end

-- The sums of some numbers, over the axes of a sample that Keras counts from the batch, 0.
local function summed(self, x)
  local axes = {}
  if not self.axis then
    cnnc.fail(fields[self].spec.name .. " sums over the whole batch where it has no axis, which cnnc cannot",
      {hint = "axis = {1, 2, 3} makes it a loss of each image, whose mean is taken", at = fields[self].at})
  end
  for i, axis in ipairs(self.axis) do
    axes[i] = axis < 0 and #x.shape + axis or axis - 1
    if axes[i] < 0 or axes[i] >= #x.shape then
      cnnc.fail(string.format("the loss sums over axis %d, but the axes of a sample are 1 to %d", axis, #x.shape),
        {at = fields[self].at})
    end
  end
  return reduce("sum", x, axes)
end

of_numbers{
  name = "Dice", aliases = {"dice"}, takes = "masks", differs = NEEDS_AXIS,
  doc = "how little two masks overlap, for each image", formula = "1 - 2 * sum of y*label / (sum of y + sum of label)",
  arguments = {MASK_AXES}, given = "{axis = {1}}", activation = "sigmoid",
  values = values_but_axes,
  build = function(self, y, label)
    return mean(1 - 2 * summed(self, y * label) / (summed(self, y) + summed(self, label) + EPSILON))
  end,
}

of_numbers{
  name = "Tversky", aliases = {"tversky"}, takes = "masks", differs = NEEDS_AXIS,
  doc = "Dice, with weights for what is wrongly in the mask and what is missing",
  formula = "1 - s / (s + alpha * sum of y*(1 - label) + beta * sum of (1 - y)*label), s: sum of y*label",
  arguments = {{"alpha", "number", min = 0, default = 0.5, doc = "weight of what is wrongly in it"},
    {"beta", "number", min = 0, default = 0.5, doc = "weight of what is missing"}, MASK_AXES},
  given = "{axis = {1}}", activation = "sigmoid", values = values_but_axes,
  build = function(self, y, label)
    local both = summed(self, y * label)
    local wrong, missing = summed(self, y * (1 - label)), summed(self, (1 - y) * label)
    return mean(1 - both / (both + self.alpha * wrong + self.beta * missing + EPSILON))
  end,
}

of_numbers{
  name = "KLDivergence", aliases = {"kl_divergence", "kld", "KLD", "kullback_leibler_divergence"},
  takes = "shares", activation = "softmax",
  doc = "how far probabilities are from those of the labels", formula = "sum over i of label[i] * log(label[i]/y[i])",
  each = function(_, y, label)
    local p, q = between(label, EPSILON, 1), between(y, EPSILON, 1)
    return reduce("sum", p * unary("log", p / q), last(y))
  end,
}

of_numbers{
  name = "CosineSimilarity", aliases = {"cosine_similarity"},
  doc = "the cosine of the angle between output and label, with the sign changed: -1 is best",
  formula = "-(y . label) / (|y| * |label|)",
  arguments = {{"axis", "integer", min = -1, max = -1, default = -1, doc = "the last"}},
  each = function(_, y, label)
    local function length(x) return unary("sqrt", at_least(reduce("sum", square(x), last(x)), 1e-12)) end
    return -reduce("sum", y * label, last(y)) / (length(y) * length(label))
  end,
}

---- Sequences of labels --------------------------------------------------------------------------------

local NOWHERE <const> = -1e30 -- the logarithm of a probability of nothing

-- x, `by` places later: x[s - by] at s, and in front what fill(x) makes of numbers of its own.
local function later(x, by, fill)
  local count = x.shape[1]
  return op.concat(fill(op.slice(x, {axis = 0, begin = 0, count = by})),
    op.slice(x, {axis = 0, begin = 0, count = count - by}), {axis = 0})
end

local function nowhere(x) return binary("minimum", x, NOWHERE) end
local function blank(x) return x * 0 end

-- The labels with a blank around each: 2*L + 1 symbols for L labels.
local function with_blanks(label)
  local count = label.shape[1]
  local column = op.reshape(label, {shape = {count, 1}})
  local symbols = op.reshape(op.concat(blank(column), column, {axis = 1}), {shape = {2 * count}})
  return op.concat(symbols, blank(op.slice(label, {axis = 0, begin = 0, count = 1})), {axis = 0})
end

local function log_sum(a, b, c)
  local top = op.stop_gradient(binary("maximum", binary("maximum", a, b), c))
  return top + unary("log", unary("exponential", a - top) + unary("exponential", b - top) + unary("exponential", c - top))
end

-- The logarithm of the probability of all ways to have come to each symbol with the last step (Graves and others 2006: the
-- forward variables), `given[t][s]` being that of symbol s in step t.
local function forward(given, symbols, places)
  local steps = given.shape[1]
  local first = op.reshape(op.slice(given, {axis = 0, begin = 0, count = 1}), {shape = symbols.shape})
  local alpha = op.select(binary("less", places, 2), first, NOWHERE)
  local skips = binary("not_equal", symbols, 0) * binary("not_equal", symbols, later(symbols, 2, blank))
  if steps == 1 then return alpha end
  local _, last_alpha = cnnc.scan("CTC", function(now, before)
    local two = op.select(skips, later(before, 2, nowhere), NOWHERE)
    local next_alpha = log_sum(before, later(before, 1, nowhere), two) + now
    return next_alpha, next_alpha
  end, {op.slice(given, {axis = 0, begin = 1, count = steps - 1})}, {alpha}, {})
  return last_alpha
end

local function ctc_labels(self, output)
  if #output.shape ~= 2 or output.shape[2] < 2 then
    cnnc.fail("CTC needs scores of classes for each step, as in 50x28, but the model's output is "
      .. table.concat(output.shape, "x"), {hint = "class 0 is the blank", at = fields[self].at, tensor = output})
  end
  return {self.label_length or output.shape[1]}
end

loss{
  name = "CTC", aliases = {"ctc"},
  doc = "how unlikely scores of steps make a shorter sequence of labels, wherever these stand (connectionist temporal "
    .. "classification); labels are padded with 0, the blank",
  formula = "-log(sum over all ways to spread the labels over the steps of the product of softmax(y[t])[label])",
  example = [[
local model = Sequential{Bidirectional{LSTM{16, return_sequences = true}, input_shape = {20, 8}}, Dense{11}}
model:compile{optimizer = "adam", loss = CTC{label_length = 6}}
return model]],
  arguments = {
    {"label_length", "integer", min = 1, optional = true,
      doc = "how many labels, padding included, the data have for a sample; as many as steps without it"},
    REDUCTION, NAME,
  },
  classes = true, label_shape = ctc_labels, values = function() return 1 end,
  build = function(_, output, label)
    local symbols = with_blanks(label)
    local places = op.constant{value = 0, count = symbols.shape[1]}
    local scores = op.permute(op.softmax(output, {log = true}), {order = {1, 0}})
    local given = op.permute(op.gather(op.cast(symbols, "int32"), scores), {order = {1, 0}})
    local alpha = forward(given, symbols, places)
    local last_symbol = 2 * reduce("sum", binary("not_equal", label, 0))
    local ends = binary("equal", places, last_symbol) + binary("equal", places, last_symbol - 1)
    local ended = op.select(ends, alpha, NOWHERE)
    local top = op.stop_gradient(reduce("max", ended))
    return -(top + unary("log", reduce("sum", unary("exponential", ended - top))))
  end,
}

---- What is made of the losses of a batch ----------------------------------------------------------------

-- Of how many numbers Keras makes the loss of a sample.
local function values_of(chosen, spec, output)
  if spec.values then return spec.values(chosen, output) end
  return count_of(output.shape) // math.max(output.shape[#output.shape] or 1, 1)
end

-- Keras divides by the sum of the samples' weights, however many numbers each has: with weights or without is then no
-- matter of scale.
local function by_weights(chosen, spec, output, at)
  local values = values_of(chosen, spec, output)
  if values ~= 1 then
    cnnc.fail(string.format('%s: reduction = "mean_with_sample_weight" is for outputs with one loss a sample, this one has %d',
        spec.name, values), {hint = "without it, weights multiply, and the mean is that of all", at = at})
  end
  return cnnc.batch_number("weights")
end

-- The mean of the losses of a batch's samples is made small, and shown: by what the loss of each is multiplied, so that this is
-- Keras' reduction of the numbers that it has of them; nil: nothing.
local function factor_of(chosen, spec, output, number, at)
  if chosen.reduction == "sum" then return cnnc.batch_number("samples") * values_of(chosen, spec, output) end
  if chosen.reduction == "mean_with_sample_weight" then return by_weights(chosen, spec, output, at) end
  return chosen.ignore_class and cnnc.batch_number("labels", {output = number, ignored = chosen.ignore_class}) or nil
end

function cnnc.depends_on_batch(chosen)
  return chosen.ignore_class ~= nil or chosen.reduction == "sum" or chosen.reduction == "mean_with_sample_weight"
end

-- The loss of a sample, as the mean of its numbers. Those of masked places, if there is a mask, are 0; true behind it: the mask
-- is nothing to it.
local function value_of(chosen, spec, output, label, at, mask)
  if mask and spec.masked then return spec.masked(chosen, output, label, mask, at) end
  if mask and not spec.each then
    cnnc.fail(spec.name .. " has one loss a sample, but the output has a mask of its steps",
      {hint = "Lambda(function(y) return ops.convert_to_tensor(y) end) behind it has none", at = at})
  end
  if mask then return masked_mean(spec.each(chosen, output, label), mask, at) end
  return spec.build and spec.build(chosen, output, label, at) or mean(spec.each(chosen, output, label))
end
cnnc.loss_value = value_of

-- Of the places that a mask leaves, those that the loss does not ignore.
local function counted_places(chosen, label, mask)
  if not chosen.ignore_class then return mask end
  return op.binary(cnnc.mask_for(mask, label), op.binary(label, chosen.ignore_class, "not_equal"), "multiply")
end

-- What makes of a mean over all places that over those that count in the batch; where a program evaluates, of one sample after the
-- other, it is left to the columns of the log.
local function by_counted(value, mask)
  local count = count_of(mask.shape)
  local share = op.mean_of_batch(op.stop_gradient(op.reshape(mask, {shape = {count, 1}})))
  return op.reduce(op.binary(value, op.binary(share, 1e-30, "maximum"), "divide"), {["function"] = "sum"})
end

-- The same as training takes it: Keras gives places that count a larger weight, so that the mean is theirs.
local function masked_loss_of(chosen, spec, output, label, at, mask)
  if chosen.reduction == "mean_with_sample_weight" then
    cnnc.fail(spec.name .. ': reduction = "mean_with_sample_weight" cannot stand where the output has a mask',
      {hint = "without reduction, the mean is that of the steps that count", at = at})
  end
  local places = counted_places(chosen, label, mask)
  local value, is_whole = value_of(chosen, spec, output, label, at, places)
  if is_whole then return value end
  if chosen.reduction == "sum" then return value * cnnc.batch_number("samples") * values_of(chosen, spec, output) end
  return by_counted(value, places), {value = value, share = reduce("mean", places)}
end

-- The loss of a sample as training takes it. `number`: which of the model's outputs it is; `at`: the line that names the loss.
-- Where the output has a mask, and the loss is a mean, of what it is one comes behind it: {value =, share = of all places}.
function cnnc.loss_of(chosen, output, label, number, at, mask)
  local spec = fields[chosen].spec
  if mask then return masked_loss_of(chosen, spec, output, label, at, mask) end
  local value = value_of(chosen, spec, output, label, at)
  if chosen.ignore_class and chosen.reduction == "mean_with_sample_weight" then
    cnnc.fail(spec.name .. ': ignore_class and reduction = "mean_with_sample_weight" cannot stand together',
      {hint = "without reduction, the mean is that of the places that are not ignored", at = at})
  end
  local factor = factor_of(chosen, spec, output, number, at)
  return factor and value * factor or value
end
