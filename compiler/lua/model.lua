-- model.lua: layers, the calls that join them, and the models they make.
--
-- A layer is described once, by Layer{name =, arguments =, call =}; what that returns makes layers of
-- this kind, and these are called on tensors. `call(layer, x)` builds the subgraph out of primitive ops
-- and may ask for parameters. The layers that cnnc brings along (layers.lua) are made in the same way
-- as those of a model script.

local cnnc = ...
local fail, entry, where = cnnc.fail, cnnc.entry, cnnc.where
local arguments = cnnc.arguments
local format, concat, sort, pack, unpack = string.format, table.concat, table.sort, table.pack, table.unpack

local exports = cnnc.exports

-- The layer that is being called: {layer =, owner = the outermost such layer, names =, depth =}.
local scope = nil
-- The call that made a tensor: {layer =, inputs =}.
local made_by = setmetatable({}, {__mode = "k"})
local parameters = {}  -- by full name: {tensor =, shape =}
local all_models = {}
local calls = 0

local MAX_DEPTH = 32
-- Indices of parameters and bytes of tensors must stay far within 64 bits, and within reason.
local LARGEST_PARAMETER = 1 << 30

local function shape_text(shape)
  return #shape == 0 and "scalar" or concat(shape, "x")
end

---- Names -----------------------------------------------------------------------------------------

-- Keras' rule: MaxPooling2D -> max_pooling2d, ReLU -> re_lu.
local function snake_case(name)
  name = string.gsub(name, "(.)(%u%l+)", "%1_%2")
  name = string.gsub(name, "(%l)(%u)", "%1_%2")
  return string.lower(name)
end

local function new_names() return {taken = {}, last = {}} end
local layer_names = new_names()

local function numbered(base, names)
  local name, number = base, names.last[base] or -1
  repeat
    number = number + 1
    name = number == 0 and base or format("%s_%d", base, number)
  until not names.taken[name]
  names.last[base] = number
  return name
end

local function take_name(spec, wanted)
  local names = scope and scope.names or layer_names
  local taken = names.taken
  if wanted and taken[wanted] then
    fail(format("two layers have the name '%s'", wanted),
      {hint = format("the other one was made in line %d", taken[wanted].line)})
  end
  local name = wanted or numbered(spec.base_name, names)
  taken[name] = where()
  return scope and scope.layer.path .. "/" .. name or name
end

---- Layers ------------------------------------------------------------------------------------------

local layer_methods = {}
local layer_metatable = {__name = "layer"}

-- Absent optional arguments are nil; any other unknown name is a mistake.
function layer_metatable.__index(layer, key)
  if layer_methods[key] then return layer_methods[key] end
  if rawget(layer, "spec").known[key] then return nil end
  fail(format("%s has no field '%s'", layer.type, tostring(key)),
    {hint = arguments.suggest(tostring(key), arguments.sorted_names(layer.spec.known))})
end

function layer_metatable.__tostring(layer)
  return format("%s '%s'", layer.type, layer.name)
end

local function is_layer(value)
  return getmetatable(value) == layer_metatable
end

-- Stops with a message at the place where this layer is called.
function layer_methods:fail(message, hint, tensor)
  fail(format("%s %s", self.type, message), {hint = hint, at = self.at, tensor = tensor})
end

-- The shape of a parameter, checked.
local function parameter_shape(layer, name, shape)
  if not arguments.types.name.check(name) then
    fail(format("%s: %s is not a name for a parameter", layer.type, arguments.show(name)))
  end
  local count = 1.0
  for _, size in ipairs(arguments.is_plain_table(shape) and shape or {}) do
    count = count * (tonumber(size) or 1)
  end
  if count > LARGEST_PARAMETER then
    layer:fail(format("needs a parameter '%s' of %s, which is too large", name, shape_text(shape)))
  end
  return arguments.parse(layer.type, {{"shape", "shape", min = 1}}, {shape = shape}).shape
end

-- The parameter `name` of this layer, made at the layer's first call and shared by the later ones.
-- `initializer` is an initializer or its name.
function layer_methods:parameter(name, shape, initializer, trainable)
  if not scope then fail(format("%s: parameters are made inside the layer's call", self.type)) end
  shape = parameter_shape(self, name, shape)
  local full_name = self.path .. "/" .. name
  local found = parameters[full_name]
  if not found then
    if scope.owner.calls > 1 then fail(format("%s: '%s' must be made at the first call", self.type, name)) end
    found = {shape = shape, tensor = cnnc.parameter{
      name = full_name, shape = shape, trainable = trainable ~= false and self.trainable,
      initializer = cnnc.resolve_initializer(self.type, initializer or "glorot_uniform", shape),
    }}
    parameters[full_name] = found
    scope.owner.parameters[#scope.owner.parameters + 1] = found.tensor
  elseif shape_text(found.shape) ~= shape_text(shape) then
    self:fail(format("shares its %s of shape %s, but here it would need %s", name, shape_text(found.shape), shape_text(shape)),
      "make a second layer for inputs of another shape")
  end
  return found.tensor
end

-- The tensors in f(a, b) or f{a, b}.
local function gather_tensors(layer, ...)
  local tensors = pack(...)
  if tensors.n == 1 and arguments.is_plain_table(tensors[1]) then
    tensors = pack(unpack(tensors[1]))
  end
  for i = 1, tensors.n do
    if not cnnc.is_tensor(tensors[i]) then
      local hint = is_layer(tensors[i]) and "call that layer on a tensor first" or nil
      fail(format("%s is called on tensors, not on %s", layer.type,
        is_layer(tensors[i]) and "a layer" or arguments.show(tensors[i])), {hint = hint})
    end
  end
  local least, most = layer.spec.min_inputs, layer.spec.max_inputs
  if tensors.n < least or tensors.n > most then
    fail(format("%s takes %s, not %d", layer.type,
      least == most and format("%d tensor%s", least, least == 1 and "" or "s") or format("at least %d tensors", least),
      tensors.n))
  end
  return tensors
end

local function run_in_scope(layer, tensors)
  local outer = scope
  if outer and outer.depth >= MAX_DEPTH then fail(format("%s: layers are nested too deeply", layer.type)) end
  scope = {layer = layer, owner = outer and outer.owner or layer, names = new_names(), depth = outer and outer.depth + 1 or 1}
  local results = pack(layer.spec.call(layer, unpack(tensors, 1, tensors.n)))
  scope = outer
  if results.n == 0 or not cnnc.is_tensor(results[1]) then
    fail(format("%s: its call must return a tensor, not %s", layer.type, arguments.show(results[1])), {at = layer.at})
  end
  return results
end

-- Calls a layer on behalf of the script's line `at`. A layer inside another one is a part of that one.
local function call_layer(layer, at, ...)
  local tensors = gather_tensors(layer, ...)
  layer.at = scope and scope.layer.at or at
  if scope then
    local results = run_in_scope(layer, tensors)
    return unpack(results, 1, results.n)
  end

  cnnc.origin(at, layer.name, layer.type)
  layer.calls = layer.calls + 1
  local results = run_in_scope(layer, tensors)
  calls = calls + 1
  layer.order = layer.order or calls
  for i = 1, results.n do
    if made_by[results[i]] then results[i] = cnnc.same(results[i]) end -- the layer did nothing (Activation "linear")
    made_by[results[i]] = {layer = layer, inputs = tensors}
  end
  return unpack(results, 1, results.n)
end

layer_metatable.__call = entry(function(layer, ...)
  return call_layer(layer, where(), ...)
end)

local COMMON_ARGUMENTS = {
  {"name", "name", optional = true, named_only = true},
  {"trainable", "boolean", default = true, named_only = true},
  {"input_shape", "shape", min = 1, optional = true, named_only = true},
  {"dtype", "unsupported", named_only = true, instead = "everything is computed in float32"},
}

local function make_layer(spec, values)
  local layer = setmetatable(values, layer_metatable)
  layer.spec, layer.type = spec, spec.name
  layer.path = take_name(spec, values.name)
  layer.name = layer.path
  layer.made_at = where()
  layer.calls, layer.parameters = 0, {}
  return layer
end

local RESERVED = {spec = true, type = true, path = true, made_at = true, at = true, calls = true, parameters = true,
                  order = true, parameter = true, fail = true}

local function complete_spec(spec)
  spec.base_name = snake_case(spec.name)
  spec.min_inputs, spec.max_inputs = spec.inputs or 1, spec.inputs or 1
  if spec.inputs == "many" then spec.min_inputs, spec.max_inputs = 2, math.huge end
  local rows = {}
  spec.known = {type = true, calls = true, order = true, at = true}
  for _, row in ipairs(spec.arguments or {}) do rows[#rows + 1] = row end
  for _, row in ipairs(COMMON_ARGUMENTS) do rows[#rows + 1] = row end
  for _, row in ipairs(rows) do
    if RESERVED[row[1]] then fail(format("%s: an argument cannot be called '%s'", spec.name, row[1])) end
    if spec.known[row[1]] then fail(format("%s: the argument '%s' is described twice", spec.name, row[1])) end
    spec.known[row[1]] = true
  end
  spec.rows = rows
  return spec
end

-- Describes a kind of layer and returns its constructor.
local function define_layer(spec)
  complete_spec(spec)
  local constructor = entry(function(...)
    return make_layer(spec, arguments.parse(spec.name, spec.rows, ...))
  end)
  cnnc.constructors[constructor] = "layer"
  return constructor
end

-- The layers that cnnc brings along; further names are aliases.
function cnnc.layer(spec)
  local constructor = define_layer(spec)
  exports[spec.name] = constructor
  for _, alias in ipairs(spec.aliases or {}) do exports[alias] = constructor end
end

exports.Layer = entry(function(...)
  local spec = arguments.parse("Layer", {
    {"name", "name"},
    {"arguments", "list", default = {}},
    {"call", "function"},
    {"inputs", "any", default = 1},
  }, ...)
  if spec.inputs ~= "many" and not (math.type(spec.inputs) == "integer" and spec.inputs >= 1 and spec.inputs <= 64) then
    fail(format('Layer: inputs must be the number of tensors or "many", not %s', arguments.show(spec.inputs)))
  end
  arguments.check_rows(spec.name, spec.arguments)
  return define_layer(spec)
end)

---- Tensors and ops -----------------------------------------------------------------------------------

-- An op that a script uses outside of any layer is a layer of its own.
local function as_layer(name, build, ...)
  if scope then return build(...) end
  local tensors, rest = {}, pack(...)
  for i = 1, rest.n do
    if cnnc.is_tensor(rest[i]) then tensors[#tensors + 1] = rest[i] end
  end
  if #tensors == 0 then return build(...) end -- which says what is missing
  local spec = complete_spec{name = name, call = function() return build(unpack(rest, 1, rest.n)) end}
  spec.max_inputs = math.huge
  return call_layer(make_layer(spec, {trainable = true}), where(), unpack(tensors))
end

exports.op = {}
for name, offered in pairs(cnnc.script_ops) do
  local build = cnnc.op[name]
  if offered then
    exports.op[name] = entry(function(...) return as_layer(name, build, ...) end)
  end
end
setmetatable(exports.op, {__index = function(ops, name)
  fail(format("there is no op '%s'", tostring(name)), {hint = arguments.hint(tostring(name), arguments.sorted_names(ops))})
end})

local tensor_metatable = cnnc.tensor_metatable

function tensor_metatable.__index(tensor, key)
  if key == "shape" then return cnnc.shape(tensor) end
  if key == "rank" then return #cnnc.shape(tensor) end
  fail(format("a tensor has no field '%s'", tostring(key)), {hint = "it has shape and rank"})
end

function tensor_metatable.__newindex()
  fail("a tensor cannot be changed")
end

function tensor_metatable.__tostring(tensor)
  return "tensor " .. shape_text(cnnc.shape(tensor))
end

local function scaled(tensor, scale, offset)
  return as_layer("affine", cnnc.op.affine, tensor, {scale = scale, offset = offset})
end

local function arithmetic(name, with_number)
  return entry(function(a, b)
    if type(b) == "number" then return with_number(a, b) end
    if type(a) == "number" and (name == "add" or name == "multiply") then return with_number(b, a) end
    if type(a) == "number" and name == "subtract" then return scaled(b, -1, a) end
    if not (cnnc.is_tensor(a) and cnnc.is_tensor(b)) then
      fail(format("cannot %s %s and %s", name, arguments.show(a), arguments.show(b)))
    end
    return as_layer(name, cnnc.op.binary, a, b, {["function"] = name})
  end)
end

tensor_metatable.__add = arithmetic("add", function(x, number) return scaled(x, 1, number) end)
tensor_metatable.__sub = arithmetic("subtract", function(x, number) return scaled(x, 1, -number) end)
tensor_metatable.__mul = arithmetic("multiply", function(x, number) return scaled(x, number, 0) end)
tensor_metatable.__div = arithmetic("divide", function(x, number)
  if number == 0 then fail("division of a tensor by zero") end
  return scaled(x, 1 / number, 0)
end)
tensor_metatable.__unm = entry(function(x) return scaled(x, -1, 0) end)

---- Inputs ----------------------------------------------------------------------------------------------

local input_spec = complete_spec{
  name = "InputLayer",
  arguments = {
    {"shape", "shape", min = 1},
    {"batch_size", "unsupported", instead = "the batch size is given to model:fit"},
  },
}

local function make_input(shape, name)
  local layer = make_layer(input_spec, {shape = shape, name = name, trainable = true})
  calls = calls + 1
  layer.order, layer.calls = calls, 1
  local tensor = cnnc.input(layer.name, shape)
  made_by[tensor] = {layer = layer, inputs = {}}
  return tensor
end

exports.Input = entry(function(...)
  if scope then fail("Input cannot be used inside a layer") end
  local values = arguments.parse("Input", input_spec.rows, ...)
  return make_input(values.shape, values.name)
end)

local function is_input(tensor)
  return cnnc.is_tensor(tensor) and made_by[tensor] and made_by[tensor].layer.spec == input_spec
end

---- Models -----------------------------------------------------------------------------------------------

local model_methods, sequential_methods = {}, {}

local function method_metatable(kind, methods)
  local names = arguments.sorted_names(methods)
  return {
    __name = kind,
    __index = function(model, key)
      if methods[key] then return methods[key] end
      if key == "output" or key == "input" or key == "layer_set" then return nil end
      fail(format("%s has no method '%s'", kind, tostring(key)), {hint = arguments.hint(tostring(key), names)})
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
      fail(format("%s must be called on a model", name), {hint = format("write model:%s(...), with a colon", name)})
    end
    return body(model, ...)
  end)
end

local function new_model(metatable)
  local model = setmetatable({made_at = where()}, metatable)
  all_models[#all_models + 1] = model
  return model
end

model_methods.compile = method("compile", function(model, ...)
  model.compiled = cnnc.parse_compile(...)
  model.compiled.at = where()
end)

model_methods.fit = method("fit", function(model, ...)
  model.fitted = cnnc.parse_fit(...)
  model.fitted.at = where()
end)

model_methods.summary = method("summary", function()
  fail("a model script only describes the network", {hint = "run: cnnc summary " .. where().file})
end)

for _, name in ipairs{"evaluate", "predict", "save", "load_weights", "save_weights"} do
  model_methods[name] = method(name, function()
    fail(format("model:%s is not for the script, which only describes the network", name),
      {hint = "the program that is generated trains, evaluates and predicts"})
  end)
end

for name, body in pairs(model_methods) do sequential_methods[name] = body end

local function start_sequential(model, layer)
  if not layer.input_shape then
    fail(format("the first layer, %s, needs an input_shape", layer.type),
      {hint = format("%s{..., input_shape = {28, 28, 1}}, or model:add(Input{28, 28, 1}) before it", layer.type),
       at = layer.made_at})
  end
  model.input = make_input(layer.input_shape)
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
  local shape = model.output and layer.input_shape
  if shape and shape_text(shape) ~= shape_text(cnnc.shape(model.output)) then
    fail(format("%s says input_shape = %s, but its input is %s", layer.type, shape_text(shape),
      shape_text(cnnc.shape(model.output))), {hint = "only the first layer needs an input_shape", at = layer.made_at})
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
  model.output = call_layer(layer, layer.made_at, model.output)
  model.layer_set = model.layer_set or {}
  model.layer_set[layer] = true
end

sequential_methods.add = method("add", function(model, ...)
  if select("#", ...) ~= 1 then fail(format("model:add takes one layer, not %d", select("#", ...))) end
  add_to_sequential(model, ...)
end)

sequential_metatable = method_metatable("Sequential", sequential_methods)
model_metatable = method_metatable("Model", model_methods)

exports.Sequential = entry(function(...)
  if scope then fail("Sequential cannot be used inside a layer") end
  local values = arguments.parse("Sequential", {
    {"layers", "list", default = {}, gathers = true},
    {"name", "name", optional = true},
  }, ...)
  local model = new_model(sequential_metatable)
  for _, layer in ipairs(values.layers) do add_to_sequential(model, layer) end
  return model
end)

local function one_tensor(what, list)
  if #list ~= 1 then
    fail(format("Model needs one tensor as %s, not %d", what, #list),
      {hint = "several inputs or outputs are not supported by this version of cnnc"})
  end
  if not cnnc.is_tensor(list[1]) then
    fail(format("Model: %s must be a tensor, not %s", what, arguments.show(list[1])))
  end
  return list[1]
end

exports.Model = entry(function(...)
  if scope then fail("Model cannot be used inside a layer") end
  local values = arguments.parse("Model", {
    {"inputs", "list"},
    {"outputs", "list"},
    {"name", "name", optional = true},
  }, ...)
  local input, output = one_tensor("inputs", values.inputs), one_tensor("outputs", values.outputs)
  if not is_input(input) then fail("Model: inputs must be what Input{...} returned") end
  local model = new_model(model_metatable)
  model.input, model.output = input, output
  return model
end)

---- The end of the script ---------------------------------------------------------------------------------

-- What leads to the model's output: a list of layers in the order of their first call, each with its last
-- output and the tensors that were the first input of its calls.
local function collect_layers(model)
  local found, list, reached_input = {}, {}, false
  local pending = {model.output}
  while #pending > 0 do
    local tensor = table.remove(pending)
    local call = made_by[tensor]
    if tensor == model.input then reached_input = true end
    if call.layer.spec == input_spec and tensor ~= model.input then
      fail(format("the outputs depend on the input '%s', which is not the model's", call.layer.name), {at = model.made_at})
    end
    local row = found[call.layer]
    if not row then
      row = {layer = call.layer, output = tensor, before = {}, seen = {}}
      found[call.layer] = row
      list[#list + 1] = row
    end
    if not row.seen[call] then
      row.seen[call] = true
      row.before[#row.before + 1] = call.inputs[1]
      for _, input in ipairs(call.inputs) do pending[#pending + 1] = input end
    end
  end
  if not reached_input then fail("the model's output does not depend on its input", {at = model.made_at}) end
  sort(list, function(a, b) return a.layer.order < b.layer.order end)
  return list
end

-- The first row that feeds a layer; -1: none, only the model's input.
local function connected_to(found, index)
  local first = math.huge
  for _, tensor in ipairs(found.before) do
    first = math.min(first, index[made_by[tensor].layer] or first)
  end
  return first < math.huge and first or -1
end

-- The rows of `cnnc summary`. As in Keras, the input is a row of a Model, not of a Sequential.
local function layer_rows(model)
  local rows, index = {}, {}
  for _, found in ipairs(collect_layers(model)) do
    local layer = found.layer
    if layer.spec ~= input_spec or getmetatable(model) == model_metatable then
      index[layer] = #rows
      rows[#rows + 1] = {
        name = layer.name, type = layer.type, line = layer.made_at.line, output = found.output,
        connected_to = connected_to(found, index), parameters = layer.parameters,
      }
    end
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
    fail("the script makes no model", {hint = "begin with: local model = Sequential()", at = {file = where().file, line = 0}})
  end
  fail(format("the script makes %d models and returns none of them", #all_models),
    {hint = "end it with: return model", at = all_models[#all_models].made_at})
end

-- Called with what the script returned: hands the finished model to the compiler.
function cnnc.finish(returned)
  local model = find_model(returned)
  if not model.output or model.output == model.input then
    fail("the model has no layers", {hint = "model:add(...)", at = model.made_at})
  end
  local rows = layer_rows(model)
  cnnc.set_model{input = model.input, output = model.output, layers = rows}
  cnnc.finish_training(model, rows[#rows])
  cnnc.complete()
end

---- What scripts see besides layers ---------------------------------------------------------------------

-- A call that fails half-way leaves no layer open behind it.
exports.pcall = function(f, ...)
  local outer = scope
  local results = pack(cnnc.pcall(f, ...))
  scope = outer
  return unpack(results, 1, results.n)
end

local function key_order(a, b)
  local type_a, type_b = math.type(a) or type(a), math.type(b) or type(b)
  if type_a ~= type_b then return type_a < type_b end
  if type_a == "boolean" then return a and not b end
  return a < b
end

-- In sorted order, for the same script must give the same network in every run.
exports.pairs = function(t)
  if type(t) ~= "table" then fail(format("pairs needs a table, not %s", arguments.show(t))) end
  local keys, others = {}, {}
  for key in next, t do
    local kind = type(key)
    local list = (kind == "number" or kind == "string" or kind == "boolean") and keys or others
    list[#list + 1] = key
  end
  sort(keys, key_order)
  for _, key in ipairs(others) do keys[#keys + 1] = key end
  local i = 0
  return function()
    local value
    repeat
      i = i + 1
      if keys[i] == nil then return nil end
      value = t[keys[i]]
    until value ~= nil
    return keys[i], value
  end
end

local NOT_FOR_SCRIPTS = {}
for name in string.gmatch("collectgarbage coroutine debug dofile getmetatable io load loadfile os package rawequal "
    .. "rawget rawlen rawset setmetatable utf8 warn xpcall _G", "%S+") do
  NOT_FOR_SCRIPTS[name] = true
end

-- The answer to a name that the script uses and nobody defined.
function cnnc.unknown_global(globals, name)
  if NOT_FOR_SCRIPTS[name] then fail(format("'%s' is not available in a model script", name)) end
  fail(format("unknown name '%s'", tostring(name)),
    {hint = arguments.suggest(tostring(name), arguments.sorted_names(globals))})
end
