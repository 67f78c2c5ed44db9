-- sequential.lua: models of layers one behind the other.
--
-- Such a model is built when its input's shape is known: from its first layer, or where it is called first. As in Keras its
-- parameters are named after it then, unless it is the model that the script returns.

local cnnc = ...
local fail, entry = cnnc.fail, cnnc.entry
local arguments, exports, fields = cnnc.arguments, cnnc.exports, cnnc.fields
local is_layer, is_model, is_input, shape_text = cnnc.is_layer, cnnc.is_model, cnnc.is_input, cnnc.shape_text
local format = string.format

---- Building --------------------------------------------------------------------------------------------

-- Puts the layer behind the others of a model, given by its fields, that is being built.
local function append_call(own, layer)
  local results = table.pack(cnnc.call_layer(layer, fields[layer].made_at, own.outputs[1]))
  if results.n > 1 or not cnnc.is_tensor(results[1]) then
    fail(format("%s has several outputs, and so cannot stand in a Sequential", fields[layer].type),
      {hint = "call it on a tensor, and make a Model{inputs = ..., outputs = ...}", at = fields[layer].made_at})
  end
  own.outputs = {results[1]}
  own.network[#own.network + 1] = cnnc.call_of(results[1])
end

-- The model gets this input, or one of this shape and type of numbers, and then its layers are called.
local function build(own, input, dtype)
  cnnc.build_model(own, function()
    if not cnnc.is_tensor(input) then input = cnnc.input_for(input, dtype) end
    own.inputs, own.outputs, own.network = {input}, {input}, {}
    for _, layer in ipairs(own.layer_list) do append_call(own, layer) end
  end)
end

-- The shape of the input that a first layer tells; nil: none.
local function first_shape(layer)
  if is_model(layer) then
    local inputs = fields[layer].inputs
    return inputs and #inputs == 1 and cnnc.shape(inputs[1]) or nil
  end
  local told = fields[layer].spec.first_shape
  return layer.input_shape or told and told(layer) or nil
end

local function call_sequential(model, x)
  local own = fields[model]
  if #own.layer_list == 0 then fail(format("the model '%s' has no layers", own.name), {hint = "model:add(...)"}) end
  if not own.inputs then build(own, cnnc.shape(x), cnnc.dtype(x)) end
  return cnnc.replay(own.network, own.inputs, own.outputs, {x}, cnnc.caller_of_layers(own, {x}))[1]
end

local methods = {}
local sequential = cnnc.model_kind({name = "Sequential", title = "Sequential", call = call_sequential}, methods)

---- Adding ----------------------------------------------------------------------------------------------

-- Is a model one of the layers inside of a layer or model?
local function contains(layer, model)
  for _, inner in ipairs(is_model(layer) and cnnc.layers_of(fields[layer]) or cnnc.inner_layers(layer)) do
    if inner == model or contains(inner, model) then return true end
  end
  return false
end

local function check_addition(own, layer)
  if cnnc.constructors[layer] == "layer" then
    fail("model:add needs a layer, not the function that makes one", {hint = "call it: model:add(Flatten())"})
  end
  if not is_layer(layer) then fail(format("model:add needs a layer, not %s", arguments.show(layer))) end
  if layer == own.self or contains(layer, own.self) then fail("a model cannot be added to itself") end
  local name = fields[layer].name
  local other = own.layer_of_name[name]
  if other == layer then fail(format("the layer '%s' is in this model already", layer.name)) end
  if other then cnnc.fail_of_names(name, fields[other].made_at, fields[layer].made_at) end
end

-- That a later layer knows its input's shape is no harm if it is right.
local function check_input_shape(own, layer)
  local shape = own.outputs and not is_model(layer) and layer.input_shape
  if shape and not cnnc.fits(cnnc.shape(own.outputs[1]), shape) then
    fail(format("%s says input_shape = %s, but its input is %s", layer.type, shape_text(shape),
        shape_text(cnnc.shape(own.outputs[1]))),
      {hint = "only the first layer needs an input_shape", at = fields[layer].made_at})
  end
end

local function add_input(own, tensor)
  if own.inputs or #own.layer_list > 0 then fail("Input must come first in a model") end
  build(own, tensor)
end

local function add_layer(own, layer)
  if is_input(layer) then return add_input(own, layer) end
  if is_layer(layer) and fields[layer].spec.is_input then return add_input(own, layer.output) end
  check_addition(own, layer)
  check_input_shape(own, layer)
  cnnc.check_unchanged(layer)
  if not own.inputs and #own.layer_list == 0 then
    local shape = first_shape(layer)
    if shape then build(own, shape) end
  end
  if own.inputs then cnnc.build_model(own, function() append_call(own, layer) end) end
  own.layer_list[#own.layer_list + 1] = layer
  own.layer_of_name[fields[layer].name] = layer
  if not own.trainable then cnnc.set_trainable(layer, false) end
end

cnnc.describe("function", {
  name = "model:add", aliases = {"add"},
  doc = "puts a layer, or a model, behind the others of a Sequential",
  example = "local model = Sequential()\nmodel:add(Dense{10, input_shape = {4}})\nreturn model",
})

methods.add = cnnc.method("add", function(own, ...)
  if not own.layer_list then fail("a Model has no add: its layers are called on tensors") end
  local count = select("#", ...)
  if count ~= 1 then
    fail(format("model:add takes one layer, not %d", count), {hint = count == 0 and cnnc.NIL_HINT or nil})
  end
  add_layer(own, ...)
end)

cnnc.describe("function", {
  name = "model:pop", aliases = {"pop"},
  doc = "takes the last layer off a Sequential",
  example = "local model = Sequential{Dense{10, input_shape = {4}}, Dense{3}}\nmodel:pop()\nreturn model",
})

methods.pop = cnnc.method("pop", function(own)
  local layer = table.remove(own.layer_list)
  if not layer then fail("pop: the model has no layers") end
  own.layer_of_name[fields[layer].name] = nil
  if own.network then own.outputs = {table.remove(own.network).inputs[1]} end
  return layer
end)

---- Sequential ------------------------------------------------------------------------------------------

local SEQUENTIAL = {
  {"layers", "list", default = {}, gathers = true, doc = "the layers, in order"},
  table.unpack(cnnc.MODEL_ARGUMENTS),
}

cnnc.describe("function", {
  name = "Sequential", rows = SEQUENTIAL,
  doc = "a model of layers one behind the other; the first one says the input_shape; it can be called on a tensor, or be "
    .. "added to another model, like a layer",
  example = [[
local model = Sequential()
model:add(Flatten{input_shape = {28, 28, 1}})
model:add(Dense{10, activation = "softmax"})
return model]],
})

exports.Sequential = entry(function(...)
  cnnc.need_top_level("Sequential")
  local values = arguments.parse("Sequential", SEQUENTIAL, ...)
  local own = fields[cnnc.new_model(sequential, values)]
  own.layer_list, own.layer_of_name = {}, {}
  own.build_from = function(shape, dtype) build(own, shape, dtype) end
  for _, layer in ipairs(values.layers) do add_layer(own, layer) end
  return own.self
end)
