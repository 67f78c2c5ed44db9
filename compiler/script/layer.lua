-- layer.lua: layers: what kinds of them there are, and their arguments.
--
-- A layer is described once, by Layer{name =, arguments =, call =}; what that returns makes layers of
-- this kind, and these are called on tensors. `call(layer, x)` builds the subgraph out of primitive ops
-- and may ask for parameters (parameters.lua). The layers that cnnc brings along (layers/) are made in the same way
-- as those of a model script.

local cnnc = ...
local fail, entry, where = cnnc.fail, cnnc.entry, cnnc.where
local arguments, fields, scopes, exports = cnnc.arguments, cnnc.fields, cnnc.scopes, cnnc.exports
local is_model, owned = cnnc.is_model, cnnc.owned
local format, pack, unpack = string.format, table.pack, table.unpack

---- Layers ------------------------------------------------------------------------------------------

local layer_methods = {}
local layer_metatable = {__name = "layer"}

-- What cnnc knows of a layer, and a script cannot change; tables among it are not shown to scripts either.
local KEPT = {spec = true, type = true, path = true, label = true, placed = true, home = true, key = true, made_at = true,
              at = true, calls = true, call = true, open_shape = true, input = true, output = true, parameter = true,
              add_weight = true, add_loss = true, add_metric = true, fail = true, adapt = true, made_in = true,
              load_weights = true}
local HIDDEN = {spec = true, label = true, placed = true, home = true, key = true, made_at = true, at = true, call = true,
                open_shape = true, made_in = true}

local function one_or_list(tensors)
  return #tensors == 1 and tensors[1] or cnnc.list(table.move(tensors, 1, #tensors, 1, {}))
end

-- Keras' layer.input and layer.output: of its first call.
local function of_first_call(layer, key)
  local call = fields[layer].call
  if not call then
    fail(format("%s was not called yet, and so has no %s", tostring(layer), key),
      {hint = "call it on a tensor, or add it to a model that knows its input"})
  end
  return one_or_list(key == "input" and call.inputs or call.outputs)
end

-- Absent optional arguments are nil; any other unknown name is a mistake.
function layer_metatable.__index(layer, key)
  local own = fields[layer]
  if layer_methods[key] then return layer_methods[key] end
  if key == "input" or key == "output" then return of_first_call(layer, key) end
  if own[key] ~= nil and not HIDDEN[key] then return own[key] end
  if own.spec.class and own.spec.class[key] ~= nil then return own.spec.class[key] end
  if own.spec.known[key] then return nil end
  fail(format("%s has no field '%s'", layer.type, tostring(key)), {hint = cnnc.keras.instead_of_field(key)
    or cnnc.torch.of_module(key) or arguments.suggest(tostring(key), arguments.sorted_names(own.spec.known))})
end

-- Copies of the lists among a layer's arguments, by name, to find changes of the lists by.
local lists = setmetatable({}, {__mode = "k"})
local LISTS = {pair = true, margins = true, shape = true, batch_shape = true, range = true, numbers = true, values = true,
               axes = true}

local function keep_list(layer, row)
  if not LISTS[row[2]] then return end
  local value = fields[layer][row[1]]
  lists[layer][row[1]] = value and {unpack(value)} or nil
end

-- The one field that is more often set than given in braces, of which a misspelt one would go on training what was to be frozen.
function cnnc.refuse_misspelt(owner, key)
  if type(key) ~= "string" or #key < #"trainable" - 2 then return end
  local hint = arguments.suggest(key, {"trainable"})
  if hint then fail(format("%s has no field '%s'", owner, key), {hint = hint}) end
end

-- Arguments are checked as in the braces. A script may keep what it likes in fields of other names.
function layer_metatable.__newindex(layer, key, value)
  local own = fields[layer]
  if KEPT[key] then fail(format("%s: '%s' cannot be changed", own.type, key)) end
  if key == "name" then
    fail(format("%s: the name cannot be changed", own.type), {hint = 'it is given in the braces: name = "..."'})
  end
  local row = own.spec.known[key]
  if not row then
    cnnc.refuse_misspelt(own.type, key)
    return cnnc.keep(layer, key, value)
  end
  value = arguments.parse(own.type, {row}, {[key] = value})[key]
  if key == "trainable" then return cnnc.set_trainable(layer, value) end
  if own.call and own[key] ~= value then
    cnnc.warn(format("%s: %s is changed after the layer was called, which changes nothing of that call", own.type, key),
      {hint = format("give it in the braces, %s{..., %s = ...}, or before the layer is called or added", own.type, key)})
  end
  own[key] = value
  keep_list(layer, row)
end

-- Stops if the script wrote into a list among the layer's arguments, where nothing checks what.
function cnnc.check_unchanged(layer)
  local own = fields[layer]
  for _, name in ipairs(arguments.sorted_names(lists[layer] or {})) do
    local list, copy = own[name], lists[layer][name]
    local same = #list == #copy
    for i = 1, #copy do same = same and list[i] == copy[i] end
    if not same then
      fail(format("%s: the list %s was changed in place", own.type, name),
        {hint = format("give the layer another: layer.%s = {...}", name)})
    end
  end
end

function layer_metatable.__tostring(layer)
  return format("%s '%s'", layer.type, layer.name)
end

-- A layer, or a model in the place of one.
local function is_layer(value)
  return getmetatable(value) == layer_metatable or is_model(value)
end

-- The layers that are arguments of a layer, such as what TimeDistributed applies.
local function inner_layers(layer)
  local list = {}
  for _, row in ipairs(fields[layer].spec.rows) do
    local value = fields[layer][row[1]]
    if row[2] == "layer" and value ~= nil then list[#list + 1] = value end
  end
  return list
end

-- As in Keras, this is a word to all that is inside, too.
function cnnc.set_trainable(layer, value)
  fields[layer].trainable = value
  for _, inner in ipairs(is_model(layer) and cnnc.layers_of(fields[layer]) or inner_layers(layer)) do
    cnnc.set_trainable(inner, value)
  end
end

arguments.types.layer = {
  check = function(value) return is_layer(value) and value or nil end,
  expects = function() return "a layer" end,
}

local function need_layer(value, method)
  if not is_layer(value) then
    fail(format("%s must be called on a layer", method), {hint = format("write layer:%s(...), with a colon", method)})
  end
end

-- Stops with a message at the place where this layer is called.
function layer_methods:fail(message, hint, tensor)
  need_layer(self, "fail")
  fail(format("%s %s", self.type, message), {hint = hint, at = fields[self].at, tensor = tensor})
end

local function need_numbers(who, value)
  if cnnc.is_tensor(value) and cnnc.dtype(value) == "float32" then return value end
  fail(format("%s needs a tensor of floats, not %s", who, arguments.show(value)))
end
cnnc.need_numbers = need_numbers

cnnc.describe("function", {
  name = "layer:add_loss", aliases = {"add_loss"},
  rows = {{"loss", "any",
    doc = "a tensor, of which a sample's numbers are summed; ops.mean(x) is the mean over all, and the batch"}},
  doc = "in the call of a layer of the script's own: what training makes small beside the model's loss, and adds to it, in the "
    .. "mean over the batch",
  example = [[
local Small = class(Layer, "Small")
function Small:call(x)
  self:add_loss(0.01 * ops.sum(ops.square(x), {axis = -1}))
  return x
end
local model = Sequential{Input{4}, Dense(8), Small(), Dense(1)}
model:compile{optimizer = "adam", loss = "mse"}
return model]],
})

function layer_methods:add_loss(tensor)
  need_layer(self, "add_loss")
  if not scopes.current then
    fail(format("%s: losses are added inside the layer's call", self.type), {hint = "model:add_loss(...) is called outside"})
  end
  cnnc.note_added(need_numbers("add_loss", tensor), nil, "add_loss")
end

local METRIC = {
  {"value", "any", doc = "a tensor"},
  {"name", "title", doc = "of the column"},
  {"aggregation", {"mean"}, default = "mean", doc = "of all numbers of the samples"},
}

-- What add_metric is given: the tensor, and the metric. `of`: the layer or model that adds it.
function cnnc.parse_added_metric(of, ...)
  local values = arguments.parse("add_metric", METRIC, ...)
  return need_numbers("add_metric", values.value), {name = values.name, of = of}
end

cnnc.describe("function", {
  name = "layer:add_metric", aliases = {"add_metric"}, rows = METRIC,
  doc = "in the call of a layer of the script's own: shows the mean of a tensor's numbers as a column of the log, behind the "
    .. "model's metrics; of several calls of the layer the mean of all",
  example = [[
local Small = class(Layer, "Small")
function Small:call(x)
  self:add_metric(ops.abs(x), {name = "size"})
  return x
end
local model = Sequential{Input{4}, Dense(8), Small(), Dense(1)}
model:compile{optimizer = "adam", loss = "mse"}
return model]],
})

function layer_methods:add_metric(...)
  need_layer(self, "add_metric")
  if not scopes.current then
    fail(format("%s: metrics are added inside the layer's call", self.type), {hint = "model:add_metric(...) is called outside"})
  end
  local tensor, metric = cnnc.parse_added_metric(self, ...)
  cnnc.note_added(tensor, metric, "add_metric")
end

-- What Keras computes from the data that are given here, the program computes from those it is trained on.
function layer_methods:adapt()
  need_layer(self, "adapt")
  if not fields[self].spec.adapts then fail(format("%s has nothing to adapt", self.type)) end
end

-- The mask of what the layer would make of x, or of a list of tensors. A class's own method takes its place.
function layer_methods:compute_mask(x, mask)
  need_layer(self, "compute_mask")
  local spec = fields[self].spec
  if spec.class and spec.class.compute_mask then return spec.class.compute_mask(self, x, mask) end
  local tensors = cnnc.is_tensor(x) and {x} or x
  if type(spec.masks) ~= "function" then return spec.masks and (mask or cnnc.mask_of(tensors[1])) or nil end
  local is_one
  local made = cnnc.as_layer("compute_mask", function(...)
    local inputs = cnnc.take_masks(self, pack(...), mask)
    local result = spec.masks(self, inputs, inputs)
    is_one = cnnc.is_tensor(result)
    return is_one and result or inputs[1]
  end, unpack(tensors))
  return is_one and made or nil
end

-- Keras' parameters are there from then on; here they are made where the layer is called first.
function layer_methods:build() need_layer(self, "build") end

function layer_methods:load_weights(...)
  need_layer(self, "load_weights")
  cnnc.note_load(self, cnnc.parse_load(...))
end

-- The run of a class's `call` that makes a layer now, by itself or in a layer that it made; nil: none.
local function run_around()
  local run, around = scopes.run, scopes.current and scopes.current.layer
  return run and around and (around == run.layer or fields[around].made_in == run) and run or nil
end

local COMMON_ARGUMENTS = {
  {"name", "name", optional = true, named_only = true, doc = "in the summary, and of the layer's weights"},
  {"trainable", "boolean", default = true, named_only = true,
    doc = "false: training leaves its parameters as they are"},
  {"input_shape", "shape", min = 1, open = true, optional = true, named_only = true, doc = "of a model's first layer"},
  {"batch_input_shape", "batch_shape", optional = true, named_only = true, yields = true,
    doc = "the same, with the batch in front"},
  {"input_dim", "integer", min = 1, optional = true, named_only = true, yields = true,
    doc = "the same, of an input that is a row of so many numbers"},
  {"dtype", "unsupported", named_only = true, yields = true,
    instead = "everything is computed in float32"},
}

-- What Keras calls in several ways: input_dim = 8, batch_input_shape = {nil, 28, 28, 1}.
local function tell_input_shape(spec, values)
  local dim = spec.known.input_dim and spec.known.input_dim.yields and values.input_dim
  values.input_shape = values.input_shape or values.batch_input_shape or dim and {dim} or nil
end

local function make_layer(spec, values)
  tell_input_shape(spec, values)
  local layer = cnnc.object(layer_metatable, values)
  values.spec, values.type = spec, spec.name
  values.label = cnnc.take_name(spec, values.name)
  values.path = cnnc.prefix() .. values.label
  values.name = scopes.current and values.path or values.label
  -- A layer that another one makes is made at each of its calls: what it is known by is where it stands.
  values.home = scopes.current and fields[scopes.current.layer].home or {}
  values.key = scopes.current and fields[scopes.current.layer].key .. values.label .. "/" or ""
  values.made_at, values.made_in = where(), run_around()
  values.calls, owned[layer], lists[layer] = 0, {}, {}
  for _, row in ipairs(spec.rows) do keep_list(layer, row) end
  if not values.trainable then cnnc.set_trainable(layer, false) end
  return layer
end

local function find_row(rows, name)
  for _, row in ipairs(rows) do
    if row[1] == name then return row end
  end
end

local function complete_spec(spec)
  spec.base_name = spec.base_name or cnnc.snake_case(spec.name)
  spec.min_inputs, spec.max_inputs = spec.inputs or 1, spec.inputs or 1
  if spec.inputs == "many" then spec.min_inputs, spec.max_inputs = 2, math.huge end
  if spec.inputs == "any" then spec.min_inputs, spec.max_inputs = 1, math.huge end
  if spec.takes_states then spec.max_inputs = math.huge end
  local rows = {}
  spec.known = {}
  for _, row in ipairs(spec.arguments or {}) do rows[#rows + 1] = row end
  for _, row in ipairs(COMMON_ARGUMENTS) do
    if not (row.yields and find_row(rows, row[1])) then rows[#rows + 1] = row end
  end
  for _, row in ipairs(rows) do
    if KEPT[row[1]] then fail(format("%s: an argument cannot be called '%s'", spec.name, row[1])) end
    if spec.known[row[1]] then fail(format("%s: the argument '%s' is described twice", spec.name, row[1])) end
    spec.known[row[1]] = row
  end
  spec.rows = rows
  return spec
end

local function is_list_of_tensors(value)
  return arguments.is_plain_table(value) and cnnc.is_tensor(value[1])
end

-- The list in {{x, y}, axis = 1}, and what else is there.
local function take_list(value)
  if not (arguments.is_plain_table(value) and is_list_of_tensors(value[1])) then return nil end
  local others = {}
  for key, entry in pairs(value) do
    if key ~= 1 then others[math.type(key) == "integer" and key > 1 and key - 1 or key] = entry end
  end
  return value[1], others
end

-- What a constructor of a layer with several inputs was given, as tensors and the rest: Add{x, y}, Concatenate{x, y, axis = 1},
-- concatenate{{x, y}, axis = 1}.
local function take_tensors(...)
  local tensors, rest, given = {}, {n = 0}, pack(...)
  local function keep(value)
    rest.n = rest.n + 1
    rest[rest.n] = value
  end
  for i = 1, given.n do
    local value = given[i]
    local inner, beside = take_list(value)
    if inner then
      if next(beside) ~= nil then keep(beside) end
      value = inner
    end
    if cnnc.is_tensor(value) then
      tensors[#tensors + 1] = value
    elseif is_list_of_tensors(value) then
      local others = {}
      for key, entry in pairs(value) do
        if not cnnc.is_tensor(entry) then others[key] = entry end
      end
      for _, entry in ipairs(value) do tensors[#tensors + 1] = cnnc.is_tensor(entry) and entry or nil end
      if next(others) ~= nil then keep(others) end
    else
      keep(value)
    end
  end
  return tensors, rest
end

local spec_of = {} -- by constructor

-- Is `value` of a kind, given by its constructor, or of one of several?
local function is_instance(value, kind)
  for _, one in ipairs(arguments.is_plain_table(kind) and kind or {kind}) do
    local of_models = one == exports.Model or one == exports.Sequential
    if not (of_models or spec_of[one]) then
      fail(format("isinstance: the kind must be that of a layer or model, not %s", arguments.show(one)),
        {hint = "isinstance(layer, BatchNormalization)"})
    end
    local is_one = is_layer(value) and fields[value].spec == spec_of[one]
    if of_models and cnnc.is_model(value) or is_one then return true end
  end
  return false
end

exports.isinstance = entry(is_instance)
cnnc.describe("function", {
  name = "isinstance", doc = "is this layer of a kind, or of one of a list of kinds?",
  rows = {
    {"object", "any", doc = "a layer or model"},
    {"kind", "any", doc = "Dense, say, or {Dense, Conv2D}; every model is of the kind Model"},
  },
  example = [[
local model = Sequential{Dense{4, input_shape = {3}}, BatchNormalization(), Dense(1)}
for _, layer in ipairs(model.layers) do
  if isinstance(layer, BatchNormalization) then layer.trainable = false end
end
return model]],
})

-- Describes a kind of layer and returns its constructor. One with several inputs may be given them at once.
local function define_layer(spec)
  complete_spec(spec)
  local constructor = entry(function(...)
    local tensors, rest = {}, pack(...)
    if spec.max_inputs > 1 and not spec.takes_states then tensors, rest = take_tensors(...) end
    local layer = make_layer(spec, arguments.parse(spec.name, spec.rows, unpack(rest, 1, rest.n)))
    if #tensors == 0 then return layer end
    return cnnc.call_layer(layer, where(), unpack(tensors))
  end)
  cnnc.constructors[constructor] = "layer"
  spec_of[constructor] = spec
  return constructor
end

-- Keras' add{x, y}, which makes an Add layer and calls it.
local function define_function(spec, name, constructor)
  exports[name] = entry(function(...)
    if #take_tensors(...) == 0 then
      fail(format("%s is called on tensors", name), {hint = format("%s{x, y}; %s() makes a layer", name, spec.name)})
    end
    return constructor(...)
  end)
  cnnc.describe("function", {
    name = name, rows = spec.arguments or {}, doc = format("makes a layer %s and calls it on a list of tensors", spec.name),
    example = string.gsub(spec.example, spec.name .. "%(%)%(({.-})%)", name .. "%1"),
  })
end

cnnc.layer_specs = {}

-- The layers that cnnc brings along; further names are aliases. `function_name` is that of a function which makes one and calls
-- it at once; `regularizes_inside`: layers inside of it are given its activity_regularizer, in place of its own output.
function cnnc.layer(spec)
  local constructor = define_layer(spec)
  cnnc.layer_specs[spec.name] = spec
  cnnc.describe("layer", spec)
  exports[spec.name] = constructor
  for _, alias in ipairs(spec.aliases or {}) do exports[alias] = constructor end
  if spec.function_name then define_function(spec, spec.function_name, constructor) end
end

local LAYER = {
  {"name", "name", doc = "what it is called"},
  {"arguments", "list", default = {},
    doc = "rows {NAME, TYPE, default = ...}; types are integer, number, boolean, string, single, pair, margins, shape, list, "
      .. "name, activation, initializer, function, any, or a list of words"},
  {"call", "function", doc = "call(layer, x, ...): makes the output of the inputs, with ops and other layers"},
  {"inputs", "any", default = 1, doc = 'how many tensors it is called on, or "many"'},
  {"supports_masking", "boolean", default = false, doc = "the output has the mask of the first input"},
}

cnnc.describe("function", {
  name = "Layer", rows = LAYER,
  doc = "a layer of the script's own, which trains without further work; in its call, layer:parameter(name, shape, "
    .. "initializer) makes weights",
  example = [[
local Scale = Layer{
  name = "Scale",
  arguments = {{"start", "initializer", default = "ones"}},
  call = function(layer, x)
    return x * layer:parameter("factor", {x.shape[#x.shape]}, layer.start)
  end,
}
return Sequential{Scale{input_shape = {8, 8, 4}}}]],
})

exports.Layer = entry(function(...)
  local spec = arguments.parse("Layer", LAYER, ...)
  local inputs = spec.inputs
  if inputs ~= "many" and not (math.type(inputs) == "integer" and inputs >= 1) then
    fail(format('Layer: inputs must be the number of tensors or "many", not %s', arguments.show(inputs)))
  end
  spec.arguments, spec.masks = arguments.check_rows(spec.name, spec.arguments), spec.supports_masking or nil
  spec.call = entry(spec.call) -- so that its errors are the script's, if it is a function of Lua's library
  return define_layer(spec)
end)

-- The parameter `name` of this layer, made at the layer's first call and shared by the later ones.
function layer_methods:parameter(name, shape, initializer, trainable)
  need_layer(self, "parameter")
  return cnnc.add_parameter(self, name, shape, initializer, trainable)
end

local ADD_WEIGHT = {
  {"shape", "shape", min = 1}, {"initializer", "initializer", optional = true},
  {"dtype", {"float32"}, optional = true}, {"trainable", "boolean", default = true},
  {"regularizer", "regularizer", optional = true}, {"constraint", "constraint", optional = true},
  {"name", "name", default = "variable"},
}

-- Keras' name for the same.
function layer_methods:add_weight(...)
  need_layer(self, "add_weight")
  local values = arguments.parse("add_weight", ADD_WEIGHT, ...)
  return cnnc.add_parameter(self, values.name, values.shape, values.initializer, values.trainable, values)
end

cnnc.inner_layers = inner_layers
cnnc.is_layer, cnnc.make_layer, cnnc.layer_metatable = is_layer, make_layer, layer_metatable
cnnc.complete_spec, cnnc.one_or_list = complete_spec, one_or_list
