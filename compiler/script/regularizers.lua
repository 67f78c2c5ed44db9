-- regularizers.lua: penalties for parameters, which training adds to the loss. `doc`, `formula` and `example` of each are what
-- `cnnc help` and the manual page print.
--
-- `penalty(r)`: what the loss gets for each number w of the parameter: l1 * |w| + l2 * w^2.

local cnnc = ...
local define = cnnc.arguments.kind("regularizer")

local function row(name, default, what)
  return {name, "number", min = 0, default = default, doc = "factor of the " .. what}
end

local ABSOLUTE, SQUARES <const> = "absolute values", "squares"

define{
  name = "L1", aliases = {"l1"},
  doc = "the sum of the absolute values: parameters that matter little become 0",
  formula = "l1 * sum of |w|",
  example = "Dense{8, kernel_regularizer = L1(1e-4), input_shape = {4}}",
  arguments = {row("l1", 0.01, ABSOLUTE)},
  penalty = function(r) return r.l1, 0.0 end,
}

define{
  name = "L2", aliases = {"l2"},
  doc = "the sum of the squares: parameters stay small",
  formula = "l2 * sum of w^2",
  example = "Dense{8, kernel_regularizer = L2(1e-4), input_shape = {4}}",
  arguments = {row("l2", 0.01, SQUARES)},
  penalty = function(r) return 0.0, r.l2 end,
}

define{
  name = "L1L2", aliases = {"l1_l2"},
  doc = "both",
  formula = "l1 * sum of |w| + l2 * sum of w^2",
  example = "Dense{8, kernel_regularizer = L1L2{l1 = 1e-5, l2 = 1e-4}, input_shape = {4}}",
  arguments = {row("l1", 0.0, ABSOLUTE), row("l2", 0.0, SQUARES)},
  penalty = function(r) return r.l1, r.l2 end,
}
