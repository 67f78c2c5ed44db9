-- winograd.lua: the tiles of a convolution in the manner of Winograd, as templates/kernel/winograd.c.in prints them.

local winograd = {}
local vector = lib.module("vector")

local function plus(a, b) return b == 0 and a or ("%s + %d"):format(a, b) end
winograd.plus = plus

-- The geometry of the image and its tiles; V: floats of a vector.
function winograd.tiles(node, V)
  local x, y, tile = node.ins[1].shape, node.outs[1].shape, node.tile
  local block, pooled = node.nest.vectors == "samples", node.epilogue.pool ~= "none"
  local s = {H = x[1], W = x[2], C = x[3], OH = y[1], OW = y[2], F = y[3], top = node.attr.pads[1], left = node.attr.pads[3],
    block = block, pooled = pooled, group = tile.group, tiles = tile.tiles, shares = tile.shares,
    row = node.nest.input_channels, -- channels of a transformed tile, and the gap behind them
    tile_rows = pooled and y[1] // 2 or (y[1] + 1) // 2, tile_columns = pooled and y[2] // 2 or (y[2] + 1) // 2,
    L = block and V or 1, step = block and 1 or V} -- floats of a number in memory; channels of a vector
  s.times_L = s.L > 1 and " * " .. s.L or ""
  s.all = s.tile_rows * s.tile_columns
  s.last = s.all - ((s.all + s.tiles - 1) // s.tiles - 1) * s.tiles -- tiles of the last strip
  s.plane, s.sums_plane = s.tiles * s.row * s.L, s.tiles * s.group * s.L
  return s
end

-- C for input (i, j) of a tile from channel c on, of which `rest` are there if not a whole vector: of one inside the image, and of
-- one at its border.
function winograd.load_inside(s, i, j, c, rest)
  return vector.load(("%s + %s"):format(plus("from", (i * s.W + j) * s.C * s.L), c), rest)
end

function winograd.load_at_border(_, i, j, c, rest)
  return ("at[%d] ? %s : vzero()"):format(4 * i + j, vector.load(("at[%d] + %s"):format(4 * i + j, c), rest))
end

-- C for the place of cell (i, j) of a tile in the array `base`.
function winograd.place(s, base, i, j)
  local row = s.pooled and "ty" or i == 0 and "2 * ty" or "(2 * ty + 1)"
  local column = s.pooled and "tx" or j == 0 and "2 * tx" or "2 * tx + 1"
  return ("%s + ((%s * %d + %s) * %d + group + k)%s"):format(base, row, s.pooled and s.tile_columns or s.OW, column, s.F, s.times_L)
end

-- C for whether that cell is one of the outputs, if some are not.
function winograd.condition(s, i, j)
  local row = i == 1 and s.OH % 2 == 1 and ("2 * ty + 1 < %d"):format(s.OH)
  local column = j == 1 and s.OW % 2 == 1 and ("2 * tx + 1 < %d"):format(s.OW)
  return row and column and row .. " && " .. column or row or column
end

return winograd
