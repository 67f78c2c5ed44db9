-- images.lua: how kernels go through one image after the other: its axes, its random numbers, what becomes of it.

local lib = lib
local expression = lib.module("expression")

local images = {}

-- The numbers of rows, columns and channels of an image, how far apart in memory neighbours are, and at(i, j, c): C for a place.
function images.axes(attr, shape)
  local first = attr.channels_first
  local rows, columns, channels = table.unpack(first and {shape[2], shape[3], shape[1]} or shape)
  local axes = {rows = rows, columns = columns, channels = channels, pixels = rows * columns, numbers = rows * columns * channels}
  axes.row, axes.column = first and columns or columns * channels, first and 1 or channels
  axes.channel = first and axes.pixels or 1
  function axes.at(i, j, c)
    return expression.sum(expression.product(i, axes.row), expression.product(j, axes.column), expression.product(c, axes.channel))
  end
  return axes
end

-- A constant as C has it in double.
function images.double(x)
  local text = ("%.15g"):format(x)
  if tonumber(text) ~= x then text = ("%.17g"):format(x) end
  return text:find("[.en]") and text or text .. ".0"
end

-- C for a number from min to max, which random word number `word` decides.
function images.drawn(word, min, max)
  if min == max then return images.double(min) end
  return ("%s + %s * (word[%d] * 0x1p-32)"):format(images.double(min), images.double(max - min), word)
end

-- What becomes of an image after it was read, in order: {image = a function that makes another one, number =, seed =, turn = C for
-- which of the draws of one seed it is} or {scale =, offset =, made = how many were made before, count = of its numbers}; and how
-- many are made. `scaled`: reading did what the first node says.
function images.stages(node, scaled)
  local stages, made = {}, 0
  for _, part in ipairs{node, table.unpack(node.fused)} do
    local attr = part.attr
    local scales = attr.scale ~= 1 or attr.offset ~= 0
    if scales and not (scaled and part == node) then
      stages[#stages + 1] = {scale = attr.scale, offset = attr.offset, made = made, count = part.ins[1].count}
    end
    if attr.seed then
      made = made + 1
      stages[#stages + 1] = {image = lib.image_function(part), number = made, seed = attr.seed,
        turn = attr.rounds > 0 and expression.sum(attr.turn * attr.rounds, "t") or attr.turn}
    end
  end
  return stages, made
end

-- C for what becomes of a number.
function images.scaled(number, scale, offset)
  return number .. (scale == 1 and "" or " * " .. lib.hex(scale)) .. (offset == 0 and "" or " + " .. lib.hex(offset))
end

return images
