-- elementwise.lua: where templates/kernel/elementwise.c.in finds the numbers of operands that are repeated along axes.

local elementwise = {}

local axes, expression = lib.module("axes"), lib.module("expression")
local sum, product = expression.sum, expression.product

-- The loops over y around those along vectors, `outer`, and the innermost, `inner`. Sets of each operand the floats of a number,
-- and whether it `walks` with the innermost; `by_numbers`: a vector holds one number of several samples, and what walks is
-- the same for all of them, so that it cannot be loaded as one.
function elementwise.of(operands, y, lanes)
  local shapes = {y.shape}
  for k, x in ipairs(operands) do shapes[k + 1] = x.tensor.shape end
  local s = {outer = axes.of(y.shape, shapes), lanes = lanes, by_numbers = false}
  s.inner = table.remove(s.outer) or {size = 1, 1}
  for k, x in ipairs(operands) do
    x.number, x.floats, x.walks = k + 1, x.tensor.shared and 1 or lanes, (s.inner[k + 1] or 0) > 0
    s.by_numbers = s.by_numbers or lanes > 1 and x.tensor.shared and x.walks
  end
  return s
end

-- C for the place that the outer loops lead to, of operand x or (nil) of y, whose numbers are so many floats.
function elementwise.place(s, x, floats)
  local at = 0
  for j, axis in ipairs(s.outer) do
    local stride = lib.argument(("%s_step_%d"):format(x and x.name or "y", j), axis[x and x.number or 1] * floats)
    at = sum(at, product(axes.names[j], stride))
  end
  return at
end

-- C for the address of an operand there.
function elementwise.here(s, x)
  return sum(x.name, elementwise.place(s, x, x.floats))
end

-- C for the operands, by load(x) of those that walk.
function elementwise.values(operands, load)
  local list = {}
  for k, x in ipairs(operands) do list[k] = x.walks and load(x) or x.value end
  return table.unpack(list)
end

return elementwise
