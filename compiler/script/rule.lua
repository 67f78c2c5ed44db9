-- rule.lua: arithmetic that is written down instead of done: what an optimizer makes of a parameter, and what the columns of
-- the log are, given the sums over the samples.
--
-- A term is a number or an operation on terms, made by the operators of Lua and by the functions of rule:
-- rule.sqrt(g * g + 1). rule.record(names, body) calls body(s), whose fields are the variables that are worked on: reading one
-- gives a term, writing one makes a statement. It returns the list of operations, in order:
--
--   {op =, name =, value =, operands = {indices of earlier ones, from 0}}
--
-- A constant has a value; a variable and an assignment have a name, and any other operation may bear one in the C. So what the
-- sums of a metric come to is written down as well: there are elements of an array then, and loops over them.

local cnnc = ...

local rule = {}
cnnc.rule = rule

local term_metatable = {}

local function new(term) return setmetatable(term, term_metatable) end

function rule.is_term(value) return getmetatable(value) == term_metatable end

local function as_term(value)
  return rule.is_term(value) and value or new{op = "constant", value = value + 0.0, operands = {}}
end

local function operation(op)
  return function(...)
    local operands = {...}
    for i, operand in ipairs(operands) do operands[i] = as_term(operand) end
    return new{op = op, operands = operands}
  end
end

-- What changes nothing is left out: x + 0, 1 * x.
local function arithmetic(op, neutral, commutes)
  local make = operation(op)
  return function(a, b)
    if b == neutral then return a end
    if commutes and a == neutral then return b end
    return make(a, b)
  end
end

term_metatable.__add, term_metatable.__mul = arithmetic("add", 0, true), arithmetic("multiply", 1, true)
term_metatable.__sub, term_metatable.__div = arithmetic("subtract", 0), arithmetic("divide", 1)
term_metatable.__pow, term_metatable.__mod = arithmetic("power", 1), operation("modulo")
term_metatable.__unm = function(a) return operation("negative")(a) end -- Lua gives it twice

-- choose(c, a, b): a where c is not 0, else b. quotient(a, b): a / b, and 0 where b is 0.
-- pochhammer(a, q, n): the product of 1 - a*q^i for i = 1 .. n.
for name in string.gmatch("sqrt abs sign floor exp log cos maximum minimum less equal choose pochhammer quotient", "%a+") do
  rule[name] = operation(name)
end

function term_metatable.__idiv(a, b) return rule.floor(as_term(a) / b) end

-- The sum of body(i) for i = 0 .. n - 1, and the largest of these and 0. i is a term, but for n = 1.
for name, of_one in pairs{sum = as_term, max = function(value) return rule.maximum(value, 0) end} do
  rule[name] = function(n, body)
    if n == 1 then return of_one(body(0)) end
    local i = new{op = "index", operands = {}}
    return new{op = name, value = n + 0.0, operands = {i, as_term(body(i))}}
  end
end

-- Numbers `first`, first + 1, ... of the sums: list[i], where i is a number, from 0, or a term.
function rule.elements(first)
  return setmetatable({}, {__index = function(_, i)
    if rule.is_term(i) then return new{op = "element", value = first + 0.0, operands = {i}} end
    return new{op = "element", value = first + i + 0.0, operands = {}}
  end})
end

-- The same term, which the C calls `name`.
function rule.named(name, value)
  local term = as_term(value)
  term.name = name
  return term
end

-- Appends the operations that give the term to the recorder's list, each once; returns the index of the last.
local function write(term, recorder)
  local known = recorder.index[term]
  if known then return known end
  if term.op == "variable" then
    assert(term.version == recorder.version[term.name], "a rule asks for a variable as it was before it changed")
  end
  local line = {op = term.op, name = term.name, value = term.value or 0.0, operands = {}}
  for i, operand in ipairs(term.operands) do line.operands[i] = write(operand, recorder) end
  recorder.lines[#recorder.lines + 1] = line
  recorder.index[term] = #recorder.lines - 1
  return #recorder.lines - 1
end

local function variable(name, version) return new{op = "variable", name = name, version = version, operands = {}} end

-- A variable that a rule reads, and never writes.
function rule.variable(name) return variable(name, 0) end

function rule.record(names, body)
  local recorder, current = {lines = {}, index = {}, version = {}}, {}
  for _, name in ipairs(names) do
    recorder.version[name], current[name] = 0, variable(name, 0)
  end
  body(setmetatable({}, {
    __index = function(_, name) return assert(current[name], name) end,
    __newindex = function(_, name, value)
      local operand, version = write(as_term(value), recorder), recorder.version[name] + 1
      recorder.lines[#recorder.lines + 1] = {op = "assign", name = name, value = 0.0, operands = {operand}}
      recorder.version[name], current[name] = version, variable(name, version)
    end,
  }))
  return recorder.lines
end
