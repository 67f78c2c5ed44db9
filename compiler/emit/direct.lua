-- direct.lua: the loop nests of direct.c.in, from the attributes of conv2d, matmul and their gradients.

local direct = {}

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

-- More bytes of weights than this do not stay in the first cache while the rows of an image pass: then all rows pass one
-- tile of outputs before the next. But when the rows that a row of a block's outputs reads are more than the second cache
-- can keep and the weights are not, all outputs of a few columns come first.
local MANY_WEIGHTS, MANY_INPUTS, TOO_MANY_WEIGHTS = 64 << 10, 256 << 10, 1 << 20

-- What a kernel does to its sums before it stores them: bias, act (the node of a nonlinearity), a pool and its window.
local function epilogue(s, node)
  s.pool, s.average, s.ph, s.pw = false, false, 1, 1
  s.act, s.argmax, s.bias = false, false, false
  for _, part in ipairs(node.fused) do
    if part.op == "binary" then
      s.bias = true
    elseif part.op == "unary" then
      s.act = part
    else
      s.pool, s.ph, s.pw = true, part.attr.pool[1], part.attr.pool[2]
      s.average = part.op == "average_pool2d"
      s.argmax = not s.average and part.outs[2].storage ~= "none"
    end
  end
end

-- Completes a nest: everything that follows from its geometry.
local function complete(s, node, outputs, positions, splits)
  epilogue(s, node)
  s.outputs, s.splits = outputs, splits or 1
  s.out_rows, s.out_columns = s.OH // s.ph, s.OW // s.pw
  local weight_bytes = s.KH * s.KW * s.C * s.F * s.groups * 4
  local band = ((s.ph - 1) * s.sh + (s.KH - 1) * s.dh + 1) * s.W * s.x_channels * s.x_c * 4
  s.columns_first = s.block and band > MANY_INPUTS and weight_bytes < TOO_MANY_WEIGHTS
  s.weights_stay = not s.columns_first and weight_bytes > MANY_WEIGHTS
  s.parallel = node.parallel
  s.tiles = tiles(s, s.out_columns * s.pw, positions)
  local last = (s.out_rows * s.ph - 1) * s.sh + (s.KH - 1) * s.dh - s.top
  s.clips_rows = s.transposed and (s.KH > 1 or s.sh > 1) or s.top > 0 or last >= s.H
  return s
end

-- How the kernel's memory is walked: canonical (taps, C, all outputs), or packed into panels (panels, taps * C, panel). An
-- output of the tile is `step` channels; k_at(k) is the k-th's distance from the first.
local function weights(s, node, total, step)
  local kernel = node.ins[2]
  local taps = s.KH * s.KW
  if #kernel.shape == 3 then
    local panel = kernel.shape[3]
    local size, panels = taps * s.C * panel, (s.F + panel - 1) // panel
    local whole = node.tile.filters and node.tile.filters % panel == 0
      or node.tile.vectors and node.tile.vectors * step % panel == 0
    s.tap_stride, s.c_stride = s.C * panel, panel
    s.k_at = function(k) return k * step // panel * size + k * step % panel end
    s.weights_at = function(f)
      local group = s.groups > 1 and ("g * %d + "):format(panels * size) or ""
      if not tonumber(f) then
        return whole and ("%sf * %d"):format(group, taps * s.C) or ("%sf / %d * %d + f %% %d"):format(group, panel, size, panel)
      end
      f = math.tointeger(f)
      return ("%s%d"):format(group, f // panel * size + f % panel)
    end
  else
    s.tap_stride, s.c_stride = s.C * total, total
    s.k_at = function(k) return k * step end
    s.weights_at = function(f) return s.groups > 1 and ("g * %d + %s"):format(s.F, f) or f end
  end
end

-- How far apart the input's columns and channels are, in floats.
local function input_steps(s, input, lanes)
  local planar = input.planar and not s.block
  s.x_step = planar and 1 or s.x_channels * lanes
  s.x_c = planar and s.H * s.W or lanes
end

-- conv2d, for a block of samples or for one.
function direct.conv2d(node, target_lanes, block)
  local a, x, y = node.attr, node.ins[1].shape, node.outs[1].shape
  local s = {block = block, transposed = false, H = x[1], W = x[2], OH = y[1], OW = y[2], KH = a.size[1], KW = a.size[2],
    sh = a.strides[1], sw = a.strides[2], dh = a.dilation[1], dw = a.dilation[2], top = a.pads[1], left = a.pads[3],
    groups = a.groups, C = x[3] // a.groups, F = y[3] // a.groups, x_channels = x[3], y_channels = y[3]}
  weights(s, node, y[3], block and 1 or target_lanes)
  input_steps(s, node.ins[1], block and target_lanes or 1)
  return complete(s, node, node.tile.filters or node.tile.vectors, node.tile.columns or 1, node.tile.sums)
end

-- conv2d of one sample whose groups are single channels: a vector of outputs reads the same channels of x.
function direct.conv2d_depthwise(node, lanes)
  local a, x, y = node.attr, node.ins[1].shape, node.outs[1].shape
  local s = {block = false, depthwise = true, transposed = false, H = x[1], W = x[2], OH = y[1], OW = y[2], KH = a.size[1],
    KW = a.size[2], sh = a.strides[1], sw = a.strides[2], dh = a.dilation[1], dw = a.dilation[2], top = a.pads[1],
    left = a.pads[3], groups = 1, C = 1, F = y[3], x_channels = x[3], y_channels = y[3]}
  weights(s, node, y[3], lanes)
  input_steps(s, node.ins[1], 1)
  return complete(s, node, node.tile.vectors, node.tile.columns)
end

-- conv2d of one sample with few channels: vectors run along the output's columns, in front of a pool along the pooled ones.
-- The input is split first, so that these lie side by side: every `step`-th column of it, for each of `step` residues.
function direct.conv2d_columns(node, lanes)
  local s = direct.conv2d(node, lanes, true)
  s.step = s.sw * s.pw
  s.vectors = (s.out_columns + lanes - 1) // lanes
  s.reach = ((s.pw - 1) * s.sw + (s.KW - 1) * s.dw) // s.step -- the farthest tap of a column
  s.split_columns = s.vectors * lanes + s.reach
  s.split_rows = math.max(s.H + s.top, (s.out_rows * s.ph - 1) * s.sh + (s.KH - 1) * s.dh + 1)
  return s
end

-- winograd, for a block of samples or for one: the geometry of its tiles, which are windows of a pool behind.
function direct.winograd(node, target_lanes, block)
  local a, x, y = node.attr, node.ins[1].shape, node.outs[1].shape
  local s = {block = block, H = x[1], W = x[2], C = x[3], OH = y[1], OW = y[2], F = y[3], top = a.pads[1], left = a.pads[3],
    group = node.tile.group, tiles = node.tile.tiles, shares = node.tile.shares}
  epilogue(s, node)
  s.tile_rows = s.pool and s.OH // 2 or (s.OH + 1) // 2
  s.tile_columns = s.pool and s.OW // 2 or (s.OW + 1) // 2
  s.lanes, s.step = block and target_lanes or 1, block and 1 or target_lanes
  s.row = s.C + s.step -- channels of a transformed tile, and the gap behind them
  return s
end

-- The products of `tiles` tiles with a group of filters, for one of the 16 numbers.
function direct.winograd_products(s, node, tiles)
  local p = {block = s.block, within = true, transposed = false, H = 1, W = tiles, OH = 1, OW = tiles, KH = 4, KW = 4, sh = 1,
    sw = 1, dh = 1, dw = 1, top = 0, left = 0, groups = 1, C = s.C, F = s.group, x_channels = s.row, y_channels = s.group}
  weights(p, node, s.F, s.step) -- of a kernel with 4x4 taps, of which these products take one
  p.KH, p.KW, p.x_step, p.x_c = 1, 1, s.row * s.lanes, s.lanes
  return complete(p, {fused = {}, parallel = false}, node.tile.filters or node.tile.vectors, node.tile.columns)
end

-- Its gradient with respect to x: dy takes x's place, and the kernel is walked the other way round.
function direct.conv2d_grad_input(node, target_lanes)
  local a, x, y = node.attr, node.ins[1].shape, node.outs[1].shape
  local filters = x[3] // a.groups
  local s = {block = true, transposed = true, H = x[1], W = x[2], OH = y[1], OW = y[2], KH = a.size[1], KW = a.size[2],
    sh = a.strides[1], sw = a.strides[2], dh = a.dilation[1], dw = a.dilation[2], top = a.pads[1], left = a.pads[3],
    groups = a.groups, C = filters, F = y[3] // a.groups, x_channels = x[3], y_channels = y[3]}
  s.tap_stride, s.c_stride = s.F * x[3], 1
  s.k_at = function(k) return k * x[3] end
  s.weights_at = function(f)
    local at = tonumber(f) and ("%d"):format(math.tointeger(f) * x[3]) or ("f * %d"):format(x[3])
    return s.groups > 1 and ("g * %d + %s"):format(filters, at) or at
  end
  input_steps(s, node.ins[1], target_lanes)
  return complete(s, node, node.tile.filters, node.tile.columns)
end

-- A 1x1 convolution of one row: matmul's positions are its columns.
local function flat(node)
  local x, y = node.ins[1], node.outs[1]
  local c, f = x.shape[#x.shape], y.shape[#y.shape]
  return {block = true, transposed = false, H = 1, W = x.count // c, OH = 1, OW = x.count // c, KH = 1, KW = 1, sh = 1,
    sw = 1, dh = 1, dw = 1, top = 0, left = 0, groups = 1, C = c, F = f, x_channels = c, y_channels = f}
end

function direct.matmul(node, target_lanes, block)
  local s = flat(node)
  s.block = block
  weights(s, node, s.F, block and 1 or target_lanes)
  input_steps(s, node.ins[1], block and target_lanes or 1)
  return complete(s, node, node.tile.filters or node.tile.vectors, node.tile.columns or 1, node.tile.sums)
end

function direct.matmul_grad_input(node, target_lanes)
  local s = flat(node)
  s.tap_stride, s.c_stride = s.C * s.F, 1
  s.k_at = function(k) return k * s.C end
  s.weights_at = function(f) return tonumber(f) and ("%d"):format(math.tointeger(f) * s.C) or ("f * %d"):format(s.C) end
  input_steps(s, node.ins[1], target_lanes)
  return complete(s, node, node.tile.filters, node.tile.columns)
end

return direct
