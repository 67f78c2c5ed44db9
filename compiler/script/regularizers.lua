-- regularizers.lua: penalties for parameters, which training adds to the loss. `doc`, `formula` and `example` of each are what
-- `cnnc help` and the manual page print.
--
-- `penalty(r)`: what the loss gets for each number w of the parameter: l1 * |w| + l2 * w^2. Without it `value(r, w)` is what
-- the loss gets for the parameter, by ops.

local cnnc = ...
local op = cnnc.op
local define, _, of_functions = cnnc.arguments.kind("regularizer")

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

local function unary(x, name) return op.unary(x, {["function"] = name}) end
local function sum(x, axes, keepdims) return op.reduce(x, {["function"] = "sum", axes = axes, keepdims = keepdims}) end

-- keras/src/regularizers/regularizers.py; keras/src/utils/numerical_utils.py leaves rows of zeros as they are.
define{
  name = "OrthogonalRegularizer", aliases = {"orthogonal_regularizer"},
  doc = "rows, or columns, of a matrix become orthogonal to each other",
  formula = "factor * mean of |cosine of a and b| over all pairs of rows a and b",
  example = "Dense{8, kernel_regularizer = OrthogonalRegularizer{0.01}, input_shape = {4}}",
  arguments = {row("factor", 0.01, "mean"), {"mode", {"rows", "columns"}, default = "rows", doc = "what becomes orthogonal"}},
  value = function(r, w)
    if #w.shape ~= 2 then
      cnnc.fail_here(string.format("OrthogonalRegularizer needs a matrix, not a parameter of %s", cnnc.shape_text(w.shape)))
    end
    local rows = r.mode == "rows" and w or op.permute(w, {order = {1, 0}})
    local size = rows.shape[1]
    local length = unary(sum(rows * rows, {1}, true), "sqrt")
    local unit = rows / op.select(op.binary(length, 0, {["function"] = "equal"}), 1, length)
    local products = unary(op.batch_matmul(unit, unit, {transpose_b = true}), "abs")
    return r.factor / (size * (size - 1)) * (sum(products) - sum(unary(unit * unit, "abs")))
  end,
}

of_functions{value = function(r, w) return r["function"](w) end}

local function squares_and_sizes(r, x)
  local l1, l2 = cnnc.fields[r].spec.penalty(r)
  local total
  for _, term in ipairs{{l1, unary(x, "abs")}, {l2, x * x}} do
    local part = term[1] > 0 and term[1] * sum(term[2])
    total = part and total and total + part or part or total
  end
  return total
end

-- What the loss gets for a tensor, by ops; nil: nothing.
function cnnc.regularization(r, x)
  local spec = cnnc.fields[r].spec
  if spec.penalty then return squares_and_sizes(r, x) end
  return spec.value(r, x)
end
