-- finish.lua: the end of a script: which model it means, and how that is handed to the compiler.

local cnnc = ...
local fail, where, fields = cnnc.fail, cnnc.where, cnnc.fields
local is_layer, is_model, all_models, arguments = cnnc.is_layer, cnnc.is_model, cnnc.all_models, cnnc.arguments
local format = string.format

local function find_model(returned)
  if is_model(returned) then return returned end
  if is_layer(returned) or cnnc.is_tensor(returned) then
    fail("the script returns a layer or tensor, not a model", {hint = "return Model{inputs = ..., outputs = ...}"})
  end
  if type(returned) == "function" then
    fail("the script returns a function, not a model", {hint = "call it: return build()"})
  end
  if #all_models == 1 then return all_models[1] end
  if #all_models == 0 then
    fail("the script makes no model",
      {hint = "begin with: local model = Sequential()", at = {file = where().file, line = 0}})
  end
  fail(format("the script makes %d models and returns none of them", #all_models),
    {hint = "end it with: return model, or return {NAME = model, ...}", at = fields[all_models[#all_models]].made_at})
end

-- What the script does not return is not trained.
local function warn_of_others(found)
  for _, other in ipairs(all_models) do
    local fitted = not found[other] and fields[other].fits[1]
    if fitted then
      cnnc.warn("this model is not trained: the script returns another one",
        {hint = "return {NAME = model, ...} with both, or write a script for it; weights that both have go from one to the "
          .. "other with --save and --weights", at = fitted.at})
    end
  end
end

local function need_layers(own)
  if own.layer_list and #own.layer_list == 0 then
    fail("the model has no layers", {hint = "model:add(...)", at = own.made_at})
  end
  if own.inputs or cnnc.build_as_given(own) then return end
  if not own.layer_list then
    fail(format("the model '%s' does not know the shape of its input", own.name),
      {hint = "call model:build{nil, 28, 28, 1}, or give --shape 28x28x1 on the command line", at = own.made_at})
  end
  local first = fields[own.layer_list[1]]
  local shape = string.match(first.spec.example or "", "input_shape = {([%d, ]+)}") or "28, 28, 1"
  fail(format("the first layer, %s, needs an input_shape", first.type),
    {hint = format("%s{..., input_shape = {%s}}, model:add(Input{%s}) before it, or --shape %s on the command line", first.type,
      shape, shape, (string.gsub(shape, ", ", "x"))), at = first.made_at})
end

local function check_inputs(own)
  for _, input in ipairs(own.inputs) do
    if own.used and not own.used[input] then
      fail(#own.inputs == 1 and "the model's output does not depend on its input"
        or format("no output depends on the input '%s'", cnnc.call_of(input).layer.name), {at = own.made_at})
    end
  end
end

-- What the data of tensors are called: the layers that make them. Of several of one layer the later ones get a number.
local function names_of(tensors)
  local names, taken = {}, {}
  for i, tensor in ipairs(tensors) do
    local stem, number = cnnc.call_of(tensor).layer.name, 0
    names[i] = stem
    while taken[names[i]] do
      number = number + 1
      names[i] = format("%s_%d", stem, number)
    end
    taken[names[i]] = true
  end
  return names
end

-- The rows of the layers that make the outputs.
local function rows_of_outputs(own, rows)
  local of_name, list = {}, {}
  for _, row in ipairs(rows) do of_name[row.name] = row end
  for i, output in ipairs(own.outputs) do list[i] = of_name[cnnc.call_of(output).layer.name] or rows[#rows] end
  return list
end

-- Hands a finished model, given by its fields, to the compiler. Returns the rows of the layers that make its outputs.
local function hand_over(own)
  need_layers(own)
  check_inputs(own)
  cnnc.check_lengths(own.inputs)
  cnnc.check_outputs(own.outputs)
  own.input, own.output = own.inputs[1], own.outputs[1]
  own.input_names, own.output_names = names_of(own.inputs), own.outputs_named or names_of(own.outputs)
  local wiring = cnnc.rows_of(own)
  local rows = wiring.layers
  cnnc.set_model{
    name = own.title, inputs = own.inputs, outputs = own.outputs, wiring = wiring,
    input_names = own.input_names, output_names = own.output_names,
  }
  return #own.outputs == 1 and {rows[#rows]} or rows_of_outputs(own, rows)
end

local function train(own, lasts)
  cnnc.freeze(cnnc.finish_training(own, lasts) or cnnc.frozen_parameters(cnnc.note_trainable(own)))
end

---- Several models ----------------------------------------------------------------------------------------

local MAX_MODELS <const> = 32

-- Functions of C and macros begin with the name, and in the header another's must not be the same.
local function check_name(name, names)
  if not string.find(name, "^%a[%w_]*$") or #name > 64 then
    fail(format("%s is no name for a model", arguments.show(name)),
      {hint = "functions of C get it: a letter, and then letters, digits and _"})
  end
  for _, other in ipairs(names) do
    local a, b = string.upper(name), string.upper(other)
    if a == b or a == b .. "_MANY" or b == a .. "_MANY" then
      fail(format("two models are called %s and %s, which would be the same in the header", other, name),
        {hint = "give one of them another name in the table"})
    end
  end
end

-- The models of the table that the script returned, as they were made, each with its name there: {model =, name =}, ...
local function models_of(returned)
  local name_of, names, list = {}, {}, {}
  for name in pairs(returned) do
    if type(name) ~= "string" then
      fail("the models of the table have no names", {hint = "return {generator = g, discriminator = d}"})
    end
  end
  for _, name in ipairs(arguments.sorted_names(returned)) do
    local model = returned[name]
    if not is_model(model) then
      fail(format("the script returns a table, in which %s is no model but %s", name, arguments.show(model)),
        {hint = "return {generator = g, discriminator = d}"})
    end
    if name_of[model] then fail(format("the script returns one model twice, as %s and as %s", name_of[model], name)) end
    check_name(name, names)
    name_of[model], names[#names + 1] = name, name
  end
  for _, model in ipairs(all_models) do
    if name_of[model] then list[#list + 1] = {model = model, name = name_of[model]} end
  end
  if #list > MAX_MODELS then fail(format("the script returns %d models, and %d are possible", #list, MAX_MODELS)) end
  return list
end

cnnc.describe("function", {
  name = "return", rows = {},
  doc = "a script ends with its model, or with a table of several, {generator = g, discriminator = d, gan = combined}: the C has "
    .. "all of them, with functions such as NAME_generator_predict; those that are compiled each have a training step of their "
    .. "own, which trains what was trainable at its compile; what they share they share in the C, where parameters are one array, "
    .. "named as Keras names them; and the program's commands take --model NAME",
  example = [[
local encoder = Sequential{Input{64}, Dense{8, activation = "relu"}}
local decoder = Sequential{Input{8}, Dense{64, activation = "sigmoid"}}
local both = Sequential{encoder, decoder}
both:compile{optimizer = "adam", loss = "mse"}
return {encoder = encoder, decoder = decoder, autoencoder = both}]],
})

local function finish_several(list, found)
  for _, entry in ipairs(list) do
    local own = fields[entry.model]
    local lasts = hand_over(own)
    cnnc.load_layers(found)
    train(own, lasts)
    cnnc.warn_of_pixels(cnnc.keep_model(entry.name))
  end
  cnnc.join_models()
end

-- Called with what the script returned.
function cnnc.finish(returned, ...)
  if is_model(returned) and is_model((...)) then
    fail("the script returns several models without names", {hint = "return {generator = g, discriminator = d}"})
  end
  if arguments.is_plain_table(returned) and next(returned) ~= nil then
    local list, found = models_of(returned), {}
    for _, entry in ipairs(list) do found[entry.model] = true end
    warn_of_others(found)
    return finish_several(list, found)
  end
  local found = find_model(returned)
  local own = fields[found]
  local lasts = hand_over(own)
  cnnc.load_layers{[found] = true}
  if own.prefix then cnnc.strip_names(own.prefix) end
  warn_of_others{[found] = true}
  -- Of several models, as of a GAN, each is meant to train what was trainable at its own compile.
  if own.compiled and not own.fits[1] then cnnc.warn_of_changes(own.compiled, own, "the program", own.compiled.at) end
  train(own, lasts)
  cnnc.warn_of_pixels(cnnc.complete())
end
