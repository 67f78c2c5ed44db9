-- arguments.lua: what a caller may write in the braces, and what is said when it is wrong.
--
-- A row describes one argument: {"strides", "pair", min = 1, default = 1}. Rows stand in Keras' order.
-- The second entry is a type of types.lua, or a list of the words that are allowed. A row without a default
-- must be given, unless it is optional or unsupported (a name of Keras that cnnc does not offer yet). The
-- unnamed values of a call are all one list if the first row is a shape, or says so with `gathers`. `doc` says in a few
-- words what the argument is.
--
-- parse() takes every form of call: Dropout(0.25), Dense{10, activation = "relu"},
-- Conv2D(8, {5, 5}, {padding = "same"}).

local cnnc = ...
local fail, arguments = cnnc.fail, cnnc.arguments
local types, type_of = arguments.types, arguments.type_of
local show, is_plain_table, is_list = arguments.show, arguments.is_plain_table, arguments.is_list
local format, sub, unpack = string.format, string.sub, table.unpack

function arguments.find_row(rows, name)
  for _, row in ipairs(rows) do
    if row[1] == name then return row end
  end
end

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
    elseif math.type(key) == "integer" and key > arguments.MOST_VALUES then
      fail(format("a call takes at most %d values without a name", arguments.MOST_VALUES))
    elseif math.type(key) == "integer" and key >= 1 then
      max = math.max(max, key)
    elseif key ~= 0 or value ~= cnnc.exports.None then -- the batch in ops.shape(x), which is not counted
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

local function has_gaps(value)
  if not is_plain_table(value) then return false end
  local last, count = 0, 0
  for key in pairs(value) do
    if math.type(key) == "integer" and key > 0 then last, count = math.max(last, key), count + 1 end
  end
  return last > count
end

-- `hint`: what to say of a value that is wrong, if it is known.
local function check(owner, row, value, hint)
  if row[2] == "unsupported" then
    fail(format("%s: %s is not supported by this version of cnnc", owner, row[1]), {hint = row.instead})
  end
  local kind = type_of(row)
  local result = kind.check(value, row, owner)
  if result == nil then
    hint = hint or kind.words and type(value) == "string" and arguments.suggest(value, kind.words) or row.hint
    if not hint and has_gaps(value) then hint = cnnc.NIL_HINT end
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
    {hint = hint or "in order they are: " .. arguments.listed(argument_names(rows))})
end

-- Does the first of such arguments take a list as one value?
function arguments.begins_with_list(rows)
  local first = unnamed_rows(rows)[1]
  local kind = first and type_of(first)
  return kind and kind.takes_list and not first.gathers and first or nil
end

-- MaxPooling2D({3, 2}) is for Lua what MaxPooling2D{3, 2} is: values in order. Returns how the list is written that may be
-- meant; nil: none can be.
local function as_list(owner, rows, ...)
  local only, first = ..., arguments.begins_with_list(rows)
  if select("#", ...) ~= 1 or not first or not is_list(only) or #only < 2 then return nil end
  if not type_of(first).check(only, first, owner) then return nil end
  return format("a list for %s is written %s{{%s}}", first[1], owner, sub(show(only), 2, -2))
end

local function fits(row, value, owner)
  return row ~= nil and row[2] ~= "unsupported" and type_of(row).check(value, row, owner) ~= nil
end

-- Where both would do, which is meant is said. A pool of {2, 2} is the same either way, a range begins with its lower end, and
-- Rescaling{2, 1} is a scale and an offset to everybody.
local function warn_of_list(owner, order, values, hint)
  local second, kind = order[2], type_of(order[1])
  if kind == types.values then return end
  if kind == types.pair and values[1] == values[2] and second.default == nil then return end
  if kind == types.range and values[1] >= values[2] then return end
  cnnc.warn(format("%s{%s, %s} is %s = %s and %s = %s", owner, show(values[1]), show(values[2]), order[1][1], show(values[1]),
    second[1], show(values[2])), {hint = hint .. format("; %s(%s, %s) says what this does without doubt", owner,
    show(values[1]), show(values[2]))})
end

-- list[0] is nil, as list[#list + 1] is.
local function hint_of_index()
  local at = cnnc.where()
  local name, key = (cnnc.line(at.file, at.line) or ""):match("([%a_][%w_.]*)%[([^%[%]]+)%]")
  return name and not key:find('^["\']') and format("is %s[%s] nil? Lists begin at 1: %s[1] is the first", name, key, name) or nil
end

-- The row was given nil, among the first `count` of `order`, or in a table, which then has nothing there.
local function hint_of_nil(order, count, row)
  local hint = hint_of_index()
  if hint then return hint end
  for i = 1, count do
    if order[i] == row then return cnnc.NIL_HINT end
  end
end

-- Returns a table of the arguments by name, each checked and in its normal form. `owner` is the name
-- that messages start with; `rows` describes the arguments; the rest is what the user wrote. As in Keras, None stands for
-- one that is not given, if there is nothing else that it could mean.
function arguments.parse(owner, rows, ...)
  local values, count, named = split(...)
  values, count = gather(rows, values, count)
  local order, hint = unnamed_rows(rows), as_list(owner, rows, ...)
  if hint and not fits(order[2], values[2], owner) then return arguments.parse(owner, rows, {[order[1][1]] = (...)}) end
  if count > #order then too_many(owner, order, count, hint) end

  local given = {}
  for i = 1, count do
    if values[i] ~= nil then given[order[i][1]] = values[i] end
  end
  for _, name in ipairs(arguments.sorted_names(named)) do
    if not arguments.find_row(rows, name) then
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
      fail(format("%s needs %s: %s", owner, row[1], type_of(row).expects(row)), {hint = row.hint or hint_of_nil(order, count, row)})
    end
  end
  if hint then warn_of_list(owner, order, values, hint) end
  return result
end

-- What the types read of a row, as they expect it.
local function check_type_of(owner, row)
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
    if not type_of(row) and row[2] ~= "unsupported" then
      fail(format("%s: argument %s has the unknown type %s", owner, row[1], show(row[2])),
        {hint = arguments.hint(tostring(row[2]), arguments.sorted_names(types))})
    end
    check_type_of(owner, row)
    copies[i] = arguments.copy_of(row)
    if type(row[2]) == "table" then copies[i][2] = arguments.copy_of(row[2]) end
  end
  return copies
end
