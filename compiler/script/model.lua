-- model.lua: the models that layers make, and how a finished one is handed over.

local cnnc = ...
local fail, entry, where = cnnc.fail, cnnc.entry, cnnc.where
local arguments, exports, fields = cnnc.arguments, cnnc.exports, cnnc.fields
local call_layer, is_layer, made_by, shape_text = cnnc.call_layer, cnnc.is_layer, cnnc.made_by, cnnc.shape_text
local format, sort = string.format, table.sort

local all_models = {}
local collect_layers -- below

---- Inputs ----------------------------------------------------------------------------------------------

local input_spec = cnnc.complete_spec{
  name = "InputLayer",
  takes_dtype = true,
  doc = "an input of the model",
  arguments = {
    {"shape", "shape", min = 1, doc = "of one sample: rows, columns, channels of an image"},
    {"batch_size", "unsupported", instead = "the batch size is given to model:fit"},
    {"dtype", {"float32", "int32", "uint8"}, optional = true, named_only = true,
      hint = 'whole numbers, such as those of words, are "int32"',
      doc = "of its numbers; int32: whole ones, tokens say; uint8: bytes, which stay 0..255. Without it they are floats, "
        .. "or int32 if an Embedding reads them"},
  },
}

cnnc.describe("function", {
  name = "Input", rows = input_spec.rows,
  doc = "an input of the model: a tensor that layers are called on",
  example = "local x = Input{28, 28, 1}\nreturn Model{inputs = x, outputs = Dense{10}(Flatten()(x))}",
})

exports.Input = entry(function(...)
  cnnc.need_top_level("Input")
  local values = arguments.parse("Input", input_spec.rows, ...)
  return cnnc.make_input(input_spec, values)
end)

local function is_input(tensor)
  return cnnc.is_tensor(tensor) and made_by[tensor] and fields[made_by[tensor].layer].spec == input_spec
end

---- Models -----------------------------------------------------------------------------------------------

local model_methods, sequential_methods = {}, {}

-- A script may keep what it likes in a model's fields of other names.
local KEPT = {made_at = true, compiled = true, fits = true, optimizer = true, inputs = true, outputs = true, layer_set = true,
              input = true, output = true, layers = true, layer_list = true, summarizes = true, evaluates = true,
              saved_as = true}

local TRAINABLE = {"trainable", "boolean", default = true, named_only = true,
  doc = "false: training leaves the parameters of all its layers as they are"}

local NAME = {"name", "name", optional = true, doc = "in the summary, in place of the script's"}

-- As in Keras, this is a word to all of the layers that the model has, and one about the model itself.
local function set_trainable(kind, model, value, layers_of)
  value = arguments.parse(kind, {TRAINABLE}, {trainable = value}).trainable
  fields[model].trainable = value
  for _, layer in ipairs(layers_of(fields[model])) do fields[layer].trainable = value end
end

-- `layers_of(model)`: the list of its layers.
local function method_metatable(kind, methods, layers_of)
  local names = arguments.sorted_names(methods)
  return {
    __name = kind,
    __index = function(model, key)
      if methods[key] then return methods[key] end
      if key == "output" or key == "input" or key == "trainable" then return fields[model][key] end
      if key == "layers" then return layers_of(fields[model]) end
      if key == "optimizer" and fields[model].compiled then return fields[model].compiled.optimizer end
      if fields[model][key] ~= nil and not KEPT[key] then return fields[model][key] end
      fail(format("%s has no method '%s'", kind, tostring(key)), {hint = arguments.hint(tostring(key), names)})
    end,
    __newindex = function(model, key, value)
      if methods[key] or KEPT[key] then fail(format("%s: '%s' cannot be changed", kind, key)) end
      if key == "trainable" then return set_trainable(kind, model, value, layers_of) end
      if key == "name" then value = arguments.parse(kind, {NAME}, {name = value}).name end
      cnnc.keep(model, key, value)
    end,
    __call = entry(function()
      fail("a model cannot be called on tensors yet", {hint = "put its layers into a function, or into a Layer"})
    end),
  }
end

local model_metatable, sequential_metatable

local function is_model(value)
  local metatable = getmetatable(value)
  return metatable ~= nil and (metatable == model_metatable or metatable == sequential_metatable)
end

local function method(name, body)
  return entry(function(model, ...)
    if not is_model(model) then
      local at = where()
      local line = cnnc.python.translated(cnnc.line(at.file, at.line)) or format("model:%s(...)", name)
      fail(format("%s must be called on a model", name), {hint = "methods are called with a colon: " .. line})
    end
    return body(fields[model], ...)
  end)
end

local note_trainable -- below

-- Each fit is a part of the generated program's training, and may need functions of its own.
local MAX_STAGES <const> = 256

-- Are other parameters frozen now than when compile was called?
local function changed_since(compiled, model)
  local before, now = cnnc.frozen_parameters(compiled.trainable), cnnc.frozen_parameters(note_trainable(model))
  local changed = #before ~= #now
  for i, tensor in ipairs(before) do changed = changed or tensor ~= now[i] end
  return changed
end

local function new_model(metatable, values)
  local model = cnnc.object(metatable, {made_at = where(), trainable = values.trainable, name = values.name, fits = {}})
  all_models[#all_models + 1] = model
  return model
end

model_methods.compile = method("compile", function(model, ...)
  model.compiled = cnnc.parse_compile(...)
  model.compiled.at = where()
  model.compiled.trainable = note_trainable(model)
end)

model_methods.fit = method("fit", function(model, ...)
  local fitted, compiled = cnnc.parse_fit(...), model.compiled
  if not compiled or not compiled.loss then
    fail("fit needs a compiled model", {hint = 'model:compile{optimizer = "adam", loss = "..."}'})
  end
  if #model.fits == MAX_STAGES then fail(format("one model can be fitted %d times at most", MAX_STAGES)) end
  if changed_since(compiled, model) then
    cnnc.warn("this fit trains what was trainable when compile was called, and trainable was changed since then",
      {hint = format("call model:compile{...} again, which was in line %d", compiled.at.line)})
  end
  fitted.at = where()
  model.fits[#model.fits + 1] = cnnc.note_fit(compiled, fitted)
end)

-- These say what the generated program does when it trains.
model_methods.summary = method("summary", function(model, ...)
  model.summarizes = cnnc.parse_summary(...)
end)

model_methods.evaluate = method("evaluate", function(model, ...)
  model.evaluates = cnnc.parse_evaluate(...) or model.evaluates
end)

model_methods.save = method("save", function(model, ...) model.saved_as = cnnc.parse_save(...) end)
model_methods.save_weights = model_methods.save

for _, name in ipairs{"predict", "load_weights"} do
  model_methods[name] = method(name, function()
    fail(format("model:%s is not for the script, which only describes the network", name),
      {hint = "the program that is generated trains, evaluates and predicts"})
  end)
end

local function start_sequential(model, layer)
  local shape = layer.input_shape or (fields[layer].spec.first_shape or function() end)(layer)
  if not shape then
    fail(format("the first layer, %s, needs an input_shape", layer.type),
      {hint = format("%s{..., input_shape = {28, 28, 1}}, or model:add(Input{28, 28, 1}) before it", layer.type),
       at = fields[layer].made_at})
  end
  model.input = cnnc.make_input(input_spec, {shape = shape, trainable = true})
  model.output = model.input
end

local function check_addition(model, layer)
  if is_model(layer) then fail("a model cannot be added to a model yet", {hint = "add its layers one by one"}) end
  if cnnc.constructors[layer] == "layer" then
    fail("model:add needs a layer, not the function that makes one", {hint = "call it: model:add(Flatten())"})
  end
  if not is_layer(layer) then fail(format("model:add needs a layer, not %s", arguments.show(layer))) end
  if model.layer_set and model.layer_set[layer] then
    fail(format("the layer '%s' is in this model already", layer.name))
  end
  cnnc.check_unchanged(layer)
  local shape = model.output and layer.input_shape
  if shape and shape_text(shape) ~= shape_text(cnnc.shape(model.output)) then
    fail(format("%s says input_shape = %s, but its input is %s", layer.type, shape_text(shape),
        shape_text(cnnc.shape(model.output))),
      {hint = "only the first layer needs an input_shape", at = fields[layer].made_at})
  end
end

local function add_to_sequential(model, layer)
  if is_input(layer) then
    if model.output then fail("Input must come first in a model") end
    model.input, model.output = layer, layer
    return
  end
  check_addition(model, layer)
  if not model.output then start_sequential(model, layer) end
  model.output = call_layer(layer, fields[layer].made_at, model.output)
  model.layer_set = model.layer_set or {}
  model.layer_set[layer] = true
  model.layer_list[#model.layer_list + 1] = layer
end

sequential_methods.add = method("add", function(model, ...)
  if select("#", ...) ~= 1 then fail(format("model:add takes one layer, not %d", select("#", ...))) end
  add_to_sequential(model, ...)
end)

-- The layers of a model in order. As in Keras, the input is one in a Model, and none in a Sequential.
local function layers_of(model)
  if not model.layer_list then
    model.layer_list = {}
    for i, found in ipairs(collect_layers(model)) do model.layer_list[i] = found.layer end
  end
  return table.move(model.layer_list, 1, #model.layer_list, 1, {})
end

-- What compile takes note of: which layers are trainable now.
function note_trainable(model)
  local noted = cnnc.trainable_layers()
  if not model.trainable then
    for layer in pairs(noted) do noted[layer] = false end
  end
  return noted
end

local GET_LAYER = {
  {"name", "string", optional = true, doc = "the layer's name"},
  {"index", "integer", min = 1, optional = true, doc = "its place, counted from 1"},
}

cnnc.describe("function", {
  name = "model:get_layer", aliases = {"get_layer"}, rows = GET_LAYER,
  doc = "a layer of the model, by its name or its place; model.layers is the list of them",
  example = [[
local model = Sequential{Dense{8, input_shape = {4}}, Dense{1}}
model:get_layer("dense").trainable = false
return model]],
})

-- Keras' get_layer("conv2d_1") and get_layer{index = 3}; lists of Lua begin at 1.
model_methods.get_layer = method("get_layer", function(model, ...)
  local wanted = arguments.parse("get_layer", GET_LAYER, ...)
  local layers, names = layers_of(model), {}
  for i, layer in ipairs(layers) do
    if layer.name == wanted.name or i == wanted.index then return layer end
    names[i] = layer.name
  end
  if wanted.name then
    fail(format("the model has no layer %s", arguments.show(wanted.name)),
      {hint = arguments.hint(wanted.name, names)})
  end
  fail(wanted.index and format("the model has %d layers, and so none with the index %d", #layers, wanted.index)
    or "get_layer needs a name or an index", {hint = 'write model:get_layer("conv2d"), or model.layers[3]'})
end)

for name, body in pairs(model_methods) do sequential_methods[name] = body end
sequential_metatable = method_metatable("Sequential", sequential_methods, layers_of)
model_metatable = method_metatable("Model", model_methods, layers_of)

local SEQUENTIAL = {
  {"layers", "list", default = {}, gathers = true, doc = "the layers, in order"},
  TRAINABLE,
  NAME,
}

cnnc.describe("function", {
  name = "Sequential", rows = SEQUENTIAL,
  doc = "a model of layers one behind the other; the first one says the input_shape",
  example = [[
local model = Sequential()
model:add(Flatten{input_shape = {28, 28, 1}})
model:add(Dense{10, activation = "softmax"})
return model]],
})

cnnc.describe("function", {
  name = "model:add", aliases = {"add"},
  doc = "puts a layer behind the others of a Sequential",
  example = "local model = Sequential()\nmodel:add(Dense{10, input_shape = {4}})\nreturn model",
})

exports.Sequential = entry(function(...)
  cnnc.need_top_level("Sequential")
  local values = arguments.parse("Sequential", SEQUENTIAL, ...)
  local model = new_model(sequential_metatable, values)
  fields[model].layer_list = {}
  for _, layer in ipairs(values.layers) do add_to_sequential(fields[model], layer) end
  return model
end)

-- A tensor or a list of different ones, as a list.
local function tensor_list(what, list)
  local seen = {}
  if #list == 0 then fail(format("Model needs %s", what)) end
  for _, tensor in ipairs(list) do
    if not cnnc.is_tensor(tensor) then
      fail(format("Model: %s must be a tensor or a list of them, not %s", what, arguments.show(tensor)))
    end
    if seen[tensor] then fail(format("Model: %s has the same tensor twice", what)) end
    seen[tensor] = true
  end
  return list
end

local MODEL = {
  {"inputs", "list", doc = "what Input{...} returned: one, or a list of several"},
  {"outputs", "list", doc = "what layers made of it: one, or a list of several"},
  TRAINABLE,
  NAME,
}

cnnc.describe("function", {
  name = "Model", rows = MODEL,
  doc = "a model with branches, of layers that were called on tensors",
  example = [[
local x = Input{28, 28, 1}
local y = Conv2D{8, 3, padding = "same", activation = "relu"}(x)
local sum = Add()({y, Conv2D{8, 3, padding = "same"}(y)})
return Model{inputs = x, outputs = Dense{10, activation = "softmax"}(Flatten()(sum))}]],
})

exports.Model = entry(function(...)
  cnnc.need_top_level("Model")
  local values = arguments.parse("Model", MODEL, ...)
  local inputs, outputs = tensor_list("inputs", values.inputs), tensor_list("outputs", values.outputs)
  for _, input in ipairs(inputs) do
    if not is_input(input) then fail("Model: inputs must be what Input{...} returned") end
  end
  local model = new_model(model_metatable, values)
  local own = fields[model]
  own.inputs, own.outputs = inputs, outputs
  own.input, own.output = inputs[1], outputs[1]
  return model
end)

---- The end of the script ---------------------------------------------------------------------------------

-- What leads to the model's outputs: a list of layers in the order of their first call, each with its last
-- output and the inputs of its calls.
function collect_layers(model)
  local found, list, unused = {}, {}, {}
  local pending = table.move(model.outputs, 1, #model.outputs, 1, {})
  for _, input in ipairs(model.inputs) do unused[input] = true end
  while #pending > 0 do
    local tensor = table.remove(pending)
    local call = made_by[tensor]
    if fields[call.layer].spec == input_spec and unused[tensor] == nil then
      fail(format("the outputs depend on the input '%s', which is not the model's", call.layer.name),
        {at = model.made_at})
    end
    if unused[tensor] then unused[tensor] = false end
    local row = found[call.layer]
    if not row then
      row = {layer = call.layer, output = tensor, before = {}, seen = {}}
      found[call.layer] = row
      list[#list + 1] = row
    end
    if not row.seen[call] then
      row.seen[call] = true
      for _, input in ipairs(call.inputs) do pending[#pending + 1] = input end
      table.move(call.inputs, 1, #call.inputs, #row.before + 1, row.before)
    end
  end
  for _, input in ipairs(model.inputs) do
    if unused[input] then
      fail(#model.inputs == 1 and "the model's output does not depend on its input"
        or format("no output depends on the input '%s'", made_by[input].layer.name), {at = model.made_at})
    end
  end
  sort(list, function(a, b) return a.layer.order < b.layer.order end)
  return list
end

-- The rows that feed a layer, in the order of its inputs. A Sequential's input has no row.
local function connected_to(found, index)
  local rows = {}
  for _, tensor in ipairs(found.before) do rows[#rows + 1] = index[made_by[tensor].layer] end
  return rows
end

-- The rows of `cnnc summary`. As in Keras, the input is a row of a Model, not of a Sequential.
local function layer_rows(model)
  local rows, shown, index = {}, {}, {}
  for _, found in ipairs(collect_layers(fields[model])) do
    if fields[found.layer].spec ~= input_spec or getmetatable(model) == model_metatable then
      index[found.layer] = #shown
      shown[#shown + 1] = found
    end
  end
  for i, found in ipairs(shown) do
    local layer = found.layer
    rows[i] = {
      name = layer.name, type = layer.type, line = fields[layer].made_at.line, output = found.output,
      connected_to = connected_to(found, index), parameters = cnnc.owned[layer],
    }
  end
  return rows
end

local function find_model(returned)
  if is_model(returned) then return returned end
  if is_layer(returned) or cnnc.is_tensor(returned) then
    fail("the script returns a layer or tensor, not a model", {hint = "return Model{inputs = ..., outputs = ...}"})
  end
  if #all_models == 1 then return all_models[1] end
  if #all_models == 0 then
    fail("the script makes no model",
      {hint = "begin with: local model = Sequential()", at = {file = where().file, line = 0}})
  end
  fail(format("the script makes %d models and returns none of them", #all_models),
    {hint = "end it with: return model", at = fields[all_models[#all_models]].made_at})
end

-- One program trains one model.
local function warn_of_others(found)
  for _, other in ipairs(all_models) do
    local fitted = other ~= found and fields[other].fits[1]
    if fitted then
      cnnc.warn("this model is not trained: the script returns another one",
        {hint = "write a script for it; weights that both have go from one to the other with --save and --weights",
         at = fitted.at})
    end
  end
end

-- Called with what the script returned: hands the finished model to the compiler.
function cnnc.finish(returned)
  local found = find_model(returned)
  local model = fields[found]
  if not model.output or model.output == model.input then
    fail("the model has no layers", {hint = "model:add(...)", at = model.made_at})
  end
  model.inputs = model.inputs or {model.input}
  model.outputs = model.outputs or {model.output}
  local rows = layer_rows(found)
  cnnc.set_model{name = model.name, inputs = model.inputs, outputs = model.outputs, layers = rows}
  warn_of_others(found)
  cnnc.freeze(cnnc.finish_training(model, rows[#rows]) or cnnc.frozen_parameters(note_trainable(model)))
  cnnc.complete()
end
