-- common.lua: what the files of layers share: rows of arguments, axes and layouts.
--
-- A layer of Keras is a table of arguments and a function over primitive ops. Arguments stand in Keras' order with its
-- defaults (see types.lua for their types). `call` gets the layer, whose fields are the arguments, and its input; shapes
-- leave out the batch axis, and axes are counted from 0. Kernels have Keras' layouts: convolution (rows, columns, in,
-- out), dense (in, out). `doc`, `formula` and `example` are what `cnnc help` and the manual page print; an example is
-- what stands in Sequential{...}, or a whole script.

local cnnc = ...
local op = cnnc.op
local format, concat = string.format, table.concat

local common = {}
cnnc.common = common

---- Rows that several layers have ------------------------------------------------------------------

common.DATA_FORMAT = {"data_format", {"channels_last", "channels_first"}, default = "channels_last",
  doc = "order of the input's axes: (rows, columns, channels) or (channels, rows, columns)"}
common.PADDING = {"padding", {"valid", "same"}, default = "valid",
  hint = 'padding = 1 of PyTorch is "same" for a kernel of 3 that moves by 1, else ZeroPadding2D(1) in front',
  doc = "valid: windows stay inside the image; same: zeros around it keep rows/strides and columns/strides"}
common.ACTIVATION = {"activation", "activation", default = "linear", of_output = true, doc = "nonlinearity of the output"}

function common.unsupported(name) return {name, "unsupported"} end

-- layer:parameter() finds that of a parameter NAME, or NAME_kernel, by itself.
function common.regularizer(name)
  return {name .. "_regularizer", "regularizer", optional = true, doc = format("penalty for `%s`, added to the loss", name)}
end

common.ACTIVITY_REGULARIZER = {"activity_regularizer", "regularizer", optional = true,
  doc = "penalty for the output of each sample, added to the loss"}

-- As above.
function common.constraint(name)
  return {name .. "_constraint", "constraint", optional = true, doc = format("what `%s` keeps after each update", name)}
end

function common.with(rows, more)
  local result = {}
  for _, row in ipairs(rows) do result[#result + 1] = row end
  for _, row in ipairs(more) do result[#result + 1] = row end
  return result
end

common.KERNEL_AND_BIAS = {
  {"use_bias", "boolean", default = true, doc = "add a parameter `bias`"},
  {"kernel_initializer", "initializer", default = "glorot_uniform", doc = "what `kernel` holds before training"},
  {"bias_initializer", "initializer", default = "zeros", doc = "what `bias` holds before training"},
  common.regularizer("kernel"), common.regularizer("bias"), common.ACTIVITY_REGULARIZER,
  common.constraint("kernel"), common.constraint("bias"),
}

function common.need_image(self, x)
  if #x.shape == 3 then return end
  local hint = "layers of images come before Flatten and Dense; Reshape can make an image of other shapes"
  if #x.shape == 2 then
    local image = concat(x.shape, ", ")
    image = self.data_format == "channels_first" and "1, " .. image or image .. ", 1"
    hint = format("one channel is an axis, too: input_shape = {%s}, or Reshape{%s} before it", image, image)
  end
  self:fail(format("needs an image of rows, columns and channels, but its input is %s", concat(x.shape, "x")), hint, x)
end

-- body(x) with the channels last; the result in the layer's own data_format.
function common.in_channels_last(self, x, body)
  common.need_image(self, x)
  if self.data_format == "channels_last" then return body(x) end
  local y = body(op.permute(x, {order = {1, 2, 0}}))
  return op.permute(y, {order = {2, 0, 1}})
end

-- ReLU with all of Keras' arguments.
function common.rectified(x, slope, max, threshold)
  if threshold == 0 and slope == 0 and (not max or max == 6) then return op.unary(x, max and "relu6" or "relu") end
  if threshold == 0 and not max then return op.unary(x, {["function"] = "leaky_relu", alpha = slope}) end
  local above = max and op.binary(x, max, "minimum") or x
  local below = slope > 0 and op.affine(x, {scale = slope, offset = -slope * threshold}) or nil
  return op.select(op.binary(x, threshold, "greater"), above, below)
end

---- Images and sequences ------------------------------------------------------------------------------

-- Layers of sequences, (steps, channels), are those of images of one row: both are described once, for a space.
--   name, rank        of the layers: Conv2D
--   words             for their texts
--   size, sides       types of arguments: how large a window is; what is added or taken away on each side
--   pair(n, row)      a size as rows and columns; row: what a sequence has for rows, 1 unless given
--   single(n)         the argument that is n along each axis
--   margins(sides)    top, bottom, left, right
--   need(self, x)     stops if x is none
--   check(self, image, extent)   stops if windows that are so long do not fit
--   in_channels_last(self, x, body)   body(x as an image with channels last), in the layer's own data_format

common.images = {
  name = "2D", rank = 2, size = "pair", sides = "margins", padding = common.PADDING, pool_padding = common.PADDING,
  data_format = common.DATA_FORMAT,
  words = {a = "the image", extent = "rows and columns", convolution = "2-D convolution"},
  pair = function(size) return size end,
  single = function(n) return {n, n} end,
  margins = function(sides) return sides end,
  need = common.need_image,
  check = function() end, -- the op does
  in_channels_last = common.in_channels_last,
}

local function need_sequence(self, x)
  if #x.shape == 2 then return end
  self:fail(format("needs a sequence of steps and channels, but its input is %s", concat(x.shape, "x")),
    #x.shape == 1 and format("Reshape{{%d, 1}} makes a sequence of one channel of it", x.shape[1])
      or "Reshape can make a sequence of other shapes", x)
end

-- Stops if windows of so many steps do not fit.
local function check_steps(self, image, extent)
  local steps = image.shape[2]
  if self.padding == "valid" and extent > steps then
    self:fail(format("has windows of %d steps, but its input has %d", extent, steps),
      "make them smaller, take padding = \"same\", or take away a layer that shortens the sequence")
  end
end

-- y, an image of one row that body made, as a sequence again.
local function in_steps_last(self, x, body)
  need_sequence(self, x)
  local first = self.data_format == "channels_first"
  if first then x = op.permute(x, {order = {1, 0}}) end
  local y = body(op.reshape(x, {shape = {1, x.shape[1], x.shape[2]}}))
  y = op.reshape(y, {shape = {y.shape[2], y.shape[3]}})
  return first and op.permute(y, {order = {1, 0}}) or y
end

common.sequences = {
  name = "1D", rank = 1, size = "single", sides = "pair",
  padding = {"padding", {"valid", "same", "causal"}, default = "valid",
    doc = "valid: windows stay inside; same: zeros around the steps keep steps/strides; causal: zeros in front of "
      .. "them, so that no output sees a later step"},
  pool_padding = {"padding", {"valid", "same"}, default = "valid",
    doc = "valid: windows stay inside; same: they may lie over the ends, and there are steps/strides of them"},
  data_format = {"data_format", {"channels_last", "channels_first"}, default = "channels_last",
    doc = "order of the input's axes: (steps, channels) or (channels, steps)"},
  words = {a = "the sequence", extent = "steps", convolution = "1-D convolution"},
  pair = function(size, row) return {row or 1, size} end,
  single = function(n) return n end,
  margins = function(sides) return {0, 0, sides[1], sides[2]} end,
  need = need_sequence,
  check = check_steps,
  in_channels_last = in_steps_last,
}

function common.add_bias(self, x, count)
  if not self.use_bias then return x end
  return op.binary(x, self:parameter("bias", {count}, self.bias_initializer), {["function"] = "add"})
end

-- Keras' `axis`, which counts the batch as 0 and from the end with -1, as an axis of one sample.
function common.sample_axis(self, axis, rank)
  local index = axis < 0 and rank + axis or axis - 1
  if axis == 0 then self:fail("cannot work along axis 0, which is the batch", "channels are axis -1") end
  if index < 0 or index >= rank then
    self:fail(format("has axis = %d, but its input has the axes 0 (the batch) to %d", axis, rank))
  end
  return index
end

-- The same of a list.
function common.sample_axes(self, list, rank)
  local axes = {}
  for i, axis in ipairs(list) do axes[i] = common.sample_axis(self, axis, rank) end
  return axes
end

-- body(x) with the axis `index` last.
function common.with_axis_last(x, index, body)
  local rank = #x.shape
  if index == rank - 1 then return body(x) end
  local there, back = {}, {}
  for axis = 0, rank - 1 do
    if axis ~= index then there[#there + 1] = axis end
  end
  there[rank] = index
  for position, axis in ipairs(there) do back[axis + 1] = position - 1 end
  return op.permute(body(op.permute(x, {order = there})), {order = back})
end
