-- call.lua: the calls of layers and models on tensors, which are remembered.

local cnnc = ...
local fail, entry, where = cnnc.fail, cnnc.entry, cnnc.where
local arguments, fields, scopes = cnnc.arguments, cnnc.fields, cnnc.scopes
local is_model, is_layer = cnnc.is_model, cnnc.is_layer
local format, pack, unpack = string.format, table.pack, table.unpack

-- The call that made a tensor: {layer =, at =, inputs =, given = how many of them stand in front of the options, is_list = these
-- were given as a list, outputs =, options =, order = among all calls, neurons = how many numbers it gives, added = what was
-- added in it to the loss or the metrics, run = in which run of a class's `call` it was made}.
local made_by = {}
local calls = 0
-- What the first call of a layer was made of, by the layer: {inputs =, outputs =, parts = {{layer =, inputs =, outputs =}, ...}},
-- lists of tensors, and the calls of other layers in it; nil: there were none.
local blocks = setmetatable({}, {__mode = "k"})
local origin = {}  -- of the ops that are appended now: {at =, layer =, type =, row = the layer of the model that it is in}

---- What is given -------------------------------------------------------------------------------------

local function tensor_count(least, max)
  return format("%s%d tensor%s", least == max and "" or "at least ", least, least == 1 and "" or "s")
end

local function check_tensors(layer, tensors)
  local own = fields[layer]
  for i = 1, tensors.n do
    if not cnnc.is_tensor(tensors[i]) then
      local hint = is_layer(tensors[i]) and "call that layer on a tensor first" or tensors[i] == nil and cnnc.NIL_HINT or nil
      fail(format("%s is called on tensors, not on %s", own.type,
        is_layer(tensors[i]) and "a layer" or arguments.show(tensors[i])), {hint = hint})
    end
  end
  local least, max = own.spec.min_inputs, own.spec.max_inputs
  if own.inputs and is_model(layer) then least, max = #own.inputs, #own.inputs end
  if tensors.n < least or tensors.n > max then
    fail(format("%s takes %s, not %d", own.type, tensor_count(least, max), tensors.n))
  end
  return tensors
end

local CALL <const> = {
  {"training", "boolean", optional = true},
  {"mask", "any", optional = true}, -- in place of that which the tensor has; of several tensors a list
}

-- An argument of the layer that a call is given, as some of Keras' calls take it.
local function check_call_names(layer, known, named)
  local own = fields[layer].spec.known or {}
  for _, name in ipairs(arguments.sorted_names(named)) do
    if own[name] and not known[name] then
      local type = fields[layer].type
      fail(format("the call of %s has no argument '%s', but the layer has", type, name),
        {hint = format("%s{..., %s = %s}(...)", type, name, arguments.show(named[name]))})
    end
  end
end

-- What a call says beside tensors: {training = false}, and what the layer's spec.call_arguments has more.
local function call_options(layer, named)
  local rows, known = {}, {}
  for _, list in ipairs{CALL, fields[layer].spec.call_arguments or {}} do
    for _, row in ipairs(list) do
      rows[#rows + 1] = row
      known[row[1]] = true
    end
  end
  check_call_names(layer, known, named)
  local options = arguments.parse(format("the call of %s", fields[layer].type), rows, named)
  -- What a run with training = true makes is for training, by which the script hands that on.
  if options.training and scopes.run and scopes.run.training and cnnc.called_in_training() == nil then options.training = nil end
  return options
end

-- The names and the rest of a table.
local function split_table(given)
  local list, named = {n = #given}, {}
  for key, value in pairs(given) do
    if type(key) == "string" then named[key] = value else list[key] = value end
  end
  return list, named
end

-- The tensors in f(a, b), f{a, b}, f(a, {training = false}) or f{a, b, training = false}, and what stands beside them.
local function gather_tensors(layer, ...)
  local tensors, named = pack(...), {}
  local last = tensors[tensors.n]
  if tensors.n > 1 and arguments.is_plain_table(last) and #last == 0 then
    local _, names = split_table(last)
    named, tensors[tensors.n], tensors.n = names, nil, tensors.n - 1
  end
  if tensors.n == 1 and arguments.is_plain_table(tensors[1]) then
    local list, names = split_table(tensors[1])
    for key, value in pairs(names) do named[key] = value end
    tensors, list.is_list = list, list.n > 1
  end
  return check_tensors(layer, tensors), call_options(layer, named)
end

---- The call ------------------------------------------------------------------------------------------

local function set_origin(new)
  origin = new
  if new.layer then cnnc.origin(new.at, new.layer, new.type, new.row, new.rescales) end
end

-- The results of a layer's call: tensors, or one list of them.
local function check_results(layer, results)
  local list = results.n == 1 and arguments.is_plain_table(results[1]) and results[1] or results
  local checked = {n = list == results and results.n or #list, is_list = list ~= results}
  for i = 1, math.max(checked.n, 1) do
    if not cnnc.is_tensor(list[i]) then
      fail(format("%s: its call must return a tensor, not %s", layer.type, arguments.show(list[i])),
        {at = fields[layer].at})
    end
    checked[i] = list[i]
  end
  return checked
end

-- Parameters are named after where their layer was called first.
local function place(layer)
  local own = fields[layer]
  if not own.placed then own.path, own.placed = cnnc.prefix() .. own.label, true end
end

-- What is done in training only, and not in this call.
local function is_idle(layer, inner)
  local own = fields[layer]
  if not own.spec.only_in_training then return false end
  if inner.training then
    fail(format("%s works in training only, and cannot be called with training = true", own.type), {at = own.at})
  end
  return inner.training == false
end

-- How many numbers a layer gives, or all layers of a model.
local function count_neurons(layer, inner, results)
  if is_model(layer) then return inner.neurons end
  local sum = 0
  for i = 1, results.n do
    local product = 1
    for _, size in ipairs(cnnc.shape(results[i])) do product = product * size end
    sum = sum + product
  end
  return sum
end

-- `metric`: {name =, of = which object adds it, sums = it is the sum of all numbers, not their mean}; nil: the loss is added to.
-- `who` adds it; nil: it was checked before.
local function note_added(tensor, metric, who)
  if cnnc.in_loop() then
    cnnc.fail_here(format("within the steps of a recurrence nothing can be added to the %s", metric and "metrics" or "loss"),
      "add it behind: the recurrent layer has an activity_regularizer, and ActivityRegularization is a layer")
  end
  if who then cnnc.check_added(tensor, who) end
  scopes.added[#scopes.added + 1] = {tensor = tensor, metric = metric}
end

-- Of each sample, what the layer gives is penalized.
local function regularize(layer, results)
  for i = 1, results.n do
    local value = cnnc.regularization(fields[layer].activity_regularizer, results[i])
    if value then note_added(value, nil, "activity_regularizer") end
  end
end

local function run_in_scope(layer, tensors, options)
  local outer, inner, own = scopes.current, cnnc.open_scope(layer, options), fields[layer]
  if not is_model(layer) then place(layer) end
  tensors = cnnc.take_masks(layer, tensors, options.mask)
  if is_idle(layer, inner) then
    local results = check_results(layer, tensors)
    results.neurons = 0
    cnnc.hand_on_masks(layer, tensors, results)
    return results
  end
  scopes.current, inner.given, inner.is_list = inner, tensors[1] or outer and outer.given, tensors.is_list
  local given = table.move(tensors, 1, tensors.n, 1, {})
  if own.spec.call_arguments then given[#given + 1] = options end
  local results = check_results(layer, pack(own.spec.call(layer, unpack(given))))
  results.neurons = count_neurons(layer, inner, results)
  if own.activity_regularizer and not own.spec.regularizes_inside then regularize(layer, results) end
  cnnc.hand_on_masks(layer, tensors, results)
  scopes.current = outer
  if inner.parts and not blocks[layer] then blocks[layer] = {inputs = tensors, outputs = results, parts = inner.parts} end
  if outer then
    outer.parts = outer.parts or {}
    outer.parts[#outer.parts + 1] = {layer = layer, inputs = tensors, outputs = results}
    outer.neurons = outer.neurons + results.neurons
    cnnc.note_uses(layer, outer.layer)
  end
  return results
end

local function returned(results)
  if results.is_list then return cnnc.list(table.move(results, 1, results.n, 1, {})) end
  return unpack(results, 1, results.n)
end

-- The tensors among what a call says beside its inputs, behind these.
local function all_inputs(tensors, options)
  local inputs = table.move(tensors, 1, tensors.n, 1, {})
  for _, name in ipairs(arguments.sorted_names(options)) do
    local value = options[name]
    for _, tensor in ipairs(type(value) == "table" and value or {value}) do
      if cnnc.is_tensor(tensor) then inputs[#inputs + 1] = tensor end
    end
  end
  return inputs
end

local function note_call(layer, at, tensors, options, results)
  local own, outputs = fields[layer], {}
  calls = calls + 1
  local call = {layer = layer, at = at, inputs = all_inputs(tensors, options), given = tensors.n, is_list = tensors.is_list,
    outputs = outputs, options = options, order = calls, neurons = results.neurons, added = scopes.added, run = scopes.run}
  for i = 1, results.n do
    -- A layer that does nothing (Activation "linear") returns what another one made.
    if made_by[results[i]] then results[i] = cnnc.same_masked(results[i]) end
    made_by[results[i]] = call
    outputs[i] = results[i]
  end
  own.call = own.call or call
end

-- Calls a layer on behalf of the script's line `at`. A layer inside another one is a part of that one; the layers of a model
-- that is called are layers of their own, but the model's calls are none of the script's.
local function call_layer(layer, at, ...)
  local tensors, options = gather_tensors(layer, ...)
  local own, in_network = fields[layer], scopes.current == nil or scopes.current.is_network
  cnnc.check_unchanged(layer)
  own.at = in_network and at or fields[scopes.current.layer].at
  if not in_network then return returned(run_in_scope(layer, tensors, options)) end

  local before, added_before = origin, scopes.added
  if not scopes.current then scopes.added = {} end
  if not is_model(layer) then
    set_origin{at = at, layer = own.name, type = own.type, row = scopes.current and fields[scopes.current.top].name,
      rescales = own.spec.rescales}
  end
  own.calls = own.calls + 1
  local results = run_in_scope(layer, tensors, options)
  set_origin(before)
  if not scopes.current then
    note_call(layer, at, tensors, options, results)
    scopes.added = added_before
  end
  return returned(results)
end

-- Takes note of a tensor that training adds to the loss, or of a metric, if the call that is being made belongs to the model.
cnnc.note_added = note_added

-- Runs f within a run of a class's `call`, and returns what f adds to loss and metrics, and a list of what it returns.
function cnnc.run_apart(run, f, ...)
  local outer_run, outer_added = scopes.run, scopes.added
  scopes.run, scopes.added = run, {}
  local results, added = pack(f(...)), scopes.added
  scopes.run, scopes.added = outer_run, outer_added
  return added, results
end

-- In which mode a layer is called: false where the call said so, for good; nil: as its program runs.
function cnnc.called_in_training()
  return scopes.current and scopes.current.training
end

cnnc.layer_metatable.__call = entry(function(layer, ...)
  return call_layer(layer, where(), ...)
end)

-- A layer that stands for an input of the network, whose output is the tensor.
function cnnc.make_input(spec, values)
  local layer = cnnc.make_layer(spec, values)
  local own = fields[layer]
  local settled = cnnc.settle_shape(own.name, own.shape, own.made_at)
  if settled ~= own.shape then own.open_shape, own.shape = own.shape, settled end
  calls = calls + 1
  local tensor = cnnc.input(own.name, own.shape, own.dtype)
  local call = {layer = layer, at = where(), inputs = {}, given = 0, outputs = {tensor}, options = {}, order = calls,
    neurons = count_neurons(layer, nil, {tensor, n = 1})}
  made_by[tensor], fields[layer].call, fields[layer].calls = call, call, 1
  return layer, tensor
end

-- The fields of a model, which is called like a layer: base_name as that of a layer's spec.
function cnnc.model_fields(spec, name)
  return {spec = spec, type = spec.name, name = cnnc.take_name(spec, name), made_at = where(), calls = 0}
end

-- Calls f, which makes parameters, outside of all layers: their names begin with that of `label`.
function cnnc.build_under(label, f)
  local before = origin
  cnnc.leave_scopes(label, f)
  set_origin(before)
end

cnnc.call_layer, cnnc.made_by, cnnc.blocks = call_layer, made_by, blocks
