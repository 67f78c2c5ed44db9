-- nest.lua: the nest of a kernel's loops (struct nest of graph.h) as templates want it: tiles of columns, and where weights are.

local nest = {}

-- Where column tap j of position p reads, for a tile that starts at column o of the output: an input column relative to
-- o (in input columns), or nil if the stride passes it by.
local function column(s, p, j)
  if not s.transposed then return p * s.sw + j * s.dw - s.left end
  local t = p + s.left - j * s.dw
  if t % s.sw == 0 then return t // s.sw end
end

-- The tile of n columns at output column o; `inside` if no tap can fall outside the input.
local function tile_at(s, o, n)
  local tile = {n = n, ix = {}, any = {}, inside = true}
  local start = s.transposed and o // s.sw or o * s.sw
  for p = 0, n - 1 do
    tile.ix[p] = {}
    for j = 0, s.KW - 1 do
      local ix = column(s, p, j)
      if ix and start + ix >= 0 and start + ix < s.W then
        tile.ix[p][j] = ix
        tile.any[j] = true
        tile.min = math.min(tile.min or ix, ix)
      elseif ix then
        tile.inside = false
      end
    end
  end
  tile.min = tile.min or -start -- no tap at all: the bias alone
  tile.ox, tile.base = o, tostring(start + tile.min)
  return tile
end

-- Turns a run of equal tiles into one loop over ox.
local function loop(s, tile, from, to)
  tile.from, tile.to, tile.ox = from, to, "ox"
  local start = s.transposed and s.sw > 1 and ("ox / %d"):format(s.sw) or s.sw > 1 and not s.transposed
    and ("ox * %d"):format(s.sw) or "ox"
  tile.base = tile.min == 0 and start or ("%s %s %d"):format(start, tile.min < 0 and "-" or "+", math.abs(tile.min))
  return tile
end

-- Cuts `columns` output columns into tiles of n.
local function tiles(s, columns, n)
  local list, o = {}, 0
  while o < columns do
    local tile = tile_at(s, o, math.min(n, columns - o))
    local to = o + tile.n
    if tile.inside and tile.n == n then
      while to + n <= columns and tile_at(s, to, n).inside do to = to + n end
    end
    list[#list + 1] = to > o + tile.n and loop(s, tile, o, to) or tile
    o = to
  end
  return list
end

-- Where the weights of an output are in the array: k_at(k) is the distance from the first output of a tile to the k-th,
-- weights_at(f) C for the place of output f, a number or C text. `step`: channels of an output of the tile.
local function weights(s, n, tile, step)
  local panel, size = n.panel, n.panel_stride
  if panel == 0 then
    s.k_at = function(k) return k * step * n.filter_stride end
    s.weights_at = function(f)
      local at = f
      if n.filter_stride > 1 then
        at = tonumber(f) and ("%d"):format(math.tointeger(f) * n.filter_stride) or ("f * %d"):format(n.filter_stride)
      end
      return s.groups > 1 and ("g * %d + %s"):format(n.group_stride, at) or at
    end
    return
  end
  local whole = tile.filters and tile.filters % panel == 0 or tile.vectors and tile.vectors * step % panel == 0
  s.k_at = function(k) return k * step // panel * size + k * step % panel end
  s.weights_at = function(f)
    local group = s.groups > 1 and ("g * %d + "):format(n.group_stride) or ""
    if not tonumber(f) then
      return whole and ("%sf * %d"):format(group, size // panel) or ("%sf / %d * %d + f %% %d"):format(group, panel, size, panel)
    end
    f = math.tointeger(f)
    return ("%s%d"):format(group, f // panel * size + f % panel)
  end
end

-- The geometry of a nest by its usual letters: H x W x x_channels is read, OH x OW x y_channels are made by a window of KH x KW;
-- C and F are the channels and filters of a group.
function nest.geometry(n)
  return {H = n.input[1], W = n.input[2], OH = n.output[1], OW = n.output[2], KH = n.size[1], KW = n.size[2],
    sh = n.strides[1], sw = n.strides[2], dh = n.dilation[1], dw = n.dilation[2], top = n.pads[1], left = n.pads[3],
    groups = n.groups, C = n.channels, F = n.filters, x_channels = n.input_channels, y_channels = n.output_channels,
    border = math.max(table.unpack(n.pads)) > 0}
end

local no_epilogue = {bias = false, nonlinearity = false, pool = "none", window = {1, 1}, argmax = false}

-- All that a template needs to print the loops of `node`. lanes: floats of a vector. columns: how many the input has that is
-- read, if not all of the nest's.
function nest.loops(node, lanes, columns)
  local n, tile = node.nest, node.tile
  local s = nest.geometry(n)
  s.W, s.OW = columns or s.W, columns or s.OW
  s.block = n.vectors ~= "channels"
  s.transposed, s.depthwise, s.order = n.transposed, n.depthwise, n.order
  s.tap_stride, s.c_stride = n.tap_stride, n.channel_stride
  s.x_step, s.x_c = n.input_column_stride, n.input_channel_stride
  weights(s, n, tile, s.block and 1 or lanes)
  s.ph, s.pw = n.pool[1], n.pool[2]
  s.outputs = tile.filters or tile.vectors
  s.splits = tile.sums or 1
  s.out_rows, s.out_columns = s.OH // s.ph, s.OW // s.pw
  s.tiles = tiles(s, s.out_columns * s.pw, tile.columns or 1)
  local last = (s.out_rows * s.ph - 1) * s.sh + (s.KH - 1) * s.dh - s.top
  s.clips_rows = s.transposed and (s.KH > 1 or s.sh > 1) or s.top > 0 or last >= s.H
  return s
end

nest.no_epilogue = no_epilogue
return nest
