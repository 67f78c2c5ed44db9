-- products.lua: the sizes of a product of two tensors (batch_matmul), and how far apart its numbers are.

local products = {}

-- G matrices; a is M x K, b is K x N, either of them maybe transposed in memory. am, ak: from one row of a, and from one of its
-- columns, to the next; bk, bn: the same of b. In numbers of a sample.
function products.sizes(node)
  local a, b = node.ins[1].shape, node.ins[2].shape
  local ta, tb = node.attr.transpose_a, node.attr.transpose_b
  local rows, columns = a[#a - 1], a[#a]
  local s = {M = ta and columns or rows, K = ta and rows or columns, N = tb and b[#b - 1] or b[#b]}
  s.G = node.ins[1].count // rows // columns
  s.am, s.ak = ta and 1 or columns, ta and columns or 1
  s.bk, s.bn = tb and 1 or b[#b], tb and b[#b] or 1
  return s
end

return products
