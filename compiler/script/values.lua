-- values.lua: lists and words as a script holds them, and how messages show its values.

local cnnc = ...
local fail, object, fields = cnnc.fail, cnnc.object, cnnc.fields
local format, sub, gsub, concat = string.format, string.sub, string.gsub, table.concat

local arguments = {}
cnnc.arguments = arguments

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

-- Such a list whose changes would change nothing: that of a model's layers.
local fixed_metatable = {__name = "list", __call = list_metatable.__call}

function fixed_metatable.__index(list, key) return fields[list][key] end

function fixed_metatable.__len(list) return #fields[list] end

function fixed_metatable.__pairs(list) return next, fields[list] end

function fixed_metatable.__newindex()
  fail("this list of layers tells what the model has, and cannot be changed",
    {hint = "model:add(layer) and model:pop() change a Sequential; Model{inputs = ..., outputs = ...} is made of some of "
      .. "another's layers"})
end

function cnnc.fixed_list(list) return object(fixed_metatable, cnnc.list(list)) end

-- The table that has the entries of such a list, or of any other.
function cnnc.entries_of(t) return getmetatable(t) == fixed_metatable and fields[t] or t end

local PLAIN <const> = {[list_metatable] = true, [fixed_metatable] = true}

local function is_plain_table(value)
  if type(value) ~= "table" then return false end
  local metatable = getmetatable(value)
  return metatable == nil or PLAIN[metatable] == true
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

-- The names of a table, in an order that does not change from run to run.
function arguments.sorted_names(set)
  local names = {}
  for name in pairs(set) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- What an object keeps of a script's table is a copy, in which the script has no hand.
function arguments.copy_of(value)
  local copy = table.move(value, 1, #value, 1, {})
  for key, entry in pairs(value) do copy[key] = entry end
  return copy
end

-- Words that name losses, activations and the like are values, too, which stand for their text:
-- loss = categorical_crossentropy, relu(x).
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
  if cnnc.loss_functions[text] then return cnnc.loss_functions[text](...) end
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

function cnnc.define_word(text)
  if cnnc.exports[text] == nil then cnnc.exports[text] = object(word_metatable, {text = text}) end
end

-- The whole numbers that a table has as keys beside those of a list, [0] say, in their order.
local function other_numbers(value)
  local numbers = {}
  for key in pairs(value) do
    if math.type(key) == "integer" and (key < 1 or key > #value) then numbers[#numbers + 1] = key end
  end
  table.sort(numbers)
  return numbers
end

-- A value as the user may have written it, short enough for a message.
local function show(value, depth)
  depth = depth or 0
  if type(value) == "string" then
    if #value > 40 then value = sub(value, 1, 40) .. "..." end
    return '"' .. gsub(value, "\n", "\\n") .. '"'
  elseif is_plain_table(value) and depth < 2 then
    local parts = {}
    for _, number in ipairs(other_numbers(value)) do
      if #parts > 8 then break end
      parts[#parts + 1] = format("[%d] = %s", number, show(value[number], depth + 1))
    end
    for i = 1, math.min(#value, 8) do parts[#parts + 1] = show(value[i], depth + 1) end
    if #value > 8 then parts[#parts + 1] = "..." end
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
