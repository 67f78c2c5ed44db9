-- object.lua: layers, models, optimizers and the like, as a script holds them.
--
-- A script can write to any table that it is given. Those that stand for these objects are empty, so that each access of
-- the script meets their metatable; what they are made of is kept here.

local cnnc = ...

-- The fields of an object. The Lua of cnnc changes them here; those that a script may see it can read as the script does.
cnnc.fields = setmetatable({}, {__mode = "k"})

function cnnc.object(metatable, fields)
  local object = setmetatable({}, metatable)
  cnnc.fields[object] = fields
  return object
end

-- Which of them are models; model.lua makes them.
local models = setmetatable({}, {__mode = "k"})

function cnnc.is_model(value)
  return value ~= nil and models[value] == true
end

function cnnc.model_object(metatable, values)
  local model = cnnc.object(metatable, values)
  models[model] = true
  return model
end

-- What a script does to a field of a name that means nothing to cnnc.
function cnnc.keep(object, key, value)
  if key == nil or key ~= key then cnnc.fail(string.format("a field cannot be called %s", tostring(key))) end
  cnnc.fields[object][key] = value
end

-- Functions as a script reads them, ops.exp, and cannot change them. `unknown`: the message of a name that there is not.
function cnnc.namespace(name, functions, unknown)
  return setmetatable({}, {
    __name = name,
    __index = function(_, key)
      if functions[key] ~= nil then return functions[key] end
      cnnc.fail(string.format(unknown, tostring(key)),
        {hint = cnnc.arguments.hint(tostring(key), cnnc.arguments.sorted_names(functions))})
    end,
    __newindex = function(_, key) cnnc.fail(string.format("%s.%s cannot be changed", name, tostring(key))) end,
  })
end

-- What a method gives in Keras once it has run: here only the program will know.
local later_metatable = {__name = "result of the program"}

local function unknown(result)
  local own = cnnc.fields[result]
  cnnc.fail(string.format("what %s gives is known only when the program runs", own.method), {hint = own.hint})
end

-- Lists of results are no longer, so that ipairs() ends, by a message.
local MOST_RESULTS <const> = 64

-- A part of it, score[1] or history.history, is known as late: it can be printed, and nothing more.
function later_metatable.__index(result, key)
  local own = cnnc.fields[result]
  if math.type(key) == "integer" and key > MOST_RESULTS then unknown(result) end
  return cnnc.later(own.method, own.hint)
end

for _, event in ipairs{"newindex", "call", "len", "unm", "add", "sub", "mul", "div", "mod", "pow", "idiv", "lt", "le", "number"} do
  later_metatable["__" .. event] = function(a, b) unknown(cnnc.fields[a] and a or b) end
end

function later_metatable.__concat(a, b) return tostring(a) .. tostring(b) end

function later_metatable.__tostring(result)
  return string.format("(known when the program runs: %s)", cnnc.fields[result].hint)
end

function cnnc.later(method, hint)
  return cnnc.object(later_metatable, {method = method, hint = hint})
end
