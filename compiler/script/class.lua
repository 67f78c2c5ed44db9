-- class.lua: models and layers of the script's own in the manner of Keras' subclasses: methods init, build and call.

local cnnc = ...
local fail, entry = cnnc.fail, cnnc.entry
local arguments, exports, fields = cnnc.arguments, cnnc.exports, cnnc.fields
local format = string.format

local CLASS = {
  {"base", "any", doc = "Model or Layer"},
  {"name", "name", optional = true, doc = "what it is called in the summary, and in front of its parameters' names"},
}

cnnc.describe("function", {
  name = "class", rows = CLASS,
  doc = "a kind of model or layer whose methods the script writes: init(self, ...) gets what it is made with, "
    .. "build(self, shape) the shape that it is called on first, and call(self, x) makes its output; call(self, a, b) gets of "
    .. "two tensors each, call(self, x, training) is run both with true and with false, and the network does what fits",
  example = [[
local Denoise = class(Model, "Denoise")
function Denoise:init(units)
  self.encoder = Dense{units, activation = "relu"}
  self.decoder = Dense{64, activation = "sigmoid"}
end
function Denoise:call(x) return self.decoder(self.encoder(x)) end
local model = Denoise(8)
model:build{nil, 64}
return model]],
})

-- A method of a class, if its writer wrote it.
local function method_of(class, name, needed)
  local body = class[name]
  if type(body) == "function" then return body end
  if body ~= nil or needed then
    fail(format("a class needs a method %s, not %s", name, arguments.show(body)),
      {hint = format("function NAME:%s(x) ... end", name)})
  end
end

-- What a method `call` gets of the tensors it is made on: a list of them in one argument or, where it has as many, each in one
-- of its own; `training` where it has an argument of that name, which is true or false.
local function call_arguments(body, tensors, training)
  local names, plain, given = cnnc.parameter_names(body), {}, {}
  table.remove(names, 1) -- self
  for i, name in ipairs(names) do
    if name == "training" then given[i] = training elseif name ~= "mask" then plain[#plain + 1] = i end
  end
  if #tensors == 1 then given[plain[1] or 1] = tensors[1]
  elseif #plain < #tensors then given[plain[1] or 1] = cnnc.list(table.move(tensors, 1, #tensors, 1, {}))
  else for i, x in ipairs(tensors) do given[plain[i]] = x end end
  return given, math.max(#names, 1)
end

-- What the call makes, as a list; `was_list`: it returned one.
local function results_of(self, body, tensors, training)
  local given, count = call_arguments(body, tensors, training)
  local results = table.pack(body(self, table.unpack(given, 1, count)))
  local is_list = results.n == 1 and arguments.is_plain_table(results[1])
  return is_list and table.move(results[1], 1, #results[1], 1, {n = #results[1]}) or results, is_list
end

local function has_training(body)
  for _, name in ipairs(cnnc.parameter_names(body)) do
    if name == "training" then return true end
  end
  return false
end

-- Runs the method `call`, twice if it asks whether it is in training, and the network is of both minds.
local function run_call(self, class, type, tensors, at)
  local body, mode = method_of(class, "call", true), cnnc.called_in_training()
  local asks = has_training(body) and mode == nil
  local results, is_list = results_of(self, body, tensors, asks or mode)
  local others = asks and results_of(self, body, tensors, false) or results
  for i = 1, math.max(results.n, 1) do
    for _, made in ipairs{results, others} do
      if not cnnc.is_tensor(made[i]) then
        fail(format("%s: its call must return a tensor, not %s", type, arguments.show(made[i])), {at = at})
      end
    end
    if cnnc.key(results[i]) ~= cnnc.key(others[i]) then
      results[i] = cnnc.as_layer("in_training", cnnc.op.in_training, results[i], others[i])
    end
  end
  return results, is_list
end

---- Models ------------------------------------------------------------------------------------------------

-- Makes the model's network: its call is run on inputs of its own, and what it calls is remembered.
local function build_class(own, make_inputs)
  cnnc.build_model(own, function()
    local class, inputs = own.class, make_inputs()
    if method_of(class, "build") then class.build(own.self, cnnc.shape(inputs[1])) end
    local outputs = run_call(own.self, class, own.type, inputs, own.made_at)
    own.inputs, own.outputs = inputs, table.move(outputs, 1, #outputs, 1, {})
    own.network, own.used = cnnc.trace(own.inputs, own.outputs, own.made_at)
    cnnc.check_names(cnnc.layers_of(own))
  end)
  if not own.trainable then cnnc.set_trainable(own.self, false) end
end

local function call_class(model, ...)
  local own = fields[model]
  local tensors = {...}
  if not own.inputs then
    build_class(own, function()
      local inputs = {}
      for i, x in ipairs(tensors) do inputs[i] = cnnc.input_for(cnnc.shape(x), cnnc.dtype(x)) end
      return inputs
    end)
  end
  return cnnc.call_network(own, tensors)
end

local function model_class(class, name)
  local kind = cnnc.model_kind({name = name or "Model", title = name or "Model", inputs = "any", call = call_class}, {})
  return function(...)
    local model = cnnc.new_model(kind, {trainable = true})
    local own = fields[model]
    own.class = class
    own.build_from = function(shape, dtype)
      build_class(own, function() return {cnnc.input_for(shape, dtype)} end)
    end
    local init = method_of(class, "init")
    if init then init(model, ...) end
    return model
  end
end

---- Layers ------------------------------------------------------------------------------------------------

-- Models may be made in the method `build`, as parts of the layer.
local function build_layer(class, layer, tensors)
  local shapes = {}
  for i, x in ipairs(tensors) do shapes[i] = cnnc.list(cnnc.shape(x)) end
  cnnc.scopes.current.builds = true
  class.build(layer, #shapes == 1 and shapes[1] or cnnc.list(shapes))
  cnnc.scopes.current.builds = false
end

local function layer_class(class, name)
  local spec = cnnc.complete_spec{name = name or "Layer", inputs = "any", class = class}
  spec.call = function(layer, ...)
    local own, tensors = fields[layer], {...}
    if not own.was_built and method_of(class, "build") then build_layer(class, layer, tensors) end
    own.was_built = true
    local results, is_list = run_call(layer, class, own.type, tensors, own.at)
    if is_list then return table.move(results, 1, results.n, 1, {}) end
    return table.unpack(results, 1, results.n)
  end
  return function(...)
    local layer = cnnc.make_layer(spec, {trainable = true})
    local init = method_of(class, "init")
    if init then init(layer, ...) end
    return layer
  end
end

local BASES = {[exports.Model] = model_class, [exports.Layer] = layer_class}

exports.class = entry(function(...)
  local values = arguments.parse("class", CLASS, ...)
  local of_base = BASES[values.base]
  if not of_base then
    fail(format("class needs Model or Layer, not %s", arguments.show(values.base)), {hint = "local Mine = class(Model)"})
  end
  local class = {}
  local make = of_base(class, values.name)
  return setmetatable(class, {__name = "class", __call = entry(function(_, ...) return make(...) end)})
end)
