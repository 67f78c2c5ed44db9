-- activations.lua: the activations, each a row with a function over primitive ops.

local cnnc = ...
local op, arguments = cnnc.op, cnnc.arguments
local format, concat = string.format, table.concat

-- `apply` is the function. An elementwise one may be applied in any layout.
local activation, make_activation = arguments.kind("activation")

activation{
  aliases = {"linear"}, elementwise = true, doc = "leaves its input as it is", formula = "x",
  apply = function(x) return x end,
}

local function elementwise(spec)
  local name, alpha = spec.aliases[1], spec.alpha
  spec.elementwise = true
  spec.apply = function(x) return op.unary(x, {["function"] = name, alpha = alpha}) end
  activation(spec)
end

elementwise{aliases = {"relu"}, doc = "the rectifier: negative values become 0", formula = "max(x, 0)"}
elementwise{aliases = {"relu6"}, doc = "relu that ends at 6", formula = "min(max(x, 0), 6)"}
elementwise{aliases = {"leaky_relu"}, alpha = 0.2, doc = "relu with a slope of 0.2 below 0",
  formula = "x if x > 0, else 0.2*x"}
elementwise{aliases = {"elu"}, alpha = 1.0, doc = "exponential below 0, linear above",
  formula = "x if x > 0, else exp(x) - 1"}
elementwise{aliases = {"selu"}, doc = "elu scaled so that activations keep mean 0 and variance 1",
  formula = "1.0507*x if x > 0, else 1.0507*1.67326*(exp(x) - 1)"}
elementwise{aliases = {"celu"}, alpha = 1.0, doc = "elu whose slope is continuous for every alpha, here 1",
  formula = "max(x, 0) + min(exp(x) - 1, 0)"}
elementwise{aliases = {"softplus"}, doc = "a smooth relu", formula = "log(1 + exp(x))"}
elementwise{aliases = {"softsign"}, doc = "from -1 to 1, more slowly than tanh", formula = "x / (1 + |x|)"}
elementwise{aliases = {"silu", "swish"}, doc = "x weighted by its sigmoid", formula = "x / (1 + exp(-x))"}
elementwise{aliases = {"gelu"}, doc = "x weighted by the normal distribution, exactly",
  formula = "x/2 * (1 + erf(x/sqrt(2)))"}
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
local function composed(name, doc, formula, apply)
  activation{aliases = {name}, elementwise = true, doc = doc, formula = formula, apply = apply}
end

local function unary(x, name) return op.unary(x, {["function"] = name}) end
local function hard_tanh(x) return unary(x, "hard_tanh") end

composed("log_sigmoid", "the logarithm of sigmoid", "-log(1 + exp(-x))",
  function(x) return -unary(-x, "softplus") end)
composed("squareplus", "a smooth relu without exponentials", "(x + sqrt(x^2 + 4)) / 2",
  function(x) return 0.5 * (x + unary(op.affine(unary(x, "square"), {offset = 4}), "sqrt")) end)
composed("hard_shrink", "x, but 0 from -1/2 to 1/2", "x if |x| > 1/2, else 0",
  function(x) return op.select(op.binary(unary(x, "abs"), 0.5, "greater"), x) end)
composed("soft_shrink", "x brought nearer to 0 by 1/2", "x - min(max(x, -1/2), 1/2)",
  function(x) return x - 0.5 * hard_tanh(2 * x) end)
composed("tanh_shrink", "x less its tanh", "x - tanh(x)", function(x) return x - unary(x, "tanh") end)
composed("sparse_sigmoid", "sigmoid as one straight piece between 0 and 1", "min(max((x + 1)/2, 0), 1)",
  function(x) return op.affine(hard_tanh(x), {scale = 0.5, offset = 0.5}) end)
composed("sparse_plus", "a relu with a parabola from -1 to 1", "0 if x < -1, (x + 1)^2 / 4 if x < 1, else x",
  function(x) return unary(op.affine(hard_tanh(x), {scale = 0.5, offset = 0.5}), "square") + unary(x - 1, "relu") end)

local function half(x, number)
  local channels = x.shape[#x.shape]
  if channels % 2 ~= 0 then cnnc.fail(format("glu needs an even number of channels, not %d", channels)) end
  return op.slice(x, {axis = #x.shape - 1, begin = number * channels // 2, count = channels // 2})
end

activation{
  aliases = {"glu"},
  doc = "one half of the last axis, weighted by the sigmoid of the other",
  formula = "a / (1 + exp(-b)), a and b the halves of x",
  apply = function(x) return half(x, 0) * unary(half(x, 1), "sigmoid") end,
}
activation{
  aliases = {"crelu"},
  doc = "the positive and the negative part, side by side on the last axis",
  formula = "max(x, 0) and max(-x, 0)",
  apply = function(x) return op.concat(unary(x, "relu"), unary(-x, "relu"), {axis = #x.shape - 1}) end,
}

activation{
  aliases = {"softmax"},
  doc = "scores to probabilities: positive along the last axis, with the sum 1",
  formula = "exp(x[i]) / sum over j of exp(x[j])",
  apply = function(x) return op.softmax(x) end,
}
activation{
  aliases = {"log_softmax"},
  doc = "the logarithm of softmax",
  formula = "x[i] - log(sum over j of exp(x[j]))",
  apply = function(x) return op.softmax(x, {log = true}) end,
}

-- Is there one of this name?
local by_name = arguments.types.activation
function cnnc.is_activation(name)
  for _, described in ipairs(cnnc.catalogue) do
    if described.kind == "activation" then
      for _, alias in ipairs(described.spec.aliases) do
        if alias == name then return true end
      end
    end
  end
  return false
end

-- relu(x)
function cnnc.apply_activation(name, x, ...)
  if not cnnc.is_tensor(x) or (...) ~= nil then
    cnnc.fail(format("%s is called on one tensor, not on %s", name, arguments.show(x)))
  end
  return cnnc.as_layer(name, by_name.check(name, nil, name), x)
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
