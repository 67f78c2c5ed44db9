-- outputs.lua: what model:compile says of each output of a model: its loss, the weight of that, and its metrics.
--
-- A script gives them as one thing for all outputs, as a list in the order of the outputs, or as a table by their names. When
-- compile is called nobody knows which outputs there are, so that what is parsed there is {[number or name] =}, [0] for all, and
-- is dealt out at the script's end.

local cnnc = ...
local fail, arguments = cnnc.fail, cnnc.arguments
local format, concat = string.format, table.concat

-- The keys of a list or a table by names, in an order that is always the same: numbers first.
local function keys_of(given)
  local keys = {}
  for key in pairs(given) do
    if type(key) == "string" or math.type(key) == "integer" and key > 0 then keys[#keys + 1] = key end
  end
  table.sort(keys, function(a, b)
    if type(a) ~= type(b) then return type(a) == "number" end
    return a < b
  end)
  return keys
end

local None = cnnc.exports.None

-- How many entries lists had, None among them, by what became of them; of tables by names nothing.
local lengths = setmetatable({}, {__mode = "k"})

-- Of each entry what `check` makes of it; nil if it makes nothing of one.
local function each(given, check)
  local result, keys, count = {}, keys_of(given), 0
  for _ in pairs(given) do count = count + 1 end
  if count ~= #keys then return nil end
  for _, key in ipairs(keys) do
    if given[key] ~= None then
      result[key] = check(given[key])
      if result[key] == nil then return nil end
    end
  end
  lengths[result] = math.type(keys[#keys]) == "integer" and keys[#keys] or nil -- names come last
  return next(result) ~= nil and result or nil
end

local loss, number = arguments.types.loss, arguments.types.number

arguments.types.losses = {
  check = function(value, row, owner)
    local function one(given)
      local chosen = loss.check(given, row, owner)
      return chosen and cnnc.check_reduction(chosen)
    end
    if arguments.is_plain_table(value) then return each(value, one) end
    local chosen = one(value)
    return chosen and {[0] = chosen}
  end,
  expects = function(...) return loss.expects(...) .. ", or one for each output" end,
}

arguments.types.loss_weights = {
  check = function(value, row)
    local function one(given) return number.check(given, row) end
    if arguments.is_plain_table(value) then return each(value, one) end
    local weight = one(value)
    return weight and {[0] = weight}
  end,
  expects = function() return "a number, or a list of one for each output" end,
}

-- A list of metrics, of which an entry may be the list of an output's.
arguments.types.metrics = {
  check = function(value)
    if not arguments.is_plain_table(value) then value = {value} end
    local result, keys, count = {}, keys_of(value), 0
    for _ in pairs(value) do count = count + 1 end
    if count ~= #keys then return nil end
    for _, key in ipairs(keys) do
      local entry = value[key]
      local list = arguments.is_plain_table(entry) and entry or {entry}
      if not arguments.is_list(list) then return nil end
      result[key] = {}
      for _, wanted in ipairs(list) do
        if wanted ~= None then table.insert(result[key], cnnc.parse_metric(wanted)) end
      end
    end
    return result
  end,
  expects = function() return "a list, of several outputs one of lists, or a table by their names" end,
}

---- Dealing out ----------------------------------------------------------------------------------------

-- The number of the output of that key.
local function output_of(key, names, what, at)
  if type(key) == "number" then
    if key <= #names then return key end
    fail(format("compile: %s has an entry %d, but the model has %d output%s", what, key, #names, #names == 1 and "" or "s"),
      {at = at})
  end
  for i, name in ipairs(names) do
    if name == key then return i end
  end
  fail(format("compile: %s has an entry %s, and no output is called so", what, key),
    {hint = arguments.hint(key, names), at = at})
end

-- What was parsed, by the number of the output.
local function deal(parsed, names, what, at)
  local list = {}
  for _, key in ipairs(keys_of(parsed)) do
    local i = output_of(key, names, what, at)
    if list[i] ~= nil then
      fail(format("compile: %s has two entries for the output %s", what, names[i]), {at = at})
    end
    list[i] = parsed[key]
  end
  for i = 1, parsed[0] and #names or 0 do list[i] = parsed[0] end
  return list
end

-- The losses of the outputs of these names, by their numbers.
function cnnc.losses_of(compiled, names)
  local count = lengths[compiled.loss]
  if count and count < #names then
    fail(format("compile: loss is a list of %d, but the model has %d outputs", count, #names),
      {hint = format("one for each, None where there is none; or by name: loss = {%s = ...}", names[1]), at = compiled.at})
  end
  return deal(compiled.loss, names, "loss", compiled.at)
end

-- The weights of those losses.
function cnnc.loss_weights_of(compiled, names, losses)
  local given = compiled.loss_weights
  if not given then return {} end
  if given[0] and #names > 1 then
    fail("compile: loss_weights is one number, but the model has several outputs",
      {hint = format("a list of one for each: %s", concat(names, ", ")), at = compiled.at})
  end
  local weights = deal(given, names, "loss_weights", compiled.at)
  for i, name in ipairs(names) do
    if losses[i] and not weights[i] then
      fail(format("compile: loss_weights has none for the loss of %s", name), {at = compiled.at})
    elseif weights[i] and not losses[i] then
      fail(format("compile: loss_weights has one for %s, which has no loss", name), {at = compiled.at})
    end
  end
  return weights
end

-- The metrics of each output: lists by their numbers. Of a model with one output any list is its.
function cnnc.metrics_of(compiled, what, names, losses)
  local parsed, list = compiled[what], {}
  local highest = 0
  for _, key in ipairs(keys_of(parsed)) do
    if type(key) == "number" then highest = math.max(highest, key) end
    local i = #names == 1 and type(key) == "number" and 1 or output_of(key, names, what, compiled.at)
    list[i] = list[i] or {}
    table.move(parsed[key], 1, #parsed[key], #list[i] + 1, list[i])
    if #list[i] > 0 and not losses[i] then
      fail(format("compile: the output %s has %s, but no loss, and so no labels", names[i], what), {at = compiled.at})
    end
  end
  if highest > 0 and #names > 1 and highest < #names then
    fail(format("compile: %s is a list of %d, but the model has %d outputs", what, highest, #names),
      {hint = format('give each output its own: %s = {%s = {"mae"}}', what, names[1]), at = compiled.at})
  end
  return list
end

-- Are two such tables the same, entry by entry?
function cnnc.same_entries(a, b, is_same)
  for key, value in pairs(a) do
    if b[key] == nil or not is_same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

---- Columns --------------------------------------------------------------------------------------------

-- As Keras calls one: OUTPUT_NAME where there are several outputs, and with weights OUTPUT_weighted_NAME where that is taken.
function cnnc.column_name(columns, names, output, name, is_weighted)
  local prefix = #names > 1 and names[output] .. "_" or ""
  local taken = is_weighted and columns.names[prefix .. name]
  return prefix .. (taken and "weighted_" or "") .. name
end
