-- pooling.lua: pooling layers.

local cnnc = ...
local op, layer = cnnc.op, cnnc.layer
local common = cnnc.common

local function pooling(name, aliases, doc, formula, pool_default, pool)
  layer{
    name = name,
    aliases = aliases,
    doc = doc,
    formula = formula,
    example = name .. "{{2, 2}, strides = 2, input_shape = {28, 28, 8}}",
    arguments = {
      {"pool_size", "pair", min = 1, default = pool_default, doc = "rows and columns of a window"},
      {"strides", "pair", min = 1, optional = true, doc = "from one window to the next; pool_size without it"},
      common.PADDING,
      common.DATA_FORMAT,
    },
    call = function(self, x)
      return common.in_channels_last(self, x, function(image)
        local strides = self.strides or self.pool_size
        return pool(image, {pool = self.pool_size, strides = strides, padding = self.padding})
      end)
    end,
  }
end

pooling("MaxPooling2D", {"MaxPool2D"}, "the largest value of each window, channel by channel",
  "y[p,q,c] = max over i,j of x[p*s+i, q*s+j, c]", 2, op.max_pool2d)
pooling("AveragePooling2D", {"AvgPool2D"},
  "the mean of each window, channel by channel; what lies outside does not count",
  "y[p,q,c] = mean over i,j of x[p*s+i, q*s+j, c]", nil, op.average_pool2d)

local function global_pooling(name, aliases, doc, formula, pool)
  layer{
    name = name,
    aliases = aliases,
    doc = doc,
    formula = formula,
    example = name .. "{input_shape = {7, 7, 32}}",
    arguments = {common.DATA_FORMAT, {"keepdims", "boolean", default = false, doc = "keep rows and columns, as 1x1"}},
    call = function(self, x)
      local y = common.in_channels_last(self, x, function(image)
        local size = {image.shape[1], image.shape[2]}
        return pool(image, {pool = size, strides = size, padding = "valid"})
      end)
      if self.keepdims then return y end
      return op.reshape(y, {shape = {self.data_format == "channels_last" and y.shape[3] or y.shape[1]}})
    end,
  }
end

global_pooling("GlobalMaxPooling2D", {"GlobalMaxPool2D"}, "the largest value of each channel",
  "y[c] = max over p,q of x[p,q,c]", op.max_pool2d)
global_pooling("GlobalAveragePooling2D", {"GlobalAvgPool2D"}, "the mean of each channel",
  "y[c] = mean over p,q of x[p,q,c]", op.average_pool2d)
