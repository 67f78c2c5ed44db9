-- network.lua: the calls of layers that lead from tensors to tensors, and how they are made once more, on other tensors.

local cnnc = ...
local fail, fields, made_by = cnnc.fail, cnnc.fields, cnnc.made_by
local format, sort, pack, unpack = string.format, table.sort, table.pack, table.unpack

-- The call that made a tensor of the script's.
local function call_of(tensor)
  local call = made_by[tensor]
  if not call then
    fail("a tensor that was made inside of a layer's call cannot be used outside of it",
      {hint = "the call returns what is used outside"})
  end
  return call
end
cnnc.call_of = call_of

function cnnc.is_input(tensor)
  return cnnc.is_tensor(tensor) and made_by[tensor] and fields[made_by[tensor].layer].spec.is_input == true
end

-- The calls that lead to `outputs`, in their order, without those in front of `inputs`: {call, ...}, and as a set the inputs
-- that something depends on. An input of the script's that is none of these is an error at `at`.
function cnnc.trace(inputs, outputs, at)
  local is_start, used, seen, list = {}, {}, {}, {}
  for _, input in ipairs(inputs) do is_start[input] = true end
  local pending = table.move(outputs, 1, #outputs, 1, {})
  while #pending > 0 do
    local tensor = table.remove(pending)
    local call = call_of(tensor)
    if is_start[tensor] then
      used[tensor] = true
    elseif cnnc.is_input(tensor) then
      fail(format("the outputs depend on the input '%s', which is not the model's", call.layer.name), {at = at})
    elseif not seen[call] then
      seen[call] = true
      list[#list + 1] = call
      table.move(call.inputs, 1, #call.inputs, #pending + 1, pending)
    end
  end
  sort(list, function(a, b) return a.order < b.order end)
  return list, used
end

-- What a call says beside its inputs, with other tensors in the place of these.
local function mapped_options(options, new)
  local result = {}
  for key, value in pairs(options) do
    if cnnc.arguments.is_list(value) then
      result[key] = {}
      for i, tensor in ipairs(value) do result[key][i] = new[tensor] or tensor end
    else
      result[key] = new[value] or value
    end
  end
  return result
end

-- What a sample adds to the loss, as one number, or to a metric.
local function number_of(added)
  local x, metric = added.tensor, added.metric
  return #cnnc.shape(x) == 0 and x or cnnc.op.reduce(x, {["function"] = metric and not metric.sums and "mean" or "sum"})
end
cnnc.number_of = number_of

-- A number as one of each sample, as what is summed over them must be: of parameters alone it is alike for all.
function cnnc.of_samples(number)
  if not cnnc.is_shared(number) then return number end
  local weight = cnnc.weight()
  return cnnc.op.binary(number, cnnc.op.binary(weight, weight, {["function"] = "less"}), {["function"] = "add"})
end

-- Do the two runs of a class's `call` add to the same, the loss or metrics, in the same order?
function cnnc.adds_the_same(trained, predicted)
  for i = 1, math.max(#trained, #predicted) do
    local a, b = trained[i] and trained[i].metric, predicted[i] and predicted[i].metric
    if not trained[i] or not predicted[i] or (a and a.name) ~= (b and b.name) then return false end
  end
  return true
end

-- The same of two runs as one.
local function chosen(trained, predicted)
  local metric = trained.metric
  return {metric = metric, tensor = cnnc.as_layer("in_training", function(a, b)
    return cnnc.choose_run(number_of{tensor = a, metric = metric}, number_of{tensor = b, metric = metric})
  end, trained.tensor, predicted.tensor)}
end

-- Of what the two runs of a class's `call` add, {[true] = {...}, [false] = {...}}: what one mode adds, or of each pair that which
-- fits.
local function join(added, mode)
  if mode ~= nil then return added[mode] end
  local list = {}
  for i = 1, math.max(#added[true], #added[false]) do
    local trained, predicted = added[true][i], added[false][i]
    list[i] = trained and predicted and chosen(trained, predicted) or trained or predicted
  end
  return list
end

function cnnc.note_joined(added, mode)
  for _, entry in ipairs(join(added, mode)) do cnnc.note_added(entry.tensor, entry.metric) end
end

-- The same of calls that both runs of a model's `call` made: those of training add it.
function cnnc.join_runs(calls)
  local added, holders = {[true] = {}, [false] = {}}, {}
  for _, call in ipairs(calls) do
    for i, entry in ipairs(call.run and call.added or {}) do
      local list = added[call.run.training]
      list[#list + 1] = entry
      if call.run.training then holders[#holders + 1] = {list = call.added, at = i} end
    end
    if call.run and not call.run.training then call.added = {} end
  end
  if not cnnc.adds_the_same(added[true], added[false]) then return false end
  for i, entry in ipairs(join(added)) do holders[i].list[holders[i].at] = entry end
  return true
end

-- Makes one call once more; what a run of a class's `call` adds goes to `added`.
local function repeat_call(call, given, call_layer, added)
  if not call.run then return pack(call_layer(call.layer, call.at, unpack(given))) end
  local new, made = cnnc.run_apart(call.run, call_layer, call.layer, call.at, unpack(given))
  local list = added[call.run.training]
  table.move(new, 1, #new, #list + 1, list)
  return made
end

-- Makes the calls, which lead from `inputs` to `outputs`, once more from `tensors`, by call_layer or a function that takes the
-- same. Returns what `outputs` are then.
function cnnc.replay(calls, inputs, outputs, tensors, call_layer)
  call_layer = call_layer or cnnc.call_layer
  local new, results, added = {}, {}, {[true] = {}, [false] = {}}
  for i, input in ipairs(inputs) do new[input] = tensors[i] end
  for _, call in ipairs(calls) do
    local given = {}
    for i = 1, call.given do given[i] = new[call.inputs[i]] end
    if call.is_list and call_layer == cnnc.call_layer then given = {given} end
    given[#given + 1] = mapped_options(call.options, new)
    local made = repeat_call(call, given, call_layer, added)
    if made.n == 1 and not cnnc.is_tensor(made[1]) then made = made[1] end
    for i, output in ipairs(call.outputs) do new[output] = made[i] end
  end
  cnnc.note_joined(added, cnnc.called_in_training())
  for i, output in ipairs(outputs) do results[i] = new[output] end
  return results
end

-- The layers of calls, each once, by its first call: {layer =, calls = {...}}.
function cnnc.layers_of_calls(calls)
  local rows, of_layer = {}, {}
  for _, call in ipairs(calls) do
    local row = of_layer[call.layer]
    if not row then
      row = {layer = call.layer, calls = {}}
      of_layer[call.layer], rows[#rows + 1] = row, row
    end
    row.calls[#row.calls + 1] = call
  end
  return rows
end
