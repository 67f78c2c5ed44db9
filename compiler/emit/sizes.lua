-- sizes.lua: where the rows and columns of a resized image are in the other one, as C.

local sizes = {}
local expression = lib.module("expression")
local sum, product = expression.sum, expression.product

-- Of axis i (1: rows, 2: columns), whose numbers are called `name`: how many there are in x and y, and whether these
-- are `times` as many (nil: not so, or not known).
local function axis(name, i, image, resized)
  local numbers = name .. "s"
  local a = {x = lib.argument("x_" .. numbers, image.shape[i]), y = lib.argument("y_" .. numbers, resized.shape[i])}
  if math.type(a.x) and math.type(a.y) and a.y % a.x == 0 then a.times = a.y // a.x end
  return a
end

-- image, resized: tensors. The axes, and how many numbers lie at a place.
function sizes.of(image, resized, lanes)
  return {row = axis("row", 1, image, resized), column = axis("column", 2, image, resized),
    run = lib.argument("run", image.shape[3] * lanes)}
end

-- C for the nearest place in x of number `index` in y.
function sizes.nearest(a, index)
  if a.times then return expression.quotient(index, a.times) end
  return expression.quotient(product(sum(product(2, index), 1), a.x), product(2, a.y))
end

-- C for twice the number of y's times the place in x, which can be before the first.
function sizes.place(a, index)
  return expression.difference(product(sum(product(2, index), 1), a.x), a.y)
end

-- C for number `column` of row `row` in an image with so many columns.
function sizes.at(s, row, column, columns)
  return product(sum(product(row, columns), column), s.run)
end

return sizes
