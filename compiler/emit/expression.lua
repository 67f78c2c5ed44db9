-- expression.lua: C expressions of whole numbers without their needless parts. An operand is a number or C text;
-- numbers are computed, and 0 and 1 vanish where they change nothing.

local expression = {}

-- a + b + ...
function expression.sum(a, b, ...)
  if b == nil then return a end
  local sum
  if a == 0 then
    sum = b
  elseif b == 0 then
    sum = a
  elseif math.type(a) and math.type(b) then
    sum = a + b
  else
    sum = ("%s + %s"):format(a, b)
  end
  return expression.sum(sum, ...)
end

-- a - b
function expression.difference(a, b)
  if b == 0 then return a end
  return math.type(a) and math.type(b) and a - b or ("%s - %s"):format(a, b)
end

local function factor(a)
  return tostring(a):find(" ") and ("(%s)"):format(a) or a
end

-- A product of names and numbers needs no parentheses in front of another factor.
local function left_factor(a)
  return tostring(a):find("^[%w_]+ %* [%w_]+$") and a or factor(a)
end

-- a * b * ...
function expression.product(a, b, ...)
  if b == nil then return a end
  local product
  if a == 0 or b == 0 then
    product = 0
  elseif a == 1 then
    product = b
  elseif b == 1 then
    product = a
  elseif math.type(a) and math.type(b) then
    product = a * b
  else
    product = ("%s * %s"):format(left_factor(a), factor(b))
  end
  return expression.product(product, ...)
end

-- a / b, towards zero
function expression.quotient(a, b)
  if b == 1 or a == 0 then return a end
  return math.type(a) and math.type(b) and a // b or ("%s / %s"):format(factor(a), factor(b))
end

-- a + b and a * n of C texts, whose numbers stay apart, but for 0 and 1: an address reads as it was made.
function expression.plus(a, b)
  if tostring(b) == "0" then return a end
  return a == "0" and tostring(b) or ("%s + %s"):format(a, b)
end

function expression.times(a, n)
  if n == 1 or a == "0" then return a end
  return a == "1" and tostring(n) or ("%s * %d"):format(a:find("[ ]") and "(" .. a .. ")" or a, n)
end

-- f(i) for each i below n, with commas between.
function expression.list(n, f, separator)
  local parts = {}
  for i = 0, n - 1 do parts[#parts + 1] = f(i) end
  return table.concat(parts, separator or ", ")
end

return expression
