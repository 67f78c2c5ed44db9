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

-- In sorted order, for the same script must give the same network in every run.
exports.pairs = function(t)
  if type(t) ~= "table" then fail(format("pairs needs a table, not %s", arguments.show(t))) end
  if cnnc.fields[t] then fail("pairs goes through tables, not through layers, models and the like") end
  local keys, others = {}, {}
  for key in next, t do
    local kind = type(key)
    local list = (kind == "number" or kind == "string" or kind == "boolean") and keys or others
    list[#list + 1] = key
  end
  sort(keys, key_order)
  for _, key in ipairs(others) do keys[#keys + 1] = key end
  local i = 0
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

local NOT_FOR_SCRIPTS = {}
for name in string.gmatch("collectgarbage coroutine debug dofile getmetatable io load loadfile os package rawequal "
    .. "rawget rawlen rawset setmetatable utf8 warn xpcall _G", "%S+") do
  NOT_FOR_SCRIPTS[name] = true
end

-- The answer to a name that the script uses and nobody defined.
function cnnc.unknown_global(globals, name)
  if NOT_FOR_SCRIPTS[name] then fail(format("'%s' is not available in a model script", name)) end
  fail(format("unknown name '%s'", tostring(name)),
    {hint = arguments.suggest(tostring(name), arguments.sorted_names(globals))})
end
