-- activations.lua: the activations, each a row with a function over primitive ops.

local cnnc = ...
local op, arguments, common = cnnc.op, cnnc.arguments, cnnc.common
local format, concat = string.format, table.concat

-- `apply` is the function of a tensor and, for one that has any, of its arguments. An elementwise one may be applied in any
-- layout.
local activation, make_activation = arguments.kind("activation")

activation{
  aliases = {"linear"}, elementwise = true, doc = "leaves its input as it is", formula = "x",
  apply = function(x) return x end,
}

local function elementwise(spec)
  local name, alpha = spec.aliases[1], spec.arguments and spec.arguments[1][1]
  spec.elementwise = true
  spec.apply = function(x, values) return op.unary(x, {["function"] = name, alpha = alpha and values[alpha]}) end
  activation(spec)
end

-- The function's one argument, which the op calls alpha.
local function alpha(name, default, doc)
  return {{name, "number", min = 0, default = default, doc = doc}}
end

activation{
  aliases = {"relu"}, elementwise = true, doc = "the rectifier: negative values become 0", formula = "max(x, 0)",
  arguments = {
    {"negative_slope", "number", min = 0, default = 0.0, doc = "slope below the threshold"},
    {"max_value", "number", min = 0, optional = true, doc = "largest output"},
    {"threshold", "number", min = 0, default = 0.0, doc = "below it, x is cut off or has the slope"},
  },
  apply = function(x, values)
    return common.rectified(x, values.negative_slope, values.max_value, values.threshold)
  end,
}
elementwise{aliases = {"relu6"}, doc = "relu that ends at 6", formula = "min(max(x, 0), 6)"}
elementwise{aliases = {"leaky_relu"}, arguments = alpha("negative_slope", 0.2, "slope below 0"),
  doc = "relu with a slope of 0.2 below 0", formula = "x if x > 0, else 0.2*x"}
elementwise{aliases = {"elu"}, arguments = alpha("alpha", 1.0, "-alpha is the least output"),
  doc = "exponential below 0, linear above", formula = "x if x > 0, else exp(x) - 1"}
elementwise{aliases = {"selu"}, doc = "elu scaled so that activations keep mean 0 and variance 1",
  formula = "1.0507*x if x > 0, else 1.0507*1.67326*(exp(x) - 1)"}
elementwise{aliases = {"celu"},
  arguments = {{"alpha", "number", above = 0, default = 1.0, doc = "-alpha is the least output"}},
  doc = "elu whose slope is continuous for every alpha, here 1",
  formula = "max(x, 0) + min(exp(x) - 1, 0)"}
elementwise{aliases = {"softplus"}, doc = "a smooth relu", formula = "log(1 + exp(x))"}
elementwise{aliases = {"softsign"}, doc = "from -1 to 1, more slowly than tanh", formula = "x / (1 + |x|)"}
elementwise{aliases = {"silu", "swish"}, doc = "x weighted by its sigmoid", formula = "x / (1 + exp(-x))"}
activation{
  aliases = {"gelu"}, elementwise = true, doc = "x weighted by the normal distribution, exactly unless approximate = true",
  formula = "x/2 * (1 + erf(x/sqrt(2)))",
  arguments = {{"approximate", "boolean", default = false, doc = "by a tanh: x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715*x^3)))"}},
  apply = function(x, values) return op.unary(x, values.approximate and "gelu_tanh" or "gelu") end,
}
elementwise{aliases = {"tanh"}, doc = "hyperbolic tangent, from -1 to 1",
  formula = "(exp(x) - exp(-x)) / (exp(x) + exp(-x))"}
elementwise{aliases = {"sigmoid"}, doc = "the logistic function, from 0 to 1: a probability of yes",
  formula = "1 / (1 + exp(-x))"}
elementwise{aliases = {"exponential"}, doc = "the exponential function", formula = "exp(x)"}
elementwise{aliases = {"hard_sigmoid"}, doc = "sigmoid in three straight pieces",
  formula = "min(max(x/6 + 1/2, 0), 1)"}
elementwise{aliases = {"hard_silu", "hard_swish"}, doc = "x weighted by its hard_sigmoid",
  formula = "x * min(max(x/6 + 1/2, 0), 1)"}
elementwise{aliases = {"hard_tanh"}, doc = "x cut at -1 and 1", formula = "min(max(x, -1), 1)"}
elementwise{aliases = {"mish"}, doc = "x weighted by the tanh of its softplus",
  formula = "x * tanh(log(1 + exp(x)))"}

-- What is made of several ops.
local function composed(name, doc, formula, apply, rows)
  activation{aliases = {name}, elementwise = true, doc = doc, formula = formula, apply = apply, arguments = rows}
end

local function unary(x, name) return op.unary(x, {["function"] = name}) end
local function hard_tanh(x) return unary(x, "hard_tanh") end

local THRESHOLD <const> = alpha("threshold", 0.5, "the numbers between -threshold and threshold become 0")

composed("log_sigmoid", "the logarithm of sigmoid", "-log(1 + exp(-x))",
  function(x) return -unary(-x, "softplus") end)
composed("squareplus", "a smooth relu without exponentials", "(x + sqrt(x^2 + 4)) / 2",
  function(x, values) return 0.5 * (x + unary(op.affine(unary(x, "square"), {offset = values.b}), "sqrt")) end,
  alpha("b", 4, "how smooth it is; 0: relu"))
composed("hard_shrink", "x, but 0 from -1/2 to 1/2", "x if |x| > 1/2, else 0",
  function(x, values) return op.select(op.binary(unary(x, "abs"), values.threshold, "greater"), x) end, THRESHOLD)
composed("soft_shrink", "x brought nearer to 0 by 1/2", "x - min(max(x, -1/2), 1/2)",
  function(x, values)
    return x - op.binary(op.binary(x, values.threshold, "minimum"), -values.threshold, "maximum")
  end, THRESHOLD)
composed("tanh_shrink", "x less its tanh", "x - tanh(x)", function(x) return x - unary(x, "tanh") end)
composed("sparse_sigmoid", "sigmoid as one straight piece between 0 and 1", "min(max((x + 1)/2, 0), 1)",
  function(x) return op.affine(hard_tanh(x), {scale = 0.5, offset = 0.5}) end)
composed("sparse_plus", "a relu with a parabola from -1 to 1", "0 if x < -1, (x + 1)^2 / 4 if x < 1, else x",
  function(x) return unary(op.affine(hard_tanh(x), {scale = 0.5, offset = 0.5}), "square") + unary(x - 1, "relu") end)

activation{
  aliases = {"threshold"}, elementwise = true, doc = "x above a threshold, else another number",
  formula = "x if x > threshold, else default_value",
  example =
    "return Sequential{Dense{8, activation = function(x) return threshold(x, 0.5, 0) end, input_shape = {4}}}",
  arguments = {
    {"threshold", "number", doc = "above it, x stays", hint = "activation = function(x) return threshold(x, 0.5, 0) end"},
    {"default_value", "number", doc = "what the others become"},
  },
  apply = function(x, values) return op.select(op.binary(x, values.threshold, "greater"), x, values.default_value) end,
}

---- Along an axis -----------------------------------------------------------------------------------

local AXIS <const> = {{"axis", "integer", default = -1, doc = "the batch is axis 0, -1 is the last"}}

-- That axis, counted from 0 without the batch, which tensors that are alike for all samples have not.
local function axis_of(name, x, values)
  local axis = values.axis >= 0 and cnnc.is_shared(x) and values.axis + 1 or values.axis
  return common.sample_axis({fail = function(_, text, hint) cnnc.fail(name .. " " .. text, {hint = hint}) end}, axis,
    #x.shape)
end

local function half(x, axis, number)
  local channels = x.shape[axis + 1]
  if channels % 2 ~= 0 then cnnc.fail(format("glu needs an even number of channels, not %d", channels)) end
  return op.slice(x, {axis = axis, begin = number * channels // 2, count = channels // 2})
end

activation{
  aliases = {"glu"}, arguments = AXIS,
  doc = "one half of the last axis, weighted by the sigmoid of the other",
  formula = "a / (1 + exp(-b)), a and b the halves of x",
  apply = function(x, values)
    local axis = axis_of("glu", x, values)
    return half(x, axis, 0) * unary(half(x, axis, 1), "sigmoid")
  end,
}
activation{
  aliases = {"crelu"},
  doc = "the positive and the negative part, side by side on the last axis",
  formula = "max(x, 0) and max(-x, 0)",
  apply = function(x) return op.concat(unary(x, "relu"), unary(-x, "relu"), {axis = #x.shape - 1}) end,
}

-- What is computed along the last axis.
local function along(name, body)
  return function(x, values) return common.with_axis_last(x, axis_of(name, x, values), body) end
end

activation{
  aliases = {"softmax"}, arguments = AXIS,
  doc = "scores to probabilities: positive along the last axis, with the sum 1",
  formula = "exp(x[i]) / sum over j of exp(x[j])",
  apply = along("softmax", function(x) return op.softmax(x) end),
}
activation{
  aliases = {"log_softmax"}, arguments = AXIS,
  doc = "the logarithm of softmax",
  formula = "x[i] - log(sum over j of exp(x[j]))",
  apply = along("log_softmax", function(x) return op.softmax(x, {log = true}) end),
}

-- The scores that are above 0 in the end are those which, with all that are as large, exceed their sum less 1 by their number.
activation{
  aliases = {"sparsemax"}, arguments = AXIS,
  doc = "scores to probabilities, of which the small ones are 0",
  formula = "max(x[i] - t, 0), with the t for which the sum is 1",
  apply = along("sparsemax", function(x)
    local rank, classes = #x.shape, x.shape[#x.shape]
    local function sum(y) return op.reduce(y, {["function"] = "sum", axes = {rank - 1}, keepdims = true}) end
    local column, row = table.move(x.shape, 1, rank, 1, {}), table.move(x.shape, 1, rank, 1, {})
    column[rank + 1], row[rank], row[rank + 1] = 1, 1, classes
    if #row > cnnc.MAX_RANK then cnnc.fail("sparsemax needs an input with fewer axes") end
    local others = op.reshape(x, {shape = row})
    local at_least = op.binary(others, op.reshape(x, {shape = column}), "greater_equal")
    local count = op.reduce(at_least, {["function"] = "sum", axes = {rank}})
    local above = op.reduce(at_least * others, {["function"] = "sum", axes = {rank}})
    local counts = op.binary(count * x + 1, above, "greater")
    return unary(x - (sum(counts * x) - 1) / sum(counts), "relu")
  end),
}

local specs = {} -- by name
for _, described in ipairs(cnnc.catalogue) do
  for _, alias in ipairs(described.kind == "activation" and described.spec.aliases or {}) do specs[alias] = described.spec end
end

function cnnc.is_activation(name) return specs[name] ~= nil end

-- relu(x), leaky_relu(x, 0.1)
function cnnc.apply_activation(name, x, ...)
  if not cnnc.is_tensor(x) then
    cnnc.fail(format("%s is called on a tensor, not on %s", name, arguments.show(x)))
  end
  local spec = specs[name]
  return cnnc.as_layer(name, make_activation(spec, arguments.parse(name, spec.arguments, ...)), x)
end

-- A layer in the place of an activation.
local function applied(layer, owner)
  return function(x)
    local y = layer(x)
    if concat(y.shape, "x") ~= concat(x.shape, "x") then
      cnnc.fail(format("%s: its activation %s makes %s of %s", owner, layer.type, concat(y.shape, "x"),
        concat(x.shape, "x")), {hint = "an activation keeps the shape; other layers are added behind"})
    end
    return y
  end
end

-- A script may write its own as a function of a tensor, or give a layer. As in Keras None is none: linear.
local named_activation = arguments.types.activation.check
arguments.types.activation.check = function(value, row, owner)
  if value == cnnc.exports.None then value = "linear" end
  if cnnc.constructors[value] == "layer" then value = value() end
  if cnnc.is_layer(value) then return make_activation({apply = applied(value, owner)}, {}) end
  if type(value) == "function" and not cnnc.constructors[value] then
    return make_activation({apply = cnnc.entry(value)}, {}) -- an error of string.upper is not this file's
  end
  return named_activation(value, row, owner)
end
