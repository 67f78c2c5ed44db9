-- windows.lua: the windows of a pool over an image, as C.

local windows = {}
local argument, agree, expression = lib.argument, lib.agree, lib.module("expression")

-- The cells of a window along rows (1) or columns (2): where its first one is, and between which two its real ones are. If some
-- can be outside, `clip` is the line that tells.
local function axis(index, count, i, attr, extent, first, last)
  local size, stride = argument("window_" .. index .. "s", attr.pool[i]), argument("stride_" .. index .. "s", attr.strides[i])
  local before, overhangs = argument(first .. "_border", attr.pads[2 * i - 1]), agree(last .. "_border", attr.pads[2 * i] > 0)
  local start = expression.product(count == 1 and 0 or index, stride)
  if before == 0 and overhangs == false then return {start = start, first = "0", last = tostring(size)} end
  local line = ("const int %s_start = %s"):format(index, expression.difference(start, before))
  if before ~= 0 then line = line .. (", %s = %s_start < 0 ? -%s_start : 0"):format(first, index, index) end
  if overhangs ~= false then
    local left = ("%s - %s_start"):format(extent(), index)
    line = line .. (", %s = %s < %s ? %s : %s"):format(last, left, size, left, size)
  end
  return {start = index .. "_start", first = before ~= 0 and first or "0", last = overhangs ~= false and last or tostring(size),
    clip = line .. ";"}
end

-- What windows.c.in says of a window, and: channels, columns, pooled_rows, pooled_columns; row and column, the axes.
function windows.of(image, pooled, attr, lanes)
  local w = {channels = argument("channels", pooled.shape[3] * lanes)}
  w.image_columns = argument("columns", image.shape[2])
  w.pooled_rows, w.pooled_columns = argument("pooled_rows", pooled.shape[1]), argument("pooled_columns", pooled.shape[2])
  w.row = axis("row", w.pooled_rows, 1, attr, function() return argument("rows", image.shape[1]) end, "top", "bottom")
  w.column = axis("column", w.pooled_columns, 2, attr, function() return w.image_columns end, "left", "right")
  w.top, w.bottom, w.left, w.right = w.row.first, w.row.last, w.column.first, w.column.last
  local inside = w.top == "0" and w.left == "0" -- then so is the corner: pointers may start there
  local function cell(down, across)
    local format = inside and "corner + (%s * %s + %s) * %s" or "(corner + (%s * %s + %s) * %s)"
    return format:format(down, w.image_columns, across, w.channels)
  end
  w.cell = cell("down", "across")
  w.first = inside and "corner" or cell(w.top, w.left)
  if w.row.clip or w.column.clip then
    w.cells = ("(%s - %s) * (%s - %s)"):format(w.bottom, w.top, w.right, w.left)
  end
  w.columns = argument("window_columns", attr.pool[2])
  return w
end

return windows
