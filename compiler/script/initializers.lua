-- initializers.lua: what a parameter holds before training.
--
-- An initializer's `draw(self, fan_in, fan_out)` names a distribution of the runtime and its two
-- numbers, so that the fans are resolved here and the runtime knows nothing of layers. `doc`, `formula` and `example`
-- are what `cnnc help` and the manual page print.
-- Formulas: Glorot & Bengio 2010, He et al. 2015, LeCun et al. 1998, as Keras has them.

local cnnc = ...
local arguments = cnnc.arguments
local sqrt = math.sqrt

local initializer = arguments.kind("initializer")

local SEED = {"seed", "unsupported", instead = "one seed for everything is given to cnnc or to the program: --seed"}
local MEAN = {"mean", "number", default = 0.0, doc = "mean"}
local STDDEV = {"stddev", "number", min = 0, default = 0.05, doc = "standard deviation"}

-- A normal distribution cut at two standard deviations has only this deviation left.
local TRUNCATED_DEVIATION = 0.87962566103423978

local function uniform(limit) return "uniform", -limit, limit end
local function truncated(deviation) return "truncated_normal", 0.0, deviation / TRUNCATED_DEVIATION end

initializer{
  name = "Zeros", aliases = {"zeros"}, doc = "0 everywhere", example = '"zeros"',
  draw = function() return "constant", 0.0, 0.0 end,
}

initializer{
  name = "Ones", aliases = {"ones"}, doc = "1 everywhere", example = '"ones"',
  draw = function() return "constant", 1.0, 0.0 end,
}

initializer{
  name = "Constant", aliases = {"constant"}, doc = "one number everywhere", example = "Constant{0.1}",
  arguments = {{"value", "number", default = 0.0, doc = "that number"}},
  draw = function(self) return "constant", self.value, 0.0 end,
}

initializer{
  name = "RandomNormal", aliases = {"random_normal", "normal"},
  doc = "normal distribution", example = "RandomNormal{stddev = 0.01}",
  arguments = {MEAN, STDDEV, SEED},
  draw = function(self) return "normal", self.mean, self.stddev end,
}

initializer{
  name = "TruncatedNormal", aliases = {"truncated_normal"},
  doc = "normal distribution, drawn again outside of two standard deviations",
  example = "TruncatedNormal{stddev = 0.01}",
  arguments = {MEAN, STDDEV, SEED},
  draw = function(self) return "truncated_normal", self.mean, self.stddev end,
}

initializer{
  name = "RandomUniform", aliases = {"random_uniform", "uniform"},
  doc = "uniform distribution", example = "RandomUniform{-0.1, 0.1}",
  arguments = {
    {"minval", "number", default = -0.05, doc = "lower end"},
    {"maxval", "number", default = 0.05, doc = "upper end"},
    SEED,
  },
  draw = function(self) return "uniform", self.minval, self.maxval end,
}

initializer{
  name = "Orthogonal", aliases = {"orthogonal"},
  doc = "orthogonal rows or columns, of the kernel as a matrix", example = "Orthogonal{}",
  arguments = {{"gain", "number", default = 1.0, doc = "factor"}, SEED},
  draw = function(self) return "orthogonal", self.gain, 0.0 end,
}

-- Keras has a layer Identity, too, by whose name and argument `gain` a script may call it.
initializer{
  name = "IdentityInitializer", aliases = {"identity"},
  doc = "1 where row and column are equal, else 0; of a matrix; also Identity{gain = 1}", example = '"identity"',
  arguments = {{"gain", "number", default = 1.0, doc = "in place of 1"}},
  draw = function(self) return "identity", self.gain, 0.0 end,
}

local check = arguments.types.initializer.check
function arguments.types.initializer.check(value, row, owner)
  if value == cnnc.exports.Identity then value = cnnc.exports.IdentityInitializer end
  local own = cnnc.is_layer(value) and cnnc.fields[value]
  if own and own.spec.name == "Identity" then value = cnnc.exports.IdentityInitializer{gain = own.gain or 1.0} end
  return check(value, row, owner)
end

-- Variance scaling: glorot averages the fans, he doubles the variance, lecun takes it as it is.
local function family(camel, snake, share, variance)
  initializer{
    name = camel .. "Uniform", aliases = {snake .. "_uniform"}, arguments = {SEED},
    doc = "uniform distribution with a variance of " .. share,
    formula = string.format("from -limit to limit, limit = sqrt(3 * %s)", share),
    example = '"' .. snake .. '_uniform"',
    draw = function(_, fan_in, fan_out) return uniform(sqrt(3 * variance(fan_in, fan_out))) end,
  }
  initializer{
    name = camel .. "Normal", aliases = {snake .. "_normal"}, arguments = {SEED},
    doc = "truncated normal distribution with a variance of " .. share,
    formula = string.format("standard deviation sqrt(%s)", share),
    example = '"' .. snake .. '_normal"',
    draw = function(_, fan_in, fan_out) return truncated(sqrt(variance(fan_in, fan_out))) end,
  }
end

family("Glorot", "glorot", "2/(fan_in + fan_out)", function(fan_in, fan_out) return 2 / (fan_in + fan_out) end)
family("He", "he", "2/fan_in", function(fan_in) return 2 / fan_in end)
family("Lecun", "lecun", "1/fan_in", function(fan_in) return 1 / fan_in end)

initializer{
  name = "VarianceScaling", aliases = {"variance_scaling"},
  doc = "a variance that depends on how many numbers enter or leave a unit",
  formula = "variance = scale / mode",
  example = 'VarianceScaling{2, "fan_out"}',
  arguments = {
    {"scale", "number", above = 0, default = 1.0, doc = "factor of the variance"},
    {"mode", {"fan_in", "fan_out", "fan_avg"}, default = "fan_in",
      doc = "what enters a unit, what leaves it, or the mean of both"},
    {"distribution", {"truncated_normal", "untruncated_normal", "uniform"}, default = "truncated_normal",
      doc = "shape of the distribution"},
    SEED,
  },
  draw = function(self, fan_in, fan_out)
    local fans = {fan_in = fan_in, fan_out = fan_out, fan_avg = (fan_in + fan_out) / 2}
    local variance = self.scale / math.max(1, fans[self.mode])
    if self.distribution == "uniform" then return uniform(sqrt(3 * variance)) end
    if self.distribution == "truncated_normal" then return truncated(sqrt(variance)) end
    return "normal", 0.0, sqrt(variance)
  end,
}

-- Keras' rule, for kernels of every kind: the last dim leaves, the one before enters, the others are
-- the receptive field.
local function fans(shape)
  local rank = #shape
  if rank < 2 then return shape[1] or 1, shape[1] or 1 end
  local field = 1
  for i = 1, rank - 2 do field = field * shape[i] end
  return shape[rank - 1] * field, shape[rank] * field
end

-- What is resolved already.
local resolved = setmetatable({}, {__mode = "k"})

-- {distribution, a, b} for a parameter of this shape. `wanted` is an initializer or its name.
function cnnc.resolve_initializer(owner, wanted, shape)
  if resolved[wanted] then return wanted end
  local chosen = arguments.parse(owner, {{"initializer", "initializer"}}, {initializer = wanted}).initializer
  local spec = cnnc.fields[chosen].spec
  if spec.name == "Orthogonal" and #shape < 2 then
    cnnc.fail(owner .. ": the orthogonal initializer needs a parameter with at least two dimensions")
  end
  if spec.name == "IdentityInitializer" and #shape ~= 2 then
    cnnc.fail(owner .. ": the identity initializer needs a parameter that is a matrix")
  end
  local distribution, a, b = spec.draw(chosen, fans(shape))
  return {distribution = distribution, a = a, b = b}
end

-- The same for an LSTM's bias, whose forget gate begins with ones: `wanted` is what the others begin with.
function cnnc.forget_bias(layer, wanted)
  local others = cnnc.resolve_initializer(layer.type, wanted, {4 * (cnnc.fields[layer].units or layer.filters)})
  if others.distribution ~= "constant" then
    layer:fail("cannot have both unit_forget_bias and a bias_initializer that draws at random", "write unit_forget_bias = false")
  end
  local found = {distribution = "forget_bias", a = others.a, b = 0.0}
  resolved[found] = true
  return found
end
