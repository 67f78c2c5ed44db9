-- model.lua: the models that layers make, and how a finished one is handed over.

local cnnc = ...
local fail, entry, where = cnnc.fail, cnnc.entry, cnnc.where
local arguments, exports, fields, scopes = cnnc.arguments, cnnc.exports, cnnc.fields, cnnc.scopes
local call_layer, is_model, is_input = cnnc.call_layer, cnnc.is_model, cnnc.is_input
local shape_text = cnnc.shape_text
local format = string.format

local all_models = {}
cnnc.all_models = all_models

---- Inputs ----------------------------------------------------------------------------------------------

local input_spec = cnnc.complete_spec{
  name = "InputLayer",
  is_input = true,
  doc = "an input of the model, as a layer: the first of a Sequential",
  example = "return Sequential{InputLayer{input_shape = {28, 28, 1}}, Flatten()}",
  arguments = {
    {"shape", "shape", min = 1, open = true, optional = true,
      doc = "of one sample: rows, columns, channels of an image; None is a length that the command line gives: --shape"},
    {"batch_size", "integer", min = 1, optional = true, named_only = true,
      doc = "changes nothing: the C takes any number of samples"},
    {"batch_shape", "batch_shape", optional = true, named_only = true, doc = "in place of shape: with the batch in front"},
    {"dtype", {"float32", "int32", "int64", "uint8"}, optional = true, named_only = true,
      hint = 'whole numbers, such as those of words, are "int32"',
      doc = "of its numbers; int32: whole ones, tokens say; uint8: bytes, which stay 0..255. Without it they are floats, "
        .. "or int32 if an Embedding reads them"},
    {"sparse", "unsupported", named_only = true}, {"ragged", "unsupported", named_only = true},
    {"tensor", "unsupported", named_only = true}, {"optional", "unsupported", named_only = true},
  },
}
cnnc.describe("layer", input_spec)

cnnc.describe("function", {
  name = "Input", rows = input_spec.rows,
  doc = "an input of the model: a tensor that layers are called on",
  example = "local x = Input{28, 28, 1}\nreturn Model{inputs = x, outputs = Dense{10}(Flatten()(x))}",
})

-- The layer and its tensor, of what a script says.
local function parse_input(name, ...)
  cnnc.need_top_level(name)
  local values = arguments.parse(name, input_spec.rows, ...)
  values.shape = values.shape or values.batch_shape or values.input_shape
  if values.dtype == "int64" then values.dtype = "int32" end
  if not values.shape then fail(name .. " needs a shape", {hint = name .. "{shape = {28, 28, 1}}"}) end
  return cnnc.make_input(input_spec, values)
end

-- An input for tensors of this shape and type; floats may be whole numbers.
function cnnc.input_for(shape, dtype)
  local values = {shape = shape, dtype = dtype ~= "float32" and dtype or nil, trainable = true}
  return select(2, cnnc.make_input(input_spec, values))
end

exports.Input = entry(function(...) return select(2, parse_input("Input", ...)) end)
exports.InputLayer = entry(function(...) return (parse_input("InputLayer", ...)) end)
cnnc.constructors[exports.InputLayer] = "layer"

---- Models -----------------------------------------------------------------------------------------------

local model_methods = {}

-- A script may keep what it likes in a model's fields of other names.
local KEPT = {}
for name in string.gmatch("spec type self title at calls call made_at compiled fits optimizer input output inputs outputs layers "
    .. "layer_list layer_of_name network losses prefix used class build_from summarizes evaluates evaluate_batch saved_as "
    .. "mask_inputs loaded_from untrained begins_with_weights", "%S+") do
  KEPT[name] = true
end

local TRAINABLE = {"trainable", "boolean", default = true, named_only = true,
  doc = "false: training leaves the parameters of all its layers as they are"}

local NAME = {"name", "name", optional = true, named_only = true,
  doc = "in the summary and, of a Sequential inside of another model, in front of its parameters' names"}

-- What Keras' Model has of tensors: one, or the list of several.
local TENSORS <const> = {input = "inputs", output = "outputs", inputs = "inputs", outputs = "outputs"}

local function tensors_of(model, key)
  local own = fields[model]
  local list = own[TENSORS[key]]
  if not list then
    fail(format("the model does not know its input yet, and so has no %s", key),
      {hint = "give its first layer an input_shape, or call model:build{nil, 28, 28, 1}"})
  end
  return TENSORS[key] == key and cnnc.list(table.move(list, 1, #list, 1, {})) or cnnc.one_or_list(list)
end

-- What a script reads of a model's field; nil: there is none.
local function read_field(model, key)
  local own = fields[model]
  if TENSORS[key] then return tensors_of(model, key) end
  if key == "layers" then return cnnc.fixed_list(cnnc.layers_of(own)) end
  if key == "optimizer" and own.compiled then return own.compiled.optimizer end
  if not KEPT[key] and own[key] ~= nil then return own[key] end
  return own.class and own.class[key]
end

-- What compile was given and takes note of: of another value in a field nothing would come.
local function refuse_compiled(model, title, key)
  if fields[model].compiled and cnnc.is_compile_argument(key) then
    fail(format("%s: %s is what compile was given", title, key),
      {hint = format("call model:compile{..., %s = ...} again", key)})
  end
end

-- What models of a kind are: their metatable, their methods, and what makes one.
function cnnc.model_kind(spec, methods)
  local kind = {spec = cnnc.complete_spec(spec), methods = methods}
  for name, body in pairs(model_methods) do methods[name] = body end
  kind.metatable = {
    __name = spec.title,
    __index = function(model, key)
      if methods[key] then return methods[key] end
      local value = read_field(model, key)
      if value ~= nil then return value end
      fail(format("%s has no method '%s'", spec.title, tostring(key)), {hint = cnnc.keras.instead_of_field(key)
        or cnnc.torch.of_module(key) or arguments.hint(tostring(key), arguments.sorted_names(methods))})
    end,
    __newindex = function(model, key, value)
      if methods[key] or KEPT[key] then fail(format("%s: '%s' cannot be changed", spec.title, key)) end
      if key == "trainable" then
        value = arguments.parse(spec.title, {TRAINABLE}, {trainable = value}).trainable
        return cnnc.set_trainable(model, value)
      end
      if key == "name" then
        value = arguments.parse(spec.title, {NAME}, {name = value}).name
        fields[model].title = value
      end
      cnnc.refuse_misspelt(spec.title, key)
      refuse_compiled(model, spec.title, key)
      cnnc.keep(model, key, value)
    end,
    __tostring = function(model) return format("%s '%s'", spec.title, fields[model].name) end,
    __call = entry(function(model, ...) return call_layer(model, where(), ...) end),
  }
  return kind
end

-- A model of a kind, with the arguments `name` and `trainable`.
function cnnc.new_model(kind, values)
  cnnc.need_top_level(kind.spec.title)
  local own = cnnc.model_fields(kind.spec, values.name)
  own.trainable, own.title, own.fits, own.added = values.trainable, values.name, {}, {}
  own.self = cnnc.model_object(kind.metatable, own)
  cnnc.owned[own.self] = {}
  all_models[#all_models + 1] = own.self
  return own.self
end

cnnc.MODEL_ARGUMENTS = {TRAINABLE, NAME}

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
cnnc.method = method

local note_trainable -- below

-- Each fit is a part of the generated program's training, and may need functions of its own.
local MAX_STAGES <const> = 256

-- Are other parameters frozen now than when compile was called? `trainer`: who trains in spite of that; at: where to say so.
function cnnc.warn_of_changes(compiled, model, trainer, at)
  local before, now = cnnc.frozen_parameters(compiled.trainable), cnnc.frozen_parameters(note_trainable(model))
  local changed = #before ~= #now
  for i, tensor in ipairs(before) do changed = changed or tensor ~= now[i] end
  if not changed then return end
  cnnc.warn(trainer .. " trains what was trainable when compile was called, and trainable was changed since then",
    {hint = format("call model:compile{...} again, which was in line %d", compiled.at.line), at = at})
end

-- Would Keras carry states of a layer from one batch of this fit to the next? It does where data come in their order.
local function warn_of_states(own, fitted)
  for _, layer in ipairs(fitted.shuffle == false and cnnc.layers_of(own) or {}) do
    local inner = fields[layer]
    if cnnc.is_model(layer) then
      warn_of_states(inner, fitted)
    elseif inner.stateful == true then
      cnnc.warn(format("%s is stateful in prediction step by step, but in training every sample begins with zeros", inner.type),
        {hint = "longer samples show it more of a series", at = where()})
    end
  end
end

model_methods.compile = method("compile", function(model, ...)
  model.compiled = cnnc.parse_compile(...)
  model.compiled.at = where()
  model.compiled.trainable = note_trainable(model)
end)

model_methods.fit = method("fit", function(model, ...)
  local fitted, compiled = cnnc.parse_fit(...), model.compiled
  if not compiled then fail("fit needs a compiled model", {hint = 'model:compile{optimizer = "adam", loss = "..."}'}) end
  if not compiled.loss and not cnnc.adds_losses(model) then
    fail("fit needs a loss", {hint = 'model:compile{loss = "..."}, or model:add_loss(tensor) before'})
  end
  if #model.fits == MAX_STAGES then fail(format("one model can be fitted %d times at most", MAX_STAGES)) end
  cnnc.warn_of_changes(compiled, model, "this fit")
  warn_of_states(model, fitted)
  fitted.at = where()
  model.fits[#model.fits + 1] = cnnc.note_fit(compiled, fitted)
  return cnnc.later("fit", "./net train --history FILE.csv writes a row for every epoch")
end)

-- These say what the generated program does when it trains.
model_methods.summary = method("summary", function(model, ...)
  model.summarizes = cnnc.parse_summary(...)
end)

model_methods.evaluate = method("evaluate", function(model, ...)
  local shows, batch = cnnc.parse_evaluate(...)
  if shows then model.evaluates, model.evaluate_batch = true, batch end
  return cnnc.later("evaluate", "the program prints loss and metrics at the end of train, and ./net evaluate does")
end)

model_methods.save = method("save", function(model, ...) model.saved_as = cnnc.parse_save(...) end)
model_methods.save_weights = model_methods.save

model_methods.load_weights = method("load_weights", function(model, ...)
  model.loaded_from, model.begins_with_weights = cnnc.parse_load(...), #model.fits == 0
  cnnc.note_load(model.self, model.loaded_from)
end)

cnnc.describe("function", {
  name = "model:add_loss", rows = {{"loss", "any", doc = "a tensor that was made from the model's inputs"}},
  doc = "what training makes small beside the loss: of each sample's numbers the sum, in the mean over the batch",
  example = [[
local x = Input{4}
local code = Dense{2}(x)
local model = Model{inputs = x, outputs = Dense{4}(code)}
model:add_loss(0.1 * ops.sum(ops.square(code), {axis = -1}))
model:compile{optimizer = "adam", loss = "mse"}
return model]],
})

-- What is added within one of the two runs of the model's own `call` is joined with that of the other.
local function is_in_run(model) return scopes.run and scopes.run.of == model.self end

local function add(model, tensor, metric, who)
  if is_in_run(model) then return cnnc.note_added(tensor, metric, who) end
  cnnc.check_added(tensor, who)
  model.added[#model.added + 1] = {tensor = tensor, metric = metric}
end

model_methods.add_loss = method("add_loss", function(model, tensor)
  add(model, cnnc.need_numbers("add_loss", tensor), nil, "add_loss")
end)

cnnc.describe("function", {
  name = "model:add_metric", rows = {},
  doc = "the same, of a tensor that was made from the model's inputs",
  example = [[
local x = Input{4}
local code = Dense{2}(x)
local model = Model{inputs = x, outputs = Dense{4}(code)}
model:add_metric(ops.abs(code), {name = "code", aggregation = "mean"})
model:compile{optimizer = "adam", loss = "mse"}
return model]],
})

model_methods.add_metric = method("add_metric", function(model, ...)
  local tensor, metric = cnnc.parse_added_metric(model.self, ...)
  for _, entry in ipairs(is_in_run(model) and scopes.added or model.added) do
    if entry.metric and entry.metric.of == model.self and entry.metric.name == metric.name then
      fail(format("add_metric: the model has a metric %s already", arguments.show(metric.name)),
        {hint = "give it another name"})
    end
  end
  add(model, tensor, metric, "add_metric")
end)

model_methods.predict = method("predict", function()
  cnnc.warn("model:predict gives nothing here: the script only describes the network",
    {hint = "the program that is generated predicts: ./net predict --weights FILE DATA"})
end)

-- The layers of a model, given by its fields, in order. As in Keras, the inputs are layers of a Model, and none of a
-- Sequential, which has a list.
function cnnc.layers_of(own)
  local list, calls = {}, {}
  if own.layer_list then return table.move(own.layer_list, 1, #own.layer_list, 1, {}) end
  if not own.inputs then return list end
  for i, input in ipairs(own.inputs) do calls[i] = cnnc.call_of(input) end
  table.move(own.network, 1, #own.network, #calls + 1, calls)
  table.sort(calls, function(a, b) return a.order < b.order end)
  for i, row in ipairs(cnnc.layers_of_calls(calls)) do list[i] = row.layer end
  return list
end

-- Stops if two of these layers have one name.
function cnnc.check_names(layers)
  local seen = {}
  for _, layer in ipairs(layers) do
    local own = fields[layer]
    if seen[own.name] then cnnc.fail_of_names(own.name, seen[own.name], own.made_at) end
    seen[own.name] = own.made_at
  end
end

-- Stops if a model, given by its fields, is called on tensors of other shapes than its own inputs have.
function cnnc.check_shapes(own, tensors)
  for i, input in ipairs(own.inputs) do
    local wanted, given = fields[cnnc.call_of(input).layer].open_shape or cnnc.shape(input), cnnc.shape(tensors[i])
    if not cnnc.fits(given, wanted) then
      fail(format("%s '%s' is made for %s, but is called on %s", own.spec.title, own.name,
          cnnc.open_text(wanted), shape_text(given)), {at = own.at, tensor = tensors[i]})
    end
  end
end

-- Calls a model on `x`, whose first axis are steps that the model's input has not: each layer by call(layer, at, tensors...).
function cnnc.call_on_steps(model, x, call)
  fields[model].call_on_steps = call
  return model(x)
end

-- The function that call_on_steps() left for this call of a model, given by its fields, on `tensors`; nil: none.
function cnnc.caller_of_layers(own, tensors)
  local call = own.call_on_steps
  own.call_on_steps = nil
  if not call then cnnc.check_shapes(own, tensors) end
  return call
end

-- The tensors at which a model, given by its fields, begins: its inputs, and of a class's their masks where its call takes them.
-- As a second list, those that stand for them where it is called on `tensors`: where one has no mask every step counts.
function cnnc.all_starts(own, tensors)
  local starts, given = table.move(own.inputs, 1, #own.inputs, 1, {}), table.move(tensors or {}, 1, #own.inputs, 1, {})
  for i = 1, own.mask_inputs and #own.inputs or 0 do
    local start, x = own.mask_inputs[i], given[i]
    if start then
      starts[#starts + 1] = start
      local ones = x and not cnnc.mask_of(x) and cnnc.op.broadcast(cnnc.op.constant{value = 1}, {shape = cnnc.shape(start)})
      given[#starts] = ones or cnnc.mask_of(x)
    end
  end
  return starts, given
end

-- The calls of a model, given by its fields, made once more from other tensors; what it adds to loss and metrics is made of
-- these, too.
function cnnc.call_network(own, tensors)
  local call = cnnc.caller_of_layers(own, tensors)
  local outputs = table.move(own.outputs, 1, #own.outputs, 1, {})
  for i, entry in ipairs(own.added) do outputs[#own.outputs + i] = entry.tensor end
  local starts, given = cnnc.all_starts(own, tensors)
  local network = #own.added > 0 and cnnc.trace(starts, outputs, own.made_at) or own.network
  local results = cnnc.replay(network, starts, outputs, given, call)
  for i = #own.outputs + 1, #results do
    cnnc.note_added(results[i], own.added[i - #own.outputs].metric)
    results[i] = nil
  end
  return cnnc.one_or_list(results)
end

local function call_model(model, ...) return cnnc.call_network(fields[model], {...}) end

-- What a model, given by its fields, adds to its loss, and to its metrics: lists of {tensor =, metric = of the second}.
function cnnc.added_of(own)
  local losses, metrics = {}, {}
  local function take(added)
    for _, entry in ipairs(added or {}) do table.insert(entry.metric and metrics or losses, entry) end
  end
  for _, call in ipairs(own.network or {}) do take(call.added) end
  take(own.added)
  return losses, metrics
end

-- Does it add anything to its loss?
function cnnc.adds_losses(own) return #cnnc.added_of(own) > 0 end

-- What compile takes note of: which layers are trainable now.
function note_trainable(model)
  local noted = cnnc.trainable_layers()
  if not model.trainable then
    for layer in pairs(noted) do noted[layer] = false end
  end
  if model.untrained then cnnc.leave_out(noted, model.untrained) end
  return noted
end
cnnc.note_trainable = note_trainable

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
  local layers, names = cnnc.layers_of(model), {}
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

---- Building --------------------------------------------------------------------------------------------

-- Runs f, which makes the network of a model, given by its fields.
function cnnc.build_model(own, f)
  cnnc.build_under(own.name, function(prefix)
    own.prefix = own.prefix or prefix
    f()
  end)
end

-- Builds a model, unless it knows its input's shape already.
function cnnc.build_for(model, shape, dtype)
  local own = fields[model]
  if not own.inputs then own.build_from(shape, dtype) end
end

-- Builds a model that no layer and no call told its input's shape, from what the command line says. False: that is nothing.
function cnnc.build_as_given(own)
  local shape = cnnc.shape_of_any()
  if shape and not own.inputs then own.build_from(shape) end
  return own.inputs ~= nil
end

local BUILD = {{"input_shape", "batch_shape", gathers = true, doc = "with nil, or the number of samples, in front"}}

cnnc.describe("function", {
  name = "model:build", aliases = {"build"}, rows = BUILD,
  doc = "tells a model its input's shape, with the batch in front, where its first layer does not",
  example = "local model = Sequential{Flatten(), Dense{10}}\nmodel:build{nil, 28, 28, 1}\nreturn model",
})

model_methods.build = method("build", function(own, ...)
  local shape = arguments.parse("build", BUILD, ...).input_shape
  if not own.inputs then return own.build_from(shape) end
  if not cnnc.fits(cnnc.shape(own.inputs[1]), shape) then
    fail(format("build: the model's input is %s already", shape_text(cnnc.shape(own.inputs[1]))))
  end
end)

---- Model -------------------------------------------------------------------------------------------------

local functional = cnnc.model_kind({name = "Functional", title = "Model", call = call_model}, {})

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
  {"inputs", "list", doc = "what Input{...} returned, or another tensor from which the model begins: one, or a list of several"},
  {"outputs", "list", doc = "what layers made of it: one, or a list of several"},
  table.unpack(cnnc.MODEL_ARGUMENTS),
}

cnnc.describe("function", {
  name = "Model", rows = MODEL,
  doc = "a model with branches, of layers that were called on tensors; it can be called on tensors like a layer",
  example = [[
local x = Input{28, 28, 1}
local y = Conv2D{8, 3, padding = "same", activation = "relu"}(x)
local sum = Add()({y, Conv2D{8, 3, padding = "same"}(y)})
return Model{inputs = x, outputs = Dense{10, activation = "softmax"}(Flatten()(sum))}]],
})

-- A model may begin at any tensor: in front of it stands an input of its own then, and what follows is made once more.
local function with_own_inputs(inputs, outputs, at)
  local own, changed = {}, false
  for i, tensor in ipairs(inputs) do
    own[i] = tensor
    if not is_input(tensor) then
      cnnc.call_of(tensor)
      changed = true
      own[i] = cnnc.input_for(cnnc.shape(tensor), cnnc.dtype(tensor))
    end
  end
  local network, used = cnnc.trace(inputs, outputs, at)
  if not changed then return inputs, outputs, network, used end
  outputs = cnnc.replay(network, inputs, outputs, own)
  network, used = cnnc.trace(own, outputs, at)
  return own, outputs, network, used
end

exports.Model = entry(function(...)
  cnnc.need_top_level("Model")
  local values = arguments.parse("Model", MODEL, ...)
  local inputs, outputs = tensor_list("inputs", values.inputs), tensor_list("outputs", values.outputs)
  local model = cnnc.new_model(functional, values)
  local own = fields[model]
  own.inputs, own.outputs, own.network, own.used = with_own_inputs(inputs, outputs, own.made_at)
  cnnc.check_names(cnnc.layers_of(own))
  if not own.trainable then cnnc.set_trainable(model, false) end
  return model
end)
