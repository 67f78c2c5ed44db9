-- tensor.lua: ops and arithmetic, as a script calls them: outside of a layer each is one by itself.

local cnnc = ...
local fail, entry, where = cnnc.fail, cnnc.entry, cnnc.where
local arguments, exports, scopes = cnnc.arguments, cnnc.exports, cnnc.scopes
local complete_spec, make_layer, call_layer = cnnc.complete_spec, cnnc.make_layer, cnnc.call_layer
local format, pack, unpack = string.format, table.pack, table.unpack

-- An op that a script uses outside of any layer is a layer of its own.
local function as_layer_at(at, name, build, ...)
  if scopes.current then return build(...) end
  local tensors, places, rest = {}, {}, pack(...)
  for i = 1, rest.n do
    if cnnc.is_tensor(rest[i]) then tensors[#tensors + 1], places[#places + 1] = rest[i], i end
  end
  if #tensors == 0 then return build(...) end -- which says what is missing
  local spec = complete_spec{name = name, call = function(_, ...)
    local given = table.move(rest, 1, rest.n, 1, {})
    for i, place_of in ipairs(places) do given[place_of] = select(i, ...) end
    return build(unpack(given, 1, rest.n))
  end}
  spec.min_inputs, spec.max_inputs = #tensors, #tensors
  return call_layer(make_layer(spec, {trainable = true}), at, unpack(tensors))
end

local function as_layer(name, ...) return as_layer_at(where(), name, ...) end

-- What a function of the script's makes of tensors, on behalf of the line `at`. `who` it is, for messages.
function cnnc.run_function(at, who, f, ...)
  return as_layer_at(at, who, function(...)
    local result = f(...)
    if not cnnc.is_tensor(result) then
      fail(format("a function that is a %s must return a tensor, not %s", who, arguments.show(result)), {at = at})
    end
    return result
  end, ...)
end

exports.op = {}
for name, offered in pairs(cnnc.script_ops) do
  local build = cnnc.op[name]
  if offered then
    exports.op[name] = entry(function(...) return as_layer(name, build, ...) end)
  end
end
setmetatable(exports.op, {__index = function(ops, name)
  fail(format("there is no op '%s'", tostring(name)),
    {hint = arguments.hint(tostring(name), arguments.sorted_names(ops))})
end})

local tensor_metatable = cnnc.tensor_metatable

function tensor_metatable.__index(tensor, key)
  if key == "shape" then return cnnc.list(cnnc.shape(tensor)) end
  if key == "rank" then return #cnnc.shape(tensor) end
  if key == "dtype" then return cnnc.dtype(tensor) end
  fail(format("a tensor has no field '%s'", tostring(key)), {hint = "it has shape, rank and dtype"})
end

function tensor_metatable.__newindex()
  fail("a tensor cannot be changed")
end

function tensor_metatable.__tostring(tensor)
  return "tensor " .. cnnc.shape_text(cnnc.shape(tensor))
end

local function scaled(tensor, scale, offset)
  return as_layer("affine", cnnc.op.affine, tensor, {scale = scale, offset = offset})
end

local function arithmetic(name, with_number)
  return entry(function(a, b)
    if type(b) == "number" and with_number then return with_number(a, b) end
    if type(a) == "number" and (name == "add" or name == "multiply") then return with_number(b, a) end
    if type(a) == "number" and name == "subtract" then return scaled(b, -1, a) end
    local function fits(x) return cnnc.is_tensor(x) or type(x) == "number" end
    if not (fits(a) and fits(b)) then
      fail(format("cannot %s %s and %s", name, arguments.show(a), arguments.show(b)))
    end
    return as_layer(name, cnnc.op.binary, a, b, {["function"] = name})
  end)
end

tensor_metatable.__add = arithmetic("add", function(x, number) return scaled(x, 1, number) end)
tensor_metatable.__sub = arithmetic("subtract", function(x, number) return scaled(x, 1, -number) end)
tensor_metatable.__mul = arithmetic("multiply", function(x, number) return scaled(x, number, 0) end)
tensor_metatable.__div = arithmetic("divide", function(x, number)
  if number == 0 then fail("division of a tensor by zero") end
  return scaled(x, 1 / number, 0)
end)
local ROOTS_AND_SQUARE = {[2] = "square", [0.5] = "sqrt", [-0.5] = "rsqrt"}
local power = arithmetic("power")
tensor_metatable.__pow = entry(function(x, y)
  local name = cnnc.is_tensor(x) and type(y) == "number" and ROOTS_AND_SQUARE[y]
  if name then return as_layer(name, cnnc.op.unary, x, {["function"] = name}) end
  return power(x, y)
end)
tensor_metatable.__unm = entry(function(x) return scaled(x, -1, 0) end)

cnnc.as_layer = as_layer
