-- finish.lua: the end of a script: which model it means, and how that is handed to the compiler.

local cnnc = ...
local fail, where, fields = cnnc.fail, cnnc.where, cnnc.fields
local is_layer, is_model, all_models = cnnc.is_layer, cnnc.is_model, cnnc.all_models
local format = string.format

-- The rows that feed a layer, in the order of its inputs. A Sequential's input has no row.
local function connected_to(row, index)
  local rows = {}
  for _, call in ipairs(row.calls) do
    for _, tensor in ipairs(call.inputs) do rows[#rows + 1] = index[cnnc.call_of(tensor).layer] end
  end
  return rows
end

-- The calls of a model, given by its fields; a Model shows its inputs, too.
local function calls_to_show(own)
  local calls = {}
  if not own.layer_list then
    for i, input in ipairs(own.inputs) do calls[i] = cnnc.call_of(input) end
  end
  table.move(own.network, 1, #own.network, #calls + 1, calls)
  table.sort(calls, function(a, b) return a.order < b.order end)
  return calls
end

-- The rows of `cnnc summary`. As in Keras, the input is a row of a Model, not of a Sequential.
local function layer_rows(own)
  local rows, index = {}, {}
  local shown = cnnc.layers_of_calls(calls_to_show(own))
  for i, row in ipairs(shown) do index[row.layer] = i - 1 end
  for i, row in ipairs(shown) do
    local layer, last = fields[row.layer], row.calls[#row.calls]
    rows[i] = {
      name = layer.name, type = layer.type, line = layer.made_at.line, outputs = last.outputs, neurons = last.neurons,
      connected_to = connected_to(row, index), parameters = cnnc.owned[row.layer],
    }
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
    fail("the script makes no model",
      {hint = "begin with: local model = Sequential()", at = {file = where().file, line = 0}})
  end
  fail(format("the script makes %d models and returns none of them", #all_models),
    {hint = "end it with: return model", at = fields[all_models[#all_models]].made_at})
end

-- One program trains one model.
local function warn_of_others(found)
  for _, other in ipairs(all_models) do
    local fitted = other ~= found and fields[other].fits[1]
    if fitted then
      cnnc.warn("this model is not trained: the script returns another one",
        {hint = "write a script for it; weights that both have go from one to the other with --save and --weights",
         at = fitted.at})
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
  fail(format("the first layer, %s, needs an input_shape", first.type),
    {hint = format("%s{..., input_shape = {28, 28, 1}}, model:add(Input{28, 28, 1}) before it, or --shape 28x28x1 on the "
      .. "command line", first.type), at = first.made_at})
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

-- Called with what the script returned: hands the finished model to the compiler.
function cnnc.finish(returned)
  local found = find_model(returned)
  local own = fields[found]
  need_layers(own)
  check_inputs(own)
  cnnc.check_lengths(own.inputs)
  own.input, own.output = own.inputs[1], own.outputs[1]
  local rows = layer_rows(own)
  if own.prefix then cnnc.strip_names(own.prefix) end
  cnnc.set_model{
    name = own.title, inputs = own.inputs, outputs = own.outputs, layers = rows,
    input_names = names_of(own.inputs), output_names = names_of(own.outputs),
  }
  warn_of_others(found)
  cnnc.freeze(cnnc.finish_training(own, rows[#rows]) or cnnc.frozen_parameters(cnnc.note_trainable(own)))
  cnnc.warn_of_pixels(cnnc.complete())
end
