-- torch.lua: the modules of PyTorch, and how each is written here.
--
-- A row is {names, what it is here, a function that writes a call of it from its arguments}. The arguments are {name = or nil,
-- text =}, ...; the function returns nil where a call cannot be told in a few words. Without one the second entry is the call.

local cnnc = ...
local format, concat, find = string.format, table.concat, string.find

local torch = {}
cnnc.torch = torch

-- By name what was given, of arguments whose order is `names`.
local function values(list, names)
  local given = {}
  for i, argument in ipairs(list) do given[argument.name or names[i] or i] = argument.text end
  return given
end

-- Are all of the arguments among these names? Others are Keras', of a class that both have.
local function has_only(list, ...)
  for _, argument in ipairs(list) do
    local known = false
    for _, name in ipairs{...} do known = known or argument.name == name end
    if not known then return false end
  end
  return true
end

local function whole(text) return text and math.tointeger(tonumber(text)) end

-- Sides of a window that is moved by one place: do these zeros keep the size?
local function keeps_size(kernel, padding) return whole(kernel) and whole(padding) and whole(kernel) == 2 * whole(padding) + 1 end

local function call_text(name, parts)
  return format("%s{%s}", name, concat(parts, ", "))
end

local function convolution(dimensions)
  return function(list)
    local a = values(list, {"inputs", "filters", "kernel", "stride", "padding", "dilation", "groups", "bias"})
    a.filters, a.kernel = a.filters or a.out_channels, a.kernel or a.kernel_size
    local parts, front = {a.filters, a.kernel}, ""
    local function put(name, value) if value then parts[#parts + 1] = format("%s = %s", name, value) end end
    put("strides", a.stride)
    if a.padding == '"same"' or (whole(a.padding) ~= 0 and keeps_size(a.kernel, a.padding)) then
      put("padding", '"same"')
    elseif a.padding and whole(a.padding) ~= 0 then
      front = format("ZeroPadding%s(%s), ", dimensions, a.padding)
    end
    put("dilation_rate", a.dilation)
    put("groups", a.groups)
    put("use_bias", a.bias)
    return #parts >= 2 and front .. call_text("Conv" .. dimensions, parts) or nil
  end
end

local function transposed(name)
  return function(list)
    local a = values(list, {"inputs", "filters", "kernel", "stride", "padding"})
    if not (a.filters and a.kernel) or #list > 5 or (a.padding and whole(a.padding) ~= 0) then return nil end
    local parts = {a.filters, a.kernel}
    if a.stride then parts[3] = "strides = " .. a.stride end
    return call_text(name, parts)
  end
end

local function pool(name)
  return function(list)
    local a = values(list, {"kernel_size", "stride"})
    if not a.kernel_size or #list > (a.stride and 2 or 1) then return nil end
    return a.stride and format("%s{%s, strides = %s}", name, a.kernel_size, a.stride) or format("%s(%s)", name, a.kernel_size)
  end
end

local function adaptive(name, dimensions)
  return function(list)
    local size = #list == 1 and list[1].text
    if size == "1" or size == "{1, 1}" then return format("Global%sPooling%s{keepdims = true}", name, dimensions) end
    return size and format("Adaptive%sPooling%s(%s)", name, dimensions, size) or nil
  end
end

local function linear(list)
  local a = values(list, {"inputs", "units", "bias"})
  a.units = a.units or a.out_features
  if not a.units then return nil end
  return a.bias and format("Dense{%s, use_bias = %s}", a.units, a.bias) or format("Dense(%s)", a.units)
end

local function group_norm(list)
  local a = values(list, {"groups", "channels"})
  return a.groups and #list <= 2 and format("GroupNormalization{%s, epsilon = 1e-5}", a.groups) or nil
end

local function layer_norm(list)
  return #list == 1 and not find(list[1].text, ",") and "LayerNormalization{epsilon = 1e-5}" or nil
end

local function dropout(name)
  return function(list)
    local a = values(list, {"p"})
    return format("%s(%s)", name, a.p or "0.5")
  end
end

local function with_first(name)
  return function(list) return #list == 1 and format("%s(%s)", name, list[1].text) or nil end
end

local function without(text, ...)
  local names = {...}
  return function(list) return has_only(list, table.unpack(names)) and text or nil end
end

local BATCH_NORM <const> = "BatchNormalization{epsilon = 1e-5, momentum = 0.9}"

local ROWS <const> = {
  {"Conv1d LazyConv1d", "Conv1D{filters, kernel_size}", convolution("1D")},
  {"Conv2d LazyConv2d", "Conv2D{filters, kernel_size}", convolution("2D")},
  {"ConvTranspose1d", "Conv1DTranspose{filters, kernel_size, strides = 2}", transposed("Conv1DTranspose")},
  {"ConvTranspose2d", "Conv2DTranspose{filters, kernel_size, strides = 2}", transposed("Conv2DTranspose")},
  {"Linear LazyLinear", "Dense(units)", linear},
  {"MaxPool1d", "MaxPool1D(pool_size)", pool("MaxPool1D")},
  {"MaxPool2d", "MaxPool2D(pool_size)", pool("MaxPool2D")},
  {"AvgPool1d", "AveragePooling1D(pool_size)", pool("AveragePooling1D")},
  {"AvgPool2d", "AveragePooling2D(pool_size)", pool("AveragePooling2D")},
  {"AdaptiveAvgPool1d", "GlobalAveragePooling1D(), or AdaptiveAveragePooling1D(size)", adaptive("Average", "1D")},
  {"AdaptiveAvgPool2d", "GlobalAveragePooling2D(), or AdaptiveAveragePooling2D(size)", adaptive("Average", "2D")},
  {"AdaptiveMaxPool1d", "GlobalMaxPooling1D(), or AdaptiveMaxPooling1D(size)", adaptive("Max", "1D")},
  {"AdaptiveMaxPool2d", "GlobalMaxPooling2D(), or AdaptiveMaxPooling2D(size)", adaptive("Max", "2D")},
  {"BatchNorm BatchNorm1d BatchNorm2d SyncBatchNorm", BATCH_NORM},
  {"LayerNorm", "LayerNormalization{epsilon = 1e-5}", layer_norm},
  {"GroupNorm", "GroupNormalization{groups, epsilon = 1e-5}", group_norm},
  {"InstanceNorm1d InstanceNorm2d", "GroupNormalization{-1, epsilon = 1e-5, center = false, scale = false}"},
  {"RMSNorm", "RMSNormalization()"},
  {"Dropout1d", "SpatialDropout1D(rate)", dropout("SpatialDropout1D")},
  {"Dropout2d", "SpatialDropout2D(rate)", dropout("SpatialDropout2D")},
  {"ZeroPad1d", "ZeroPadding1D(padding)", with_first("ZeroPadding1D")},
  {"ZeroPad2d", "ZeroPadding2D(padding)", with_first("ZeroPadding2D")},
  {"Upsample UpsamplingNearest2d UpsamplingBilinear2d", 'UpSampling2D{2, interpolation = "bilinear"}, or "nearest"',
    function() return nil end},
  {"PixelShuffle", "Lambda(function(x) return ops.depth_to_space(x, 2) end), where channels stand in another order",
    function() return nil end},
  {"MultiheadAttention", "MultiHeadAttention{num_heads, key_dim}, key_dim of each head", function() return nil end},
  {"ReLU", "ReLU()", without("ReLU()", "inplace")},
  {"Softmax", "Softmax()", without("Softmax()", "dim")},
  {"Softmax2d", "Softmax()"},

  {"CrossEntropyLoss NLLLoss", "SparseCategoricalCrossentropy{from_logits = true}"},
  {"BCELoss", "BinaryCrossentropy()"}, {"BCEWithLogitsLoss", "BinaryCrossentropy{from_logits = true}"},
  {"MSELoss", "MeanSquaredError()"}, {"L1Loss", "MeanAbsoluteError()"}, {"SmoothL1Loss HuberLoss", "Huber()"},
  {"KLDivLoss", "KLDivergence()"}, {"PoissonNLLLoss", "Poisson()"},

  {"NAdam", "Nadam()"},
  {"StepLR", "ExponentialDecay{0.1, decay_steps = 1000, decay_rate = 0.1, staircase = true}, in steps of training"},
  {"ExponentialLR", "ExponentialDecay{0.1, decay_steps = 1000, decay_rate = 0.9}, in steps of training"},
  {"MultiStepLR", "PiecewiseConstantDecay{boundaries = {1000}, values = {0.1, 0.01}}, in steps of training"},
  {"CosineAnnealingLR", "CosineDecay{0.1, decay_steps = 1000}, in steps of training"},
  {"CosineAnnealingWarmRestarts", "CosineDecayRestarts{0.1, first_decay_steps = 1000}, in steps of training"},
}

-- Modules that are activations, by the names of these here.
for name, word in pairs{
  Sigmoid = "sigmoid", Tanh = "tanh", GELU = "gelu", SiLU = "silu", Mish = "mish", SELU = "selu", CELU = "celu", ReLU6 = "relu6",
  Hardswish = "hard_silu", Hardsigmoid = "hard_sigmoid", Hardtanh = "hard_tanh", Softplus = "softplus", Softsign = "softsign",
  LogSigmoid = "log_sigmoid", LogSoftmax = "log_softmax", Tanhshrink = "tanh_shrink", Hardshrink = "hard_shrink",
  Softshrink = "soft_shrink", GLU = "glu",
} do
  local text = format("Activation(%q)", word)
  ROWS[#ROWS + 1] = {name, text, without(text, "inplace", "dim")}
end

-- Methods of tensors, x.
local OF_TENSORS <const> = {
  view = "ops.reshape(x, {-1, ...})", permute = "ops.transpose(x, {0, ...})", flatten = "Flatten()(x)", size = "x.shape",
  unsqueeze = "ops.expand_dims(x, axis)", dim = "x.rank", cat = "concatenate{x, y}", chunk = "ops.split(x, parts)",
  numpy = "nothing: the script only describes the network", item = "nothing: the script only describes the network",
  detach = "ops.stop_gradient(x)", pow = "x ^ 2", t = "ops.transpose(x, {0, 2, 1})",
}
-- Methods of modules.
local OF_MODULES <const> = {
  forward = "model(x)", parameters = "model.layers, which have trainable = false where they are frozen",
  requires_grad_ = "model.trainable = false", freeze = "model.trainable = false", unfreeze = "model.trainable = true",
  state_dict = 'model:save("model.safetensors")', load_state_dict = 'model:load_weights("model.safetensors")',
}
for name in string.gmatch("train eval cuda cpu to backward zero_grad step", "%S+") do
  OF_MODULES[name] = "nothing: the program trains, evaluates and predicts, each as it has to be"
end

-- How a method of a tensor is written; nil: there is none of this name.
function torch.of_tensor(name)
  local text = OF_TENSORS[name] or cnnc.is_activation(name) and name .. "(x)"
    or type(cnnc.ops[name]) == "function" and format("ops.%s(x)", name)
  return text and "it is written " .. text
end

function torch.of_module(name) return OF_MODULES[name] and "here it is " .. OF_MODULES[name] end

local by_name = {}
for _, row in ipairs(ROWS) do
  for name in string.gmatch(row[1], "%S+") do by_name[name] = row end
end
torch.rows = ROWS

-- What a module is here, with words for what it takes; nil: there is none of this name.
function torch.here(name) return by_name[name] and by_name[name][2] end

-- A call of a module with these arguments, as it is written here; nil: that is not known.
function torch.call(name, list)
  local row = by_name[name]
  if not row then return nil end
  if row[3] then return row[3](list) end
  return #list <= 1 and not (list[1] and list[1].name) and row[2] or nil -- one: how many channels there are
end
