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
  at_each_step = function(self, x, shape)
    return self.data_format ~= "channels_first" and op.reshape(x, {shape = {x.shape[1], count(shape)}}) or nil
  end,
}

-- The target with its -1 replaced by what is left over of `from`, the shape of the tensor x or of a part of it.
local function resolve_shape(self, x, from)
  local shape, unknown, known = {}, nil, 1
  for i, size in ipairs(self.target_shape) do
    if size == 0 then self:fail("cannot make a dimension of size 0") end
    if size == -1 and unknown then self:fail("can leave only one dimension open with -1") end
    if size == -1 then unknown = i else known = known * size end
    shape[i] = size
  end
  local total = count(from)
  if unknown and total % known == 0 then
    shape[unknown] = total // known
  elseif unknown or known ~= total then
    self:fail(format("cannot turn %s (%d numbers) into %s", concat(from, "x"), total, concat(shape, "x")),
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
  call = function(self, x) return op.reshape(x, {shape = resolve_shape(self, x, x.shape)}) end,
  at_each_step = function(self, x, shape)
    return op.reshape(x, {shape = {x.shape[1], table.unpack(resolve_shape(self, x, shape))}})
  end,
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
  name = "RepeatVector",
  doc = "a vector as every step of a sequence",
  formula = "y[p,c] = x[c]",
  example = "RepeatVector{10, input_shape = {32}}",
  arguments = {{"n", "integer", min = 1, doc = "steps"}},
  call = function(self, x)
    if #x.shape ~= 1 then
      self:fail(format("needs a vector, but its input is %s", concat(x.shape, "x")), "Flatten() makes one", x)
    end
    local image = op.reshape(x, {shape = {1, 1, x.shape[1]}})
    return op.reshape(op.resize(image, {size = {self.n, 1}}), {shape = {self.n, x.shape[1]}})
  end,
}

local function padding(space)
  layer{
    name = "ZeroPadding" .. space.name,
    doc = "zeros around " .. space.words.a,
    example = space.rank == 2 and "ZeroPadding2D{{{1, 2}, {3, 4}}, input_shape = {8, 8, 1}}"
      or "ZeroPadding1D{{2, 0}, input_shape = {100, 3}}",
    arguments = {
      {"padding", space.sides, min = 0, default = 1, doc = space.words.extent .. " of zeros on each side"},
      space.data_format,
    },
    call = function(self, x)
      return space.in_channels_last(self, x, function(image)
        return op.pad2d(image, {padding = space.margins(self.padding)})
      end)
    end,
  }
end

local function cropping(space)
  layer{
    name = "Cropping" .. space.name,
    doc = space.words.a .. " without its border",
    example = space.rank == 2 and "Cropping2D{{{1, 2}, {3, 4}}, input_shape = {8, 8, 1}}"
      or "Cropping1D{{2, 0}, input_shape = {100, 3}}",
    arguments = {
      {"cropping", space.sides, min = 0, default = space.rank == 1 and 1 or 0,
        doc = space.words.extent .. " that are taken away on each side"},
      space.data_format,
    },
    call = function(self, x)
      return space.in_channels_last(self, x, function(image)
        local sides = space.margins(self.cropping)
        if sides[1] + sides[2] >= image.shape[1] or sides[3] + sides[4] >= image.shape[2] then
          self:fail(format("would leave nothing of %s", concat(x.shape, "x")), "take less away", x)
        end
        return op.pad2d(image, {padding = {-sides[1], -sides[2], -sides[3], -sides[4]}})
      end)
    end,
  }
end

for _, space in ipairs{common.images, common.sequences} do
  padding(space)
  cropping(space)
end
