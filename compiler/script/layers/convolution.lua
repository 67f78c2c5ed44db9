-- convolution.lua: convolutions of images and of sequences, and Dense.
--
-- Each layer is described once for a space of common.lua: an image, or a sequence, which is an image of one row.

local cnnc = ...
local op, layer, fields = cnnc.op, cnnc.layer, cnnc.fields
local common = cnnc.common
local format = string.format

---- What they share ---------------------------------------------------------------------------------

local BIAS = {"use_bias", "boolean", default = true, doc = "add a parameter `bias`"}
local BIAS_INITIALIZER = {"bias_initializer", "initializer", default = "zeros",
  doc = "what `bias` holds before training"}

local function initializer(name, parameter)
  return {name, "initializer", default = "glorot_uniform",
    doc = format("what `%s` holds before training", parameter)}
end

local function size_of(space)
  return {"kernel_size", space.size, min = 1, doc = space.words.extent .. " of a filter"}
end

common.size_of = size_of

local function strides_of(space)
  return {"strides", space.size, min = 1, default = 1, doc = "from one place of a filter to the next"}
end

common.strides_of = strides_of

local function dilation_of(space)
  return {"dilation_rate", space.size, min = 1, default = 1, doc = "distance of a filter's taps"}
end

common.dilation_of = dilation_of

local FILTERS = {"filters", "integer", min = 1, doc = "channels of the output"}
local MULTIPLIER = {"depth_multiplier", "integer", min = 1, default = 1,
  doc = "filters for each channel of the input"}

local function check_strides(self, space)
  local strides, dilation = space.pair(self.strides), space.pair(self.dilation_rate)
  if math.max(table.unpack(strides)) > 1 and math.max(table.unpack(dilation)) > 1 then
    self:fail("cannot have both strides and dilation_rate above 1", "make one of them 1")
  end
  if self.padding == "causal" and self.data_format == "channels_first" then
    self:fail('cannot have padding = "causal" with data_format = "channels_first"',
      "Keras has it for channels_last alone")
  end
end

-- A kernel for images, of a parameter that has one axis less for sequences.
local function kernel_of(self, space, name, size, channels, filters, initial)
  size = space.pair(size)
  local shape = {size[1], size[2], channels, filters}
  if space.rank == 2 then return self:parameter(name, shape, initial) end
  return op.reshape(self:parameter(name, {size[2], channels, filters}, initial), {shape = shape})
end

-- The attributes of op.conv2d, and the image with the zeros of a causal padding in front.
local function window_of(self, space, image, groups)
  local strides, dilation = space.pair(self.strides), space.pair(self.dilation_rate)
  local padding = self.padding
  local before = (space.pair(self.kernel_size)[2] - 1) * dilation[2]
  space.check(self, image, before + 1)
  if padding == "causal" then
    image, padding = op.pad2d(image, {padding = {0, 0, before, 0}}), "valid"
  end
  return image, {strides = strides, dilation = dilation, groups = groups, padding = padding}
end

common.kernel_of, common.window_of = kernel_of, window_of

-- The kernel (rows, columns, channels, multiplier) is in memory that of as many groups as there are channels.
local function depthwise(self, space, image, name, initial)
  local channels, size = image.shape[3], space.pair(self.kernel_size)
  local kernel = kernel_of(self, space, name, self.kernel_size, channels, self.depth_multiplier, initial)
  local window
  image, window = window_of(self, space, image, channels)
  kernel = op.reshape(kernel, {shape = {size[1], size[2], 1, channels * self.depth_multiplier}})
  return op.conv2d(image, kernel, window)
end

-- What convolve(image) makes, with bias and activation. A softmax works along the last axis, also with
-- channels_first.
local function activated(self, space, x, convolve)
  check_strides(self, space)
  local elementwise = fields[self.activation].spec.elementwise
  local y = space.in_channels_last(self, x, function(image)
    local sums = convolve(image)
    local bare = common.add_bias(self, sums, sums.shape[3])
    return elementwise and self.activation(bare) or bare
  end)
  return elementwise and y or self.activation(y)
end

---- Convolutions ------------------------------------------------------------------------------------

local function check_groups(self, space, x)
  if self.filters % self.groups ~= 0 then
    self:fail(format("has %d filters, which do not divide into %d groups", self.filters, self.groups))
  end
  space.need(self, x)
  local channels = x.shape[self.data_format == "channels_last" and #x.shape or 1]
  if channels % self.groups ~= 0 then
    self:fail(format("has an input of %d channels, which do not divide into %d groups", channels, self.groups),
      nil, x)
  end
end

local function convolution(space)
  layer{
    name = "Conv" .. space.name,
    aliases = {"Convolution" .. space.name},
    doc = format("%s: each filter slides over %s and gives one channel of the output", space.words.convolution,
      space.words.a),
    formula = space.rank == 2
      and "y[p,q,f] = activation(bias[f] + sum over i,j,c of x[p*s+i*d, q*s+j*d, c] * kernel[i,j,c,f])"
      or "y[p,f] = activation(bias[f] + sum over i,c of x[p*s+i*d, c] * kernel[i,c,f])",
    example = space.rank == 2
      and 'Conv2D{8, {5, 5}, padding = "same", activation = "relu", input_shape = {28, 28, 1}}'
      or 'Conv1D{32, 5, padding = "causal", activation = "relu", input_shape = {100, 3}}',
    arguments = common.with({
      FILTERS, size_of(space), strides_of(space), space.padding, space.data_format, dilation_of(space),
      {"groups", "integer", min = 1, default = 1, doc = "parts of the channels that are convolved apart"},
      common.ACTIVATION,
    }, common.KERNEL_AND_BIAS),
    call = function(self, x)
      check_groups(self, space, x)
      return activated(self, space, x, function(image)
        local kernel = kernel_of(self, space, "kernel", self.kernel_size, image.shape[3] // self.groups,
          self.filters, self.kernel_initializer)
        local window
        image, window = window_of(self, space, image, self.groups)
        return op.conv2d(image, kernel, window)
      end)
    end,
  }
end

local function depthwise_convolution(space)
  layer{
    name = "DepthwiseConv" .. space.name,
    doc = space.words.convolution .. " of each channel by itself, with depth_multiplier filters of its own",
    formula = space.rank == 2
      and "y[p,q,c*M+m] = activation(bias[c*M+m] + sum over i,j of x[p*s+i*d, q*s+j*d, c] * kernel[i,j,c,m])"
      or "y[p,c*M+m] = activation(bias[c*M+m] + sum over i of x[p*s+i*d, c] * kernel[i,c,m])",
    example = space.rank == 2 and 'DepthwiseConv2D{3, padding = "same", input_shape = {24, 24, 16}}'
      or 'DepthwiseConv1D{3, padding = "same", input_shape = {100, 16}}',
    arguments = {
      size_of(space), strides_of(space), space.padding, MULTIPLIER, space.data_format, dilation_of(space),
      common.ACTIVATION, BIAS, initializer("depthwise_initializer", "kernel"), BIAS_INITIALIZER,
      common.regularizer("depthwise"), common.regularizer("bias"),
      common.ACTIVITY_REGULARIZER, common.constraint("depthwise"),
      common.constraint("bias"),
      {"kernel_initializer", "initializer", optional = true, named_only = true,
        doc = "another name of depthwise_initializer"},
      {"kernel_regularizer", "regularizer", optional = true, named_only = true,
        doc = "another name of depthwise_regularizer"},
    },
    call = function(self, x)
      return activated(self, space, x, function(image)
        return depthwise(self, space, image, "kernel", self.kernel_initializer or self.depthwise_initializer)
      end)
    end,
  }
end

local function separable_convolution(space)
  layer{
    name = "SeparableConv" .. space.name,
    aliases = {"SeparableConvolution" .. space.name},
    doc = "a depthwise convolution, and one of 1 tap that mixes the channels; bias and activation come last",
    formula = space.rank == 2
      and "y[p,q,f] = activation(bias[f] + sum over n of depthwise(x)[p,q,n] * pointwise_kernel[0,0,n,f])"
      or "y[p,f] = activation(bias[f] + sum over n of depthwise(x)[p,n] * pointwise_kernel[0,n,f])",
    example = space.rank == 2
      and 'SeparableConv2D{32, 3, padding = "same", activation = "relu", input_shape = {24, 24, 16}}'
      or 'SeparableConv1D{32, 3, padding = "same", activation = "relu", input_shape = {100, 16}}',
    arguments = {
      FILTERS, size_of(space), strides_of(space), space.padding, space.data_format, dilation_of(space), MULTIPLIER,
      common.ACTIVATION, BIAS, initializer("depthwise_initializer", "depthwise_kernel"),
      initializer("pointwise_initializer", "pointwise_kernel"), BIAS_INITIALIZER,
      common.regularizer("depthwise"), common.regularizer("pointwise"),
      common.regularizer("bias"), common.ACTIVITY_REGULARIZER,
      common.constraint("depthwise"), common.constraint("pointwise"),
      common.constraint("bias"),
      {"kernel_regularizer", "regularizer", optional = true, named_only = true,
        doc = "of Keras 2, where it has no effect: there are two kernels"},
    },
    call = function(self, x)
      if self.kernel_regularizer then
        cnnc.warn(format("%s: kernel_regularizer has no effect, as in Keras 2", self.type),
          {hint = "depthwise_regularizer and pointwise_regularizer are those of its two kernels"})
      end
      return activated(self, space, x, function(image)
        local channels = depthwise(self, space, image, "depthwise_kernel", self.depthwise_initializer)
        local kernel = kernel_of(self, space, "pointwise_kernel", space.single(1), channels.shape[3], self.filters,
          self.pointwise_initializer)
        return op.conv2d(channels, kernel)
      end)
    end,
  }
end

local function transposed_convolution(space)
  layer{
    name = "Conv" .. space.name .. "Transpose",
    aliases = {"Convolution" .. space.name .. "Transpose"},
    doc = "transposed convolution: each number of the input lays a filter, times itself, on the output, which is "
      .. "strides times as large",
    formula = space.rank == 2
      and "y[p*s+i*d, q*s+j*d, f] = activation(bias[f] + sum over p,q,i,j,c of x[p,q,c] * kernel[i,j,f,c])"
      or "y[p*s+i*d, f] = activation(bias[f] + sum over p,i,c of x[p,c] * kernel[i,f,c])",
    example = space.rank == 2
      and 'Conv2DTranspose{16, 3, strides = 2, padding = "same", activation = "relu", input_shape = {12, 12, 32}}'
      or 'Conv1DTranspose{16, 3, strides = 2, padding = "same", activation = "relu", input_shape = {50, 32}}',
    arguments = common.with({
      FILTERS, size_of(space), strides_of(space),
      {"padding", {"valid", "same"}, default = "valid",
        doc = "valid: all that a filter touches; same: strides times " .. space.words.extent .. " of the input"},
      {"output_padding", space.size, min = 0, optional = true,
        doc = space.words.extent .. " that are added at the end, below strides; without it padding decides"},
      space.data_format, dilation_of(space), common.ACTIVATION,
    }, common.KERNEL_AND_BIAS),
    call = function(self, x)
      return activated(self, space, x, function(image)
        local strides = space.pair(self.strides)
        local more = self.output_padding and space.pair(self.output_padding, -1) or {-1, -1}
        if more[1] >= strides[1] or more[2] >= strides[2] then self:fail("needs output_padding below strides") end
        local kernel = kernel_of(self, space, "kernel", self.kernel_size, self.filters, image.shape[3],
          self.kernel_initializer)
        return op.conv2d_transpose(image, kernel, {strides = strides, dilation = space.pair(self.dilation_rate),
          padding = self.padding, output_padding = more})
      end)
    end,
  }
end

for _, space in ipairs{common.images, common.sequences} do
  convolution(space)
  depthwise_convolution(space)
  separable_convolution(space)
  transposed_convolution(space)
end

---- Dense -------------------------------------------------------------------------------------------

layer{
  name = "Dense", masks = true,
  works_on_any_rank = true,
  mixes_last_axis = true, -- only: whoever ends images in it forgot Flatten
  doc = "each output is a weighted sum of all inputs along the last axis",
  formula = "y[u] = activation(bias[u] + sum over i of x[i] * kernel[i,u])",
  example = 'Dense{10, activation = "softmax", input_shape = {400}}',
  arguments = common.with({{"units", "integer", min = 1, doc = "outputs"}, common.ACTIVATION}, common.KERNEL_AND_BIAS),
  call = function(self, x)
    local kernel = self:parameter("kernel", {x.shape[#x.shape], self.units}, self.kernel_initializer)
    return self.activation(common.add_bias(self, op.matmul(x, kernel), self.units))
  end,
}
