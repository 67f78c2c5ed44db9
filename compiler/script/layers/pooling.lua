-- pooling.lua: pooling layers, of images and of sequences.

local cnnc = ...
local op, layer = cnnc.op, cnnc.layer
local common = cnnc.common
local format = string.format

-- How the formulas name a position of the output, a cell of a window, and where that is.
local INDICES = {{at = "p", cell = "i", place = "p*s+i"}, {at = "p,q", cell = "i,j", place = "p*s+i, q*s+j"}}

local MAX = {
  name = "Max", short = "Max", verb = "max", largest_window = 256, pool = op.max_pool2d,
  doc = "the largest value of each window, channel by channel", all = "the largest value of each channel",
}
local AVERAGE = {
  name = "Average", short = "Avg", verb = "mean", largest_window = math.huge, pool = op.average_pool2d, takes_masks = true,
  doc = "the mean of each window, channel by channel; what lies outside does not count",
  all = "the mean of each channel",
}

local function pooling(kind, space, default)
  local indices, name = INDICES[space.rank], kind.name .. "Pooling" .. space.name
  layer{
    name = name,
    aliases = {kind.short .. "Pool" .. space.name},
    doc = kind.doc,
    formula = format("y[%s,c] = %s over %s of x[%s, c]", indices.at, kind.verb, indices.cell, indices.place),
    example = name .. (space.rank == 2 and "{{2, 2}, strides = 2, input_shape = {28, 28, 8}}"
      or "{2, strides = 2, input_shape = {100, 8}}"),
    arguments = {
      {"pool_size", space.size, min = 1, default = default, doc = space.words.extent .. " of a window"},
      {"strides", space.size, min = 1, optional = true, doc = "from one window to the next; pool_size without it"},
      space.pool_padding,
      space.data_format,
    },
    call = function(self, x)
      return space.in_channels_last(self, x, function(image)
        local strides = space.pair(self.strides or self.pool_size)
        space.check(self, image, space.pair(self.pool_size)[2])
        return kind.pool(image, {pool = space.pair(self.pool_size), strides = strides, padding = self.padding})
      end)
    end,
  }
end

-- The whole image as one window, or as windows of windows where one of them would have too many cells.
local function whole(kind, image)
  while true do
    local rows, columns = image.shape[1], image.shape[2]
    local largest = kind.largest_window
    local size = {math.min(rows, math.max(1, largest // columns)), math.min(columns, largest)}
    if size[1] == rows and size[2] == columns then return kind.pool(image, {pool = size, strides = size}) end
    image = kind.pool(image, {pool = size, strides = size, padding = "same"})
  end
end

-- The mean of the steps that a mask leaves; of none it is 0, where Keras has NaN.
local function masked_mean(self, space, x, mask)
  space.need(self, x)
  if self.data_format == "channels_first" then x = op.permute(x, {order = {1, 0}}) end
  local function sum(y) return op.reduce(y, {["function"] = "sum", axes = {0}}) end
  local y = op.binary(sum(op.select(cnnc.mask_for(mask, x), x)), op.binary(sum(mask), 1, "maximum"), "divide")
  if not self.keepdims then return y end
  return op.reshape(y, {shape = self.data_format == "channels_first" and {x.shape[2], 1} or {1, x.shape[2]}})
end

local function global_pooling(kind, space)
  local indices, name = INDICES[space.rank], "Global" .. kind.name .. "Pooling" .. space.name
  layer{
    name = name,
    aliases = {"Global" .. kind.short .. "Pool" .. space.name},
    doc = kind.all,
    formula = format("y[c] = %s over %s of x[%s,c]", kind.verb, indices.at, indices.at),
    example = name .. (space.rank == 2 and "{input_shape = {7, 7, 32}}" or "{input_shape = {100, 32}}"),
    arguments = {
      space.data_format,
      {"keepdims", "boolean", default = false, doc = format("keep %s, as 1", space.words.extent)},
    },
    masks = kind.takes_masks and space.rank == 1 and cnnc.no_mask or nil,
    masks_doc = kind.takes_masks and space.rank == 1 and "the mean is that of the steps that count; the output has none" or nil,
    call = function(self, x)
      local mask = kind.takes_masks and space.rank == 1 and cnnc.mask_of(x)
      if mask then return masked_mean(self, space, x, mask) end
      local y = space.in_channels_last(self, x, function(image) return whole(kind, image) end)
      if self.keepdims then return y end
      return op.reshape(y, {shape = {y.shape[self.data_format == "channels_last" and #y.shape or 1]}})
    end,
  }
end

-- Into how many windows of how many cells an axis divides.
local function equal_windows(self, x, size, wanted)
  if size % wanted ~= 0 then
    self:fail(format("cannot make %d of %d: cnnc has windows of one size alone", wanted, size),
      "take an output_size that divides the input, or a pool with pool_size and strides", x)
  end
  return size // wanted
end

local function adaptive_pooling(kind, space)
  local name = "Adaptive" .. kind.name .. "Pooling" .. space.name
  layer{
    name = name,
    doc = kind.doc .. "; as many windows as output_size says, of equal size",
    example = name .. (space.rank == 2 and "{4, input_shape = {28, 28, 8}}" or "{10, input_shape = {100, 8}}"),
    arguments = {
      {"output_size", space.size, min = 1, doc = space.words.extent .. " of the output, which divide the input's"},
      space.data_format,
    },
    call = function(self, x)
      return space.in_channels_last(self, x, function(image)
        local wanted, size = space.pair(self.output_size), {}
        for i = 1, 2 do size[i] = equal_windows(self, x, image.shape[i], wanted[i]) end
        return kind.pool(image, {pool = size, strides = size})
      end)
    end,
  }
end

for _, space in ipairs{common.images, common.sequences} do
  pooling(MAX, space, 2)
  pooling(AVERAGE, space, nil)
  global_pooling(MAX, space)
  global_pooling(AVERAGE, space)
  adaptive_pooling(MAX, space)
  adaptive_pooling(AVERAGE, space)
end
