-- shape.lua: layers that only move numbers.

local cnnc = ...
local op, layer = cnnc.op, cnnc.layer
local common = cnnc.common
local format, concat = string.format, table.concat

local function count(shape)
  local product = 1
  for _, size in ipairs(shape) do product = product * size end
  return product
end

layer{
  name = "Flatten",
  doc = "the same numbers as one row, in the order of memory",
  formula = "rows x columns x channels -> rows*columns*channels",
  example = "Flatten{input_shape = {5, 5, 16}}",
  arguments = {{"data_format", {"channels_last", "channels_first"}, optional = true,
    doc = "channels_first: the channels become the last axis before"}},
  call = function(self, x)
    if self.data_format == "channels_first" and #x.shape > 1 then
      local order = {}
      for axis = 1, #x.shape - 1 do order[axis] = axis end
      order[#x.shape] = 0
      x = op.permute(x, {order = order})
    end
    return op.reshape(x, {shape = {count(x.shape)}})
  end,
}

-- The target with its -1 replaced by what is left over.
local function resolve_shape(self, x)
  local shape, unknown, known = {}, nil, 1
  for i, size in ipairs(self.target_shape) do
    if size == 0 then self:fail("cannot make a dimension of size 0") end
    if size == -1 and unknown then self:fail("can leave only one dimension open with -1") end
    if size == -1 then unknown = i else known = known * size end
    shape[i] = size
  end
  local total = count(x.shape)
  if unknown and total % known == 0 then
    shape[unknown] = total // known
  elseif unknown or known ~= total then
    self:fail(format("cannot turn %s (%d numbers) into %s", concat(x.shape, "x"), total, concat(shape, "x")),
      nil, x)
  end
  return shape
end

layer{
  name = "Reshape",
  doc = "the same numbers in another shape",
  example = "Reshape{{28, 28, 1}, input_shape = {784}}",
  arguments = {{"target_shape", "shape", min = -1,
    doc = "without the batch; one dimension may be -1, what is left over"}},
  call = function(self, x) return op.reshape(x, {shape = resolve_shape(self, x)}) end,
}

layer{
  name = "Permute",
  doc = "reorders the axes",
  formula = "axis i of y is axis dims[i] of x",
  example = "Permute{{3, 1, 2}, input_shape = {28, 28, 3}}",
  arguments = {{"dims", "shape", min = 1, hint = "axes are counted from 1; the batch is not among them",
    doc = "the axes in their new order, counted from 1, without the batch"}},
  call = function(self, x)
    local order = {}
    for i, axis in ipairs(self.dims) do order[i] = axis - 1 end
    if #order ~= #x.shape then
      self:fail(format("names %d axes, but its input is %s", #order, concat(x.shape, "x")), nil, x)
    end
    return op.permute(x, {order = order})
  end,
}

layer{
  name = "ZeroPadding2D",
  doc = "zeros around an image",
  example = "ZeroPadding2D{{{1, 2}, {3, 4}}, input_shape = {8, 8, 1}}",
  arguments = {
    {"padding", "margins", min = 0, default = 1, doc = "rows and columns of zeros on each side"}, common.DATA_FORMAT,
  },
  call = function(self, x)
    return common.in_channels_last(self, x, function(image) return op.pad2d(image, {padding = self.padding}) end)
  end,
}
