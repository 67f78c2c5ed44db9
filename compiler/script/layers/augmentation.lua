-- augmentation.lua: layers that disturb images in training: every one is flipped, moved, turned, ... by other numbers.
--
-- What Keras 3 means by the factors stands in the rows. What lies beside an image, and how pixels are made of those around
-- their place, is Keras' affine_transform.

local cnnc = ...
local op, layer = cnnc.op, cnnc.layer
local common = cnnc.common

local SEED = {"seed", "integer", min = 0, optional = true, doc = "decides, with the training's seed, what happens"}
local FILL_MODE = {"fill_mode", {"reflect", "wrap", "constant", "nearest"}, default = "reflect",
  doc = "what is beside the image: reflect c b a | a b c | c b a, wrap a b c | a b c, nearest a a a | a b c | c c c"}
local INTERPOLATION = {"interpolation", {"bilinear", "nearest"}, default = "bilinear",
  doc = "a pixel is made of the four around its place, or the nearest"}
local FILL_VALUE = {"fill_value", "number", default = 0.0, doc = "what is beside the image, with fill_mode constant"}
local VALUE_RANGE = {"value_range", "numbers", count = 2, default = {0, 255},
  doc = "the least and the largest number of a pixel, to which the result is cut"}

local function augment(self, x, what, attributes)
  common.need_image(self, x)
  attributes["function"], attributes.seed, attributes.turn = what, self.seed, self.seed and cnnc.turn() or 0
  return op.augment(x, attributes)
end

-- What takes pixels from other places.
local function warp(self, x, what, vertical, horizontal)
  return augment(self, x, what, {
    min = vertical[1], max = vertical[2], column_min = horizontal and horizontal[1], column_max = horizontal and horizontal[2],
    tied = horizontal == nil, fill_mode = self.fill_mode, interpolation = self.interpolation, fill_value = self.fill_value,
    channels_first = self.data_format == "channels_first",
  })
end

-- Calls of layers that take the model's input for numbers up to more than 1, as pixels are that nothing has scaled.
local of_whole_pixels = {}

local function is_as_it_came(x)
  local made = cnnc.producer(x)
  while made and made.op == "augment" do made = cnnc.producer(made.inputs[1]) end
  return not made
end

-- To be called when it is known whether the network scales pixels itself.
function cnnc.warn_of_pixels(rescales)
  local call = not rescales and of_whole_pixels[1]
  if not call then return end
  cnnc.warn(string.format("%s: value_range is %g to %g, but pixels come as 0 to 1", call.type, call.low, call.high),
    {hint = "write value_range = {0, 1}; or add Rescaling(1 / 255) behind the augmentation, then they come as 0 to 255",
      at = call.at})
end

-- What changes values: a factor from `min` to `max`.
local function recolour(self, x, what, min, max, channels_first)
  if self.value_range[2] > 1 and is_as_it_came(x) then
    of_whole_pixels[#of_whole_pixels + 1] = {type = self.type, low = self.value_range[1], high = self.value_range[2],
      at = cnnc.fields[self].made_at}
  end
  return augment(self, x, what, {min = min, max = max, low = self.value_range[1], high = self.value_range[2],
    channels_first = channels_first})
end

layer{
  name = "RandomFlip",
  only_in_training = true,
  doc = "in training, turns every other image round; in prediction, does nothing",
  formula = "horizontal: y[i, j] = x[i, columns - 1 - j]; vertical: x[rows - 1 - i, j]; both at once: x turned by 180 degrees",
  example = 'RandomFlip{"horizontal", input_shape = {32, 32, 3}}',
  arguments = {
    {"mode", {"horizontal_and_vertical", "horizontal", "vertical"}, default = "horizontal_and_vertical",
      doc = "horizontal: left becomes right"},
    SEED, common.DATA_FORMAT,
  },
  call = function(self, x)
    return augment(self, x, "flip", {mode = self.mode, channels_first = self.data_format == "channels_first"})
  end,
}

layer{
  name = "RandomTranslation",
  only_in_training = true,
  doc = "in training, moves every image; in prediction, does nothing",
  formula = "y[i, j] = x[i - a*rows, j - b*columns], a and b from the ranges of the factors",
  example = "RandomTranslation{0.1, {-0.2, 0.3}, input_shape = {32, 32, 3}}",
  arguments = {
    {"height_factor", "range", min = -1, max = 1, doc = "how far down, as a part of the height; one number: up or down"},
    {"width_factor", "range", min = -1, max = 1, doc = "how far to the right, as a part of the width"},
    FILL_MODE, INTERPOLATION, SEED, FILL_VALUE, common.DATA_FORMAT,
  },
  call = function(self, x) return warp(self, x, "translate", self.height_factor, self.width_factor) end,
}

layer{
  name = "RandomRotation",
  only_in_training = true,
  doc = "in training, turns every image around its middle; in prediction, does nothing",
  formula = "y is x, turned by 2 pi a against the clock, a from the range of the factor",
  example = "RandomRotation{0.1, input_shape = {32, 32, 3}}",
  arguments = {
    {"factor", "range", min = -1, max = 1, doc = "part of a whole turn; one number: against or with the clock"},
    FILL_MODE, INTERPOLATION, SEED, FILL_VALUE, common.DATA_FORMAT,
  },
  call = function(self, x) return warp(self, x, "rotate", self.factor) end,
}

layer{
  name = "RandomZoom",
  only_in_training = true,
  doc = "in training, makes what every image shows smaller or larger; in prediction, does nothing",
  formula = "distances from the middle are divided by 1 + a and 1 + b, a and b from the ranges of the factors",
  example = "RandomZoom{{-0.2, 0.1}, input_shape = {32, 32, 3}}",
  arguments = {
    {"height_factor", "range", min = -1, max = 1, doc = "below 0: larger, so that less is seen"},
    {"width_factor", "range", min = -1, max = 1, optional = true, doc = "as the height if it is left out"},
    FILL_MODE, INTERPOLATION, SEED, FILL_VALUE, common.DATA_FORMAT,
  },
  call = function(self, x) return warp(self, x, "zoom", self.height_factor, self.width_factor) end,
}

layer{
  name = "RandomShear",
  only_in_training = true,
  doc = "in training, moves the rows or columns of every image against each other; in prediction, does nothing",
  formula = "y[i, j] = x[i + b*j, j + a*i], a and b from the ranges of the factors, both negative in every other image",
  example = "RandomShear{0.2, 0.1, input_shape = {32, 32, 3}}",
  arguments = {
    {"x_factor", "range", min = 0, max = 1, default = 0.0, doc = "how far a row goes beyond the one above it"},
    {"y_factor", "range", min = 0, max = 1, default = 0.0, doc = "how far a column goes beyond the one to the left"},
    INTERPOLATION, FILL_MODE, FILL_VALUE, common.DATA_FORMAT, SEED,
  },
  call = function(self, x) return warp(self, x, "shear", self.y_factor, self.x_factor) end,
}

layer{
  name = "RandomCrop",
  doc = "in training, a part of every image, anywhere in it; in prediction, the largest one in the middle, resized",
  formula = "y[i, j] = x[i + a, j + b], a and b drawn for each image from all that fit",
  example = "RandomCrop{28, 28, input_shape = {32, 32, 3}}",
  arguments = {
    {"height", "integer", min = 1, doc = "rows of the result"},
    {"width", "integer", min = 1, doc = "columns of the result"},
    SEED, common.DATA_FORMAT,
  },
  call = function(self, x)
    local middle = common.in_channels_last(self, x, function(image)
      return common.cropped_and_resized(image, self.height, self.width, "bilinear")
    end)
    local first = self.data_format == "channels_first" and 1 or 0
    if x.shape[1 + first] <= self.height or x.shape[2 + first] <= self.width then return middle end
    return op.augment(x, middle, {["function"] = "crop", size = {self.height, self.width}, seed = self.seed,
      turn = self.seed and cnnc.turn() or 0, channels_first = first == 1})
  end,
}

layer{
  name = "RandomContrast",
  only_in_training = true,
  doc = "in training, changes the contrast of every image; in prediction, does nothing",
  formula = "y = (x - mean)*a + mean, cut to value_range; a from 1 - factor[1] to 1 + factor[2], mean of the channel",
  example = "RandomContrast{0.2, value_range = {0, 1}, input_shape = {32, 32, 3}}",
  arguments = {
    {"factor", "range", min = 0, max = 1, doc = "how much less and how much more; one number: as much of both"},
    VALUE_RANGE, SEED, common.DATA_FORMAT,
  },
  call = function(self, x)
    local less, more = math.abs(self.factor[1]), self.factor[2]
    return recolour(self, x, "contrast", 1 - less, 1 + more, self.data_format == "channels_first")
  end,
}

layer{
  name = "RandomBrightness",
  only_in_training = true,
  doc = "in training, makes every image brighter or darker; in prediction, does nothing",
  formula = "y = x + a*(value_range[2] - value_range[1]), cut to value_range; a from the range of the factor",
  example = "RandomBrightness{0.2, value_range = {0, 1}, input_shape = {32, 32, 3}}",
  arguments = {
    {"factor", "range", min = -1, max = 1, doc = "-1: all black, 1: all white; one number: darker or brighter"},
    VALUE_RANGE, SEED,
  },
  call = function(self, x) return recolour(self, x, "brightness", self.factor[1], self.factor[2]) end,
}
