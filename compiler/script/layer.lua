-- layer.lua: layers, and the calls that join them.
--
-- A layer is described once, by Layer{name =, arguments =, call =}; what that returns makes layers of
-- this kind, and these are called on tensors. `call(layer, x)` builds the subgraph out of primitive ops
-- and may ask for parameters. The layers that cnnc brings along (layers/) are made in the same way
-- as those of a model script.

local cnnc = ...
local fail, entry, where = cnnc.fail, cnnc.entry, cnnc.where
local arguments, fields = cnnc.arguments, cnnc.fields
local format, concat, pack, unpack = string.format, table.concat, table.pack, table.unpack

local exports = cnnc.exports

-- The layer that is being called: {layer =, outer = the scope around it, owner = the outermost such layer, names =, depth =}.
local scope = nil
-- The call that made a tensor: {layer =, inputs =}.
local made_by = setmetatable({}, {__mode = "k"})
local parameters = {}  -- by full name: {tensor =, shape =, layers = its own layer and those around it}
local parameter_list = {}  -- the same in the order in which they were made
-- The tensors of a layer's parameters.
local owned = setmetatable({}, {__mode = "k"})
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
  local number, name = names.last[base] or -1
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

-- What cnnc knows of a layer, and a script cannot change; tables among it are not shown to scripts either.
local KEPT = {spec = true, type = true, path = true, made_at = true, at = true, calls = true, order = true,
              parameter = true, fail = true}
local HIDDEN = {spec = true, made_at = true, at = true}

-- Absent optional arguments are nil; any other unknown name is a mistake.
function layer_metatable.__index(layer, key)
  local own = fields[layer]
  if layer_methods[key] then return layer_methods[key] end
  if own[key] ~= nil and not HIDDEN[key] then return own[key] end
  if own.spec.known[key] then return nil end
  fail(format("%s has no field '%s'", layer.type, tostring(key)),
    {hint = arguments.suggest(tostring(key), arguments.sorted_names(own.spec.known))})
end

-- Copies of the lists among a layer's arguments, by name, to find changes of the lists by.
local lists = setmetatable({}, {__mode = "k"})
local LISTS = {pair = true, margins = true, shape = true}

local function keep_list(layer, row)
  local value = fields[layer][row[1]]
  lists[layer][row[1]] = value and LISTS[row[2]] and {unpack(value)} or nil
end

-- Arguments are checked as in the braces. A script may keep what it likes in fields of other names.
function layer_metatable.__newindex(layer, key, value)
  local own = fields[layer]
  if KEPT[key] then fail(format("%s: '%s' cannot be changed", own.type, key)) end
  if key == "name" then
    fail(format("%s: the name cannot be changed", own.type), {hint = 'it is given in the braces: name = "..."'})
  end
  local row = own.spec.known[key]
  if not row then return cnnc.keep(layer, key, value) end
  own[key] = arguments.parse(own.type, {row}, {[key] = value})[key]
  keep_list(layer, row)
end

-- Stops if the script wrote into a list among the layer's arguments, where nothing checks what.
function cnnc.check_unchanged(layer)
  local own = fields[layer]
  for _, name in ipairs(arguments.sorted_names(lists[layer])) do
    local list, copy = own[name], lists[layer][name]
    local same = #list == #copy
    for i, number in ipairs(copy) do same = same and list[i] == number end
    if not same then
      fail(format("%s: the list %s was changed in place", own.type, name),
        {hint = format("give the layer another: layer.%s = {...}", name)})
    end
  end
end

function layer_metatable.__tostring(layer)
  return format("%s '%s'", layer.type, layer.name)
end

local function is_layer(value)
  return getmetatable(value) == layer_metatable
end

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
  need_layer(self, "parameter")
  if not scope then fail(format("%s: parameters are made inside the layer's call", self.type)) end
  shape = parameter_shape(self, name, shape)
  local full_name = self.path .. "/" .. name
  local found = parameters[full_name]
  if not found then
    if scope.owner.calls > 1 then fail(format("%s: '%s' must be made at the first call", self.type, name)) end
    found = {shape = shape, layers = {self}, tensor = cnnc.parameter{
      name = full_name, at = fields[self].made_at, shape = shape, trainable = trainable ~= false,
      initializer = cnnc.resolve_initializer(self.type, initializer or "glorot_uniform", shape),
    }}
    local around = scope
    while around do
      found.layers[#found.layers + 1] = around.layer
      around = around.outer
    end
    parameters[full_name] = found
    parameter_list[#parameter_list + 1] = found
    local list = owned[scope.owner]
    list[#list + 1] = found.tensor
  elseif shape_text(found.shape) ~= shape_text(shape) then
    self:fail(format("shares its %s of shape %s, but here it would need %s",
        name, shape_text(found.shape), shape_text(shape)),
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
  local spec = fields[layer].spec
  local least, max = spec.min_inputs, spec.max_inputs
  if tensors.n < least or tensors.n > max then
    fail(format("%s takes %s%d tensor%s, not %d", layer.type, least == max and "" or "at least ", least,
      least == 1 and "" or "s", tensors.n))
  end
  return tensors
end

local function run_in_scope(layer, tensors)
  local outer = scope
  scope = {layer = layer, outer = outer, owner = layer, names = new_names(), depth = 1}
  if outer then scope.owner, scope.depth = outer.owner, outer.depth + 1 end
  if scope.depth > MAX_DEPTH then fail(format("%s: layers are nested too deeply", layer.type)) end
  local results = pack(fields[layer].spec.call(layer, unpack(tensors, 1, tensors.n)))
  scope = outer
  if results.n == 0 or not cnnc.is_tensor(results[1]) then
    fail(format("%s: its call must return a tensor, not %s", layer.type, arguments.show(results[1])),
      {at = fields[layer].at})
  end
  return results
end

-- Calls a layer on behalf of the script's line `at`. A layer inside another one is a part of that one.
local function call_layer(layer, at, ...)
  local tensors, own = gather_tensors(layer, ...), fields[layer]
  cnnc.check_unchanged(layer)
  own.at = scope and fields[scope.layer].at or at
  if scope then
    local results = run_in_scope(layer, tensors)
    return unpack(results, 1, results.n)
  end

  cnnc.origin(at, layer.name, layer.type)
  own.calls = own.calls + 1
  local results = run_in_scope(layer, tensors)
  calls = calls + 1
  own.order = own.order or calls
  for i = 1, results.n do
    -- A layer that does nothing (Activation "linear") returns what another one made.
    if made_by[results[i]] then results[i] = cnnc.same(results[i]) end
    made_by[results[i]] = {layer = layer, inputs = tensors}
  end
  return unpack(results, 1, results.n)
end

layer_metatable.__call = entry(function(layer, ...)
  return call_layer(layer, where(), ...)
end)

local COMMON_ARGUMENTS = {
  {"name", "name", optional = true, named_only = true, doc = "in the summary, and of the layer's weights"},
  {"trainable", "boolean", default = true, named_only = true,
    doc = "false: training leaves its parameters as they are"},
  {"input_shape", "shape", min = 1, optional = true, named_only = true, doc = "of a model's first layer"},
  {"dtype", "unsupported", named_only = true, instead = "everything is computed in float32"},
}

local function make_layer(spec, values)
  local layer = cnnc.object(layer_metatable, values)
  values.spec, values.type = spec, spec.name
  values.path = take_name(spec, values.name)
  values.name = values.path
  values.made_at = where()
  values.calls, owned[layer], lists[layer] = 0, {}, {}
  for _, row in ipairs(spec.rows) do keep_list(layer, row) end
  return layer
end

local function complete_spec(spec)
  spec.base_name = snake_case(spec.name)
  spec.min_inputs, spec.max_inputs = spec.inputs or 1, spec.inputs or 1
  if spec.inputs == "many" then spec.min_inputs, spec.max_inputs = 2, math.huge end
  local rows = {}
  spec.known = {}
  for _, row in ipairs(spec.arguments or {}) do rows[#rows + 1] = row end
  for _, row in ipairs(COMMON_ARGUMENTS) do
    if not (spec.takes_dtype and row[1] == "dtype") then rows[#rows + 1] = row end
  end
  for _, row in ipairs(rows) do
    if KEPT[row[1]] then fail(format("%s: an argument cannot be called '%s'", spec.name, row[1])) end
    if spec.known[row[1]] then fail(format("%s: the argument '%s' is described twice", spec.name, row[1])) end
    spec.known[row[1]] = row
  end
  spec.rows = rows
  return spec
end

-- What a constructor of a layer with several inputs was given, as tensors and the rest: Add{x, y}, Concatenate{x, y, axis = 1}.
local function take_tensors(...)
  local tensors, rest, given = {}, {n = 0}, pack(...)
  local function keep(value)
    rest.n = rest.n + 1
    rest[rest.n] = value
  end
  for i = 1, given.n do
    local value = given[i]
    if cnnc.is_tensor(value) then
      tensors[#tensors + 1] = value
    elseif arguments.is_plain_table(value) and cnnc.is_tensor(value[1]) then
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

-- Describes a kind of layer and returns its constructor. One with several inputs may be given them at once.
local function define_layer(spec)
  complete_spec(spec)
  local constructor = entry(function(...)
    local tensors, rest = {}, pack(...)
    if spec.max_inputs > 1 then tensors, rest = take_tensors(...) end
    local layer = make_layer(spec, arguments.parse(spec.name, spec.rows, unpack(rest, 1, rest.n)))
    if #tensors == 0 then return layer end
    return call_layer(layer, where(), unpack(tensors))
  end)
  cnnc.constructors[constructor] = "layer"
  return constructor
end

-- The layers that cnnc brings along; further names are aliases.
function cnnc.layer(spec)
  local constructor = define_layer(spec)
  cnnc.describe("layer", spec)
  exports[spec.name] = constructor
  for _, alias in ipairs(spec.aliases or {}) do exports[alias] = constructor end
end

local LAYER = {
  {"name", "name", doc = "what it is called"},
  {"arguments", "list", default = {},
    doc = "rows {NAME, TYPE, default = ...}; types are integer, number, boolean, string, single, pair, margins, shape, list, "
      .. "name, activation, initializer, function, any, or a list of words"},
  {"call", "function", doc = "call(layer, x, ...): makes the output of the inputs, with ops and other layers"},
  {"inputs", "any", default = 1, doc = 'how many tensors it is called on, or "many"'},
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
  spec.arguments = arguments.check_rows(spec.name, spec.arguments)
  spec.call = entry(spec.call) -- so that its errors are the script's, if it is a function of Lua's library
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
  fail(format("there is no op '%s'", tostring(name)),
    {hint = arguments.hint(tostring(name), arguments.sorted_names(ops))})
end})

local tensor_metatable = cnnc.tensor_metatable

function tensor_metatable.__index(tensor, key)
  if key == "shape" then return cnnc.shape(tensor) end
  if key == "rank" then return #cnnc.shape(tensor) end
  if key == "dtype" then return cnnc.dtype(tensor) end
  fail(format("a tensor has no field '%s'", tostring(key)), {hint = "it has shape, rank and dtype"})
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

---- For model.lua -------------------------------------------------------------------------------------

-- A layer that stands for an input of the network.
function cnnc.make_input(spec, values)
  local layer = make_layer(spec, values)
  calls = calls + 1
  fields[layer].order, fields[layer].calls = calls, 1
  local tensor = cnnc.input(layer.name, layer.shape, layer.dtype)
  made_by[tensor] = {layer = layer, inputs = {}}
  return tensor
end

-- Which layers are trainable now: what compile takes note of.
function cnnc.trainable_layers()
  local trainable = {}
  for layer in pairs(owned) do trainable[layer] = fields[layer].trainable end
  return trainable
end

-- The parameters that are not trained because one of their layers was not trainable when `trainable` was noted. Layers that
-- were made later count as they are now.
function cnnc.frozen_parameters(trainable)
  local frozen = {}
  for _, parameter in ipairs(parameter_list) do
    local is_frozen = false
    for _, layer in ipairs(parameter.layers) do
      local noted = trainable[layer]
      if noted == nil then noted = fields[layer].trainable end
      is_frozen = is_frozen or not noted
    end
    if is_frozen then frozen[#frozen + 1] = parameter.tensor end
  end
  return frozen
end

-- Stops a script that makes a model inside of a layer.
function cnnc.need_top_level(name)
  if scope then fail(format("%s cannot be used inside a layer", name)) end
end

-- Calls f; when that fails no layer stays open behind it.
function cnnc.protected_call(f, ...)
  local outer = scope
  local results = pack(cnnc.pcall(f, ...))
  scope = outer
  return unpack(results, 1, results.n)
end

cnnc.call_layer, cnnc.is_layer, cnnc.made_by, cnnc.owned = call_layer, is_layer, made_by, owned
cnnc.complete_spec, cnnc.shape_text = complete_spec, shape_text
