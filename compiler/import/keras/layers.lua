-- layers.lua: the classes of Keras 1 to 3, a row each: what they are called in the script language, where their configurations
-- differ from its arguments, and their weights from its parameters.

local cnnc = ...
local array, import = cnnc.array, cnnc.import
local keras = import.keras
local row, set, get = keras.row, keras.set, keras.get

---- Those that are as they are ----------------------------------------------------------------------------

row("InputLayer", {})
for class in string.gmatch("Permute RepeatVector ZeroPadding1D ZeroPadding2D Cropping1D Cropping2D UpSampling1D GaussianNoise "
    .. "GaussianDropout AlphaDropout SpatialDropout1D SpatialDropout2D Dropout ActivityRegularization Masking Add Subtract "
    .. "Multiply Average Maximum Minimum Concatenate Activation ELU Softmax LayerNormalization GroupNormalization "
    .. "UnitNormalization RMSNormalization Rescaling Resizing CenterCrop CategoryEncoding Identity Dense Reshape "
    .. "RandomCrop", "%S+") do
  row(class, {})
end
for class in string.gmatch("RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast RandomBrightness "
    .. "RandomShear", "%S+") do
  row(class, {is_lenient = true}) -- in prediction they do nothing
end
row("TimeDistributedDense", {to = "Dense"})

---- Convolutions --------------------------------------------------------------------------------------------

-- Theano turns kernels round. Keras 1 does not say who wrote a file: names of weights without :0 are Theano's.
local function turned(kernel, axes) return keras.backend == "theano" and keras.flipped(kernel, axes) or kernel end

local function is_first(config)
  local order = get(config, "data_format") or get(config, "dim_ordering")
  return order == "th" or order == "channels_first"
end

local function kernel_of_2d(list, config)
  if keras.version == 1 and is_first(config) then list[1] = keras.permuted(list[1], {3, 4, 2, 1}) end
  list[1] = turned(list[1], 2)
  return list
end

-- Keras 1 has an axis of 1 more, and had the axes in another order first.
local function kernel_of_1d(list, config)
  local dims, filters = array.dims(list[1]), get(config, "nb_filter") or get(config, "filters")
  if #dims == 4 then
    if dims[2] ~= 1 or dims[4] ~= filters then list[1] = keras.permuted(list[1], {3, 4, 2, 1}) end
    dims = array.dims(list[1])
    list[1] = keras.reshaped(list[1], {dims[1], dims[3], dims[4]})
  end
  list[1] = turned(list[1], 1)
  return list
end

local function kernel_of_transposed(list, config)
  if keras.version == 1 then list[1] = keras.permuted(list[1], is_first(config) and {3, 4, 1, 2} or {1, 2, 4, 3}) end
  list[1] = turned(list[1], 2)
  return list
end

local function with_kernel_size(config)
  if config.nb_row then config.kernel_size = {config.nb_row, config.nb_col} end
  config.nb_row, config.nb_col = nil, nil
  return config
end

row("Conv2D Convolution2D AtrousConvolution2D", {prepare = with_kernel_size, weights = kernel_of_2d})
row("Conv1D Convolution1D AtrousConvolution1D", {weights = kernel_of_1d})
row("SeparableConv2D SeparableConvolution2D", {prepare = with_kernel_size, ignores = set "groups"})
row("SeparableConv1D SeparableConvolution1D", {ignores = set "groups"})
row("DepthwiseConv2D", {ignores = set "groups"})
row("DepthwiseConv1D", {ignores = set "groups"})
row("Conv2DTranspose Convolution2DTranspose", {ignores = set "groups", weights = kernel_of_transposed})
row("Conv1DTranspose", {ignores = set "groups"})

---- Pools and what only moves numbers ------------------------------------------------------------------------

for _, rank in ipairs{"1D", "2D"} do
  row("MaxPooling" .. rank .. " MaxPool" .. rank, {})
  row("AveragePooling" .. rank .. " AvgPool" .. rank, {})
  row("GlobalMaxPooling" .. rank .. " GlobalMaxPool" .. rank, {})
  row("GlobalAveragePooling" .. rank .. " GlobalAvgPool" .. rank, {})
  row("AdaptiveMaxPooling" .. rank, {})
  row("AdaptiveAveragePooling" .. rank, {})
end

row("Flatten", {prepare = function(config)
  if not is_first(config) then config.data_format = nil end
  return config
end})

-- TensorFlow 1 began to count pixels at their corner.
row("UpSampling2D", {refuse = function(config)
  local major, minor = string.match(keras.version_text or "1.0", "^(%d+)%.(%d+)")
  local is_old = tonumber(major) == 1 or tonumber(major) == 2 and tonumber(minor) < 3
  if get(config, "interpolation") == "bilinear" and is_old then
    return " (bilinear, of before Keras 2.3: where pixels lie depended on the version of TensorFlow)",
      "load and save the model with TensorFlow 2"
  end
end})

---- Normalization ----------------------------------------------------------------------------------------------

row("BatchNormalization BatchNormalizationV1 BatchNormalizationV2 SyncBatchNormalization", {
  refuse = function(config)
    local mode = get(config, "mode")
    if mode and mode ~= 0 then return string.format(" (mode %s: it normalizes by what it predicts)", tostring(mode)) end
  end,
  ignores = set "mode",
})

-- The third is how many samples were seen.
row("Normalization", {
  prepare = function(config)
    if config.axis == keras.none then config.axis = {} end
    for _, name in ipairs{"mean", "variance"} do
      while type(config[name]) == "table" and type(config[name][1]) == "table" do config[name] = config[name][1] end
    end
    return config
  end,
  weights = function(list) return {list[1], list[2]} end,
})

---- Number by number ---------------------------------------------------------------------------------------------

row("ReLU", {})
row("LeakyReLU", {names = {alpha = "negative_slope"}})
row("PReLU", {})
row("ThresholdedReLU", {to = "ReLU", names = {theta = "threshold"}})

---- Words and attention --------------------------------------------------------------------------------------------

row("Embedding", {names = {input_dim = "input_dim", output_dim = "output_dim"}, ignores = set "dropout"})
row("Attention", {names = {causal = "use_causal_mask"}})
row("AdditiveAttention", {names = {causal = "use_causal_mask"}})
row("Dot", {})
row("EinsumDense", {})

local PROJECTIONS <const> = {"query_dense", "_query_dense", "key_dense", "_key_dense", "value_dense", "_value_dense",
  "output_dense", "_output_dense"}

row("MultiHeadAttention", {
  order = {"query", "value", "key"}, parts = PROJECTIONS, ignores = set "query_shape key_shape value_shape",
  prepare = function(config)
    local axes = get(config, "attention_axes")
    if type(axes) == "table" and #axes == 1 and axes[1] == 1 then config.attention_axes = nil end
    return config
  end,
})
row("GroupedQueryAttention GroupQueryAttention", {
  to = "GroupQueryAttention", order = {"query", "value", "key"}, parts = PROJECTIONS,
})

---- Recurrence --------------------------------------------------------------------------------------------------------

-- Of Keras 1's arrays, three for each gate, one for the kernel, the states and the bias: `order` are the gates' places.
local function joined_gates(list, order)
  local result = {}
  for i = 1, 3 do
    local parts = {}
    for j, gate in ipairs(order) do parts[j] = list[3 * (gate - 1) + i] end
    result[i] = array.concat(parts, #array.dims(parts[1]))
  end
  return result
end

local function gates_of(count, order)
  return function(list) return #list == count and joined_gates(list, order) or list end
end

local GRU_GATES <const>, LSTM_GATES <const> = gates_of(9, {1, 2, 3}), gates_of(12, {1, 3, 2, 4})

-- cuDNN has each gate's matrix turned, and for the kernel in other memory, too.
local function of_cudnn(list, gates)
  local inputs, units = array.dims(list[1])[1], array.dims(list[2])[1]
  local kernels, states = {}, {}
  for i = 1, gates do
    local kernel = keras.reshaped(keras.columns(list[1], (i - 1) * units, units), {units, inputs})
    kernels[i] = keras.permuted(kernel, {2, 1})
    states[i] = keras.permuted(keras.columns(list[2], (i - 1) * units, units), {2, 1})
  end
  return array.concat(kernels, 2), array.concat(states, 2)
end

local function recurrent(classes, fields)
  fields.order = {"initial_state"}
  row(classes, fields)
end

-- Before TensorFlow 2 there was no reset_after but in name.
local function with_reset(config)
  if config.reset_after == nil then config.reset_after = false end
  return config
end

recurrent("SimpleRNN", {})
recurrent("LSTM LSTMV2 UnifiedLSTM", {to = "LSTM", weights = LSTM_GATES})
recurrent("GRU GRUV2 UnifiedGRU", {to = "GRU", prepare = with_reset, weights = GRU_GATES})
recurrent("CuDNNLSTM", {to = "LSTM", weights = function(list)
  local kernel, states = of_cudnn(list, 4)
  local half = array.count(list[3]) // 2
  local bias = array.binary("add", keras.columns(list[3], 0, half), keras.columns(list[3], half, half))
  return {kernel, states, bias}
end})
recurrent("CuDNNGRU", {to = "GRU", weights = function(list)
  local kernel, states = of_cudnn(list, 3)
  return {kernel, states, keras.reshaped(list[3], {2, array.count(list[3]) // 2})}
end})
row("SimpleRNNCell", {})
row("LSTMCell", {})
row("GRUCell", {prepare = with_reset})
row("StackedRNNCells", {})

-- The paths of stacked cells, each numbered within its class.
recurrent("RNN", {parts = function(config)
  local list, counts, cell = {}, {}, get(config, "cell")
  for _, one in ipairs(type(cell) == "table" and type(cell.config) == "table" and get(cell.config, "cells") or {}) do
    local class = cnnc.snake_case(tostring(one.class_name))
    list[#list + 1] = "cell/cells/" .. class .. (counts[class] and "_" .. counts[class] or "")
    counts[class] = (counts[class] or 0) + 1
  end
  return list
end})

recurrent("ConvLSTM2D", {weights = function(list)
  list[1], list[2] = turned(list[1], 2), turned(list[2], 2)
  return list
end})
recurrent("ConvLSTM1D", {})

---- Wrappers ----------------------------------------------------------------------------------------------------------

-- The arrays of the layer inside, as its own row has them.
local function inside(list, config)
  local spec = get(config, "layer")
  local own = type(spec) == "table" and keras.row_of(spec)
  return own and own.weights and own.weights(list, type(spec.config) == "table" and spec.config or {}) or list
end

recurrent("Bidirectional", {
  parts = {"forward_layer", "backward_layer"},
  prepare = function(config)
    if config.merge_mode == keras.none then config.merge_mode = "none" end
    return config
  end,
  weights = function(list, config)
    local half = #list // 2
    local forward, backward = {}, {}
    for i = 1, half do forward[i], backward[i] = list[i], list[half + i] end
    forward, backward = inside(forward, config), inside(backward, config)
    return table.move(backward, 1, #backward, #forward + 1, forward)
  end,
})

row("TimeDistributed", {
  wraps = true, parts = {"layer"}, weights = inside,
  make = function(instance)
    local model = instance.made_inner
    local args = model and {layer = model} or keras.arguments(instance.row, instance.config)
    return import.make("TimeDistributed", args, instance.name)
  end,
})

---- What cannot be ------------------------------------------------------------------------------------------------------

row("Lambda", {refuse = function()
  return "", "a Lambda layer holds Python code, which is never run: save the model with layers of Keras' own in its place"
end})

-- Keras 1's layer of all merges.
local MODES <const> = {sum = "Add", mul = "Multiply", ave = "Average", max = "Maximum", concat = "Concatenate"}

row("Merge", {
  refuse = function(config)
    local mode = get(config, "mode")
    if not MODES[mode] or get(config, "layers") then
      return string.format(" (mode %s)", cnnc.arguments.show(mode)), "save the model with Keras 2, whose layers say what they do"
    end
  end,
  make = function(instance)
    local kind, axis = MODES[instance.config.mode], get(instance.config, "concat_axis")
    return import.make(kind, kind == "Concatenate" and {axis = axis} or {}, instance.name)
  end,
})
