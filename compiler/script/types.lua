-- types.lua: the types of arguments, which values each takes and in which form a layer gets them.

local cnnc = ...
local arguments = cnnc.arguments
local is_plain_table, is_list, copy_of = arguments.is_plain_table, arguments.is_list, arguments.copy_of
local format, concat = string.format, table.concat

-- No size in a network comes near this; it keeps every product of a few sizes within 64 bits.
local LARGEST = 1 << 24
local MAX_RANK <const> = cnnc.MAX_RANK
-- Unnamed values of one call: what a table claims to hold must be bounded.
local MOST_VALUES <const> = 1 << 16
arguments.MOST_VALUES = MOST_VALUES

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

-- ops.shape(x) has the batch at 0, which is none of a sample's sizes.
local function without_batch(value)
  return is_plain_table(value) and rawget(value, 0) == NONE and table.move(value, 1, #value, 1, {}) or value
end

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
    value = without_batch(value)
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
    if rawget(value, 0) == NONE then return types.shape.check(value, {min = row.min or 1, open = true}) end
    local shape, last = {}, 0
    for i in pairs(value) do last = math.max(last, math.type(i) == "integer" and i or 0) end
    for i = 2, math.min(last, MAX_RANK + 1) do shape[i - 1] = value[i] end
    return types.shape.check(shape, {min = row.min or 1, open = true})
  end,
  expects = function() return format("a list of nil, for the batch, and 1 to %d integers", MAX_RANK) end,
}

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

-- Titles are only shown: columns of the log, say, of which Keras' examples have some like "top-5-accuracy".
types.title = {
  check = function(value)
    if type(value) == "string" and #value <= 48 and string.find(value, "^[A-Za-z0-9_][A-Za-z0-9_.@-]*$") then return value end
  end,
  expects = function() return "a title of at most 48 letters, digits, underscores, dots, hyphens and at signs" end,
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
      local small = type(value) == "string" and string.lower(value) or nil -- padding = "SAME", as Keras takes it, too
      for _, word in ipairs(words) do
        if value == word or small == word then return word end
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

function arguments.type_of(row)
  if type(row[2]) == "table" then return choice(row[2]) end
  return types[row[2]]
end
