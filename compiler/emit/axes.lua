-- axes.lua: loops over tensors of which some are repeated along axes: as few as will do, so that the innermost is long.

local axes = {}

-- How far apart in memory neighbours are along each axis of y, aligned at the end; 0 where x is repeated.
local function strides(x, y)
  local list, stride, missing = {}, 1, #y - #x
  for axis = #y, 1, -1 do
    local size = x[axis - missing] or 1
    list[axis] = size == 1 and 0 or stride
    stride = stride * size
  end
  return list
end

local function continues(outer, inner)
  for k, stride in ipairs(inner) do
    if outer[k] ~= inner.size * stride then return false end
  end
  return true
end

-- The loops that visit all of y, from the outermost on, given the shapes of y and of operands that are broadcast to it:
-- {size =, the stride of each operand}, in numbers. Axes that all operands walk as if they were one are one.
function axes.of(y, operands)
  local walks, list = {}, {}
  for k, x in ipairs(operands) do walks[k] = strides(x, y) end
  for axis, size in ipairs(y) do
    local loop = {size = size}
    for k, walk in ipairs(walks) do loop[k] = walk[axis] end
    local outer = list[#list]
    if outer and size > 1 and continues(outer, loop) then
      loop.size = outer.size * size
      list[#list] = loop
    elseif size > 1 then
      list[#list + 1] = loop
    end
  end
  return list
end

-- y with size 1 at those of its axes, counted from 0, that are in the list.
function axes.with_ones(y, reduced)
  local shape = table.move(y, 1, #y, 1, {})
  for _, axis in ipairs(reduced) do shape[axis + 1] = 1 end
  return shape
end

-- The shape with axes of size 1 in front, to as many as `rank`.
function axes.aligned(shape, rank)
  local list = table.move(shape, 1, #shape, rank - #shape + 1, {})
  for axis = 1, rank - #shape do list[axis] = 1 end
  return list
end

-- Names for the indices of loops, from the outermost on.
axes.names = {"p", "q", "r", "s", "t", "u"}

return axes
