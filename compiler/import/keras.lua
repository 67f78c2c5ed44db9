-- keras.lua: the graph of a Keras model: its configuration becomes instances, each a layer of the script language or a model of
-- some, and these are called as the file says they were.
--
-- An instance is {class =, name =, config =, row = of its class, layer = that was made, children = of a model its own, inner = the
-- model in a wrapper}. Models are no layers of the script's: the layers in them are called one by one.

local cnnc = ...
local import, exports = cnnc.import, cnnc.exports
local NONE <const> = exports.None
local format, concat, unpack = string.format, table.concat, table.unpack

-- What files of Keras have in common, and of this one: `version` of Keras, 1 to 3, `backend` that wrote it. That it is an
-- archive does not tell the version: TensorFlow 2.12 and later write those with Keras 2.
local keras = {rows = {}, operators = {}, none = NONE}
import.keras = keras

local fail = import.fail_of_file
local is_plain_table = cnnc.arguments.is_plain_table

-- A value of the configuration; nil: there is none, or it is null.
local function get(config, name)
  local value = config[name]
  if value == NONE then return nil end
  return value
end
keras.get = get

local function sorted_names(t)
  local names = {}
  for name in pairs(t) do names[#names + 1] = name end
  table.sort(names)
  return names
end
keras.sorted_names = sorted_names

local function malformed(what) fail(format("the model's configuration is malformed: %s", what)) end

local function need_table(value, what)
  if not is_plain_table(value) then malformed(what) end
  return value
end
keras.need_table = need_table

---- Instances -------------------------------------------------------------------------------------------

local MODELS <const> = {Sequential = true, Functional = true, Model = true}

-- A class or function of somebody's own, which says of which module it is; of the program that was run itself, null.
local function is_custom(spec)
  local module, registered = get(spec, "module"), get(spec, "registered_name")
  if spec.module == NONE and type(registered) == "string" then return true end
  local own = type(module) == "string" and not string.find(module, "^keras") and not string.find(module, "^tensorflow")
    and not string.find(module, "^tf_keras") and module ~= "builtins"
  return own or type(registered) == "string" and string.find(registered, ">", 1, true) ~= nil
    and not string.find(registered, "^[Kk]eras") and not string.find(registered, "^Addons>")
end

keras.is_custom = is_custom

-- The row of the class that is Keras' own; nil: there is none.
function keras.row_of(spec) return not is_custom(spec) and keras.rows[spec.class_name] or nil end

-- keras.ops' classes have names that layers have, too.
local function is_operator(spec)
  local module = get(spec, "module")
  return spec.class_name == "TFOpLambda" or spec.class_name == "SlicingOpLambda"
    or type(module) == "string" and string.find(module, "%.ops%f[.\0]") ~= nil
end

-- The list of a model's layers: of a Sequential's that of Keras 1 and 2 itself.
local function layers_of(spec)
  local config = need_table(spec.config, "a model has none")
  return spec.class_name == "Sequential" and config[1] and config or get(config, "layers") or {}
end

local function new_instance(spec)
  need_table(spec, "a layer has none")
  local config = is_plain_table(spec.config) and spec.config or {}
  local class = type(spec.class_name) == "string" and spec.class_name or malformed("a layer has no class")
  local name = get(spec, "name") or get(config, "name")
  local made = {class = class, name = type(name) == "string" and name or "", spec = spec, config = config}
  if is_custom(spec) then return made end
  if MODELS[class] and not is_operator(spec) then
    made.children = {}
    for i, child in ipairs(need_table(layers_of(spec), "a model has no layers")) do made.children[i] = new_instance(child) end
  elseif is_operator(spec) then
    made.operator = keras.operator_of(spec)
  else
    made.row = keras.row_of(spec)
  end
  local inner = made.row and made.row.wraps and get(config, "layer")
  if inner and MODELS[need_table(inner, "a wrapper has no layer").class_name] then made.inner = new_instance(inner) end
  return made
end

-- Begins, or with nil ends, what messages are about.
function keras.about(instance)
  import.node = instance and {op = instance.class, name = instance.name, outputs = {instance.name}, attributes = {}} or nil
  import.note(instance and import.node_text(import.node) or nil)
end

---- What is missing ---------------------------------------------------------------------------------------

local function label(instance) return instance.name ~= "" and format("%s '%s'", instance.class, instance.name) or instance.class end

-- What cnnc cannot make of instances, as texts; `hints`: what would help.
local function find_missing(instances, missing, hints)
  for _, instance in ipairs(instances) do
    local row = instance.row
    if instance.children then
      find_missing(instance.children, missing, hints)
    elseif instance.inner then
      find_missing({instance.inner}, missing, hints)
    elseif row and row.refuse then
      local why, hint = row.refuse(instance.config)
      if why then
        missing[#missing + 1] = format("%s%s", label(instance), why)
        hints[#hints + 1] = hint
      end
    elseif not row and not instance.operator then
      missing[#missing + 1] = label(instance)
    end
  end
end

local function check_missing(instance)
  local missing, hints = {}, {}
  find_missing({instance}, missing, hints)
  if #missing == 0 then return end
  fail(format("layer%s that cnnc does not know: %s", #missing > 1 and "s" or "", concat(missing, ", ")), hints[1])
end

---- Nodes: how layers were called -------------------------------------------------------------------------

-- A tensor, as a configuration names it: {of = layer, node = which of its calls, output =}.
local function reference(value)
  if not is_plain_table(value) or type(value[1]) ~= "string" or math.type(value[2]) ~= "integer" then return nil end
  if value[1] == "_CONSTANT_VALUE" then return nil end
  return {of = value[1], node = value[2], output = math.tointeger(value[3] or 0) or 0}
end

-- The references in a value of Keras 3's, in whatever lists.
local function decoded(value)
  if not is_plain_table(value) then return value end
  if value.class_name == "__keras_tensor__" then
    return reference(need_table(value.config, "a tensor is of nothing").keras_history) or malformed("a tensor is of nothing")
  end
  local result = {}
  for key, entry in pairs(value) do result[key] = decoded(entry) end
  return result
end

-- What a call was given in Keras 1 and 2: lists of [layer, node, output, {NAME = VALUE}]. Several are one argument, a list.
local function decoded_list(node)
  local entries, args, named = reference(node) and {node} or node, {}, {}
  for i, entry in ipairs(entries) do
    if not is_plain_table(entry) then malformed("a call of a layer") end
    args[i] = reference(entry)
    if not args[i] and entry[1] == "_CONSTANT_VALUE" then args[i] = entry[3] end
    if args[i] == nil then malformed("a call of a layer") end
    for name, value in pairs(is_plain_table(entry[4]) and entry[4] or {}) do
      local list = is_plain_table(value) and not reference(value) and value or nil
      named[name] = list and decoded(list) or reference(value) or value
      for j, part in ipairs(list or {}) do named[name][j] = reference(part) or part end
    end
  end
  return #args > 1 and {args} or args, named
end

local function calls_in(instance) return need_table(get(instance.spec, "inbound_nodes") or {}, "the calls of a layer") end
local function count_calls(instance) return #calls_in(instance) end

-- The arguments of call i of an instance, with references in place of tensors: args, kwargs. nil: there is no such call.
local function call_of(instance, i)
  local node = calls_in(instance)[i]
  if node == nil then return nil end
  need_table(node, "a call of a layer")
  if node.args then return decoded(need_table(node.args, "a call of a layer")), decoded(get(node, "kwargs") or {}) end
  return decoded_list(node)
end

---- Calling -------------------------------------------------------------------------------------------------

local run_model

-- The tensors in a value, in order, into `list`.
local function collect(value, list)
  if cnnc.is_tensor(value) then
    list[#list + 1] = value
  elseif is_plain_table(value) then
    for _, entry in ipairs(value) do collect(entry, list) end
  end
  return list
end
keras.collect = collect

local function results_of(...)
  local first = ...
  if select("#", ...) == 1 and not cnnc.is_tensor(first) then return table.move(first, 1, #first, 1, {}) end
  return {...}
end

-- The text of a Sequential of layers.
local function text_of(sequential)
  local parts = {}
  for _, child in ipairs(sequential.children) do
    if child.layer then parts[#parts + 1] = import.text.literal(child.layer) end
  end
  return format("Sequential{%s}", concat(parts, ", "))
end

local function is_plain_sequential(instance)
  for _, child in ipairs(instance.children) do
    if child.class ~= "InputLayer" and not child.row or child.inner then return false end
  end
  return instance.class == "Sequential"
end

-- A wrapper's model as one of the script language's.
local function make_inner(instance, x)
  if not instance.inner or instance.made_inner then return end
  local shape = {unpack(cnnc.shape(x), 2)}
  local input = exports.Input{shape = shape, name = import.name_of(instance.inner.name .. "_input", "input")}
  instance.made_inner = exports.Model{inputs = {input}, outputs = run_model(instance.inner, {input})}
  if is_plain_sequential(instance.inner) then
    import.record.texts[instance.made_inner] = function() return text_of(instance.inner) end
  end
end

-- What an instance makes of a call's arguments: a list of tensors.
local function call_instance(instance, args, named)
  if instance.children then return run_model(instance, collect(args, {})) end
  if not instance.operator then make_inner(instance, collect(args, {})[1]) end
  keras.about(instance)
  local results
  if instance.operator then
    results = {instance.operator(args, named, instance)}
  else
    instance.layer = instance.layer or keras.make(instance)
    results = results_of(keras.apply(instance, args, named))
  end
  keras.about(nil)
  return results
end

local function run_sequential(instance, inputs)
  local results = inputs
  for _, child in ipairs(instance.children) do
    if child.class ~= "InputLayer" then results = call_instance(child, results, {}) end
  end
  return results
end

-- The value of an argument, with tensors for references; false: one of them is not there yet.
local function resolved(value, values)
  if not is_plain_table(value) then return value end
  if value.of then
    local calls = values[value.of]
    if not calls then return false end
    local results = calls.count == 1 and calls.only or calls[value.node - calls.shift]
    if not results then return false end
    return results[value.output + 1] or malformed(format("'%s' has no output %d", value.of, value.output))
  end
  local result = {}
  for key, entry in pairs(value) do
    local found = resolved(entry, values)
    if found == false and entry ~= false then return false end
    result[key] = found
  end
  return result
end

-- Makes call i of a child, if all that it reads is there.
local function try_call(child, i, values)
  local args, named = call_of(child, i)
  args = resolved(args, values)
  named = args and resolved(named, values)
  if not named then return false end
  local calls = values[child.name]
  calls[i - 1] = call_instance(child, args, named)
  calls.only = calls.only or calls[i - 1]
  return true
end

-- References of a model's inputs or outputs.
local function references(list)
  if reference(list) then return {reference(list)} end
  local result = {}
  for _, name in ipairs(sorted_names(need_table(list, "a model has no inputs or outputs"))) do
    result[#result + 1] = reference(list[name]) or malformed("a model's inputs or outputs")
  end
  return result
end

local function fail_of_rest(pending)
  keras.about(pending[1].child)
  import.fail(nil, "needs its own result, or what no layer makes")
end

-- The last of each layer's calls that a value names, into `last`.
local function note_last(value, last)
  if not is_plain_table(value) then return end
  if type(value.of) == "string" then
    last[value.of] = math.max(last[value.of] or 0, value.node)
  else
    for _, entry in pairs(value) do note_last(entry, last) end
  end
end

-- Of a model within, some versions count its making as the first of its calls.
local function last_calls(instance)
  local last = {}
  for _, child in ipairs(instance.children) do
    for i = 1, count_calls(child) do note_last({call_of(child, i)}, last) end
  end
  note_last(references(instance.config.output_layers), last)
  return last
end

local function run_functional(instance, inputs)
  local values, pending, last = {}, {}, last_calls(instance)
  for i, input in ipairs(references(instance.config.input_layers)) do
    values[input.of] = {count = 1, shift = 0, only = {inputs[i] or malformed("a model is called with too few inputs")}}
  end
  for _, child in ipairs(instance.children) do
    local count = count_calls(child)
    if not values[child.name] then
      values[child.name] = {count = count, shift = math.max(0, (last[child.name] or 0) - count + 1)}
      for i = 1, count do pending[#pending + 1] = {child = child, i = i} end
    end
  end
  while #pending > 0 do
    local rest = {}
    for _, call in ipairs(pending) do
      if not try_call(call.child, call.i, values) then rest[#rest + 1] = call end
    end
    if #rest == #pending then fail_of_rest(rest) end
    pending = rest
  end
  local outputs = {}
  for i, output in ipairs(references(instance.config.output_layers)) do
    outputs[i] = resolved(output, values) or malformed(format("no layer makes the output '%s'", output.of))
  end
  return outputs
end

function run_model(instance, inputs)
  return (instance.class == "Sequential" and run_sequential or run_functional)(instance, inputs)
end

---- Inputs ----------------------------------------------------------------------------------------------------

local WHOLE <const> = {int32 = "int32", int64 = "int32", int16 = "int32", int8 = "int32", uint8 = "uint8", bool = "int32"}

-- The name of a dtype, which may be a policy.
local function dtype_of(config)
  local dtype = get(config, "dtype") or get(config, "input_dtype")
  if is_plain_table(dtype) then dtype = is_plain_table(dtype.config) and dtype.config.name end
  return type(dtype) == "string" and dtype or "float32"
end

local function shape_in(config)
  local shape = get(config, "batch_shape") or get(config, "batch_input_shape") or get(config, "build_input_shape")
  if not shape and get(config, "input_shape") then shape = {NONE, unpack(config.input_shape)} end
  return is_plain_table(shape) and shape[1] ~= nil and shape or nil
end

-- The inputs that the first layer of a Sequential tells: {name =, dims =, dtype =}.
local function inputs_of_sequential(instance)
  local first = instance.children[1]
  if not first then fail("the model has no layers") end
  if first.children then return keras.inputs_of(first) end
  local built = get(first.spec, "build_config")
  local dims = shape_in(first.config) or shape_in(instance.config) or is_plain_table(built) and shape_in(built) or nil
  local dim = get(first.config, "input_dim")
  if not dims and math.type(dim) == "integer" and first.class ~= "Embedding" then dims = {NONE, dim} end
  local name = first.class == "InputLayer" and first.name or first.name .. "_input"
  return {{name = name, dims = dims, dtype = dtype_of(first.config)}}
end

function keras.inputs_of(instance)
  if instance.class == "Sequential" then return inputs_of_sequential(instance) end
  local by_name, inputs = {}, {}
  for _, child in ipairs(instance.children) do by_name[child.name] = child end
  for i, input in ipairs(references(instance.config.input_layers)) do
    local child = by_name[input.of] or malformed(format("there is no input '%s'", input.of))
    inputs[i] = {name = child.name, dims = shape_in(child.config), dtype = dtype_of(child.config)}
  end
  return inputs
end

-- Does something take its input for numbers of words? Floats are whole numbers for it then, of which the C has an array.
local function reads_words(instances)
  for _, instance in ipairs(instances) do
    if instance.class == "Embedding" or instance.children and reads_words(instance.children) then return true end
  end
  return false
end

local function make_inputs(instance)
  local inputs, tensors = keras.inputs_of(instance), {}
  for _, input in ipairs(inputs) do
    for i, size in ipairs(input.dims or {}) do
      if math.type(size) ~= "integer" then input.dims[i] = false end
    end
    input.batch_axis, input.settled = 1, import.settled_dims(input, #inputs == 1)
  end
  import.check_open(inputs)
  local words = reads_words{instance}
  for i, input in ipairs(inputs) do
    local shape = {unpack(input.settled, 2)}
    tensors[i] = exports.Input{shape = #shape > 0 and shape or {1}, name = import.name_of(input.name, "input"),
      dtype = WHOLE[input.dtype] or words and "float32" or nil}
  end
  return tensors
end

---- The file --------------------------------------------------------------------------------------------------

local function json(text, what)
  local value, problem = import.json(text, NONE)
  if not is_plain_table(value) then malformed(format("%s is no JSON: %s", what, problem or "a single value")) end
  return value
end

-- Keras 1 does not say who wrote a file, but Theano gives weights names without ":0".
local function is_theano(file)
  for _, attributes in pairs(file.attributes) do
    local name = (attributes.weight_names or {})[1]
    if name then return not string.find(name, ":%d+$") end
  end
  return false
end

-- The first number of a version's text.
local function version_of(text, default)
  return type(text) == "string" and math.tointeger(tonumber(string.match(text, "^%d+"))) or default
end

-- The model's configuration, and notes who wrote it.
local function configuration(file)
  local root = file.attributes[""] or {}
  if file.config then
    keras.version_text = get(json(file.metadata, "metadata.json"), "keras_version")
    keras.version, keras.backend = version_of(keras.version_text, 3), "tensorflow"
    return json(file.config, "config.json")
  end
  local of_weights = file.attributes.model_weights or {}
  local function text(name) return (root[name] or of_weights[name] or {})[1] end
  keras.version_text, keras.backend = text("keras_version"), text("backend")
  keras.version = version_of(keras.version_text, 1)
  if keras.version == 1 then keras.backend = is_theano(file) and "theano" or keras.backend end
  if not text("model_config") then
    fail("the file has weights alone, and no model_config, which says what the network is",
      "save all of the model, model.save(\"model.keras\"), or write the network as a script")
  end
  return json(text("model_config"), "model_config")
end

-- Tensors as outputs, each once, and none that is an input.
local function distinct(outputs)
  local taken = {}
  for i, tensor in ipairs(outputs) do
    if taken[cnnc.key(tensor)] or not cnnc.producer(tensor) then
      keras.about{class = "Output", name = format("output_%d", i)}
      outputs[i] = import.layer({{tensor = tensor}}, function() return cnnc.op.affine(tensor, {scale = 1, offset = 0}) end)
      keras.about(nil)
    end
    taken[cnnc.key(outputs[i])] = true
  end
  return outputs
end

-- The model of the script language that the file's is. options: {path =, batch =, binds =}
function import.build_keras(file, options)
  import.path = options.path
  local spec = configuration(file)
  if options.batch == "keep" then fail("--batch keep is for ONNX: Keras' layers leave the batch out",
    "leave it out; NAME_predict_many takes any number of samples, one behind the other") end
  if next(options.binds) then fail("--bind is for ONNX: the inputs of a Keras model are arrays",
    "leave it out, and give the numbers to NAME_predict; or save a model without that input") end
  local instance = new_instance(spec)
  if not instance.children then fail(format("the model is of a class of its own, %s, whose code the file has not", label(instance)),
    "write it with Keras' functional API, or as a script") end
  check_missing(instance)
  local inputs = make_inputs(instance)
  local outputs = distinct(run_model(instance, inputs))
  keras.give_weights(instance, file)
  return exports.Model{inputs = inputs, outputs = outputs}
end
