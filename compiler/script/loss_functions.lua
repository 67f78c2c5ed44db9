-- loss_functions.lua: losses that are called on tensors, as Keras 2's are: numbers for each place, the mean over the last axis.
--
-- They are made of ops which all know their gradients, for both tensors: a script may compare what it likes.

local cnnc = ...
local fail, op = cnnc.fail, cnnc.op
local arguments, fields = cnnc.arguments, cnnc.fields
local format = string.format

local EPSILON <const> = cnnc.keras.EPSILON

local function over_last(what, x)
  return op.reduce(x, {["function"] = what, axes = {#x.shape - 1}})
end

local function probability(y)
  return op.binary(op.binary(y, EPSILON, "maximum"), 1 - EPSILON, "minimum")
end

local function log(y) return op.unary(y, "log") end

-- The sum of labels times logarithms, negative.
local function cross_entropy(label, logarithms) return over_last("sum", label * logarithms) * -1 end

local function logits_of_two(label, y) -- max(y, 0) - y*label + log(1 + exp(-|y|))
  local distance = op.unary(op.unary(y, "abs") * -1, "exponential")
  return op.unary(y, "relu") - y * label + op.unary(distance, "log1p")
end

-- Of labels that are indices of classes: they have an axis less, or one of size 1.
local function sparse_cross_entropy(label, y, values)
  local shape = y.shape
  local classes = table.remove(shape)
  local rows = op.cast(op.reshape(label, {shape = #shape > 0 and shape or {1}}), {dtype = "int32"})
  local one_hot = op.one_hot(rows, {depth = classes})
  if #shape == 0 then one_hot = op.reshape(one_hot, {shape = {classes}}) end
  local logarithms = values.from_logits and op.softmax(y, {log = true}) or log(probability(y))
  return cross_entropy(one_hot, logarithms)
end

local FROM_LOGITS <const> = {"from_logits", "boolean", default = false, doc = "the output is scores"}
local FUNCTIONS <const> = {
  {"mean_squared_error mse", {}, function(label, y) return over_last("mean", op.unary(label - y, "square")) end},
  {"mean_absolute_error mae", {}, function(label, y) return over_last("mean", op.unary(label - y, "abs")) end},
  {"binary_crossentropy", {FROM_LOGITS}, function(label, y, values)
    if values.from_logits then return over_last("mean", logits_of_two(label, y)) end
    local p = probability(y)
    return over_last("mean", label * log(p) + (1 - label) * log(1 - p)) * -1
  end},
  {"categorical_crossentropy", {FROM_LOGITS}, function(label, y, values)
    if values.from_logits then return cross_entropy(label, op.softmax(y, {log = true})) end
    local sums = op.reduce(y, {["function"] = "sum", axes = {#y.shape - 1}, keepdims = true})
    return cross_entropy(label, log(probability(y / sums)))
  end},
  {"sparse_categorical_crossentropy", {FROM_LOGITS}, sparse_cross_entropy, of_classes = true},
  {"kl_divergence kullback_leibler_divergence", {}, function(label, y)
    local function above(x) return op.binary(op.binary(x, EPSILON, "maximum"), 1, "minimum") end
    local p = above(label)
    return over_last("sum", p * (log(p) - log(above(y))))
  end},
}

-- Of tensors that differ by a last axis of 1, the one without it gets it, as in Keras; other shapes do not go together.
local function of_same_shape(name, label, y)
  local function with_one(x)
    local shape = {table.unpack(x.shape)}
    shape[#shape + 1] = 1
    return op.reshape(x, {shape = shape})
  end
  if #label.shape == #y.shape - 1 and y.shape[#y.shape] == 1 then label = with_one(label) end
  if #y.shape == #label.shape - 1 and label.shape[#label.shape] == 1 then y = with_one(y) end
  local ours, theirs = table.concat(label.shape, "x"), table.concat(y.shape, "x")
  if ours ~= theirs then fail(format("%s compares labels of %s with an output of %s", name, ours, theirs)) end
  return label, y
end

-- Labels that are indices of classes of the output.
local function of_classes(name, label, y)
  local count = #y.shape - 1
  local fits = #label.shape == count or #label.shape == count + 1 and label.shape[count + 1] == 1
  for i = 1, count do fits = fits and label.shape[i] == y.shape[i] end
  if not fits then
    fail(format("%s compares a class for each row of scores, not %s with %s", name, cnnc.shape_text(label.shape),
      cnnc.shape_text(y.shape)))
  end
  return label, y
end

-- By name: those that can be called, on the labels and the output; and their rows.
cnnc.loss_functions = {}
local row_of = {}
for _, row in ipairs(FUNCTIONS) do
  local names, rows, build = row[1], row[2], row[3]
  for name in string.gmatch(names, "%S+") do
    row_of[name] = row
    cnnc.loss_functions[name] = function(label, y, ...)
      if not (cnnc.is_tensor(label) and cnnc.is_tensor(y)) or #label.shape == 0 or #y.shape == 0 then
        fail(format("%s is called on the labels and the output, two tensors", name),
          {hint = format("or it is given to model:compile: \"%s\"", name)})
      end
      local values = arguments.parse(name, rows, ...)
      return cnnc.as_layer(name, function(a, b)
        a, b = (row.of_classes and of_classes or of_same_shape)(name, a, b)
        return build(a, b, values)
      end, label, y)
    end
  end
end

---- Losses as objects ------------------------------------------------------------------------------------

local CANNOT <const> = "ignore_class axis label_smoothing"

-- The numbers of each place, as Keras has them of reduction = "none".
local function numbers_of(self, label, y)
  local spec = fields[self].spec
  local row = row_of[spec.aliases[1]]
  for name in string.gmatch(CANNOT, "%S+") do
    local value = fields[self][name]
    if row and value and value ~= 0 and not (name == "axis" and value == -1) then
      fail(format("%s: one that has %s cannot be called", spec.name, name), {hint = "it can be given to model:compile"})
    end
  end
  if row then
    label, y = (row.of_classes and of_classes or of_same_shape)(spec.name, label, y)
    return row[3](label, y, self)
  end
  local f = fields[self]["function"]
  if not spec.each and not f then
    fail(spec.name .. " cannot be called on tensors", {hint = "it can be given to model:compile"})
  end
  label, y = of_same_shape(spec.name, label, y)
  local each = f and f(label, y) or spec.each(self, y, label)
  return not f and #each.shape == #y.shape and over_last("mean", each) or each
end

-- loss(y_true, y_pred): the mean over the batch, too, where there is no reduction = "none".
function cnnc.calls_of.loss(self, label, y, weight)
  local name = fields[self].spec.name
  if not (cnnc.is_tensor(label) and cnnc.is_tensor(y)) or weight ~= nil then
    fail(name .. " is called on the labels and the output, two tensors", {hint = weight and "multiply what it gives"})
  end
  if self.reduction == "sum" or self.reduction == "mean_with_sample_weight" then
    fail(format('%s: reduction = "%s" goes over the batch', name, self.reduction), {hint = 'reduction = "none" and ops.sum(x, -1)'})
  end
  return cnnc.as_layer(cnnc.snake_case(name), function(a, b)
    local each = numbers_of(self, a, b)
    return self.reduction == "none" and each or cnnc.mean_of_batch(each)
  end, label, y)
end
