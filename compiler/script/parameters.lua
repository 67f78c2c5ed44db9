-- parameters.lua: the parameters that layers make and share, and what is asked of all of them.

local cnnc = ...
local fail = cnnc.fail
local arguments, fields, scopes = cnnc.arguments, cnnc.fields, cnnc.scopes
local is_model = cnnc.is_model
local format, concat = string.format, table.concat

local parameter_list = {}  -- {tensor =, shape =, layers = its own layer and those around it}
-- The tensors of the parameters that a layer, or a model, uses with all that is inside of it: a list that also is a set.
local owned = setmetatable({}, {__mode = "k"})

-- Indices of parameters and bytes of tensors must stay far within 64 bits, and within reason.
local LARGEST_PARAMETER <const> = 1 << 30

local function shape_text(shape)
  return #shape == 0 and "scalar" or concat(shape, "x")
end

---- Making them --------------------------------------------------------------------------------------

-- The shape of a parameter, checked.
local function parameter_shape(layer, name, shape)
  if not arguments.types.name.check(name) then
    fail(format("%s: %s is not a name for a parameter", layer.type, arguments.show(name)))
  end
  if arguments.is_plain_table(shape) and next(shape) == nil then return {} end -- one number
  local count = 1.0
  for _, size in ipairs(arguments.is_plain_table(shape) and shape or {}) do
    count = count * (tonumber(size) or 1)
  end
  if count > LARGEST_PARAMETER then
    layer:fail(format("needs a parameter '%s' of %s, which is too large", name, shape_text(shape)))
  end
  return arguments.parse(layer.type, {{"shape", "shape", min = 1}}, {shape = shape}).shape
end

-- The layer's argument NAME_regularizer or NAME_constraint; nil: none.
local function rule_of(layer, name, kind)
  local own = fields[layer]
  for _, of in ipairs{name, string.gsub(name, "_?kernel$", ""), name == "kernel" and "depthwise" or name} do
    local row = own.spec.known[of .. "_" .. kind]
    local value = row and row[2] == kind and own[row[1]]
    if value then return value end
  end
end

-- What training adds to the loss for each number w of the parameter: l1*|w| + l2*w^2; behind that the regularizer, where it
-- is no sum of such.
local function penalty_of(regularizer)
  local penalty = regularizer and fields[regularizer].spec.penalty
  if not penalty then return 0.0, 0.0, regularizer end
  cnnc.penalizes = true
  return penalty(regularizer)
end

local function make_parameter(layer, name, shape, initializer, trainable, rules)
  if scopes.current.owner.calls > 1 then fail(format("%s: '%s' must be made at the first call", layer.type, name)) end
  local regularizer = rules and rules.regularizer or rule_of(layer, name, "regularizer")
  local l1, l2, by_ops = penalty_of(regularizer)
  local tensor = cnnc.parameter{
    name = layer.path .. "/" .. name, at = fields[layer].made_at, shape = shape, trainable = trainable ~= false,
    l1 = l1, l2 = l2,
    initializer = cnnc.resolve_initializer(layer.type, initializer or "glorot_uniform", shape),
  }
  local found = {shape = shape, at = fields[layer].made_at, regularizer = by_ops, tensor = tensor,
    constraint = rules and rules.constraint or rule_of(layer, name, "constraint"), layers = cnnc.layers_around()}
  parameter_list[#parameter_list + 1] = found
  return found
end

-- Notes that a layer uses a parameter.
local function note_use(layer, tensor)
  local list = owned[layer]
  if not list[tensor] then list[#list + 1], list[tensor] = tensor, true end
end

-- What a layer uses, the one around it uses, too.
function cnnc.note_uses(layer, around)
  for _, tensor in ipairs(owned[layer]) do note_use(around, tensor) end
end

-- How many parameters were made so far.
function cnnc.count_parameters() return #parameter_list end

-- Notes that the run in which a layer was made uses a parameter of it.
local function note_part(own, name)
  local run = own.made_in
  while run do
    run.parts[format("%s%s:%d", own.key, name, own.made_at.line)] = true
    run = fields[run.layer].made_in
  end
end

-- The parameter `name` of this layer, made at the layer's first call and shared by the later ones.
-- `initializer` is an initializer or its name.
function cnnc.add_parameter(self, name, shape, initializer, trainable, rules)
  if not scopes.current then fail(format("%s: parameters are made inside the layer's call", self.type)) end
  shape = parameter_shape(self, name, shape)
  local own = fields[self]
  local key = own.key .. name
  local found = own.home[key]
  if not found then
    found = make_parameter(self, name, shape, initializer, trainable, rules)
    own.home[key] = found
  elseif shape_text(found.shape) ~= shape_text(shape) then
    self:fail(format("shares its %s of shape %s, but here it would need %s",
        name, shape_text(found.shape), shape_text(shape)),
      "make a second layer for inputs of another shape")
  end
  note_use(scopes.current.layer, found.tensor)
  note_part(own, name)
  return found.tensor
end

---- What is asked of parameters -------------------------------------------------------------------

-- Of those that the calls use: what the loss gets for them by ops, {tensor =}, and what constraints make of them: {parameter =,
-- value =, at =}.
-- `frozen` ones have neither.
function cnnc.parameter_rules(network, frozen)
  local used, penalties, constraints = {}, {}, {}
  for _, call in ipairs(network) do
    for _, tensor in ipairs(owned[call.layer] or {}) do used[tensor] = true end
  end
  for _, tensor in ipairs(frozen) do used[tensor] = nil end
  for _, parameter in ipairs(parameter_list) do
    local tensor, r, c = parameter.tensor, parameter.regularizer, parameter.constraint
    if used[tensor] and r then
      penalties[#penalties + 1] = {tensor = cnnc.run_function(parameter.at, "regularizer",
        function(w) return cnnc.regularization(r, w) end, tensor)}
    end
    if used[tensor] and c then
      local value = cnnc.run_function(parameter.at, "constraint",
        function(w) return fields[c].spec.apply(c, w) end, tensor)
      if shape_text(value.shape) ~= shape_text(tensor.shape) then
        fail(format("a constraint makes %s of a parameter of %s", shape_text(value.shape), shape_text(tensor.shape)),
          {at = parameter.at})
      end
      constraints[#constraints + 1] = {parameter = tensor, value = value, at = parameter.at}
    end
  end
  return penalties, constraints
end

---- All parameters -------------------------------------------------------------------------------

-- Takes this off the names of parameters that begin with it: the model that a script returns does not name them.
function cnnc.strip_names(prefix_of)
  for _, parameter in ipairs(parameter_list) do
    local name = cnnc.parameter_name(parameter.tensor)
    if string.sub(name, 1, #prefix_of) == prefix_of then
      cnnc.name_parameter(parameter.tensor, string.sub(name, #prefix_of + 1))
    end
  end
end

-- Which layers are trainable now: what compile takes note of.
function cnnc.trainable_layers()
  local trainable = {}
  for layer in pairs(owned) do
    if not is_model(layer) then trainable[layer] = fields[layer].trainable end
  end
  return trainable
end

-- Has `trainable`, which was noted, leave out what is in this model.
function cnnc.leave_out(trainable, model)
  for _, layer in ipairs(cnnc.layers_of(fields[model])) do
    if is_model(layer) then
      cnnc.leave_out(trainable, layer)
    else
      trainable[layer] = false
    end
  end
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

cnnc.owned, cnnc.shape_text = owned, shape_text
