-- draw_arguments.lua: draws what stands in the braces of a call, by the types of arguments. Returns a table of functions.
--
--   kinds   the descriptions of activations, losses, ..., as draw.lua heard them
local kinds = ...
local format, concat = string.format, table.concat
local random = math.random

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
local draw = {} -- what this file returns; draw.inner(x), the text of a layer that stands inside of another, draw.lua sets

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

local function pair_of(draw_one)
  if chance(0.5) then return tostring(draw_one()) end
  return format("{%d, %d}", draw_one(), draw_one())
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

-- The script's own, of which steps.c works out the text between "return" and "end".
local RATES <const> = {"0.1 * 0.5^(step // 2)", "0.05 / (1 + step)", "0.01 * (1 + step % 2)", "0.2 * (1 + step)^-0.5",
                       "0.03 - step / 200"}

local function draw_rate()
  if chance(0.7) then return number_text(pick{1, 0.1, 0.01, 0.001}) end
  if chance(0.3) then return format("function(step) return %s end", pick(RATES)) end
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
  if row[2] == "layer" then return draw.inner({shape = {table.unpack(x.shape, 2)}}) end
  if row[2] == "callable" then return pick(FUNCTIONS) end
  if row[2] == "regularizer" and chance(0.2) then return pick(PENALTIES) end
  if row[2] == "regularizer" then return draw_object(pick(SIMPLE_PENALTIES), x) end
  if row[2] == "constraint" then return draw_constraint(row) end
  local known = by_name[row[1]] or by_type[row[2]]
  if known then return known(row, x) end
  if type(row[2]) == "table" then return format("%q", pick(row[2])) end
  if kinds[row[2]] then return draw_object(pick(kinds[row[2]]), x) end
  error(format("tests/fuzz/models/draw_arguments.lua cannot draw an argument of type %s (%s)", row[2], row[1]))
end

draw.chance, draw.pick, draw.size, draw.count, draw.number = chance, pick, size, count, number_text
draw.arguments, draw.object, draw.factors = arguments_text, draw_object, factors
return draw
