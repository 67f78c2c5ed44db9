-- nest.lua: the nest of a kernel's loops (struct nest of graph.h) as templates want it: tiles of columns, and where weights are.

-- RUN: as many products are added one after the other; the roundings of one long sum would grow with its length.
local nest = {RUN = lib.unit.run}
local plus, times = lib.module("expression").plus, lib.module("expression").times

-- Where column tap j of position p reads, for a tile that starts at column o of the output: an input column relative to
-- o (in input columns), or nil if the stride passes it by.
local function column(s, p, j)
  if not s.transposed then return p * s.sw + j * s.dw - s.left end
  local t = p + s.left - j * s.dw
  if t % s.sw == 0 then return t // s.sw end
end

-- The tile of n columns at output column o: the column that tap j of position p reads, relative to the tile's first (ix[p][j]);
-- the taps that read any, and the positions that read with each; `inside` if no tap can fall outside the input.
local function tile_at(s, o, n)
  local tile = {n = n, ix = {}, taps = {}, readers = {}, inside = true}
  local start = s.transposed and o // s.sw or o * s.sw
  for p = 0, n - 1 do
    tile.ix[p] = {}
    for j = 0, s.KW - 1 do
      local ix = column(s, p, j)
      if ix and start + ix >= 0 and start + ix < s.W then
        tile.ix[p][j] = ix
        tile.readers[j] = tile.readers[j] or {}
        table.insert(tile.readers[j], p)
        tile.min = math.min(tile.min or ix, ix)
      elseif ix then
        tile.inside = false
      end
    end
  end
  for j = 0, s.KW - 1 do
    if tile.readers[j] then table.insert(tile.taps, j) end -- that meet the input
  end
  tile.min = tile.min or -start -- no tap at all: the bias alone
  tile.ox, tile.base = o, tostring(start + tile.min)
  return tile
end

local MOST_TAPS <const> = 32

-- By how many columns tap j of a tile reads behind the tap before it, of which it has the readers; nil: it has others.
local function step_to(tile, j)
  local before, step = tile.readers[j - 1], nil
  if not before or #before ~= #tile.readers[j] then return nil end
  for i, p in ipairs(tile.readers[j]) do
    local own = tile.ix[p][j - 1] and tile.ix[p][j] - tile.ix[p][j - 1]
    if p ~= before[i] or step and own ~= step then return nil end
    step = own
  end
  return step
end

-- The taps of a tile in order, as runs: {first =, count =, step = the columns between two}. Where a row has many, those that the
-- same positions read are one loop: written out, a kernel of audio (256 taps) would be a megabyte of C.
function nest.tap_runs(s, tile)
  local runs = {}
  for _, j in ipairs(tile.taps) do
    local last, step = runs[#runs], s.KW > MOST_TAPS and step_to(tile, j) or nil
    if last and step and (last.count == 1 or last.step == step) then
      last.count, last.step = last.count + 1, step
    else
      runs[#runs + 1] = {first = j, count = 1}
    end
  end
  return runs
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
  local whole = (tile.filters or tile.vectors) * step % panel == 0 -- vectors beside filters are of columns
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

-- A sum of more than RUN products is added in runs, whose sums are added to a total: of channels in a row of taps, or of rows.
-- They follow from the nest and the partial sums alone: with another tile the bits are the same.
local function runs(s)
  local row = s.KW * s.C // s.splits
  s.long = s.KH * row > nest.RUN
  s.channel_run = row > nest.RUN and s.C > s.splits and math.max(1, nest.RUN // s.KW) or nil
  s.row_run = math.max(1, nest.RUN // row)
end

-- All that a template needs to print the loops of `node`. lanes: floats of a vector. columns: how many the input has that is
-- read, if not all of the nest's.
function nest.loops(node, lanes, columns)
  local n, tile = node.nest, node.tile
  local s = nest.geometry(n)
  s.W, s.OW = columns or s.W, columns or s.OW
  s.block = n.vectors ~= "channels"
  s.transposed, s.depthwise, s.order = n.transposed, n.depthwise, n.order
  s.multiplier = n.depthwise and n.multiplier or 1
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
  runs(s)
  return s
end

-- With wide borders a tile can lie where no tap meets the input: then nothing is read.
function nest.reads(tiles)
  for _, tile in ipairs(tiles) do
    if #tile.taps > 0 then return true end
  end
  return false
end

-- The name of the accumulator of row r, position p, output k; and of a partial sum of it.
function nest.accumulator(s, r, p, k)
  local name = s.ph > 1 and ("a%d_%d"):format(r, p) or ("a%d"):format(p)
  return s.outputs > 1 and ("%s_%d"):format(name, k) or name
end

function nest.partial_sum(accumulator, part)
  return part > 0 and ("%s_part%d"):format(accumulator, part) or accumulator
end

-- All of a tile with nk outputs.
function nest.accumulators(s, tile, nk)
  local names = {}
  for r = 0, s.ph - 1 do
    for p = 0, tile.n - 1 do
      for k = 0, nk - 1 do names[#names + 1] = nest.accumulator(s, r, p, k) end
    end
  end
  return names
end

-- The totals of the accumulators of rows r0..r1: of each its name, and the accumulator or partial sum that it is `of`.
function nest.totals(s, tile, nk, r0, r1)
  local totals = {}
  for r = r0, r1 do
    for p = 0, tile.n - 1 do
      for k = 0, nk - 1 do
        for part = 0, s.splits - 1 do
          local of = nest.partial_sum(nest.accumulator(s, r, p, k), part)
          totals[#totals + 1] = {of = of, name = of .. "_total"}
        end
      end
    end
  end
  return totals
end

-- "a0 = b0", ...: what they and their partial sums begin with.
function nest.first_sums(s, tile, nk, bias)
  local texts = {}
  for i, a in ipairs(nest.accumulators(s, tile, nk)) do
    for part = 0, s.splits - 1 do
      texts[#texts + 1] = nest.partial_sum(a, part) .. " = " .. (bias and part == 0 and "b" .. (i - 1) % nk or "vzero()")
    end
  end
  return texts
end

-- Taps read columns that others have read. Can these not stay in registers beside the accumulators and weights?
function nest.must_reload(s, tile, nk, lanes, registers)
  return lanes > 1 and s.KW > 1 and s.ph * tile.n * nk + nk + tile.n + s.KW > registers
end

-- Those of the pool's window q.
function nest.window_cells(s, q, k)
  local names = {}
  for cell = 0, s.ph * s.pw - 1 do
    names[#names + 1] = nest.accumulator(s, cell // s.pw, q * s.pw + cell % s.pw, k)
  end
  return names
end

-- C for the input row that tap i of output row r reads; with a stride the gradient's is ty / stride where that is whole.
function nest.input_row(s, r)
  local oy = s.out_rows == 1 and "0" or "oy"
  local i = s.KH > 1 and times("i", s.dh) or "0"
  if s.transposed then
    local row = plus(oy, s.top)
    return i == "0" and row or ("%s - %s"):format(row, i)
  end
  local row = plus(times(plus(times(oy, s.ph), r), s.sh), i)
  return s.top > 0 and ("%s - %d"):format(row, s.top) or row
end

-- That row as its products name it: a variable, unless it is the first whatever happens.
function nest.row(s, r)
  return s.ph == 1 and not s.clips_rows and nest.input_row(s, r) == "0" and "0" or "iy" .. r
end

-- C for the place in the input that a tile's products of row r start from.
function nest.input_at(s, tile, r)
  local at = times(plus(times(nest.row(s, r), s.W), tile.base), s.x_step)
  return s.groups > 1 and plus(at, "g * " .. s.C * s.x_c) or at
end

-- C for the channel of the k-th output from f on, each of `step` channels.
function nest.output_channel(s, f, k, step)
  local channel = math.tointeger(f) and tostring(f + k * step) or plus(f, k * step)
  return s.groups > 1 and plus("g * " .. s.F, channel) or channel
end

-- C for the place of that output's number q of a tile (pooled positions count once).
function nest.output_at(s, tile, q, channel, lanes)
  local ox = s.pw > 1 and tile.to and ("%s / %d"):format(tile.ox, s.pw) or s.pw > 1 and tostring(tile.ox // s.pw) or tile.ox
  local position = plus(plus(s.out_rows > 1 and times("oy", s.out_columns) or "0", ox), q)
  return times(plus(times(position, s.y_channels), channel), lanes)
end

-- The gradient of a kernel: runs of output columns where the same of the taps j0..j1 meet the input, if any does: {from, to, taps}.
-- Only where all of them do a run has several columns.
function nest.column_runs(g, j0, j1)
  local function inside(ox)
    local taps = {}
    for j = j0, j1 do
      local ix = ox * g.sw + j * g.dw - g.left
      if ix >= 0 and ix < g.W then taps[#taps + 1] = j end
    end
    return taps
  end
  local runs, ox = {}, 0
  while ox < g.OW do
    local run = {from = ox, to = ox + 1, taps = inside(ox)}
    while run.to < g.OW and #run.taps == j1 - j0 + 1 and #inside(run.to) == #run.taps do run.to = run.to + 1 end
    if #run.taps > 0 then runs[#runs + 1] = run end
    ox = run.to
  end
  return runs
end

-- C for the column that tap j reads for output column ox, a number or C text.
function nest.tap_column(g, ox, j)
  local expression = lib.module("expression")
  return expression.sum(expression.product(ox, g.sw), j * g.dw - g.left)
end

-- C for the place in row `xr` that tap j reads for output column p, or `zeros` where it is outside.
function nest.tap_or_zeros(g, j, lanes)
  local shift, conditions = j * g.dw - g.left, {}
  local column = g.sw > 1 and "p * " .. g.sw or "p"
  if shift ~= 0 then column = ("%s %s %d"):format(column, shift < 0 and "-" or "+", math.abs(shift)) end
  if shift < 0 then conditions[1] = column .. " >= 0" end
  if (g.OW - 1) * g.sw + shift >= g.W then conditions[#conditions + 1] = ("%s < %d"):format(column, g.W) end
  local at = ("xr + (%s) * %d"):format(column, g.x_channels * lanes)
  return #conditions == 0 and at or ("%s ? %s : zeros"):format(table.concat(conditions, " && "), at)
end

-- The sums of taps j0..j1 of nc channels, in `vectors` of filters: of each its name, its distance from the first in the
-- gradient, and how many filters it has if it is not whole.
function nest.gradient_sums(g, j0, j1, nc, vectors)
  local sums = {}
  for j = j0, j1 do
    for c = 0, nc - 1 do
      for _, v in ipairs(vectors) do
        sums[#sums + 1] = {name = ("a%d_%d_%d"):format(j, c, v.number), rest = v.rest,
          at = ((j - j0) * g.C + c) * g.y_channels + v.first}
      end
    end
  end
  return sums
end

-- The same of the taps of rows i0..i1 of a window, one for each channel.
function nest.window_sums(g, i0, i1)
  local sums = {}
  for i = i0, i1 do
    for j = 0, g.KW - 1 do sums[#sums + 1] = {name = ("a%d_%d"):format(i, j), at = (i * g.KW + j) * g.y_channels} end
  end
  return sums
end

-- How many stretches along an axis a tensor has, and how many numbers lie at one place of it.
function nest.around(shape, axis, lanes)
  local outer, inner = 1, lanes
  for i, size in ipairs(shape) do
    if i <= axis then outer = outer * size elseif i > axis + 1 then inner = inner * size end
  end
  return outer, inner
end

nest.no_epilogue = no_epilogue
return nest
