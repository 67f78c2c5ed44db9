-- draw.lua: draws a random network, as the text of a model script.
--
-- Nothing here knows what layers, activations, losses or optimizers there are: it listens while compiler/script describes
-- them, and draws arguments by their types. Whether a layer fits its input is found out by calling it: the script grows
-- in the real language of scripts, and what that refuses is drawn again.
--
--   cnnc          what compiler/script builds the language on, still empty
--   load_module   runs a file of compiler/script
--   forgive       forgets a reported failure
--   work          multiply-adds of the graph so far
--   describe      what an op takes
--   beside        loads a file of this folder
--   modules       the files of compiler/script, in their order
local cnnc, load_module, forgive, work, describe, beside, modules = ...
local format, concat = string.format, table.concat
local random = math.random

---- Listening ---------------------------------------------------------------------------------------

local layers, kinds = {}, {} -- the descriptions, in their order; kinds: by "activation", "loss", ...

local function listen_to_kinds()
  local kind = cnnc.arguments.kind
  function cnnc.arguments.kind(name)
    local define, make, of_functions = kind(name)
    kinds[name] = {}
    return function(spec)
      define(spec)
      table.insert(kinds[name], spec)
    end, make, of_functions
  end
end

local function listen_to_layers()
  local layer = cnnc.layer
  function cnnc.layer(spec)
    layer(spec)
    table.insert(layers, spec)
  end
end

cnnc.pcall = pcall -- goes on after a failure that was reported

local trainable = {} -- parameters made so far that can be trained, also by layers that were then refused
local parameter = cnnc.parameter
function cnnc.parameter(described)
  local tensor = parameter(described)
  if described.trainable then trainable[#trainable + 1] = tensor end
  return tensor
end

local behind = {["kinds.lua"] = listen_to_kinds, ["layer.lua"] = listen_to_layers}
for _, name in ipairs(modules) do
  load_module(name)
  if behind[name] then behind[name]() end
end

-- How many of them are of layers that are not frozen; `layers` nil: of all.
local function count_trained(layers)
  local left, trained = {}, 0
  for _, tensor in ipairs(trainable) do left[tensor] = true end
  for _, tensor in ipairs(cnnc.frozen_parameters(cnnc.trainable_layers())) do left[tensor] = nil end
  for layer, tensors in pairs(cnnc.owned) do
    for _, tensor in ipairs((not layers or layers[layer]) and tensors or {}) do trained = trained + (left[tensor] and 1 or 0) end
  end
  return trained
end

-- The more arguments a layer has (initializers are all alike), the more there is to draw.
local weighted = {}
for _, spec in ipairs(layers) do
  local count = 0
  for _, row in ipairs(spec.arguments or {}) do
    if row[2] ~= "unsupported" and row[2] ~= "initializer" then count = count + 1 end
  end
  for _ = 0, count ^ 2 // 8 do weighted[#weighted + 1] = spec end
end

---- Drawing, by types; draw_arguments.lua, draw_ops.lua and draw_training.lua draw the rest ------------

local draw = beside("draw_arguments.lua")(kinds)
local chance, pick, size, count = draw.chance, draw.pick, draw.size, draw.count

---- The script that grows ---------------------------------------------------------------------------

-- tensors: {name =, tensor =, used =}; values: by name; chain: is it one layer behind the other?
local script = {statements = {}, tensors = {}, values = {}, chain = true} -- and budget, largest

local function evaluate(text)
  local chunk = assert(load("return " .. text, "=drawn", "t", setmetatable(script.values, {__index = cnnc.exports})))
  local ok, value, other = cnnc.protected_call(chunk) -- a layer that is refused does not stay open
  if not ok then forgive() end
  return ok and value or nil, ok and other or nil
end

local function take(name, text, tensor)
  script.statements[#script.statements + 1] = format("local %s = %s", name, text)
  script.values[name] = tensor
  if cnnc.is_tensor(tensor) then
    local made = {name = name, tensor = tensor, shape = tensor.shape}
    table.insert(script.tensors, made)
    return made
  end
end

local function new_name(letter) return letter .. #script.statements + 1 end

-- A tensor made by a call, if it fits and is not too large; `inputs` are rows of script.tensors.
local function try(text, inputs)
  local before, trained_before = work(), count_trained()
  local names = {}
  for i, input in ipairs(inputs) do names[i] = input.name end
  local arguments_of_call = #inputs == 1 and "(" .. names[1] .. ")" or "{" .. concat(names, ", ") .. "}"
  text = text .. (#inputs == 1 and arguments_of_call or "(" .. arguments_of_call .. ")")
  local tensor, state = evaluate(text)
  local fits = tensor and #tensor.shape > 0 and tensor.dtype == "float32" and count(tensor.shape) <= script.largest
  if not fits or work() - before > script.budget then return nil end
  script.budget = script.budget - (work() - before)
  script.trains = script.trains or count_trained() > trained_before
  script.chain = script.chain and not state and #inputs == 1 and inputs[1] == script.tensors[#script.tensors]
  for _, input in ipairs(inputs) do
    input.used = true
  end
  return take(new_name("x"), text, tensor)
end

local function divisors_of(number)
  local list = {}
  for d = 2, number do
    if number % d == 0 then list[#list + 1] = d end
  end
  return list
end

-- Groups divide both the channels that come and those that leave.
local function drawn_groups(spec, x)
  local has = {}
  for _, row in ipairs(spec.rows) do has[row[1]] = true end
  local divisors = divisors_of(x.shape[#x.shape])
  if not (has.groups and has.filters) or #divisors == 0 or chance(0.75) then return {groups = false} end
  local groups = pick(divisors)
  return {groups = tostring(groups), filters = tostring(groups * random(1, 3))}
end

local function layer_text(spec, x)
  return spec.name .. draw.arguments(spec.rows, x, drawn_groups(spec, x))
end

-- Layers of one input, which may stand inside of others, or a model of them.
local function draw_one(x)
  local spec
  repeat spec = pick(weighted) until not spec.inputs and spec.name ~= "TimeDistributed"
  return layer_text(spec, x)
end

local function draw_sequential(x)
  local texts = {}
  for i = 1, random(1, 3) do texts[i] = draw_one(x) end
  return "Sequential{" .. concat(texts, ", ") .. "}"
end

function draw.inner(x)
  if #x.shape == 0 then return "Flatten()" end
  return chance(0.3) and draw_sequential(x) or draw_one(x)
end

local function is_equal(a, b) return concat(a.shape, "x") == concat(b.shape, "x") end

-- Another tensor of the shape of x: an older one, or one made from x.
local function partner(x)
  local found = {}
  for _, other in ipairs(script.tensors) do
    if is_equal(other, x) and (other ~= x or chance(0.1)) then found[#found + 1] = other end
  end
  if #found > 0 and chance(0.8) then return pick(found) end
  local last = x.shape[#x.shape]
  local texts = {format("Dense{%d}", last), format("Dense{%d, activation = \"tanh\"}", last), "Activation{\"softsign\"}"}
  if #x.shape == 3 then
    texts[#texts + 1] = format("Conv2D{%d, 3, padding = \"same\", activation = \"relu\"}", last)
    texts[#texts + 1] = format("Conv2D{%d, 1}", last)
  end
  return try(pick(texts), {x}) or x
end

-- The text of a layer of the script's own, made of ops: draw_ops.lua.
local own_layer = beside("draw_ops.lua")(cnnc, describe, chance, pick, size, draw.factors)

-- A layer of its own, and its call.
local function add_own_layer(x)
  local inputs = chance(0.3) and {x, partner(x)} or {x}
  local name = "Own" .. #script.statements + 1
  local text = own_layer(name, inputs, evaluate)
  if not text then return nil end
  local statement = #script.statements + 1
  script.values[name] = evaluate(text)
  script.statements[statement] = format("local %s = %s", name, text)
  local added = try(name .. "{}", inputs)
  if added then script.chain = false else table.remove(script.statements, statement) end
  return added
end

local function inputs_of(spec, x)
  local wanted = spec.inputs == "many" and random(2, 3) or spec.inputs == "any" and random(1, 2) or spec.inputs or 1
  local inputs = {x}
  for i = 2, wanted do inputs[i] = partner(x) end
  return inputs
end

-- One layer, called twice.
local function share(text, x)
  local name = new_name("l")
  local made = evaluate(text)
  if not made then return end
  script.values[name] = made
  local statement = #script.statements + 1
  script.statements[statement] = format("local %s = %s", name, text)
  local once = try(name, {x})
  local twice = once and (try(name, {once}) or try(name, {x}))
  script.chain = false
  if not once then table.remove(script.statements, statement) end
  return twice
end

-- A model of what was made from an input so far, called on another tensor.
local function nest(x)
  local input, name = script.tensors[1], new_name("m")
  local others = {}
  for _, other in ipairs(script.tensors) do
    if is_equal(other, input) and other ~= input then others[#others + 1] = other end
  end
  if x == input or #others == 0 then return nil end
  local text = format("Model{inputs = %s, outputs = %s}", input.name, x.name)
  local made = evaluate(text)
  if not made then return nil end
  script.values[name] = made
  local statement = #script.statements + 1
  script.statements[statement] = format("local %s = %s", name, text)
  local called = try(name, {pick(others)})
  script.chain = false
  if not called then table.remove(script.statements, statement) end
  return called
end

local function add_layer()
  local x = chance(script.several and 0.5 or 0.8) and script.tensors[#script.tensors] or pick(script.tensors)
  if chance(0.08) and add_own_layer(x) then return end
  if chance(0.06) and share(draw_sequential(x), x) then return end
  if chance(0.06) and nest(x) then return end
  for _ = 1, 8 do
    local spec = pick(weighted)
    if not spec.inputs and chance(0.05) then
      if share(layer_text(spec, x), x) then return end
    else
      for _ = 1, 4 do
        if try(layer_text(spec, x), inputs_of(spec, x)) then return end
      end
    end
  end
end

local function last() return script.tensors[#script.tensors] end

local function flat(x)
  if #x.shape == 1 then return x end
  return try(#x.shape == 3 and chance(0.2) and "GlobalAveragePooling2D()" or "Flatten()", {x}) or x
end

local function unused()
  local open = {}
  for _, x in ipairs(script.tensors) do
    if not x.used and x ~= last() then open[#open + 1] = x end
  end
  return open
end

local function concatenate(list)
  if #list == 1 then return list[1] end
  for i, x in ipairs(list) do list[i] = flat(x) end
  return try("Concatenate()", list)
end

-- Branches that nobody has read are joined, as far as there is room.
local function join()
  local open = unused()
  if #open == 0 or chance(0.1) then return end
  open = {table.unpack(open, 1, 3)}
  open[#open + 1] = last()
  concatenate(open)
end

-- Those of a network with several inputs, or one that only predicts: branches that nobody has read, and sometimes one that
-- was. All inputs count.
local function draw_outputs()
  local outputs, rest = {}, unused()
  rest[#rest + 1] = last()
  while #rest > 3 or (#rest > 1 and chance(0.3)) do
    local joined = concatenate{table.remove(rest, 1), table.remove(rest, 1)}
    if not joined then return nil end
    rest[#rest + 1] = joined
  end
  for i, x in ipairs(rest) do outputs[i] = x.is_input and try("Activation{\"tanh\"}", {x}) or x end
  for _, x in ipairs(outputs) do
    if x.tensor.dtype ~= "float32" then return nil end
  end
  local other = pick(script.tensors)
  local is_new = not other.is_input
  for _, x in ipairs(outputs) do is_new = is_new and x ~= other end
  if #outputs < 3 and is_new and chance(script.several and 0.6 or 0.3) then outputs[#outputs + 1] = other end
  return outputs
end

local draw_losses, draw_training = beside("draw_training.lua")(cnnc, kinds, draw,
  {try = try, flat = flat, evaluate = evaluate, count_trained = count_trained}, script)

---- The whole ---------------------------------------------------------------------------------------

local function draw_input()
  local rank, name = pick{1, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4}, new_name("x")
  local dims = {}
  for i = 1, rank do dims[i] = rank == 1 and size() or i < 3 and random(1, 14) or size(20) end
  local dtype = chance(0.15) and format(", dtype = %q", pick{"int32", "int32", "uint8", "float32"}) or ""
  local text = format("Input{shape = {%s}%s}", concat(dims, ", "), dtype)
  take(name, text, evaluate(text)).is_input = true
  return name
end

-- An input whose steps only count where the sum of their numbers is large enough. The mask depends on no parameter: what is trained
-- never moves a step across its edge.
local function add_mask(x)
  if #x.shape < 2 then return end
  local mask = format("function(x) return ops.greater(ops.sum(x, -1), %.2f) end", random() - 0.7)
  try(format("Lambda{function(x) return 1.5 * x end, mask = %s}", mask), {x})
end

-- Multiply-adds and the largest tensor: most networks are small, some leave the first cache or the second.
local BUDGETS = {}
for budget, weight in pairs{[{3e3, 6e2}] = 12, [{1e4, 2e3}] = 10, [{4e4, 6e3}] = 5, [{3e5, 3e4}] = 1} do
  for _ = 1, weight do BUDGETS[#BUDGETS + 1] = budget end
end
table.sort(BUDGETS, function(a, b) return a[1] < b[1] end)

-- Few networks are wide enough for Winograd's convolution, so some are drawn to be; they take long.
local WIDE = {2e6, 2e4}
local function draw_wide_input()
  local text = format("Input{%d, %d, %d}", random(4, 8), random(4, 8), pick{32, 40, 48, 64})
  take("x1", text, evaluate(text)).is_input = true
  try(format("Conv2D{%d, 3, padding = %q}", pick{32, 36, 48, 64}, pick{"same", "valid"}), {script.tensors[1]})
  return "x1"
end

local function as_sequential()
  local lines = {"local model = Sequential()"}
  for i, statement in ipairs(script.statements) do
    local call = string.match(statement, "^local %w+ = (.*)$")
    lines[i + 1] = format("model:add(%s)", i == 1 and call or string.match(call, "^(.*)%(%w+%)$"))
  end
  return lines
end

-- The text of the model.
local function model_text(inputs, outputs)
  local function all(names) return #names == 1 and names[1] or "{" .. concat(names, ", ") .. "}" end
  local names = {}
  for i, x in ipairs(outputs) do names[i] = x.name end
  return format("Model{inputs = %s, outputs = %s}", all(inputs), all(names))
end

-- The script of a network that is not compiled; nil: its parts do not fit together.
local function predicting(inputs)
  local outputs = draw_outputs()
  if not outputs then return nil end
  local lines = script.statements
  lines[#lines + 1] = "return " .. model_text(inputs, outputs)
  return concat(lines, "\n") .. "\n"
end

-- The script's last lines: the model, or a table of it and of a part of it, which is made later, so that the model comes first.
local function returned(has_tensors)
  if not chance(0.12) then return {"return model"} end
  local part = script.tensors[random(1, #script.tensors)]
  if not has_tensors or script.several or part.is_input then return {"return {model = model}"} end
  return {format("local part = Model{inputs = x1, outputs = %s}", part.name), "return {part = part, model = model}"}
end

-- nil: no layer fits, or their outputs do not; another seed may do better.
return function(seed)
  math.randomseed(seed)
  local wide = chance(0.02)
  local budget = wide and WIDE or pick(BUDGETS)
  script.budget, script.largest = budget[1], budget[2]
  local predicts = chance(0.15)
  script.several = chance(predicts and 0.7 or 0.2)
  local inputs = {wide and draw_wide_input() or draw_input()}
  if script.several then
    for i = 2, random(2, 3) do inputs[i] = draw_input() end
  end
  if chance(0.2) then add_mask(last()) end
  if chance(0.1) then try("Rescaling" .. draw.arguments({{"scale", "number"}, {"offset", "number", default = 0}}), {last()}) end
  for _ = 1, 1 + math.floor(7 * random()) do add_layer() end
  if last().is_input then return nil end
  if predicts then return predicting(inputs) end
  if not script.several then join() end
  local outputs = script.several and draw_outputs() or {last()}
  if not outputs then return nil end
  local losses = draw_losses(outputs)
  for i, output in ipairs(losses) do outputs[i] = output.x end
  local lines = script.chain and #inputs == 1 and #outputs == 1 and chance(0.5) and as_sequential() or script.statements
  local text = model_text(inputs, outputs)
  if not evaluate(text) then return nil end
  if lines == script.statements then lines[#lines + 1] = "local model = " .. text end
  for _, line in ipairs(draw_training(text, lines == script.statements and 2 or 1, losses)) do lines[#lines + 1] = line end
  for _, line in ipairs(returned(lines == script.statements)) do lines[#lines + 1] = line end
  return concat(lines, "\n") .. "\n"
end
