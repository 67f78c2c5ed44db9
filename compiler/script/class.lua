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
    .. "build(self, shape) the shape that it is called on first, and call(self, x) makes its output",
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

---- Models ------------------------------------------------------------------------------------------------

-- Makes the model's network: its call is run on inputs of its own, and what it calls is remembered.
local function build_class(own, make_inputs)
  cnnc.build_model(own, function()
    local class, inputs = own.class, make_inputs()
    if method_of(class, "build") then class.build(own.self, cnnc.shape(inputs[1])) end
    local result = table.pack(method_of(class, "call", true)(own.self, cnnc.one_or_list(inputs)))
    local outputs = result.n == 1 and arguments.is_plain_table(result[1]) and result[1] or result
    for i = 1, math.max(#outputs, 1) do
      if not cnnc.is_tensor(outputs[i]) then
        fail(format("%s: its call must return a tensor, not %s", own.type, arguments.show(outputs[i])), {at = own.made_at})
      end
    end
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

local function layer_class(class, name)
  local spec = cnnc.complete_spec{name = name or "Layer", inputs = "any", class = class}
  spec.call = function(layer, ...)
    local x, own = select("#", ...) == 1 and (...) or {...}, fields[layer]
    if not own.was_built and method_of(class, "build") then class.build(layer, cnnc.shape((...))) end
    own.was_built = true
    return method_of(class, "call", true)(layer, x)
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
