-- arguments.lua: what a caller may write in the braces, and what is said when it is wrong.
--
-- A row describes one argument: {"strides", "pair", min = 1, default = 1}. Rows stand in Keras' order.
-- The second entry is a type below, or a list of the words that are allowed. A row without a default
-- must be given, unless it is optional or unsupported (a name of Keras that cnnc does not offer yet). The
-- unnamed values of a call are all one list if the first row is a shape, or says so with `gathers`. `doc` says in a few
-- words what the argument is.
--
-- parse() takes every form of call: Dropout(0.25), Dense{10, activation = "relu"},
-- Conv2D(8, {5, 5}, {padding = "same"}).

local cnnc = ...
local fail, object, fields = cnnc.fail, cnnc.object, cnnc.fields
local format, lower, sub, gsub, byte = string.format, string.lower, string.sub, string.gsub, string.byte
local concat, sort, unpack = table.concat, table.sort, table.unpack

local arguments = {}
cnnc.arguments = arguments

-- All that has a name in scripts, for `cnnc help`: {kind =, spec =}, a spec with name, doc, formula, example, arguments.
cnnc.catalogue = {}

function cnnc.describe(kind, spec)
  cnnc.catalogue[#cnnc.catalogue + 1] = {kind = kind, spec = spec}
end

-- No size in a network comes near this; it keeps every product of a few sizes within 64 bits.
local LARGEST = 1 << 24
local MAX_RANK <const> = cnnc.MAX_RANK
-- Unnamed values of one call: what a table claims to hold must be bounded.
local MOST_VALUES <const> = 1 << 16

---- Suggestions ---------------------------------------------------------------------------------

-- Levenshtein's distance, with a swap of neighbours as one step.
local function distance(a, b)
  local before, row = {}, {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local new = {[0] = i}
    for j = 1, #b do
      local cost = byte(a, i) == byte(b, j) and 0 or 1
      new[j] = math.min(row[j] + 1, new[j - 1] + 1, row[j - 1] + cost)
      if i > 1 and j > 1 and byte(a, i) == byte(b, j - 1) and byte(a, i - 1) == byte(b, j) then
        new[j] = math.min(new[j], before[j - 2] + 1)
      end
    end
    before, row = row, new
  end
  return row[#b]
end

arguments.distance = distance

-- The names of a table, in an order that does not change from run to run.
function arguments.sorted_names(set)
  local names = {}
  for name in pairs(set) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  sort(names)
  return names
end

-- The words of batch_norm or BatchNorm, in lower case.
local function words_of(name)
  local words = {}
  for word in string.gmatch(lower(gsub(name, "(%l)(%u)", "%1_%2")), "[^_]+") do words[#words + 1] = word end
  return words
end

-- More than any name that is near: one that has words beside those of the name comes behind them.
local LEFT_OUT <const> = 100

local function tolerance(word) return math.max(1, #word // 3) end

-- How far the names are apart, nil: too far. In names of as many words each word must be near: LayerNormalization is no
-- misspelt BatchNormalization.
local function apart(name, candidate)
  local a, b = words_of(name), words_of(candidate)
  local d = distance(lower(name), lower(candidate))
  if d > tolerance(name) then return nil end
  for i = 1, #a == #b and #a or 0 do
    if distance(a[i], b[i]) > tolerance(a[i]) then return nil end
  end
  return d
end

-- Does the candidate have all words of the name? Then some were left out: sparse_crossentropy.
local function has_words(name, candidate)
  local own, has = words_of(name), {}
  for _, word in ipairs(words_of(candidate)) do has[word] = true end
  for _, word in ipairs(own) do
    if not has[word] then return false end
  end
  return #own > 1
end

local function has_capital(name) return string.find(name, "%u") ~= nil end

-- The nearest of `names`, a list; nil: none is near.
function arguments.nearest(name, names)
  if #name > 64 then return nil end
  local best, nearest = math.huge, nil
  for _, candidate in ipairs(names) do
    -- The case of letters decides between names that are equally near without it, and first whether there are capitals.
    local d = apart(name, candidate) or (has_words(name, candidate) and LEFT_OUT) or nil
    if d and has_capital(name) ~= has_capital(candidate) then d = d + 0.5 end
    if d and d < best then d = d + distance(name, candidate) / 1000 end
    if d and d < best then best, nearest = d, candidate end
  end
  return nearest
end

-- "did you mean 'filters'?", or nil when nothing is near. `names` is a list.
function arguments.suggest(name, names)
  local nearest = arguments.nearest(name, names)
  return nearest and format("did you mean '%s'?", nearest)
end

local function joined(list, more)
  return table.move(more, 1, #more, #list + 1, table.move(list, 1, #list, 1, {}))
end

-- What Keras has of this name, or of one that is nearer than any of `names`; nil: nothing. `kind` as in keras.lua.
function arguments.of_keras(name, names, kind)
  local exact = cnnc.keras.find(name, kind)
  if exact then return exact end
  local nearest = arguments.nearest(name, joined(names, cnnc.keras.names(kind)))
  return nearest and cnnc.keras.named(nearest, kind)
end

local function list(names)
  if #names > 24 then return concat(names, ", ", 1, 24) .. ", ..." end
  return concat(names, ", ")
end

-- A hint for a name that is not among `names`.
function arguments.hint(name, names)
  return arguments.suggest(name, names) or (#names > 0 and "known are: " .. list(names) or nil)
end

-- What arguments of Keras were called before, or are elsewhere.
local FORMER <const> = {
  lr = "learning_rate", nb_epoch = "epochs", num_epochs = "epochs", nb_filter = "filters",
  out_channels = "filters", kernel = "kernel_size", stride = "strides", subsample = "strides", border_mode = "padding",
  pool = "pool_size", p = "rate", init = "kernel_initializer", bias = "use_bias", input = "inputs", output = "outputs",
  objective = "loss", metric = "metrics", callback = "callbacks", out_features = "units",
}

-- A hint for an argument that is not among `names`.
function arguments.argument_hint(name, names)
  local now = FORMER[name]
  for _, known in ipairs(names) do
    if known == now then return format("it is called %s: %s = ...", now, now) end
  end
  return arguments.hint(name, names)
end

---- Showing values --------------------------------------------------------------------------------

-- A list that a script is given. It may be counted from its end, as in Python; nothing in it is nil in silence.
local list_metatable = {__name = "list"}

function list_metatable.__call()
  fail("a list cannot be called, nor gone through by itself", {hint = "for _, layer in ipairs(model.layers) do ... end"})
end

function list_metatable.__index(list, key)
  if math.type(key) ~= "integer" or key > 0 or #list == 0 then return nil end
  if key == 0 then fail("lists are counted from 1, not from 0", {hint = "the first is list[1], the last list[-1]"}) end
  if key < -#list then fail(format("the list has %d entries, and so none with the index %d", #list, key)) end
  return rawget(list, #list + 1 + key)
end

function cnnc.list(list) return setmetatable(list, list_metatable) end

local function is_plain_table(value)
  if type(value) ~= "table" then return false end
  local metatable = getmetatable(value)
  return metatable == nil or metatable == list_metatable
end
arguments.is_plain_table = is_plain_table

-- Is it a list and no more: are its keys 1, 2, ... without a gap, and no names?
local function is_list(value)
  if not is_plain_table(value) then return false end
  local count = 0
  for key in pairs(value) do
    if math.type(key) ~= "integer" or key < 1 or key > #value then return false end
    count = count + 1
  end
  return count == #value
end
arguments.is_list = is_list

local function article(noun)
  return (string.find(noun, "^[aeiou]") and "an " or "a ") .. noun
end
cnnc.article = article

-- A value as the user may have written it, short enough for a message.
local function show(value, depth)
  depth = depth or 0
  if type(value) == "string" then
    if #value > 40 then value = sub(value, 1, 40) .. "..." end
    return '"' .. gsub(value, "\n", "\\n") .. '"'
  elseif is_plain_table(value) and depth < 2 then
    local parts = {}
    for i = 1, math.min(#value, 8) do parts[i] = show(value[i], depth + 1) end
    if #value > 8 then parts[9] = "..." end
    for _, name in ipairs(arguments.sorted_names(value)) do
      if #parts > 8 then break end
      parts[#parts + 1] = name .. " = " .. show(value[name], depth + 1)
    end
    return "{" .. concat(parts, ", ") .. "}"
  elseif type(value) == "number" or value == nil or type(value) == "boolean" then
    return tostring(value)
  elseif cnnc.is_tensor(value) then
    return "a tensor"
  elseif cnnc.word_of(value) then
    return cnnc.word_of(value)
  elseif type(value) == "table" then
    return value == cnnc.exports.None and "None" or "{...}"
  end
  return "a " .. type(value)
end
arguments.show = show

---- Types -----------------------------------------------------------------------------------------

-- check(value, row, owner) returns the value in its one normal form, or nil;
-- expects(row, value) says what would have been right instead of this value (nil: none was given);
-- takes_list: a list can be one value.
local types = {}
arguments.types = types

local function range(row)
  local parts = {}
  if row.min then parts[#parts + 1] = format("of at least %s", row.min) end
  if row.above then parts[#parts + 1] = format("above %s", row.above) end
  if row.max then parts[#parts + 1] = format(row.min and "at most %s" or "of at most %s", row.max) end
  if row.below then parts[#parts + 1] = format("below %s", row.below) end
  return #parts > 0 and " " .. concat(parts, " and ") or ""
end

local function in_range(value, row)
  return not (row.min and value < row.min) and not (row.max and value > row.max)
    and not (row.above and value <= row.above) and not (row.below and value >= row.below)
end

local function whole(value, row)
  local integer = type(value) == "number" and math.tointeger(value)
  if integer and integer <= LARGEST and integer >= -LARGEST and in_range(integer, row) then return integer end
end

-- The lowest and the highest number in a value, which may be a list of lists; 0, 0 without any.
local function extremes(value, depth)
  if type(value) == "number" then return math.min(value, 0), math.max(value, 0) end
  local lowest, highest = 0, 0
  if not is_plain_table(value) or depth > 2 then return lowest, highest end
  for _, entry in ipairs(value) do
    local low, high = extremes(entry, depth + 1)
    lowest, highest = math.min(lowest, low), math.max(highest, high)
  end
  return lowest, highest
end

-- The range of whole numbers. That none may be beyond LARGEST is said of those that are.
local function whole_range(row, value)
  local lowest, highest = extremes(value, 1)
  local min, max = row.min, row.max
  if lowest < -LARGEST then min = math.max(min or -LARGEST, -LARGEST) end
  if highest > LARGEST then max = math.min(max or LARGEST, LARGEST) end
  return range{min = min, above = row.above, max = max, below = row.below}
end

types.integer = {
  check = whole,
  expects = function(row, value) return "an integer" .. whole_range(row, value) end,
}

-- Beyond this a constant of the C, which is a float, would be infinite.
local FLOAT_MAX <const> = 0x1.fffffep127

types.number = {
  check = function(value, row)
    if type(value) == "number" and value >= -FLOAT_MAX and value <= FLOAT_MAX and in_range(value, row) then
      return value + 0.0
    end
  end,
  expects = function(row, value)
    local finite = type(value) == "number" and value > -math.huge and value < math.huge
    local too_large = finite and (value > FLOAT_MAX or value < -FLOAT_MAX)
    return (too_large and "a number that float can hold" or "a number") .. range(row)
  end,
}

types.boolean = {
  check = function(value) if type(value) == "boolean" then return value end end,
  expects = function() return "true or false" end,
}

types.string = {
  check = function(value) if type(value) == "string" then return value end end,
  expects = function() return "a string" end,
}

types["function"] = {
  check = function(value) if type(value) == "function" then return value end end,
  expects = function() return "a function" end,
}

types.any = {
  check = function(value) return value end,
  expects = function() return "a value" end,
}

local function integers(value, row, least, max)
  if not is_list(value) or #value < least or #value > max then return nil end
  local result = {}
  for i, entry in ipairs(value) do
    result[i] = whole(entry, row)
    if not result[i] then return nil end
  end
  return result
end

types.pair = {
  takes_list = true,
  check = function(value, row)
    local both = whole(value, row)
    if both then return {both, both} end
    return integers(value, row, 2, 2)
  end,
  expects = function(row, value) return "an integer or a pair of integers" .. whole_range(row, value) end,
}

-- A size along the only axis that there is: a number, or a list of one, as Keras takes it, too.
types.single = {
  check = function(value, row)
    local list = integers(value, row, 1, 1)
    return whole(value, row) or list and list[1]
  end,
  expects = function(row, value) return "an integer" .. whole_range(row, value) end,
}

-- Margins of an image: one number, {rows, columns}, or {{top, bottom}, {left, right}}.
types.margins = {
  takes_list = true,
  check = function(value, row)
    local all = whole(value, row)
    if all then return {all, all, all, all} end
    local pair = integers(value, row, 2, 2)
    if pair then return {pair[1], pair[1], pair[2], pair[2]} end
    if not is_plain_table(value) or #value ~= 2 then return nil end
    local rows, columns = types.pair.check(value[1], row), types.pair.check(value[2], row)
    return rows and columns and {rows[1], rows[2], columns[1], columns[2]}
  end,
  expects = function(row, value)
    return "an integer, {rows, columns} or {{top, bottom}, {left, right}}" .. whole_range(row, value)
  end,
}

-- The range that a random factor is drawn from: its two ends, or one number for -number and number.
types.range = {
  takes_list = true,
  check = function(value, row)
    local number = types.number.check(value, row)
    if number then return {0 - math.abs(number), math.abs(number)} end
    local ends = is_plain_table(value) and #value == 2 and value or {}
    local a, b = types.number.check(ends[1], row), types.number.check(ends[2], row)
    return a and b and {math.min(a, b), math.max(a, b)} or nil
  end,
  expects = function(row) return "a number or a pair of numbers" .. range(row) end,
}

-- `count` numbers, in ascending order.
types.numbers = {
  check = function(value, row)
    local result = {}
    for i = 1, is_plain_table(value) and #value == row.count and row.count or 0 do
      result[i] = types.number.check(value[i], row)
      if not result[i] or i > 1 and result[i] < result[i - 1] then return nil end
    end
    return #result == row.count and result or nil
  end,
  expects = function(row) return format("a list of %d numbers, the least first", row.count) end,
}

-- One number for all, or a list of them.
types.values = {
  takes_list = true,
  check = function(value, row)
    local list, result = is_plain_table(value) and value or {value}, {}
    if not is_list(list) or #list > MOST_VALUES then return nil end
    for i = 1, #list do
      result[i] = types.number.check(list[i], row)
      if not result[i] then return nil end
    end
    return #result > 0 and result or nil
  end,
  expects = function(row) return "a number or a list of numbers" .. range(row) end,
}

-- In the shape of an input None, or nil, is a length that the command line gives; in a checked shape that is -1.
local NONE = setmetatable({}, {__name = "None", __tostring = function() return "None" end, __newindex = function() end})
cnnc.exports.None = NONE

-- The same list with -1 in the place of None; nil: it has -1 already.
local function closed_list(value)
  local list, last = {}, 0
  if not is_plain_table(value) then return value end
  for key, entry in pairs(value) do
    if math.type(key) ~= "integer" or key < 1 or key > MAX_RANK + 1 then return value end
    last = math.max(last, key)
    list[key] = entry ~= NONE and entry or -1
    if entry == -1 then return nil end
  end
  for i = 1, last do list[i] = list[i] or -1 end
  return list
end

local function open_shape(value, row)
  local least = row.min or 1
  local list = integers(closed_list(value), {min = -1, max = row.max}, 1, MAX_RANK)
  for _, size in ipairs(list or {}) do
    if size ~= -1 and size < least then return nil end
  end
  return list
end

types.shape = {
  check = function(value, row)
    if row.open then return open_shape(value, row) end
    return integers(value, row, 1, MAX_RANK)
  end,
  expects = function(row, value)
    return format("a list of 1 to %d integers%s, without the batch axis", MAX_RANK, whole_range(row, value))
  end,
}

-- A shape as Keras has it where the batch is counted, too: what stands for that, nothing or any number, is left out.
types.batch_shape = {
  check = function(value, row)
    if not is_plain_table(value) then return nil end
    local shape, last = {}, 0
    for i in pairs(value) do last = math.max(last, math.type(i) == "integer" and i or 0) end
    for i = 2, math.min(last, MAX_RANK + 1) do shape[i - 1] = value[i] end
    return types.shape.check(shape, {min = row.min or 1, open = true})
  end,
  expects = function() return format("a list of nil, for the batch, and 1 to %d integers", MAX_RANK) end,
}

-- What an object keeps of a script's table is a copy, in which the script has no hand.
local function copy_of(value)
  local copy = table.move(value, 1, #value, 1, {})
  for key, entry in pairs(value) do copy[key] = entry end
  return copy
end

types.list = {
  check = function(value)
    if not is_plain_table(value) then return {value} end
    return is_list(value) and copy_of(value) or nil
  end,
  expects = function(_, value)
    return is_plain_table(value) and "a list, without names and without gaps" or "a list"
  end,
}

-- Axes as Keras counts them. A row with `may_be_empty` takes {}, too.
types.axes = {
  takes_list = true,
  check = function(value, row)
    local list = math.type(value) == "integer" and {value} or value
    if not is_list(list) or #list == 0 and not row.may_be_empty or #list > MAX_RANK + 1 then return nil end
    for i = 1, #list do
      if math.type(list[i]) ~= "integer" then return nil end
    end
    return copy_of(list)
  end,
  expects = function() return "an integer or a list of integers" end,
}

-- Names reach the generated C, and the weights file as "name/kernel".
types.name = {
  check = function(value)
    if type(value) == "string" and #value <= 48 and string.find(value, "^[A-Za-z_][A-Za-z0-9_]*$") then
      return value
    end
  end,
  expects = function() return "a name of at most 48 letters, digits and underscores, no digit first" end,
}

local function choice(words)
  return {
    check = function(value)
      for _, word in ipairs(words) do
        if value == word then return value end
      end
    end,
    expects = function()
      local quoted = {}
      for i, word in ipairs(words) do quoted[i] = type(word) == "string" and '"' .. word .. '"' or tostring(word) end
      return concat(quoted, " or ")
    end,
    words = words,
  }
end

local function row_type(row)
  if type(row[2]) == "table" then return choice(row[2]) end
  return types[row[2]]
end

arguments.type_of = row_type

local function find_row(rows, name)
  for _, row in ipairs(rows) do
    if row[1] == name then return row end
  end
end

---- Things that are given by name or made by a constructor ------------------------------------------

-- Words that name such things are values, too, which stand for their text: loss = categorical_crossentropy, relu(x).
local word_metatable = {__name = "word"}

function word_metatable.__tostring(word) return fields[word].text end

function word_metatable.__index(word, key)
  fail(format("%s has no field '%s'", fields[word].text, tostring(key)))
end

function word_metatable.__newindex(word)
  fail(format("%s cannot be changed", fields[word].text))
end

word_metatable.__call = cnnc.entry(function(word, ...)
  local text = fields[word].text
  if not cnnc.is_activation(text) then
    fail(format("%s cannot be called in a script, which only describes the network", text),
      {hint = format("it is given to model:compile: \"%s\"", text)})
  end
  return cnnc.apply_activation(text, ...)
end)

-- The text of such a value; nil: it is none.
function cnnc.word_of(value)
  return getmetatable(value) == word_metatable and fields[value].text or nil
end

local function define_word(text)
  if cnnc.exports[text] == nil then cnnc.exports[text] = object(word_metatable, {text = text}) end
end

-- Kinds whose lower-case names Keras has as functions: "word", and as functions that make one: "constructor".
local LOWER_CASE <const> = {activation = "word", loss = "word", metric = "word", initializer = "constructor"}

-- Opens a kind of object, "optimizer" say, as a type of argument; returns the function that defines
-- one: define{name = "Adam", aliases = {"adam"}, arguments = {...}, ...}. The object that reaches the
-- code has the parsed arguments as fields; `spec` is among its cnnc.fields. It can be called if its spec has `apply`.
-- Constructors go to cnnc.exports. The second result makes an object of a spec without a name; the third says what functions
-- of the script's are, which become objects with the field `function`.
function arguments.kind(kind)
  local by_name, words = {}, {}
  local of_functions -- the spec of those that are functions of the script's; nil: none can be
  local metatable = {__name = kind}

  function metatable.__call(self, ...)
    local spec = fields[self].spec
    if not spec.apply then fail(format("%s cannot be called", article(kind))) end
    if spec.arguments and #spec.arguments > 0 then return spec.apply(..., self) end
    return spec.apply(...)
  end

  function metatable.__index(self, key)
    local value = fields[self][key]
    if is_plain_table(value) then return key ~= "spec" and copy_of(value) or nil end
    return value
  end

  function metatable.__newindex(self, key, value)
    local own = fields[self]
    local owner, row = own.spec.name or kind, find_row(own.spec.arguments or {}, key)
    if not row then fail(format("%s has no argument '%s'", owner, tostring(key))) end
    own[key] = arguments.parse(owner, {row}, {[key] = value})[key]
  end

  local function make(spec, values)
    values.spec = spec
    return object(metatable, values)
  end

  local function lookup(word, owner)
    local spec = by_name[word]
    if spec then return make(spec, arguments.parse(spec.name, spec.arguments)) end
    local names = arguments.sorted_names(by_name)
    local of_keras = arguments.of_keras(word, names, kind)
    if of_keras then
      local message, hint = cnnc.keras.explain(of_keras)
      fail(format("%s: %s", owner, message), {hint = hint})
    end
    fail(format("%s: unknown %s %s", owner, kind, show(word)),
      {hint = arguments.suggest(word, names) or "known are: " .. list(words)})
  end

  types[kind] = {
    check = function(value, _, owner)
      value = cnnc.word_of(value) or value
      if type(value) == "string" then return lookup(value, owner) end
      if getmetatable(value) == metatable then return value end
      if type(value) ~= "function" then return nil end
      if cnnc.constructors[value] == kind then return value() end
      if of_functions then return make(of_functions, {["function"] = value}) end
    end,
    expects = function()
      return format("the name of %s%s such an object", article(kind), of_functions and ", a function, or" or " or")
    end,
    knows = function(word) return by_name[word] ~= nil end,
  }

  local function define(spec)
    spec.arguments = spec.arguments or {}
    words[#words + 1] = spec.aliases[1]
    for _, alias in ipairs(spec.aliases) do by_name[alias] = spec end
    cnnc.describe(kind, spec)
    for _, alias in ipairs(LOWER_CASE[kind] == "word" and spec.aliases or {}) do define_word(alias) end
    if not spec.name then
      spec.name = spec.aliases[1]
      return
    end
    by_name[spec.name] = spec
    local constructor = cnnc.entry(function(...)
      return make(spec, arguments.parse(spec.name, spec.arguments, ...))
    end)
    cnnc.constructors[constructor] = kind
    cnnc.exports[spec.name] = constructor
    for _, alias in ipairs(LOWER_CASE[kind] == "constructor" and spec.aliases or {}) do cnnc.exports[alias] = constructor end
  end

  return define, make, function(spec)
    spec.name, spec.arguments, of_functions = kind, {{"function", "function"}}, spec
  end
end

---- Parsing ---------------------------------------------------------------------------------------

-- Splits a call into unnamed values (with their count, for nil may be among them) and named ones.
local function split(...)
  local values, count, named = {...}, select("#", ...), {}
  local last = values[count]
  if count == 0 or not is_plain_table(last) then return values, count, named end
  local has_names = #arguments.sorted_names(last) > 0
  if not has_names and count > 1 then return values, count, named end
  count = count - 1
  local max = 0
  for key, value in pairs(last) do
    if type(key) == "string" then
      named[key] = value
    elseif math.type(key) == "integer" and key > MOST_VALUES then
      fail(format("a call takes at most %d values without a name", MOST_VALUES))
    elseif math.type(key) == "integer" and key >= 1 then
      max = math.max(max, key)
    else
      fail(format("%s cannot be the name of an argument", show(key)))
    end
  end
  for i = 1, max do values[count + i] = last[i] end
  if max == 0 then values[count + 1] = nil end
  return values, count + max, named
end

local function argument_names(rows)
  local names = {}
  for _, row in ipairs(rows) do
    if row[2] ~= "unsupported" then names[#names + 1] = row[1] end
  end
  return names
end

-- `hint`: what to say of a value that is wrong, if it is known.
local function check(owner, row, value, hint)
  if row[2] == "unsupported" then
    fail(format("%s: %s is not supported by this version of cnnc", owner, row[1]), {hint = row.instead})
  end
  local kind = row_type(row)
  local result = kind.check(value, row, owner)
  if result == nil then
    hint = hint or row.hint or kind.words and type(value) == "string" and arguments.suggest(value, kind.words) or nil
    if cnnc.is_tensor(value) then
      hint = format("%s{...} makes a layer; call the layer on the tensor: %s{...}(x)", owner, owner)
    end
    fail(format("%s: %s must be %s, not %s", owner, row[1], kind.expects(row, value), show(value)), {hint = hint})
  end
  return result
end

-- Input{28, 28, 1}: the unnamed integers are one shape. Sequential{a, b}: the layers are one list.
local function gather(rows, values, count)
  local first = rows[1]
  if count == 0 or is_plain_table(values[1]) or not (first and (first[2] == "shape" or first.gathers)) then
    return values, count
  end
  return {{unpack(values, 1, count)}}, 1
end

local function unnamed_rows(rows)
  local result = {}
  for _, row in ipairs(rows) do
    if not row.named_only then result[#result + 1] = row end
  end
  return result
end

local function too_many(owner, rows, count, hint)
  if #rows == 0 then fail(format("%s takes no unnamed values", owner)) end
  fail(format("%s takes at most %d unnamed value%s, not %d", owner, #rows, #rows == 1 and "" or "s", count),
    {hint = hint or "in order they are: " .. list(argument_names(rows))})
end

-- Does the first of such arguments take a list as one value?
function arguments.begins_with_list(rows)
  local first = unnamed_rows(rows)[1]
  local kind = first and row_type(first)
  return kind and kind.takes_list and not first.gathers and first or nil
end

-- MaxPooling2D({3, 2}) is for Lua what MaxPooling2D{3, 2} is: values in order. Returns how the list is written that may be
-- meant; nil: none can be.
local function as_list(owner, rows, ...)
  local only, first = ..., arguments.begins_with_list(rows)
  if select("#", ...) ~= 1 or not first or not is_list(only) or #only < 2 then return nil end
  if not row_type(first).check(only, first, owner) then return nil end
  return format("a list for %s is written %s{{%s}}", first[1], owner, sub(show(only), 2, -2))
end

-- Where both would do, which is meant is said. A pool of {2, 2} is the same either way, a range begins with its lower end, and
-- Rescaling{2, 1} is a scale and an offset to everybody.
local function warn_of_list(owner, order, values, hint)
  local second, kind = order[2], row_type(order[1])
  if kind == types.values then return end
  if kind == types.pair and values[1] == values[2] and second.default == nil then return end
  if kind == types.range and values[1] >= values[2] then return end
  cnnc.warn(format("%s{%s, %s} is %s = %s and %s = %s", owner, show(values[1]), show(values[2]), order[1][1], show(values[1]),
    second[1], show(values[2])), {hint = hint .. format("; %s(%s, %s) says what this does without doubt", owner,
    show(values[1]), show(values[2]))})
end

-- Returns a table of the arguments by name, each checked and in its normal form. `owner` is the name
-- that messages start with; `rows` describes the arguments; the rest is what the user wrote. As in Keras, None stands for
-- one that is not given, if there is nothing else that it could mean.
function arguments.parse(owner, rows, ...)
  local values, count, named = split(...)
  values, count = gather(rows, values, count)
  local order, hint = unnamed_rows(rows), as_list(owner, rows, ...)
  if count > #order then too_many(owner, order, count, hint) end

  local given = {}
  for i = 1, count do
    if values[i] ~= nil then given[order[i][1]] = values[i] end
  end
  for _, name in ipairs(arguments.sorted_names(named)) do
    if not find_row(rows, name) then
      fail(format("%s has no argument '%s'", owner, name), {hint = arguments.argument_hint(name, argument_names(rows))})
    end
    if given[name] ~= nil then fail(format("%s: %s is given twice", owner, name)) end
    given[name] = named[name]
  end

  local result = {}
  for _, row in ipairs(rows) do
    local value = given[row[1]]
    if value == cnnc.exports.None and (row.optional or row[2] == "unsupported") then value = nil end
    if value == nil then value = row.default end
    if value ~= nil then
      result[row[1]] = check(owner, row, value, hint)
    elseif row.default == nil and not row.optional and row[2] ~= "unsupported" then
      fail(format("%s needs %s: %s", owner, row[1], row_type(row).expects(row)), {hint = row.hint})
    end
  end
  if hint then warn_of_list(owner, order, values, hint) end
  return result
end

-- What the types read of a row, as they expect it.
local function check_row_type(owner, row)
  for _, bound in ipairs{"min", "max", "above", "below"} do
    if row[bound] ~= nil and type(row[bound]) ~= "number" then
      fail(format("%s: argument %s has a %s that is no number, but %s", owner, row[1], bound, show(row[bound])))
    end
  end
  for _, word in ipairs(type(row[2]) == "table" and row[2] or {}) do
    if type(word) ~= "string" then
      fail(format("%s: argument %s is one of several words, but %s is none", owner, row[1], show(word)))
    end
  end
end

-- Checks the rows that a user's own layer declares. Returns a copy, which the script has no hand in.
function arguments.check_rows(owner, rows)
  local copies = {}
  for i, row in ipairs(rows) do
    if not is_plain_table(row) or type(row[1]) ~= "string" then
      fail(format('%s: argument %d must be described as {"name", "type", default = ...}, not %s',
        owner, i, show(row)))
    end
    if not types.name.check(row[1]) then
      fail(format("%s: %s cannot be the name of an argument, which is %s", owner, show(row[1]), types.name.expects()))
    end
    if not row_type(row) and row[2] ~= "unsupported" then
      fail(format("%s: argument %s has the unknown type %s", owner, row[1], show(row[2])),
        {hint = arguments.hint(tostring(row[2]), arguments.sorted_names(types))})
    end
    check_row_type(owner, row)
    copies[i] = copy_of(row)
    if type(row[2]) == "table" then copies[i][2] = copy_of(row[2]) end
  end
  return copies
end
