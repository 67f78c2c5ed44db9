-- globals.lua: what differs from Lua among the names that a model script sees.

local cnnc = ...
local fail, arguments, exports = cnnc.fail, cnnc.arguments, cnnc.exports
local format, sort = string.format, table.sort

exports.pcall = cnnc.protected_call

local function key_order(a, b)
  local type_a, type_b = math.type(a) or type(a), math.type(b) or type(b)
  if type_a ~= type_b then return type_a < type_b end
  if type_a == "boolean" then return a and not b end
  return a < b
end

-- The keys in sorted order, for the same script must give the same network in every run.
local function sorted_keys(caller, t)
  if type(t) ~= "table" then fail(format("%s needs a table, not %s", caller, arguments.show(t))) end
  t = cnnc.entries_of(t)
  if cnnc.fields[t] then fail(caller .. " goes through tables, not through layers, models and the like") end
  local keys, others = {}, {}
  for key in next, t do
    local kind = type(key)
    local list = (kind == "number" or kind == "string" or kind == "boolean") and keys or others
    list[#list + 1] = key
  end
  if #others > 1 then
    fail(format("%s cannot order keys that are %ss", caller, type(others[1])),
      {hint = "their order would differ from run to run; use numbers or names as keys"})
  end
  sort(keys, key_order)
  keys[#keys + 1] = others[1]
  return keys
end

exports.pairs = function(t)
  local keys, i = sorted_keys("pairs", t), 0
  return function()
    local value
    repeat
      i = i + 1
      if keys[i] == nil then return nil end
      value = t[keys[i]]
    until value ~= nil
    return keys[i], value
  end
end

-- What a walk through a table by next() has come to; the table gets no new keys on the way.
local walk = {}

exports.next = function(t, key)
  if key == nil or walk.table ~= t or walk.keys[walk.i] ~= key then
    walk = {table = t, keys = sorted_keys("next", t), i = 0}
    while key ~= nil and walk.keys[walk.i] ~= key do
      walk.i = walk.i + 1
      if walk.i > #walk.keys then fail("next: the table has no such key") end
    end
  end
  local value
  repeat
    walk.i = walk.i + 1
    local found = walk.keys[walk.i]
    if found == nil then return nil end
    value = t[found]
  until value ~= nil
  return walk.keys[walk.i], value
end

local NOT_FOR_SCRIPTS = {}
for name in string.gmatch("collectgarbage coroutine debug dofile getmetatable io load loadfile os package rawequal "
    .. "rawget rawlen rawset setmetatable utf8 warn xpcall _G", "%S+") do
  NOT_FOR_SCRIPTS[name] = true
end

-- The globals that may have been meant by a name: what begins with a capital, as layers do, or what does not; but conv2d is
-- Conv2D, too.
local function same_kind(globals, name)
  local names, capital = {}, string.find(name, "^%u") ~= nil
  for _, other in ipairs(arguments.sorted_names(globals)) do
    if (string.find(other, "^%u") ~= nil) == capital or string.lower(other) == string.lower(name) then
      names[#names + 1] = other
    end
  end
  return names
end

-- The answer to a name that the script uses and nobody defined.
function cnnc.unknown_global(globals, name)
  if NOT_FOR_SCRIPTS[name] then fail(format("'%s' is not available in a model script", name)) end
  name = tostring(name)
  local at = cnnc.where()
  local message, hint = format("unknown name '%s'", name), cnnc.python.explain_name(name, cnnc.line(at.file, at.line))
  local names = same_kind(globals, name)
  local of_keras = not hint and arguments.of_keras(name, names)
  if of_keras then message, hint = cnnc.keras.explain(of_keras) end
  fail(message, {hint = hint or arguments.suggest(name, names)})
end
