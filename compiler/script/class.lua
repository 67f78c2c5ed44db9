-- class.lua: models and layers of the script's own in the manner of Keras' subclasses: methods init, build and call.

local cnnc = ...
local fail, entry = cnnc.fail, cnnc.entry
local arguments, exports, fields, scopes = cnnc.arguments, cnnc.exports, cnnc.fields, cnnc.scopes
local format = string.format

local CLASS = {
  {"base", "any", doc = "Model, Layer, Loss or Metric"},
  {"name", "name", optional = true, doc = "what it is called in the summary, and in front of its parameters' names; of a "
      .. "Metric in the log, Hits as hits"},
}

cnnc.describe("function", {
  name = "class", rows = CLASS,
  doc = "a kind of model or layer whose methods the script writes: init(self, ...) gets what it is made with, "
    .. "build(self, shape) the shape that it is called on first, of several tensors a list of shapes, and call(self, x) makes "
    .. "its output; call(self, a, b) gets of two tensors each, and of a list of them the list as a; call(self, x, training) is "
    .. "run both with true and with false, and the network does what fits; call(self, x, mask) gets the mask of x, 0 where a step "
    .. "does not count, or nil; compute_mask(self, x, mask) returns that of the output, and self.supports_masking = true has it be "
    .. "the same",
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
      {hint = name == "call" and class.forward and "what PyTorch calls forward is call: function NAME:call(x) ... end"
        or format("function NAME:%s(x) ... end", name)})
  end
end

-- What a method `build` gets of the tensors that are called on first: the shape, or a list of their shapes.
local function shapes_for(tensors)
  local shapes = {}
  for i, x in ipairs(tensors) do shapes[i] = cnnc.list(cnnc.shape(x)) end
  return #shapes == 1 and shapes[1] or cnnc.list(shapes)
end

-- Of NAME_mask where there is an argument NAME, the place of that.
local function owner_of_mask(name, names)
  local of = string.match(name, "^(.+)_mask$")
  for i, other in ipairs(names) do
    if other == of then return i end
  end
end

-- What a method `call` gets of the tensors it is made on: a list of them in one argument or, where it has as many and no list
-- was given (tensors.is_list), each in one of its own; `training` where it has an argument of that name, which is true or false;
-- `mask` the mask of what it is made on, and NAME_mask that of the argument NAME.
local function call_arguments(body, tensors, training)
  local names, plain, given = cnnc.parameter_names(body), {}, {}
  table.remove(names, 1) -- self
  for i, name in ipairs(names) do
    if name == "training" then given[i] = training
    elseif name == "mask" then given[i] = cnnc.mask_argument(tensors)
    elseif not owner_of_mask(name, names) then plain[#plain + 1] = i end
  end
  if #tensors == 1 then given[plain[1] or 1] = tensors[1]
  elseif tensors.is_list or #plain < #tensors then given[plain[1] or 1] = cnnc.list(table.move(tensors, 1, #tensors, 1, {}))
  else for i, x in ipairs(tensors) do given[plain[i]] = x end end
  for i, name in ipairs(names) do
    local owner = owner_of_mask(name, names)
    if owner then given[i] = cnnc.mask_of(given[owner]) end
  end
  return given, math.max(#names, 1)
end

-- What the call makes, as a list; `was_list`: it returned one.
local function results_of(self, body, tensors, training)
  local given, count = call_arguments(body, tensors, training)
  local results = table.pack(body(self, table.unpack(given, 1, count)))
  local is_list = results.n == 1 and arguments.is_plain_table(results[1])
  return is_list and table.move(results[1], 1, #results[1], 1, {n = #results[1]}) or results, is_list
end

local function has_argument(body, wanted)
  for _, name in ipairs(cnnc.parameter_names(body)) do
    if name == wanted then return true end
  end
  return false
end

-- Runs the method `call` in one of both ways.
local function run_once(self, body, tensors, training)
  local run = {training = training, of = self, layer = scopes.current and self, parts = {}}
  local added, made = cnnc.run_apart(run, results_of, self, body, tensors, training)
  return {results = made[1], is_list = made[2], added = added, parts = run.parts, parameters = cnnc.count_parameters()}
end

local function same_keys(a, b)
  for key in pairs(a) do if not b[key] then return false end end
  for key in pairs(b) do if not a[key] then return false end end
  return true
end

local ADDED_DIFFERS <const> = "%s: its call adds to the loss or the metrics in training and not in prediction, or the other way "
  .. "round"
local ADDED_HINT <const> = "call add_loss and add_metric in both, where a loss should not count on 0 times the tensor"

-- Stops where what the two runs made cannot be taken for one another.
local function check_runs(type, trained, predicted, at)
  if trained.results.n ~= predicted.results.n or trained.is_list ~= predicted.is_list then
    fail(format("%s: its call returns other results in training", type),
      {hint = "it must return as many tensors with training = true as with false", at = at})
  elseif not same_keys(trained.parts, predicted.parts) then
    fail(format("%s: its call makes other layers in training", type), {hint = "make the layers in init or build", at = at})
  elseif trained.parameters ~= predicted.parameters then
    fail(format("%s: its call makes parameters in prediction that nothing trains", type),
      {hint = "make the layers in init or build, and call them in training, too", at = at})
  elseif not cnnc.adds_the_same(trained.added, predicted.added) then
    fail(format(ADDED_DIFFERS, type), {hint = ADDED_HINT, at = at})
  end
end

-- A tensor of each run as one. A model's call may say later which it is.
local function choose(trained, predicted)
  local mode = cnnc.called_in_training()
  if mode == nil then return cnnc.op.in_training(trained, predicted) end
  return mode and trained or predicted
end
cnnc.choose_run = choose

-- Runs the method `call` both ways. What a layer's makes is known by where it stands, and so is the same both times.
local function run_both(self, body, type, tensors, at)
  local scope = scopes.current
  local names, neurons = scope and cnnc.copy_names(scope.names), scope and scope.neurons
  local trained = run_once(self, body, tensors, true)
  if scope then scope.names, scope.neurons = names, neurons end
  local predicted = run_once(self, body, tensors, false)
  check_runs(type, trained, predicted, at)
  cnnc.note_joined{[true] = trained.added, [false] = predicted.added}
  return trained.results, predicted.results, trained.is_list
end

-- Runs the method `call`, twice if it asks whether it is in training, and the network is of both minds.
local function run_call(self, class, type, tensors, at)
  local body, mode = method_of(class, "call", true), cnnc.called_in_training()
  local results, others, is_list
  if has_argument(body, "training") and mode == nil then
    results, others, is_list = run_both(self, body, type, tensors, at)
  else
    results, is_list = results_of(self, body, tensors, mode)
    others = results
  end
  for i = 1, math.max(results.n, 1) do
    for _, made in ipairs{results, others} do
      if not cnnc.is_tensor(made[i]) then
        fail(format("%s: its call must return a tensor, not %s", type, arguments.show(made[i])), {at = at})
      end
    end
    if cnnc.key(results[i]) ~= cnnc.key(others[i]) then
      local mask = cnnc.mask_of(results[i])
      results[i] = cnnc.as_layer("in_training", choose, results[i], others[i])
      cnnc.set_mask(results[i], mask)
    end
  end
  return results, is_list
end

---- Models ------------------------------------------------------------------------------------------------

-- Makes the model's network: its call is run on inputs of its own, and what it calls is remembered.
local function build_class(own, make_inputs)
  cnnc.build_model(own, function()
    local class, inputs = own.class, make_inputs()
    if method_of(class, "build") then class.build(own.self, shapes_for(inputs)) end
    local added_before, runs_before = scopes.added, scopes.runs_class
    scopes.added, scopes.runs_class = own.added, true
    local outputs = run_call(own.self, class, own.type, inputs, own.made_at)
    scopes.added, scopes.runs_class = added_before, runs_before
    own.inputs, own.outputs = inputs, table.move(outputs, 1, #outputs, 1, {})
    own.network, own.used = cnnc.trace(cnnc.all_starts(own), own.outputs, own.made_at)
    if not cnnc.join_runs(own.network) then fail(format(ADDED_DIFFERS, own.type), {hint = ADDED_HINT, at = own.made_at}) end
    cnnc.check_names(cnnc.layers_of(own))
  end)
  if not own.trainable then cnnc.set_trainable(own.self, false) end
end

-- Does the call take masks as arguments?
local function asks_for_masks(class)
  local names = cnnc.parameter_names(method_of(class, "call", true))
  for _, name in ipairs(names) do
    if name == "mask" or owner_of_mask(name, names) then return true end
  end
  return false
end

-- What the call makes of the mask of its i-th tensor begins at an input of its own.
local function add_mask_input(own, i, input, mask)
  if not mask then return end
  own.mask_inputs = own.mask_inputs or {}
  own.mask_inputs[i] = cnnc.input_for(cnnc.shape(mask), cnnc.dtype(mask))
  cnnc.set_mask(input, own.mask_inputs[i])
end

-- Has one of them a mask that its input had not?
local function lacks_masks(own, tensors)
  for i, x in ipairs(tensors) do
    if cnnc.mask_of(x) and not (own.mask_inputs and own.mask_inputs[i]) then return true end
  end
  return false
end

local function call_class(model, ...)
  local own = fields[model]
  local tensors = {...}
  if not own.inputs then
    local is_list, wants_masks = scopes.current.is_list, asks_for_masks(own.class)
    build_class(own, function()
      local inputs = {is_list = is_list}
      for i, x in ipairs(tensors) do
        inputs[i] = cnnc.input_for(cnnc.shape(x), cnnc.dtype(x))
        if wants_masks then add_mask_input(own, i, inputs[i], cnnc.mask_of(x)) end
      end
      return inputs
    end)
  elseif asks_for_masks(own.class) and lacks_masks(own, tensors) then
    fail(format("%s: its call gets a mask, which it did not get where it was called first", own.type),
      {hint = "call it on what has a mask first, or make two of it", at = own.at})
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
  scopes.current.builds = true
  class.build(layer, shapes_for(tensors))
  scopes.current.builds = false
end

-- The masks of a layer's results, as its method compute_mask says, or its field supports_masking.
local function masks_of_class(layer, inputs)
  local class = fields[layer].spec.class
  local compute = method_of(class, "compute_mask")
  if not compute then
    return (fields[layer].supports_masking or class.supports_masking) and cnnc.mask_of(inputs[1]) or cnnc.LOST
  end
  local given = #inputs == 1 and not inputs.is_list and inputs[1] or cnnc.list(table.move(inputs, 1, #inputs, 1, {}))
  local masks = table.pack(compute(layer, given, cnnc.mask_argument(inputs)))
  if arguments.is_plain_table(masks[1]) then masks = table.move(masks[1], 1, #masks[1], 1, {n = #masks[1]}) end
  for i = 1, masks.n do
    if masks[i] ~= nil and masks[i] ~= exports.None and not cnnc.is_tensor(masks[i]) then
      fail(format("%s: its compute_mask must return a tensor, not %s", layer.type, arguments.show(masks[i])))
    end
    masks[i] = cnnc.is_tensor(masks[i]) and cnnc.as_mask(masks[i]) or nil
  end
  return table.unpack(masks, 1, masks.n)
end

local function layer_class(class, name)
  local spec = cnnc.complete_spec{name = name or "Layer", inputs = "any", class = class, masks = masks_of_class}
  spec.call = function(layer, ...)
    local own, tensors = fields[layer], {is_list = scopes.current.is_list, ...}
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

-- Keras' NAME, which scripts have as a base of classes only: make(class, name) returns what makes an object of one. `doc` and
-- `example` are what `cnnc help` and the manual print.
function cnnc.add_base(name, make, doc, example)
  cnnc.describe("function", {name = name, is_base = true, doc = doc, example = example})
  exports[name] = entry(function()
    fail(format("%s is what a class is made of", name), {hint = format("local Mine = class(%s)", name)})
  end)
  BASES[exports[name]] = make
end
cnnc.method_of = method_of

exports.class = entry(function(...)
  local values = arguments.parse("class", CLASS, ...)
  local of_base = BASES[values.base]
  if not of_base then
    fail(format("class needs Model, Layer, Loss or Metric, not %s", arguments.show(values.base)),
      {hint = "local Mine = class(Model)"})
  end
  local class = {}
  local make = of_base(class, values.name)
  return setmetatable(class, {__name = "class", __call = entry(function(_, ...) return make(...) end)})
end)
