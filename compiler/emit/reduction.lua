-- reduction.lua: the axes of a tensor that templates/kernel/reduction.c.in reduces, and how vectors lie on them.

local reduction = {}

local axes, expression = lib.module("axes"), lib.module("expression")

-- Of x, whose shape has size 1 in `ones` where axes go. V: floats of a vector; small: does size count?
--   kept, gone   axes that stay, and axes that go, from the outermost on: {size =, step in x, step in y}
--   last         one that stays and is the last, so that sums lie along vectors; false: there is none
--   vectors      of neighbours, of sums or of what is summed; rest: the numbers behind the last whole one
--   width        sums that are added to in turn, as additions take long
function reduction.of(x, ones, lanes, V, small)
  local r = {kept = {}, gone = {}, last = false}
  for _, axis in ipairs(axes.of(x.shape, {x.shape, ones})) do
    table.insert(axis[2] > 0 and r.kept or r.gone, axis)
  end
  if #r.kept > 0 and r.kept[#r.kept][1] == 1 then r.last = table.remove(r.kept) end
  if not r.last and #r.gone == 0 then r.gone[1] = {size = 1, 1, 0} end
  local numbers = (r.last or r.gone[#r.gone]).size * lanes
  r.vectors, r.rest = numbers // V, numbers % V
  r.width = math.min(r.vectors, small and 1 or r.last and 8 or r.vectors >= 8 and 4 or 1)
  return r
end

-- C for the places in x and y that the indices of the axes that stay have; y_lanes: floats of a number of y.
function reduction.places(r, lanes, y_lanes)
  local from, to = "x", 0
  for j, axis in ipairs(r.kept) do
    local index = axes.names[j]
    from = expression.sum(from, expression.product(index, lib.argument("step_" .. j, axis[1] * lanes)))
    to = expression.sum(to, expression.product(index, lib.argument("to_step_" .. j, axis[2] * y_lanes)))
  end
  return from, to
end

return reduction
