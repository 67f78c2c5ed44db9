-- small.lua: the geometry of the kernels whose loops are rolled: of conv2d, and of matmul as a 1x1 convolution of one row.

local small = {}

-- x and y: the tensors of the forward op, or their gradients.
function small.conv2d(a, x, y)
  return {rows = x.shape[1], columns = x.shape[2], depth = x.shape[3], out_rows = y.shape[1], out_columns = y.shape[2],
    filters = y.shape[3], size = a.size, strides = a.strides, dilation = a.dilation, top = a.pads[1], left = a.pads[3],
    groups = a.groups, border = math.max(table.unpack(a.pads)) > 0}
end

function small.matmul(x, y)
  local depth, filters = x.shape[#x.shape], y.shape[#y.shape]
  return {rows = 1, columns = x.count // depth, depth = depth, out_rows = 1, out_columns = x.count // depth,
    filters = filters, size = {1, 1}, strides = {1, 1}, dilation = {1, 1}, top = 0, left = 0, groups = 1, border = false}
end

return small
