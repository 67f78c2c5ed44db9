-- small.lua: the numbers of the kernels whose loops are rolled, which are arguments where the layers that share a kernel differ.

local expression, nest = lib.module("expression"), lib.module("nest")

local small = {expression = expression}

-- By the names of arguments: of the forward op, whichever of its gradients `node` is; x is read by it and y made. Weights of
-- what is transposed are those of the channels of x, and of the filters of y.
local function numbers(node, lanes)
  local g, cells = nest.geometry(node.nest), node.nest.pool
  if node.nest.transposed then
    g.H, g.W, g.OH, g.OW = g.OH, g.OW, g.H, g.W
    g.x_channels, g.y_channels = g.y_channels, g.x_channels
  end
  local channels = g.x_channels // g.groups
  -- Weights of filter after filter, or as the parameter is, of tap after tap; one of each is both.
  local packed = #node.ins[2].shape == 3 or g.y_channels == 1 or g.KH * g.KW * channels == 1
  return {
    groups = g.groups, border = g.border, pool_rows = cells[1], pool_columns = cells[2],
    out_rows = g.OH // cells[1], out_columns = g.OW // cells[2], rows = g.H, columns = g.W,
    x_row = g.W * g.x_channels, x_column = g.x_channels, window_rows = g.KH, window_columns = g.KW,
    stride_rows = g.sh, stride_columns = g.sw, dilation_rows = g.dh, dilation_columns = g.dw, top = g.top, left = g.left,
    channels = channels, count = node.y.count * lanes, filters = g.y_channels, group_filters = g.y_channels // g.groups,
    weight_tap = node.nest.tap_stride, weight_group = node.nest.group_stride, weight_filter = node.nest.channel_stride,
    weight_channel = node.nest.panel > 0 and node.nest.panel_stride or node.nest.filter_stride,
    tap_step = packed and 1 or g.y_channels, filter_step = packed and g.KH * g.KW * channels or 1, run = g.KW * channels,
  }
end

-- A table of the arguments with these names, as C, and of what all who share the kernel agree on.
function small.arguments(node, lanes, agreed, names)
  local values, list = numbers(node, lanes), {}
  for name in agreed:gmatch("[%w_]+") do list[name] = lib.agree(name, values[name]) end
  for name in names:gmatch("[%w_]+") do list[name] = lib.argument(name, values[name]) end
  list.border = list.border ~= false -- in doubt there is one
  return list
end

-- Are its products more than are added one after the other, as the second result says? Or, of the gradient of a kernel, its
-- positions?
function small.is_long(node, of_positions)
  local g = nest.geometry(node.nest)
  return (of_positions and g.OH * g.OW or g.KH * g.KW * g.C) > nest.RUN, nest.RUN
end

-- C for the input row and column of a tap; (p, q) is a cell of the window of a pool behind.
local function place(a, axis, before, at, cell, tap)
  at = expression.sum(expression.product(at, a["pool_" .. axis] or 1), cell)
  at = expression.sum(expression.product(at, a["stride_" .. axis]), expression.product(tap, a["dilation_" .. axis]))
  return a.border and expression.difference(at, before) or at
end

function small.row(a, oy, p, i)
  return place(a, "rows", a.top, oy, p, i)
end

function small.column(a, ox, q, j)
  return place(a, "columns", a.left, ox, q, j)
end

return small
