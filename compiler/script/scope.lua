-- scope.lua: what is being called, and what is named after where it is called.

local cnnc = ...
local fail, where, fields, is_model = cnnc.fail, cnnc.where, cnnc.fields, cnnc.is_model
local format, pack, unpack = string.format, table.pack, table.unpack

-- current: the layer or model that is being called; nil: none. {layer =, outer = the scope around it, owner = the outermost
-- such layer that is no model, top = the outermost of all, names =, depth =, training =, neurons = of what was called in
-- it, given = the first tensor that it is called on, is_list = that and others came as a list, builds = its method `build` runs,
-- is_network = only models are called here and around}
-- building: while a Sequential makes its parameters, outside of all scopes: {prefix = in front of their names, scope = the
-- one around it, outer =}
-- run: which of the two runs of a class's `call` is made, with training = true and false; nil: none. {training =, layer = where
-- it is one's, parts = as a set the parameters of the layers that it makes}
-- added: what was added to the loss, or the metrics, in the outermost call that is being made, or in the run: {{tensor =, metric
-- = which; nil: to the loss}, ...}; runs_class: the `call` of a model's class is run
local scopes = {building = {prefix = ""}, added = {}}
cnnc.scopes = scopes

local MAX_DEPTH <const> = 32

---- Names -----------------------------------------------------------------------------------------

-- Keras' rule: MaxPooling2D -> max_pooling2d, ReLU -> re_lu.
function cnnc.snake_case(name)
  name = string.gsub(name, "(.)(%u%l+)", "%1_%2")
  name = string.gsub(name, "(%l)(%u)", "%1_%2")
  return string.lower(name)
end

local function new_names() return {taken = {}, last = {}} end

function cnnc.copy_names(names)
  local copy = new_names()
  for name, at in pairs(names.taken) do copy.taken[name] = at end
  for base, number in pairs(names.last) do copy.last[base] = number end
  return copy
end

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

function cnnc.fail_of_names(name, other, at)
  fail(format("two layers have the name '%s'", name),
    {hint = format("the other one was made in line %d", other.line), at = at})
end

-- Layers of one name must not meet in a model; that they do not within a layer is seen here.
function cnnc.take_name(spec, wanted)
  local names = scopes.current and scopes.current.names or layer_names
  if scopes.current and wanted and names.taken[wanted] then
    cnnc.fail_of_names(wanted, names.taken[wanted])
  end
  local name = wanted or numbered(spec.base_name, names)
  names.taken[name] = where()
  return name
end

-- In front of the names of what is made here.
local function prefix()
  local around = scopes.current
  while around and is_model(around.layer) do around = around.outer end
  return around and fields[around.layer].path .. "/" or scopes.building.prefix
end

---- Scopes ----------------------------------------------------------------------------------------

-- The layers that are being called, from the inside out. Models are none: what they say of trainable, their layers know.
function cnnc.layers_around()
  local list, around, built = {}, scopes.current, scopes.building
  while true do
    while around do
      if not is_model(around.layer) then list[#list + 1] = around.layer end
      around = around.outer
    end
    if not built.outer then return list end
    around, built = built.scope, built.outer
  end
end

function cnnc.open_scope(layer, options)
  local outer = scopes.current
  local inner = {layer = layer, outer = outer, owner = layer, names = new_names(), depth = 1, neurons = 0,
    training = options.training,
    is_network = is_model(layer) and (not outer or outer.is_network), top = outer and outer.top or layer}
  if outer then
    if not is_model(outer.layer) then inner.owner = outer.owner end
    if inner.training == nil then inner.training = outer.training end
    inner.depth = outer.depth + 1
  end
  if inner.depth > MAX_DEPTH then fail(format("%s: layers are nested too deeply", fields[layer].type)) end
  return inner
end

-- Calls f, which makes parameters, outside of all layers: their names begin with that of `label`.
function cnnc.leave_scopes(label, f)
  local outer_scope, outer_building, outer_run = scopes.current, scopes.building, scopes.run
  scopes.building = {prefix = prefix() .. label .. "/", scope = outer_scope, outer = outer_building}
  scopes.current, scopes.run = nil, nil
  f(scopes.building.prefix)
  scopes.current, scopes.building, scopes.run = outer_scope, outer_building, outer_run
end

-- Stops at the line for which something is called now.
function cnnc.fail_here(message, hint)
  fail(message, {hint = hint, at = scopes.current and fields[scopes.current.layer].at})
end

-- Stops a script that makes a model inside of a layer.
function cnnc.need_top_level(name)
  if scopes.current and not scopes.current.builds then fail(format("%s cannot be used inside a layer", name)) end
end

-- Calls f; when that fails no layer and no loop stays open behind it.
function cnnc.protected_call(f, ...)
  local outer_scope, outer_building, in_loop = scopes.current, scopes.building, cnnc.in_loop()
  local outer_run, outer_added = scopes.run, scopes.added
  local results = pack(cnnc.pcall(f, ...))
  scopes.current, scopes.building, scopes.run, scopes.added = outer_scope, outer_building, outer_run, outer_added
  if not in_loop then cnnc.end_loop() end
  return unpack(results, 1, results.n)
end

cnnc.prefix, cnnc.new_names = prefix, new_names
