-- convolution.lua: convolutions, and Dense.

local cnnc = ...
local op, layer, fields = cnnc.op, cnnc.layer, cnnc.fields
local common = cnnc.common
local format = string.format

local function check_convolution(self, x)
  if math.max(table.unpack(self.strides)) > 1 and math.max(table.unpack(self.dilation_rate)) > 1 then
    self:fail("cannot have both strides and dilation_rate above 1", "make one of them 1")
  end
  if self.filters % self.groups ~= 0 then
    self:fail(format("has %d filters, which do not divide into %d groups", self.filters, self.groups))
  end
  common.need_image(self, x)
  local channels = x.shape[self.data_format == "channels_last" and 3 or 1]
  if channels % self.groups ~= 0 then
    self:fail(format("has an input of %d channels, which do not divide into %d groups", channels, self.groups),
      nil, x)
  end
end

local function convolve(self, image)
  local rows, columns = table.unpack(self.kernel_size)
  local kernel = self:parameter("kernel", {rows, columns, image.shape[3] // self.groups, self.filters},
    self.kernel_initializer)
  return op.conv2d(image, kernel, {
    strides = self.strides, dilation = self.dilation_rate, groups = self.groups, padding = self.padding,
  })
end

layer{
  name = "Conv2D",
  aliases = {"Convolution2D"},
  doc = "2-D convolution: each filter slides over the image and gives one channel of the output",
  formula = "y[p,q,f] = activation(bias[f] + sum over i,j,c of x[p*s+i*d, q*s+j*d, c] * kernel[i,j,c,f])",
  example = 'Conv2D{8, {5, 5}, padding = "same", activation = "relu", input_shape = {28, 28, 1}}',
  arguments = common.with({
    {"filters", "integer", min = 1, doc = "channels of the output"},
    {"kernel_size", "pair", min = 1, doc = "rows and columns of a filter"},
    {"strides", "pair", min = 1, default = 1, doc = "from one place of a filter to the next"},
    common.PADDING,
    common.DATA_FORMAT,
    {"dilation_rate", "pair", min = 1, default = 1, doc = "distance of a filter's taps"},
    {"groups", "integer", min = 1, default = 1, doc = "parts of the channels that are convolved apart"},
    common.ACTIVATION,
  }, common.KERNEL_AND_BIAS),
  call = function(self, x)
    check_convolution(self, x)
    local elementwise = fields[self.activation].spec.elementwise
    local y = common.in_channels_last(self, x, function(image)
      local bare = common.add_bias(self, convolve(self, image), self.filters)
      return elementwise and self.activation(bare) or bare
    end)
    return elementwise and y or self.activation(y)
  end,
}

layer{
  name = "Dense",
  doc = "each output is a weighted sum of all inputs along the last axis",
  formula = "y[u] = activation(bias[u] + sum over i of x[i] * kernel[i,u])",
  example = 'Dense{10, activation = "softmax", input_shape = {400}}',
  arguments = common.with({{"units", "integer", min = 1, doc = "outputs"}, common.ACTIVATION}, common.KERNEL_AND_BIAS),
  call = function(self, x)
    local kernel = self:parameter("kernel", {x.shape[#x.shape], self.units}, self.kernel_initializer)
    return self.activation(common.add_bias(self, op.matmul(x, kernel), self.units))
  end,
}
