-- loss_functions.lua: losses that are called on tensors, as Keras 2's are: numbers for each place, the mean over the last axis.
--
-- They are made of ops which all know their gradients, for both tensors: a script may compare what it likes.

local cnnc = ...
local fail, op = cnnc.fail, cnnc.op
local arguments = cnnc.arguments
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

-- By name: those that can be called, on the labels and the output.
cnnc.loss_functions = {}
for _, row in ipairs(FUNCTIONS) do
  local names, rows, build = row[1], row[2], row[3]
  for name in string.gmatch(names, "%S+") do
    cnnc.loss_functions[name] = function(label, y, ...)
      if not (cnnc.is_tensor(label) and cnnc.is_tensor(y)) or #label.shape == 0 or #y.shape == 0 then
        fail(format("%s is called on the labels and the output, two tensors", name),
          {hint = format("or it is given to model:compile: \"%s\"", name)})
      end
      local values = arguments.parse(name, rows, ...)
      return cnnc.as_layer(name, function(a, b)
        a, b = of_same_shape(name, a, b)
        return build(a, b, values)
      end, label, y)
    end
  end
end
