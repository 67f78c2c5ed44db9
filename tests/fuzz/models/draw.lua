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

---- Chance ------------------------------------------------------------------------------------------

local function chance(probability) return random() < probability end
local function pick(list) return list[random(#list)] end

-- Around one, and around the lanes of a vector and the sizes of register tiles.
local SIZES = {1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 8, 9, 10, 11, 12, 13, 15, 16, 16, 17, 18, 20, 24, 31, 32, 33, 48, 65}
-- Mostly from the front of the list.
local function size(max)
  local value
  repeat value = SIZES[1 + math.floor(#SIZES * random() ^ 1.5)] until value <= (max or math.huge)
  return value
end

local function count(shape)
  local product = 1
  for _, dim in ipairs(shape) do product = product * dim end
  return product
end

---- Arguments: text for a value of each type, for an input x (or nil) --------------------------------

local draw_value

local function arguments_text(rows, x, changed)
  local parts = {}
  for _, row in ipairs(rows) do
    local name, given = row[1], changed and changed[row[1]]
    local omitted = (row.optional and chance(0.7)) or (row.default ~= nil and chance(0.6))
    omitted = omitted and row[2] ~= "axes" -- masks overlap along some
    if given == nil and row[2] ~= "unsupported" and not row.yields and not omitted then given = draw_value(row, x) end
    if name == "function" then name = '["function"]' end -- a word of Lua's
    if given then parts[#parts + 1] = name .. " = " .. given end
  end
  return "{" .. concat(parts, ", ") .. "}"
end

-- An object that is given by its name or made by a constructor.
local function draw_object(spec, x)
  local name = spec.name ~= spec.aliases[1] and spec.name -- otherwise it has no constructor
  if not name or (chance(0.4) and #spec.arguments == 0) then return format("%q", pick(spec.aliases)) end
  return name .. arguments_text(spec.arguments, x)
end

local function number_text(value) return format("%.4g", value) end

local function draw_number(row)
  local min, max = row.min or row.above, row.max or row.below
  if min and max then
    if row.min and chance(0.1) then return number_text(row.min) end
    return number_text(min + (max - min) * (0.02 + 0.96 * random()))
  end
  if min then return number_text(min + pick{0.1, 0.5, 1, 2} * (0.5 + random())) end
  if max then return number_text(max - pick{0.1, 0.5, 1, 2} * (0.5 + random())) end
  return number_text(4 * random() - 2)
end

local function draw_integer(row)
  local min = row.min or -2
  return tostring(random(min, math.min(row.max or math.huge, min + 7)))
end

local function pair_of(draw)
  if chance(0.5) then return tostring(draw()) end
  return format("{%d, %d}", draw(), draw())
end

local by_type = {
  any = function() return nil end,
  integer = draw_integer,
  number = draw_number,
  boolean = function() return tostring(chance(0.5)) end,
  pair = function(row) return pair_of(function() return (row.min or 0) + math.floor(4 * random() ^ 1.5) end) end,
  single = function(row) return tostring((row.min or 0) + math.floor(4 * random() ^ 1.5)) end,
  margins = function(row)
    local function side() return (row.min or 0) + random(0, 2) end
    if chance(0.6) then return pair_of(side) end
    return format("{{%d, %d}, {%d, %d}}", side(), side(), side(), side())
  end,
  range = function(row)
    if chance(0.5) then return draw_number(row) end
    return format("{%s, %s}", draw_number(row), draw_number(row))
  end,
  values = function(row)
    if chance(0.5) then return draw_number(row) end
    local numbers = {}
    for i = 1, random(1, 4) do numbers[i] = draw_number(row) end
    return "{" .. concat(numbers, ", ") .. "}"
  end,
  numbers = function(row)
    local numbers = {}
    for i = 1, row.count do numbers[i] = 2 * random() - 1 end
    table.sort(numbers)
    for i, number in ipairs(numbers) do numbers[i] = number_text(number) end
    return "{" .. concat(numbers, ", ") .. "}"
  end,
  shape = function(row)
    local dims = {}
    for i = 1, random(1, 3) do dims[i] = tostring(math.max(row.min or 1, size(9))) end
    return "{" .. concat(dims, ", ") .. "}"
  end,
}

-- Some arguments would hardly ever fit if they were drawn by type alone.
local function permutation(_, x)
  local axes = {}
  for i = 1, #x.shape do table.insert(axes, random(1, i), i) end
  return "{" .. concat(axes, ", ") .. "}"
end

local function factors(_, x)
  local left, dims = count(x.shape), {}
  for _ = 1, random(0, 3) do
    local divisors = {}
    for d = 1, math.min(left, 40) do
      if left % d == 0 then divisors[#divisors + 1] = d end
    end
    local d = pick(divisors)
    table.insert(dims, random(1, #dims + 1), d)
    left = left // d
  end
  table.insert(dims, random(1, #dims + 1), chance(0.2) and -1 or left)
  return "{" .. concat(dims, ", ") .. "}"
end

-- One step of a recurrence, and a layer of one.
local function draw_cell()
  return format("%s{%d}", pick{"SimpleRNNCell", "LSTMCell", "GRUCell"}, size(20))
end

local function draw_cells()
  local cells = {}
  for i = 1, random(1, 3) do cells[i] = draw_cell() end
  return "{" .. concat(cells, ", ") .. "}"
end

local function draw_recurrent()
  local sequences = tostring(chance(0.6))
  if chance(0.2) then return format("RNN{%s, return_sequences = %s}", draw_cell(), sequences) end
  return format("%s{%d, return_sequences = %s, activation = %q}", pick{"SimpleRNN", "LSTM", "GRU"}, size(20), sequences,
    pick{"tanh", "softsign", "relu"})
end

local function from(list)
  return function() return number_text(pick(list)) end
end

-- A script's own function is not drawn: of it only what becomes of it is known.
local function draw_rate()
  if chance(0.8) then return number_text(pick{1, 0.1, 0.01, 0.001}) end
  local schedule = pick(kinds.schedule)
  return schedule.name .. arguments_text(schedule.arguments)
end

-- Of an EinsumDense: sums over one axis or two, of which another may have kernels of its own; z is new.
local function draw_equation(_, x)
  local letters, kernel, result = {"b", "c", "d", "e", "f", "g"}, {}, {}
  for i = 1, #x.shape do
    local fate = i == #x.shape and #kernel == 0 and 1 or random()
    if fate > 0.5 then kernel[#kernel + 1] = letters[i] end
    if fate < 0.7 and not (i == #x.shape and #kernel == 0) then result[#result + 1] = letters[i] end
  end
  return format("%q", "a" .. concat(letters, "", 1, #x.shape) .. "," .. concat(kernel) .. "z->a" .. concat(result) .. "z")
end

local function draw_noise_shape(_, x)
  local dims = {"None"}
  for i, dim in ipairs(x.shape) do dims[i + 1] = pick{"1", "None", tostring(dim)} end
  return "{" .. concat(dims, ", ") .. "}"
end

local by_name = {
  equation = draw_equation,
  bias_axes = function() return '"z"' end,
  output_shape = function(row) return row[2] == "any" and not row.optional and tostring(size()) or nil end,
  noise_shape = draw_noise_shape,
  filters = function() return tostring(size()) end,
  units = function() return tostring(size()) end,
  input_dim = function(row) return not row.named_only and tostring(size() * pick{1, 1, 40}) or nil end, -- of Embedding
  output_dim = function() return tostring(size(40)) end,
  num_tokens = function() return tostring(size(40)) end,
  axis = function(row, x) -- a loss has no x
    if row[2] == "axes" then return pick{"{1}", "{-1}"} end
    return tostring((not x or chance(0.5)) and -1 or random(1, #x.shape))
  end,
  cell = function() return chance(0.7) and draw_cell() or draw_cells() end,
  cells = draw_cells,
  layer = draw_recurrent,
  backward_layer = function() return nil end,
  use_cudnn = function() return nil end,
  dims = permutation,
  target_shape = factors,
  input_shape = function() return nil end, -- there is an Input
  batch_input_shape = function() return nil end,
  name = function() return nil end,
  reduction = function() return format("%q", pick{"mean", "auto", "sum", "mean_with_sample_weight"}) end,
  ignore_class = function() return pick{"-1", "0", "1", "255"} end,
  trainable = function() return chance(0.2) and "false" or nil end,
  max_value = from{6, 6, 1},
  threshold = from{0},
  learning_rate = draw_rate,
  initial_learning_rate = from{1, 0.1, 0.01},
  boundaries = function() return "{0, 1}" end,
  values = function(row) return row[2] == "list" and "{0.1, 0.03, 0.01}" or nil end,
  alpha = from{1, 0.3, 1.7, 0}, -- below 0 it cannot be trained
  epsilon = from{1e-3, 1e-2, 1e-5}, -- 0 divides by the root of 0
  beta_2 = from{0.3, 0.5, 0.9, 0.99, 0.999}, -- near 0 the velocity is nothing but the rounding of what it was
  rho = from{0.5, 0.9, 0.99}, -- near 0 the variance of a centered RMSprop is nothing but rounding
  stddev = from{0.05, 0.5},
}

-- What TimeDistributed applies, and what Lambda does.
local draw_inner -- below
local FUNCTIONS = {
  "function(x) return 2 * x - 1 end", "function(x) return op.unary(x, \"tanh\") * x end", "softsign",
  "function(x) return ops.sin(3 * x) end", "function(x) return leaky_relu(x, 0.1) end", "sparsemax",
  "function(x) return TimeDistributed(LSTM(3))(op.reshape(x, {shape = {1, 1, -1}})) end",
  "function(x) return RNN{{GRUCell(4), LSTMCell(3)}, return_sequences = true}(x) end",
  "function(x) return gelu(x, {approximate = true}) end", "function(x) return threshold(x, 0.3, 0.2) end",
  "function(x) return Dense(3)(x) end", "function(x) return type(x) == \"table\" and x[1] * x[2] or 3 - x end",
}

local PENALTIES = {
  'function(w) return 0.01 * op.reduce(w * w, "sum") end', 'function(w) return 0.1 * op.unary(w, "tanh") * w end',
}

local SIMPLE_PENALTIES = {} -- others want a matrix
for _, spec in ipairs(kinds.regularizer) do
  if spec.penalty then table.insert(SIMPLE_PENALTIES, spec) end
end

local function draw_constraint(row)
  if chance(0.85) then return nil end
  if chance(0.1) then return "function(w) return op.unary(w, \"tanh\") end" end
  local spec = pick(kinds.constraint)
  local axes = string.find(row[1], "kernel") and {"0", "-1", "{0, 1}"} or {"0", "-1"}
  return spec.name .. arguments_text(spec.arguments, nil, {axis = pick(axes)})
end

function draw_value(row, x)
  if row[2] == "layer" then return draw_inner({shape = {table.unpack(x.shape, 2)}}) end
  if row[2] == "callable" then return pick(FUNCTIONS) end
  if row[2] == "regularizer" and chance(0.2) then return pick(PENALTIES) end
  if row[2] == "regularizer" then return draw_object(pick(SIMPLE_PENALTIES), x) end
  if row[2] == "constraint" then return draw_constraint(row) end
  local draw = by_name[row[1]] or by_type[row[2]]
  if draw then return draw(row, x) end
  if type(row[2]) == "table" then return format("%q", pick(row[2])) end
  if kinds[row[2]] then return draw_object(pick(kinds[row[2]]), x) end
  error(format("tests/fuzz/models/draw.lua cannot draw an argument of type %s (%s)", row[2], row[1]))
end

---- The script that grows ---------------------------------------------------------------------------

local script -- {statements =, tensors = {{name =, tensor =, used =}}, values = by name, chain =, budget =, largest =}

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
  return spec.name .. arguments_text(spec.rows, x, drawn_groups(spec, x))
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

function draw_inner(x)
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
local own_layer = beside("draw_ops.lua")(cnnc, describe, chance, pick, size, factors)

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

---- Training ----------------------------------------------------------------------------------------

local function has_argument(spec, name)
  for _, row in ipairs(spec.arguments) do
    if row[1] == name then return true end
  end
  return false
end

-- x, or what a layer of that name makes of it for a loss. A loss of logits or of probabilities gets them, but not always.
-- Returns the name, too, where there is that layer.
local function output_for(loss, text, x, name)
  if loss.scores and chance(0.7) then x = flat(x) end
  local probabilities = has_argument(loss, "from_logits") and not string.find(text, "from_logits = true", 1, true)
  local layer
  if probabilities and chance(0.85) then
    layer = format("Dense{%d, activation = \"%s\"}", size() + 1, pick{"softmax", "softmax", "sigmoid"})
  elseif loss.activation and chance(0.85) then
    layer = format("Dense{%d, activation = %q}", size() + 1, loss.activation)
  elseif loss.scores or not script.trains or x.is_input or chance(script.several and 0.6 or 0.3) then
    layer = format("Dense{%d}", size() + 1)
  end
  local made = layer and try(string.gsub(layer, "}$", format(", name = %q}", name)), {x})
  return made or x, made and name
end

-- Few points of a curve: with each of them every number of the output is compared, which takes long with 200.
local function metric_text(spec)
  if not has_argument(spec, "num_thresholds") then
    return spec.given and spec.name .. spec.given or format("%q", spec.aliases[1])
  end
  local given = spec.given and string.sub(spec.given, 1, -2) .. ", " or "{"
  return format("%s%snum_thresholds = %d}", spec.name, given, pick{2, 5, 12})
end

local function draw_metrics(loss)
  local metrics = {}
  for _, spec in ipairs(kinds.metric) do
    local fits = spec.classes == nil or spec.classes == (loss.classes == true)
    if fits and not has_argument(spec, "num_classes") and chance(0.15) then
      metrics[#metrics + 1] = metric_text(spec)
    end
  end
  return "{" .. concat(metrics, ", ") .. "}"
end

-- A loss for each of these tensors, or what is made of it, but not always where there are several:
-- {x =, loss = (or nil), text = (or nil)}.
local function draw_losses(outputs)
  local list, without = {}, #outputs > 1 and chance(0.15) and random(#outputs) or 0
  for i, x in ipairs(outputs) do
    local loss = pick(kinds.loss)
    if loss.label_shape then loss = kinds.loss[1] end -- CTC: hardly any labels that are drawn fit into the steps
    local text = draw_object(loss)
    if string.find(text, "ignore_class") then text = string.gsub(text, '"mean_with_sample_weight"', '"sum"') end
    list[i] = {x = x}
    if i ~= without then
      local of, name = output_for(loss, text, x, "goal_" .. i)
      list[i] = {x = of, loss = loss, text = text, name = name}
    end
  end
  return list
end

-- One text for one output; for several a list, or a table by names where they have some.
local function for_each(outputs, text_of)
  local texts, named, by_name = {}, {}, chance(0.5)
  for i, output in ipairs(outputs) do
    texts[i] = output.loss and text_of(output) or "None"
    by_name = by_name and (output.name or not output.loss)
    if output.loss then named[#named + 1] = format("%s = %s", output.name, texts[i]) end
  end
  if #outputs > 1 and by_name then return "{" .. concat(named, ", ") .. "}" end
  return #texts == 1 and texts[1] or "{" .. concat(texts, ", ") .. "}"
end

local function draw_loss_weight() return number_text(pick{0.3, 1, 2.5}) end

-- What all stages have alike in compile.
local function draw_goal(outputs)
  local function metrics() return for_each(outputs, function(output) return draw_metrics(output.loss) end) end
  local parts = {"loss = " .. for_each(outputs, function(output) return output.text end), "metrics = " .. metrics()}
  if chance(#outputs > 1 and 0.5 or 0.1) then
    local weights = for_each(outputs, draw_loss_weight)
    parts[#parts + 1] = "loss_weights = " .. weights
  end
  if chance(0.2) then parts[#parts + 1] = "weighted_metrics = " .. metrics() end
  return concat(parts, ", ")
end

-- Freezes layers of the finished model, but not all that are trained. Returns the lines that do so; `text`: the model's; `first`:
-- the index of the first layer behind the input.
local function freeze(text, first)
  local lines, of_model = {}, {}
  local layers = evaluate(text).layers
  for _, made in ipairs(layers) do of_model[made] = true end
  for i, made in ipairs(layers) do
    if made.trainable and not cnnc.is_model(made) and chance(0.4) then
      made.trainable = false
      if count_trained(of_model) == 0 then
        made.trainable = true
      elseif i > 1 then
        lines[#lines + 1] = format("model.layers[%d].trainable = false", i - 2 + first)
      end
    end
  end
  return lines
end

local function draw_optimizer()
  local optimizer, clips
  repeat
    optimizer = chance(0.3) and "SGD{learning_rate = 0.1}" or draw_object(pick(kinds.optimizer))
    clips = select(2, optimizer:gsub("clip", ""))
  until clips < 2
  return optimizer
end

-- What follows an epoch changes no step: it has to compile.
local CALLBACKS <const> = {
  'EarlyStopping{monitor = "loss", patience = 2}', 'ReduceLROnPlateau{monitor = "loss", factor = 0.5}',
  "LearningRateScheduler(function(epoch, rate) return rate / (1 + epoch) end)", "TerminateOnNaN()",
}

-- Where each sample has one class, or one row of labels.
local function draw_class_weight(outputs)
  local output = outputs[1]
  if #outputs > 1 or #output.x.shape > 1 or chance(0.7) then return "" end
  return format(", class_weight = {[0] = %s, [%d] = %s}", draw_loss_weight(), size(9), draw_loss_weight())
end

local function draw_fit(outputs)
  local callbacks = {}
  for _, callback in ipairs(CALLBACKS) do callbacks[#callbacks + 1] = chance(0.3) and callback or nil end
  return format("model:fit{epochs = %d, batch_size = %d, callbacks = {%s}%s}", random(1, 3), size(), concat(callbacks, ", "),
    draw_class_weight(outputs))
end

-- compile, and often fit; sometimes both again, with another optimizer for more layers or for fewer.
local function draw_training(text, first, outputs)
  local lines = {}
  local function add(list)
    for _, line in ipairs(list) do lines[#lines + 1] = line end
  end
  local goal, stages = draw_goal(outputs), chance(0.2) and random(2, 3) or 1
  local frozen = chance(stages > 1 and 0.7 or 0.15) and freeze(text, first) or {}
  add(frozen)
  for i = 1, stages do
    if i > 1 then
      add(#frozen > 0 and {"model.trainable = true"} or freeze(text, first))
      frozen = {}
    end
    add{format("model:compile{optimizer = %s, %s}", draw_optimizer(), goal)}
    if stages > 1 or chance(0.2) then add{draw_fit(outputs)} end
  end
  return lines
end

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
  script = {statements = {}, tensors = {}, values = {}, chain = true, budget = budget[1], largest = budget[2]}
  local predicts = chance(0.15)
  script.several = chance(predicts and 0.7 or 0.2)
  local inputs = {wide and draw_wide_input() or draw_input()}
  if script.several then
    for i = 2, random(2, 3) do inputs[i] = draw_input() end
  end
  if chance(0.1) then try("Rescaling" .. arguments_text({{"scale", "number"}, {"offset", "number", default = 0}}), {last()}) end
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
