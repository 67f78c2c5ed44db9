-- draw_ops.lua: draws a layer as scripts write their own: a function over ops, arithmetic and parameters.
--
-- As in draw.lua, nothing here knows which ops there are, and what does not fit is drawn again.
local cnnc, describe, chance, pick, size, factors = ...
local format, concat = string.format, table.concat
local random = math.random

local names = {}
for name in next, cnnc.offered_ops do
  if cnnc.script_ops[name] then names[#names + 1] = name end -- op.scan is none that a node could have
end
table.sort(names)

---- Attributes --------------------------------------------------------------------------------------

local function order(rank)
  local axes = {}
  for i = 0, rank - 1 do table.insert(axes, random(1, i + 1), i) end
  return "{" .. concat(axes, ", ") .. "}"
end

local function integers(count, draw)
  local list = {}
  for i = 1, count do list[i] = draw() end
  return "{" .. concat(list, ", ") .. "}"
end

-- Some of the axes.
local function some(rank)
  local axes = {}
  for i = 0, rank - 1 do
    if chance(0.4) then axes[#axes + 1] = i end
  end
  return #axes > 0 and "{" .. concat(axes, ", ") .. "}" or "{-1}"
end

-- A shape that x can be brought to.
local function wider(x)
  local dims = table.move(x.shape, 1, #x.shape, 1, {})
  for i, size in ipairs(dims) do dims[i] = size == 1 and random(1, 3) or size end
  if #dims < 4 and chance(0.5) then table.insert(dims, 1, random(1, 3)) end
  return "{" .. concat(dims, ", ") .. "}"
end

local by_name = {
  axes = function(_, x) return some(#x.shape) end,
  shape = function(_, x) return chance(0.5) and wider(x) or factors(nil, x) end,
}

local by_type = {
  int = function(_, x) return tostring(random(0, chance(0.5) and #x.shape or 8)) end,
  float = function() return format("%.3g", 0.05 + 0.9 * random()) end,
  bool = function() return tostring(chance(0.5)) end,
  choice = function(attribute) return format("%q", pick(attribute.choices)) end,
  pair = function() return integers(2, function() return random(1, 3) end) end,
  quad = function() return integers(4, function() return random(0, 2) end) end,
  shape = function(_, x) return chance(0.5) and order(#x.shape) or factors(nil, x) end,
}

local function attributes_text(op, x)
  local parts = {}
  for _, attribute in ipairs(op) do
    if chance(0.6) then
      parts[#parts + 1] = format("[%q] = %s", attribute.name, (by_name[attribute.name] or by_type[attribute.type])(attribute, x))
    end
  end
  return "{" .. concat(parts, ", ") .. "}"
end

---- The body ----------------------------------------------------------------------------------------

-- Shapes that a kernel, a bias or a mask for x may have.
local function parameter_shape(x)
  local last, ones = x.shape[#x.shape], {}
  for i, dim in ipairs(x.shape) do ones[i] = chance(0.5) and dim or 1 end
  return pick{
    {last}, {last, size(20)}, x.shape, ones, {random(1, 3), random(1, 3), last, size(20)},
    {random(1, 3), random(1, 3), size(20), last}, {1},
  }
end

local function draw_parameter(x, number)
  local text = format("layer:parameter(\"p%d\", {%s})", number, concat(parameter_shape(x), ", "))
  if chance(0.2) then return format(pick{"%s * 0.5", "op.unary(%s, \"tanh\")", "-%s"}, text) end
  return text
end

local function other(values, x, number)
  if chance(0.1) then return format("%.3g", 2 * random() - 1) end
  if chance(0.5) then return draw_parameter(x, number) end
  return pick(values).name
end

-- Nothing is divided by what may be 0, and no negative number raised to a power.
local function arithmetic(values, x, number)
  local y = other(values, x, number)
  return pick{
    format("%s + %s", x.name, y), format("%s - (%s)", x.name, y), format("%s * (%s)", x.name, y),
    format("%s / (%s * %s + 1)", x.name, x.name, x.name), format("%s * %.3g", x.name, 2 * random() - 1),
    format("%.3g - %s", random(), x.name), "-" .. x.name,
  }
end

-- A recurrence over the first axis, of which a state has the others. A parameter may be multiplied in every step.
local function scan(x, number)
  local rest = {table.unpack(x.shape, 2)}
  local mixed = chance(0.5) and format("a * layer:parameter(\"p%d\", {%s})", number, concat(rest, ", ")) or "a"
  local step = pick{"op.unary(%s + h, \"tanh\")", "op.unary(%s - h * 0.5, \"softsign\")", "(%s + h) * 0.5"}
  return format("(op.scan(function(a, h) local n = %s return %s, n end, %s, {%s}, {go_backwards = %s}))", format(step, mixed),
    pick{"n", "n + a", "h"}, x.name, chance(0.7) and "{" .. concat(rest, ", ") .. "}" or
    format("op.reshape(op.slice(%s, {axis = 0, begin = 0, count = 1}), {shape = {%s}})", x.name, concat(rest, ", ")),
    tostring(chance(0.5)))
end

local function draw_op(values, x, number)
  if #x.shape > 1 and chance(0.08) then return scan(x, number) end
  local name = pick(names)
  local op = describe(name)
  local inputs = {x.name}
  for i = 2, op.max < 0 and random(1, 3) or op.inputs do inputs[i] = other(values, x, number * 8 + i) end
  local text = attributes_text(op, x)
  if string.find(text, "divide", 1, true) or string.find(text, "power", 1, true) then return arithmetic(values, x, number) end
  return format("op.%s(%s, %s)", name, concat(inputs, ", "), text)
end

-- The text of Layer{...} that can be called on `inputs`, rows of name and shape; nil if nothing fits. evaluate: the
-- value of a text, or nil.
return function(name, inputs, evaluate)
  local values, heads, called = {}, {}, {}
  for i, input in ipairs(inputs) do
    values[i] = {name = "x" .. i, shape = input.shape}
    heads[i], called[i] = values[i].name, input.name
  end
  local lines, text = "", nil

  local function add(number)
    local made, x = "y" .. number, chance(0.7) and values[#values] or pick(values)
    local line = format("  local %s = %s\n", made, (chance(0.35) and arithmetic or draw_op)(values, x, number))
    local candidate = format("Layer{name = %q, call = function(layer, %s)\n%s%s  return %s\nend}", name,
      concat(heads, ", "), lines, line, made)
    local tensor = evaluate(format("%s{}(%s)", candidate, concat(called, ", ")))
    if not tensor or #tensor.shape == 0 then return false end
    lines, text = lines .. line, candidate
    values[#values + 1] = {name = made, shape = tensor.shape}
    return true
  end

  for number = 1, random(1, 5) do
    for _ = 1, 12 do
      if add(number) then break end
    end
  end
  return text
end
