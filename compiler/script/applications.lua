-- applications.lua: networks of Keras' applications, with its names of layers, so that converted weights fit.

local cnnc = ...
local warn, entry, fields = cnnc.warn, cnnc.entry, cnnc.fields
local arguments, exports = cnnc.arguments, cnnc.exports
local format = string.format

local function rows_of(more)
  local rows = {
    {"input_shape", "shape", min = 1, open = true, optional = true, doc = "of an image; 224x224x3 without it"},
    {"include_top", "boolean", default = true, doc = "end with the layers that tell classes"},
    {"weights", {"imagenet", "none"}, default = "imagenet",
      doc = "the program is given them, --weights FILE.safetensors; imagenet: remind of that"},
    {"input_tensor", "tensor", optional = true, doc = "what the network is called on, in place of an input of its own"},
    {"pooling", {"avg", "max"}, optional = true, doc = "without the top: one number of each channel"},
    {"classes", "integer", min = 1, default = 1000, doc = "of the top"},
    {"classifier_activation", "activation", default = "softmax", doc = "of the top"},
    {"name", "name", optional = true, named_only = true, doc = "of the model"},
  }
  for i, row in ipairs(more) do table.insert(rows, 1 + i, row) end
  return rows
end

-- Keras' end of such a network.
local function finish(x, values, top)
  if values.include_top then return top(x, values) end
  if values.pooling == "avg" then return exports.GlobalAveragePooling2D()(x) end
  if values.pooling == "max" then return exports.GlobalMaxPooling2D()(x) end
  return x
end

-- `body(x, values)` makes the features, `top(x, values)` the classes; `title(values, shape)` is the model's name.
local function application(spec)
  local rows = rows_of(spec.rows or {})
  cnnc.describe("function", {name = spec.name, rows = rows, doc = spec.doc, example = spec.example})
  exports[spec.name] = entry(function(...)
    cnnc.need_top_level(spec.name)
    local given = ...
    if arguments.is_plain_table(given) and given.weights == exports.None then given.weights = "none" end
    local values = arguments.parse(spec.name, rows, ...)
    if values.weights == "imagenet" then
      warn(format("the weights of %s begin at random: cnnc brings none of ImageNet", spec.name),
        {hint = "give the program such weights, as safetensors with Keras' names: --weights FILE; weights = None says that "
          .. "none are wanted"})
    end
    local x = values.input_tensor or cnnc.input_for(values.input_shape or {224, 224, 3})
    local model = exports.Model(x, finish(spec.body(x, values), values, spec.top))
    fields[model].name = values.name or spec.title(values, x.shape)
    return model
  end)
end

---- MobileNetV2 -------------------------------------------------------------------------------------------

local function normalized(x, name)
  return exports.BatchNormalization{epsilon = 1e-3, momentum = 0.999, name = name}(x)
end

local function relu6(x, name) return exports.ReLU{6, name = name}(x) end

local function pointwise(x, filters, name)
  return exports.Conv2D{filters, 1, padding = "same", use_bias = false, name = name}(x)
end

-- The multiple of 8 near v, but not below 0.9 v.
local function divisible(v)
  local near = math.max(8, math.floor(v + 4) // 8 * 8)
  return near < 0.9 * v and near + 8 or near
end

-- In front of a convolution of stride 2, so that it does not depend on whether the size is even.
local function padded(x, name)
  local function sides(size) return {size % 2, 1} end
  return exports.ZeroPadding2D{{sides(x.shape[1]), sides(x.shape[2])}, name = name}(x)
end

local function depthwise(x, stride, prefix)
  if stride == 2 then x = padded(x, prefix .. "pad") end
  x = exports.DepthwiseConv2D{3, strides = stride, padding = stride == 1 and "same" or "valid", use_bias = false,
    name = prefix .. "depthwise"}(x)
  return relu6(normalized(x, prefix .. "depthwise_BN"), prefix .. "depthwise_relu")
end

local function inverted_residual(x, filters, stride, block)
  local channels, prefix, y = x.shape[3], block == 0 and "expanded_conv_" or format("block_%d_", block), x
  if block > 0 then
    y = normalized(pointwise(y, 6 * channels, prefix .. "expand"), prefix .. "expand_BN")
    y = relu6(y, prefix .. "expand_relu")
  end
  y = normalized(pointwise(depthwise(y, stride, prefix), filters, prefix .. "project"), prefix .. "project_BN")
  if channels ~= filters or stride > 1 then return y end
  return exports.Add{name = prefix .. "add"}{x, y}
end

-- Filters, stride of the first, and how many.
local STAGES <const> = {{16, 1, 1}, {24, 2, 2}, {32, 2, 3}, {64, 2, 4}, {96, 1, 3}, {160, 2, 3}, {320, 1, 1}}

application{
  name = "MobileNetV2",
  doc = "the features of MobileNetV2 (Sandler et al. 2018), or the whole network",
  example = "local base = MobileNetV2{input_shape = {96, 96, 3}, include_top = false, weights = None}\n"
    .. "return Sequential{base, GlobalAveragePooling2D(), Dense{2, activation = \"softmax\"}}",
  rows = {{"alpha", "number", above = 0, max = 4, default = 1.0, doc = "factor of the channels"}},
  title = function(values, shape) return format("mobilenetv2_%.2f_%d", values.alpha, shape[1]) end,
  body = function(x, values)
    local y = exports.Conv2D{divisible(32 * values.alpha), 3, strides = 2, padding = "same", use_bias = false,
      name = "Conv1"}(x)
    y = relu6(normalized(y, "bn_Conv1"), "Conv1_relu")
    local block = 0
    for _, stage in ipairs(STAGES) do
      for i = 1, stage[3] do
        y = inverted_residual(y, divisible(stage[1] * values.alpha), i == 1 and stage[2] or 1, block)
        block = block + 1
      end
    end
    local last = values.alpha > 1 and divisible(1280 * values.alpha) or 1280
    y = exports.Conv2D{last, 1, use_bias = false, name = "Conv_1"}(y)
    return relu6(normalized(y, "Conv_1_bn"), "out_relu")
  end,
  top = function(x, values)
    local y = exports.GlobalAveragePooling2D()(x)
    return exports.Dense{values.classes, activation = values.classifier_activation, name = "predictions"}(y)
  end,
}

---- VGG ---------------------------------------------------------------------------------------------------

local function vgg(name, depths, title)
  application{
    name = name,
    doc = format("the features of %s (Simonyan & Zisserman 2014), or the whole network", name),
    example = format("local base = %s{input_shape = {32, 32, 3}, include_top = false, weights = None}\n", name)
      .. "return Sequential{base, Flatten(), Dense{2, activation = \"softmax\"}}",
    title = function() return title end,
    body = function(x)
      for block, depth in ipairs(depths) do
        for i = 1, depth do
          x = exports.Conv2D{math.min(512, 32 << block), 3, padding = "same", activation = "relu",
            name = format("block%d_conv%d", block, i)}(x)
        end
        x = exports.MaxPooling2D{2, strides = 2, name = format("block%d_pool", block)}(x)
      end
      return x
    end,
    top = function(x, values)
      x = exports.Flatten{name = "flatten"}(x)
      for i = 1, 2 do x = exports.Dense{4096, activation = "relu", name = format("fc%d", i)}(x) end
      return exports.Dense{values.classes, activation = values.classifier_activation, name = "predictions"}(x)
    end,
  }
end

vgg("VGG16", {2, 2, 3, 3, 3}, "vgg16")
vgg("VGG19", {2, 2, 4, 4, 4}, "vgg19")

---- ResNet ------------------------------------------------------------------------------------------------

local function resnet_norm(x, name)
  return exports.BatchNormalization{epsilon = 1.001e-5, name = name .. "_bn"}(x)
end

local function convolved(x, filters, size, strides, name)
  local y = exports.Conv2D{filters, size, strides = strides, padding = size == 3 and "same" or "valid",
    name = name .. "_conv"}(x)
  return resnet_norm(y, name)
end

local function bottleneck(x, filters, stride, name, is_first)
  local shortcut = is_first and convolved(x, 4 * filters, 1, stride, name .. "_0") or x
  local y = convolved(x, filters, 1, stride, name .. "_1")
  y = exports.Activation{"relu", name = name .. "_1_relu"}(y)
  y = convolved(y, filters, 3, 1, name .. "_2")
  y = exports.Activation{"relu", name = name .. "_2_relu"}(y)
  y = convolved(y, 4 * filters, 1, 1, name .. "_3")
  y = exports.Add{name = name .. "_add"}{shortcut, y}
  return exports.Activation{"relu", name = name .. "_out"}(y)
end

local function resnet(name, depths, title)
  application{
    name = name,
    doc = format("the features of %s (He et al. 2015), or the whole network", name),
    example = format("local base = %s{input_shape = {64, 64, 3}, include_top = false, weights = None}\n", name)
      .. "return Sequential{base, GlobalAveragePooling2D(), Dense{2, activation = \"softmax\"}}",
    title = function() return title end,
    body = function(x)
      x = exports.ZeroPadding2D{3, name = "conv1_pad"}(x)
      x = exports.Activation{"relu", name = "conv1_relu"}(convolved(x, 64, 7, 2, "conv1"))
      x = exports.MaxPooling2D{3, strides = 2, name = "pool1_pool"}(exports.ZeroPadding2D{1, name = "pool1_pad"}(x))
      for stage, depth in ipairs(depths) do
        for i = 1, depth do
          local stride = i == 1 and stage > 1 and 2 or 1
          x = bottleneck(x, 32 << stage, stride, format("conv%d_block%d", stage + 1, i), i == 1)
        end
      end
      return x
    end,
    top = function(x, values)
      local y = exports.GlobalAveragePooling2D{name = "avg_pool"}(x)
      return exports.Dense{values.classes, activation = values.classifier_activation, name = "predictions"}(y)
    end,
  }
end

resnet("ResNet50", {3, 4, 6, 3}, "resnet50")
resnet("ResNet101", {3, 4, 23, 3}, "resnet101")
resnet("ResNet152", {3, 8, 36, 3}, "resnet152")

---- MobileNet ---------------------------------------------------------------------------------------------

local function norm_relu6(x, name)
  x = exports.BatchNormalization{name = name .. "_bn"}(x)
  return relu6(x, name .. "_relu")
end

local function depthwise_pointwise(x, filters, stride, block)
  if stride == 2 then x = exports.ZeroPadding2D{{{0, 1}, {0, 1}}, name = format("conv_pad_%d", block)}(x) end
  local dw, pw = format("conv_dw_%d", block), format("conv_pw_%d", block)
  x = exports.DepthwiseConv2D{3, strides = stride, padding = stride == 1 and "same" or "valid", use_bias = false,
    name = dw}(x)
  return norm_relu6(pointwise(norm_relu6(x, dw), filters, pw), pw)
end

-- Filters and stride of each block.
local BLOCKS <const> = {{64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1}, {512, 1}, {512, 1}, {512, 1},
                        {512, 1}, {1024, 2}, {1024, 1}}

application{
  name = "MobileNet",
  doc = "the features of MobileNet (Howard et al. 2017), or the whole network",
  example = "local base = MobileNet{input_shape = {96, 96, 3}, include_top = false, weights = None}\n"
    .. "return Sequential{base, GlobalAveragePooling2D(), Dense{2, activation = \"softmax\"}}",
  rows = {{"alpha", "number", above = 0, max = 4, default = 1.0, doc = "factor of the channels"}},
  title = function(values, shape) return format("mobilenet_%.2f_%d", values.alpha, shape[1]) end,
  body = function(x, values)
    local y = exports.Conv2D{math.floor(32 * values.alpha), 3, strides = 2, padding = "same", use_bias = false,
      name = "conv1"}(x)
    y = norm_relu6(y, "conv1")
    for i, block in ipairs(BLOCKS) do
      y = depthwise_pointwise(y, math.floor(block[1] * values.alpha), block[2], i)
    end
    return y
  end,
  top = function(x, values)
    local y = exports.GlobalAveragePooling2D{keepdims = true}(x)
    y = exports.Dropout{1e-3, name = "dropout"}(y)
    y = exports.Conv2D{values.classes, 1, padding = "same", name = "conv_preds"}(y)
    y = exports.Reshape{{values.classes}, name = "reshape_2"}(y)
    return exports.Activation{values.classifier_activation, name = "predictions"}(y)
  end,
}
