-- resizing.lua: layers that give images and sequences another size.

local cnnc = ...
local op, layer = cnnc.op, cnnc.layer
local common = cnnc.common

local INTERPOLATION = "nearest: the number at each place; bilinear: of the four around it, by their distance; bicubic, lanczos3, "
  .. "lanczos5: of more, by smoother functions of it"
local NO_OTHER = "Keras 3 has no others; of area, gaussian and mitchellcubic bilinear with antialias comes nearest"

-- The image with {rows, columns}. Where many numbers are weighed it is one axis after the other, first what makes it smaller.
local function resized(image, size, interpolation, antialias)
  if interpolation == "nearest" or interpolation == "bilinear" and not antialias then
    return op.resize(image, {size = size, interpolation = interpolation})
  end
  local axes = size[1] <= image.shape[1] and {1, 2} or {2, 1}
  for _, axis in ipairs(axes) do
    if size[axis] ~= image.shape[axis] then
      image = op.resample(image, {axis = axis - 1, size = size[axis], interpolation = interpolation, antialias = antialias})
    end
  end
  return image
end

layer{
  name = "UpSampling2D",
  doc = "an image that is size times as large",
  formula = "nearest: y[i,j,c] = x[i // rows, j // columns, c]",
  example = "UpSampling2D{2, input_shape = {12, 12, 8}}",
  arguments = {
    {"size", "pair", min = 1, default = 2, doc = "factors of rows and columns"},
    common.DATA_FORMAT,
    {"interpolation", {"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"}, default = "nearest", doc = INTERPOLATION,
      hint = NO_OTHER},
  },
  call = function(self, x)
    return common.in_channels_last(self, x, function(image)
      local size = {image.shape[1] * self.size[1], image.shape[2] * self.size[2]}
      return resized(image, size, self.interpolation, false)
    end)
  end,
}

layer{
  name = "UpSampling1D",
  doc = "each step size times",
  formula = "y[p,c] = x[p // size, c]",
  example = "UpSampling1D{2, input_shape = {50, 8}}",
  arguments = {
    {"size", "single", min = 1, default = 2, doc = "how often each step comes"}, common.sequences.data_format,
  },
  call = function(self, x)
    return common.sequences.in_channels_last(self, x, function(image)
      return op.resize(image, {size = {1, image.shape[2] * self.size}})
    end)
  end,
}

-- The largest part of rows x columns, at least 1x1, that has the shape of height x width.
local function part_of(rows, columns, height, width)
  return math.max(1, math.min(rows, columns * height // width)),
    math.max(1, math.min(columns, rows * width // height))
end

local function crop(image, rows, columns)
  local top, left = (image.shape[1] - rows) // 2, (image.shape[2] - columns) // 2
  return op.pad2d(image, {
    padding = {-top, top + rows - image.shape[1], -left, left + columns - image.shape[2]},
  })
end

-- As much on each side as makes the image's shape that of height x width. Keras fills both sides alike, also where
-- the sum is odd.
local function pad(image, height, width, value)
  local rows, columns = image.shape[1], image.shape[2]
  local top = math.max(0, columns * height // width - rows) // 2
  local left = math.max(0, rows * width // height - columns) // 2
  local shifted = value == 0 and image or op.affine(image, {scale = 1, offset = -value})
  local padded = op.pad2d(shifted, {padding = {top, top, left, left}})
  return value == 0 and padded or op.affine(padded, {scale = 1, offset = value})
end

local function cropped_and_resized(image, height, width, interpolation, antialias)
  local rows, columns = part_of(image.shape[1], image.shape[2], height, width)
  return resized(crop(image, rows, columns), {height, width}, interpolation, antialias)
end

common.resized, common.cropped_and_resized = resized, cropped_and_resized

layer{
  name = "Resizing",
  doc = "an image of height rows and width columns, whatever its own size",
  formula = "y[i,j] = x at ((i + 0.5) * rows/height - 0.5, (j + 0.5) * columns/width - 0.5)",
  example = "Resizing{32, 32, input_shape = {28, 40, 3}}",
  arguments = {
    {"height", "integer", min = 1, doc = "rows of the output"},
    {"width", "integer", min = 1, doc = "columns of the output"},
    {"interpolation", {"bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"}, default = "bilinear", doc = INTERPOLATION,
      hint = NO_OTHER},
    {"crop_to_aspect_ratio", "boolean", default = false, doc = "cut off what is too wide or too high before"},
    {"pad_to_aspect_ratio", "boolean", default = false,
      doc = "add a border to what is too narrow or too low before"},
    {"fill_mode", {"constant"}, default = "constant", doc = "what that border holds: one number"},
    {"fill_value", "number", default = 0, doc = "which"},
    {"antialias", "boolean", default = false, doc = "of all numbers of an image that is made smaller, not of the near ones alone"},
    common.DATA_FORMAT,
  },
  call = function(self, x)
    if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio then
      self:fail("cannot both crop and pad to the aspect ratio", "choose one")
    end
    return common.in_channels_last(self, x, function(image)
      if self.crop_to_aspect_ratio then
        return cropped_and_resized(image, self.height, self.width, self.interpolation, self.antialias)
      end
      if self.pad_to_aspect_ratio then image = pad(image, self.height, self.width, self.fill_value) end
      return resized(image, {self.height, self.width}, self.interpolation, self.antialias)
    end)
  end,
}

layer{
  name = "CenterCrop",
  doc = "the middle of an image; of one that is smaller, the largest part of this shape, made larger",
  example = "CenterCrop{24, 24, input_shape = {28, 32, 3}}",
  arguments = {
    {"height", "integer", min = 1, doc = "rows of the output"},
    {"width", "integer", min = 1, doc = "columns of the output"},
    common.DATA_FORMAT,
  },
  call = function(self, x)
    return common.in_channels_last(self, x, function(image)
      if image.shape[1] >= self.height and image.shape[2] >= self.width then
        return crop(image, self.height, self.width)
      end
      return cropped_and_resized(image, self.height, self.width, "bilinear")
    end)
  end,
}
