-- constraints.lua: what parameters are made to keep, after each update. `doc`, `formula` and `example` of each are what `cnnc help`
-- and the manual page print. Formulas: keras/src/constraints/constraints.py.
--
-- `apply(c, w)`: what becomes of the parameter w, by ops. Its axes are counted from 0, without a batch.

local cnnc = ...
local op, arguments = cnnc.op, cnnc.arguments

local constraint, _, constraint_of_functions = arguments.kind("constraint")

local EPSILON <const> = cnnc.keras.EPSILON

local AXIS = {"axis", "axes", default = 0,
  doc = "one or a list, along which lie the weights of a unit: 0 for Dense, {0, 1, 2} for Conv2D"}

local function between(x, low, high)
  return op.binary(op.binary(x, low, {["function"] = "maximum"}), high, {["function"] = "minimum"})
end

local function norms(c, w)
  local axes = {}
  for i, axis in ipairs(type(c.axis) == "number" and {c.axis} or c.axis) do
    axes[i] = axis < 0 and axis + #w.shape or axis
    if axes[i] < 0 or axes[i] >= #w.shape then
      cnnc.fail_here(string.format("a constraint has axis = %d, but its parameter has the axes 0 to %d", axis, #w.shape - 1))
    end
  end
  return op.unary(op.reduce(w * w, {["function"] = "sum", axes = axes, keepdims = true}), {["function"] = "sqrt"})
end

local function norm_constraint(spec)
  spec.example = string.format("Dense{8, kernel_constraint = %s, input_shape = {4}}", spec.example)
  table.insert(spec.arguments, AXIS)
  spec.apply = function(c, w)
    local found = norms(c, w)
    return w * (spec.wanted(c, found) / (found + EPSILON))
  end
  constraint(spec)
end

norm_constraint{
  name = "MaxNorm", aliases = {"max_norm"},
  doc = "the weights of each unit are no longer than a limit", formula = "w * min(|w|, max_value) / (|w| + 1e-7)",
  example = "MaxNorm(3)",
  arguments = {{"max_value", "number", min = 0, default = 2, doc = "the limit"}},
  wanted = function(c, norm) return between(norm, 0, c.max_value) end,
}

norm_constraint{
  name = "MinMaxNorm", aliases = {"min_max_norm"},
  doc = "the weights of each unit have a length between two limits, or move towards that",
  formula = "w * (rate * min(max(|w|, min_value), max_value) + (1 - rate)*|w|) / (|w| + 1e-7)",
  example = "MinMaxNorm{0.5, 2}",
  arguments = {
    {"min_value", "number", min = 0, default = 0.0, doc = "the lower limit"},
    {"max_value", "number", min = 0, default = 1.0, doc = "the upper limit"},
    {"rate", "number", min = 0, max = 1, default = 1.0, doc = "share of the way that an update goes towards the limits"},
  },
  wanted = function(c, norm)
    return c.rate * between(norm, c.min_value, c.max_value) + (1 - c.rate) * norm
  end,
}

norm_constraint{
  name = "UnitNorm", aliases = {"unit_norm"},
  doc = "the weights of each unit have length 1", formula = "w / (|w| + 1e-7)", example = "UnitNorm()",
  arguments = {},
  wanted = function() return 1 end,
}

constraint{
  name = "NonNeg", aliases = {"non_neg"},
  doc = "no weight is negative", formula = "max(w, 0)",
  example = "Dense{8, kernel_constraint = NonNeg(), input_shape = {4}}",
  apply = function(_, w) return op.binary(w, 0, {["function"] = "maximum"}) end,
}

constraint_of_functions{apply = function(c, w) return c["function"](w) end}
