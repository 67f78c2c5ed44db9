-- arguments.lua: from a layer's configuration to what stands in the braces of the script language's.
--
-- A row of a class (layers.lua): {to = the layer of the script language, names = {KEY = ARGUMENT} where they differ, ignores =
-- {KEY = true} that changes no prediction, is_lenient = others do not, either, prepare = f(config), which returns a configuration
-- in Keras' present form, refuse = f(config), which returns why not and a hint, make = f(instance), which makes the layer, weights
-- and parts (weights.lua), order = names of tensors that a call may have, wraps = its layer may be a model}.

local cnnc = ...
local import = cnnc.import
local keras = import.keras
local NONE <const>, get = keras.none, keras.get
local is_plain_table = cnnc.arguments.is_plain_table
local find = string.find

---- Rows ------------------------------------------------------------------------------------------------

-- Defines the class, and others that are the same: row("Conv2D Convolution2D", {...}).
function keras.row(classes, row)
  for class in string.gmatch(classes, "%S+") do
    row.to = row.to or class
    keras.rows[class] = row
  end
end

function keras.set(words)
  local set = {}
  for word in string.gmatch(words, "%S+") do set[word] = true end
  return set
end

-- What Keras 1 called otherwise.
local OLD <const> = {
  nb_filter = "filters", subsample = "strides", subsample_length = "strides", border_mode = "padding", bias = "use_bias",
  dim_ordering = "data_format", atrous_rate = "dilation_rate", filter_length = "kernel_size", output_dim = "units",
  inner_activation = "recurrent_activation", pool_length = "pool_size", stride = "strides", dropout_W = "dropout",
  dropout_U = "recurrent_dropout", p = "rate", sigma = "stddev", length = "size",
}

-- What changes no prediction, or is said elsewhere.
local IGNORED <const> = keras.set("name trainable dtype batch_input_shape batch_shape input_dtype input_shape input_dim "
  .. "input_length build_config build_input_shape implementation consume_less autocast seed rng_type unit_forget_bias unroll "
  .. "lora_rank lora_alpha quantization_config synchronized fused noise_shape renorm_momentum batch_size use_cudnn dynamic "
  .. "force_generator shared_object_id weights supports_jit flash_attention")

local function is_ignored(key)
  return IGNORED[key] or find(key, "_initializer$") or find(key, "_regularizer$") or find(key, "_constraint$")
    or find(key, "_?init$") or find(key, "^[WUb]_regularizer$")
end

---- Values ------------------------------------------------------------------------------------------------

-- Keras' hard_sigmoid before version 3.
local function hard_sigmoid_of_2(x) return cnnc.ops.clip(0.2 * x + 0.5, 0, 1) end
import.record.texts[hard_sigmoid_of_2] = "function(x) return ops.clip(0.2 * x + 0.5, 0, 1) end"

local OTHER_NAMES <const> = {softmax_v2 = "softmax", swish = "silu", hard_swish = "hard_silu"}

local function refuse_activation(value)
  import.fail(nil, "has an activation that cnnc does not know, %s", cnnc.arguments.show(value))
end

-- An activation by its name, a function of the script language or a layer.
function keras.activation(value)
  if is_plain_table(value) then
    local class, config, registered = value.class_name, value.config, get(value, "registered_name")
    if keras.row_of(value) then return keras.make_of(value) end
    if keras.is_custom(value) then refuse_activation(registered or config or class) end
    value = class == "function" and (type(config) == "string" and config or registered) or class
  end
  if value == "hard_sigmoid" and keras.version < 3 then return hard_sigmoid_of_2 end
  value = OTHER_NAMES[value] or value
  if type(value) ~= "string" or not cnnc.is_activation(value) then refuse_activation(value) end
  return value
end

local function only(list)
  if is_plain_table(list) and #list == 1 then return list[1] end
  return list
end

local CONVERTED <const> = {
  activation = keras.activation,
  single = only,
  integer = function(value)
    value = only(value)
    return type(value) == "number" and math.tointeger(value) or value
  end,
  layer = function(value) return keras.make_of(value) end,
}

-- Without None, which of an argument means that there is none.
local function plain(value)
  if not is_plain_table(value) then return value end
  if value.class_name == "__tuple__" then return plain(value.items) end
  if value.class_name then return keras.make_of(value) end
  local list = {}
  for i, entry in ipairs(value) do list[i] = plain(entry) end
  return list
end

local function same(value, default)
  if value == default then return true end
  if not is_plain_table(value) or #value == 0 or is_plain_table(default) then return false end
  for _, entry in ipairs(value) do
    if entry ~= default then return false end
  end
  return true
end

---- Arguments ---------------------------------------------------------------------------------------------

-- The row of the script language's argument that a key is, if it is one that a layer has of its own.
local function argument_of(row, spec, key)
  local name = row.names and row.names[key] or spec.known[key] and key or OLD[key] or key
  local known = spec.known[name]
  return known and known[2] ~= "unsupported" and not known.yields and known or nil
end

local function refuse_key(key, value)
  import.fail(nil, "has %s = %s, which cnnc does not know", key, cnnc.arguments.show(value))
end

local WORDS <const> = {tf = "channels_last", th = "channels_first", default = "channels_last"}

local function copied(config)
  local copy = {}
  for key, value in pairs(config) do copy[key] = value end
  return copy
end

-- What stands in the braces, by name.
local function arguments(row, config)
  local spec, args = cnnc.layer_specs[row.to], {}
  if row.prepare then config = row.prepare(copied(config)) end
  for _, key in ipairs(keras.sorted_names(config)) do
    local value, known = config[key], nil
    if value ~= NONE and not (row.ignores and row.ignores[key]) and (row.names and row.names[key] or not is_ignored(key)) then
      known = argument_of(row, spec, key)
      if not known and value ~= false and not row.is_lenient then refuse_key(key, value) end
    end
    if known then
      value = WORDS[value] or value
      value = (CONVERTED[known[2]] or plain)(value)
      if not same(value, known.default) then args[known[1]] = value end
    end
  end
  if config.trainable == false and spec.known.trainable then args.trainable = false end
  return args
end

---- Making and calling -------------------------------------------------------------------------------------

-- The layer of an instance.
function keras.make(instance)
  local row = instance.row
  if row.make then return row.make(instance) end
  return import.make(row.to, arguments(row, instance.config), instance.name)
end

-- The layer of what stands in another one's configuration.
function keras.make_of(spec)
  local row = keras.row_of(spec)
  if not row then
    import.fail(nil, "has something of the class %s in it, which cnnc does not know",
      get(spec, "registered_name") or tostring(spec.class_name))
  end
  local config = is_plain_table(spec.config) and spec.config or {}
  return import.make(row.to, arguments(row, config), get(config, "name"))
end

keras.arguments = arguments

-- What a call says beside tensors and does not change what it computes.
local IDLE <const> = keras.set("training mask name")

-- Calls the layer of an instance on the tensors among a call's arguments. A row's `order` has the names of those that may come by
-- name.
function keras.apply(instance, args, named)
  local tensors, known = keras.collect(args, {}), {}
  for _, name in ipairs(instance.row.order or {}) do
    keras.collect(named[name], tensors)
    known[name] = true
  end
  for _, name in ipairs(keras.sorted_names(named)) do
    local value = named[name]
    local idle = value == NONE or value == false or IDLE[name] and value ~= true and #keras.collect({value}, {}) == 0
    if not known[name] and not idle then
      import.fail(nil, "is called with %s = %s, which cnnc does not know", name, cnnc.arguments.show(value))
    end
  end
  return import.apply(instance.layer, table.unpack(tensors))
end
