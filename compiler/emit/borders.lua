-- borders.lua: which places of an axis stand in a border around it, as C.

local borders = {}
local expression = lib.module("expression")
local nest = lib.module("nest")

-- Of a border of `count` places around `size`: from `first` to `last` stand x's own, if there are any, and in front of them and
-- behind what comes when x is gone through to and fro.
local function numbers_of(attr, size, count, inner)
  local first = math.min(math.max(attr.before, 0), count)
  local last = math.min(math.max(attr.before + size, first), count)
  local period = attr.mode == "wrap" and size or attr.mode == "symmetric" and 2 * size or 2 * size - 2
  return {size = size, first = first, last = last, count = count, period = period, run = inner, own = (last - first) * inner,
    y_first = first * inner, x_first = last > first and (first - attr.before) * inner or 0,
    shift = period > 0 and -attr.before % period or 0, mirror = attr.mode == "symmetric" and period - 1 or period}, last > first
end

-- x, y: the tensors without and with the border that `attr` says.
function borders.sizes(x, y, attr, lanes)
  local outer, inner = nest.around(y.shape, attr.axis, lanes)
  local size, count = x.shape[attr.axis + 1], y.shape[attr.axis + 1]
  local numbers, has_own = numbers_of(attr, size, count, inner)
  numbers.stretches, numbers.x_stretch, numbers.y_stretch = outer, size * inner, count * inner
  local s = {has_own = has_own, mode = size == 1 and "edge" or attr.mode}
  for _, name in ipairs(lib.sorted_keys(numbers)) do s[name] = lib.argument(name, numbers[name]) end
  return s
end

-- Which place of x stands at place i of y, one of those from `begin` to `stop` in front of x's own or behind them: C.
function borders.place(s, i, begin, stop, is_behind)
  if s.mode == "edge" then return is_behind and expression.difference(s.size, 1) or 0 end
  local known = math.type(s.shift) and math.type(s.period) and math.type(s.mirror) and stop == expression.sum(begin, 1)
  local turned = known and (begin + s.shift) % s.period or ("(%s) %% %s"):format(expression.sum(i, s.shift), s.period)
  if s.mode == "wrap" then return turned end
  if known and math.type(s.size) then return turned < s.size and turned or s.mirror - turned end
  return ("turned < %s ? turned : %s - turned"):format(s.size, s.mirror), turned
end

return borders
