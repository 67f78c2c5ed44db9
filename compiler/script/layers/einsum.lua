-- einsum.lua: sums of products, told by an equation of letters: "abc,cd->abd". The first letter of samples is the batch.

local cnnc = ...
local op, layer, common = cnnc.op, cnnc.layer, cnnc.common
local format, concat = string.format, table.concat

---- Equations ------------------------------------------------------------------------------------------

-- Letters that stand for the axes of "...", which no equation can have.
local ELIDED <const> = "0123456789"

local function letters_of(text)
  local list = {}
  for letter in string.gmatch(text, ".") do list[#list + 1] = letter end
  return list
end

-- The letters of a, b and the result, "..." replaced by what stands for `elided` axes.
local function read_equation(equation, elided)
  local parts = {string.match(string.gsub(equation, "%s", ""), "^([%a.]+),([%a.]+)%->([%a.]*)$")}
  if #parts == 0 then return nil, "is like \"abc,cd->abd\"" end
  for i, part in ipairs(parts) do
    local letters = string.gsub(part, "%.%.%.", string.sub(ELIDED, 1, elided), 1)
    if string.find(letters, ".", 1, true) then return nil, "has dots that are no \"...\"" end
    parts[i] = letters_of(letters)
    for at, letter in ipairs(parts[i]) do
      if string.find(concat(parts[i]), letter, at + 1, true) then
        return nil, format("has the letter %s twice in one place", letter)
      end
    end
  end
  return parts
end

local function places(letters)
  local at = {}
  for i, letter in ipairs(letters) do at[letter] = i end
  return at
end

-- x without the axes that neither the other operand nor the result has, which are summed, and its letters.
local function without_own(x, letters, other, y)
  local in_other, in_y, axes, left = places(other), places(y), {}, {}
  for i, letter in ipairs(letters) do
    if in_other[letter] or in_y[letter] then left[#left + 1] = letter else axes[#axes + 1] = i - 1 end
  end
  return #axes > 0 and op.reduce(x, {["function"] = "sum", axes = axes}) or x, left
end

-- The letters of both operands by what becomes of them: `same` are axes of both and of the result, `summed` of both alone,
-- `rows` of a and the result, `columns` of b and the result.
local function sort_letters(a, b, y)
  local in_a, in_b, in_y = places(a), places(b), places(y)
  local groups = {same = {}, summed = {}, rows = {}, columns = {}}
  for _, letter in ipairs(a) do
    local group = in_b[letter] and (in_y[letter] and "same" or "summed") or in_y[letter] and "rows"
    if not group then return nil, format("sums %s of one operand alone", letter) end
    table.insert(groups[group], letter)
  end
  for _, letter in ipairs(b) do
    if not in_a[letter] then
      if not in_y[letter] then return nil, format("sums %s of one operand alone", letter) end
      table.insert(groups.columns, letter)
    end
  end
  for _, letter in ipairs(y) do
    if not in_a[letter] and not in_b[letter] then return nil, format("makes %s of nothing", letter) end
  end
  return groups
end

-- How large each letter is; or what is wrong.
local function sizes_of(lists, shapes)
  local sizes = {}
  for i, letters in ipairs(lists) do
    if #letters ~= #shapes[i] then
      return nil, format("has %d letters for an operand of %d axes", #letters, #shapes[i])
    end
    for at, letter in ipairs(letters) do
      local size = shapes[i][at]
      if sizes[letter] and sizes[letter] ~= size then
        return nil, format("has %s stand for %d and for %d", letter, sizes[letter], size)
      end
      sizes[letter] = size
    end
  end
  return sizes
end

local function product(letters, sizes)
  local result = 1
  for _, letter in ipairs(letters) do result = result * sizes[letter] end
  return result
end

local function joined(...)
  local all = {}
  for _, list in ipairs{...} do table.move(list, 1, #list, #all + 1, all) end
  return all
end

-- x, whose axes are `from`, with the axes `to` instead, in the shape that is given.
local function arranged(x, from, to, shape)
  local order, at, moves = {}, places(from), false
  for i, letter in ipairs(to) do
    order[i] = at[letter] - 1
    moves = moves or order[i] ~= i - 1
  end
  if moves then x = op.permute(x, {order = order}) end
  return op.reshape(x, {shape = shape})
end

-- The product in the axes same, rows, columns, as the result has them.
local function finished(z, groups, y, sizes)
  local made, full, shape = joined(groups.same, groups.rows, groups.columns), {}, {}
  for i, letter in ipairs(made) do full[i] = sizes[letter] end
  for i, letter in ipairs(y) do shape[i] = sizes[letter] end
  return arranged(op.reshape(z, {shape = #full > 0 and full or {1}}), made, y, #shape > 0 and shape or {1})
end

---- EinsumDense ----------------------------------------------------------------------------------------

-- The sums of x and a kernel. Where both have an axis that stays, each of its places is a group of a convolution.
local function times_kernel(x, a, kernel, b, y, sizes, groups)
  local rows, summed, columns = product(groups.rows, sizes), product(groups.summed, sizes), product(groups.columns, sizes)
  local same = product(groups.same, sizes)
  local inputs = arranged(x, a, joined(groups.rows, groups.same, groups.summed), {rows, 1, same * summed})
  local weights = arranged(kernel, b, joined(groups.summed, groups.same, groups.columns), {1, 1, summed, same * columns})
  local z = op.conv2d(inputs, weights, {groups = same})
  if same == 1 then return finished(op.reshape(z, {shape = {rows, columns}}), groups, y, sizes) end
  z = op.permute(op.reshape(z, {shape = {rows, same, columns}}), {order = {1, 0, 2}})
  return finished(z, groups, y, sizes)
end

local function plain_product(x, a, kernel, b, y, sizes, groups)
  local summed, columns = product(groups.summed, sizes), product(groups.columns, sizes)
  local inputs = arranged(x, a, joined(groups.rows, groups.summed), {product(groups.rows, sizes), summed})
  local in_order = concat(b) == concat(groups.summed) .. concat(groups.columns)
  local weights = in_order and cnnc.view(kernel, {summed, columns})
    or arranged(kernel, b, joined(groups.summed, groups.columns), {summed, columns})
  return finished(op.matmul(inputs, weights), groups, y, sizes)
end

local function wrong(self, what)
  self:fail(format("has the equation %s, which %s", self.equation, what), 'EinsumDense("abc,cd->abd", {output_shape = {nil, 64}})')
end

-- What the equation says, without the letter of the batch: the letters of x, kernel and result, and their sizes.
local function resolve(self, x)
  local elided = math.max(0, #x.shape + 1 - #string.gsub(string.match(self.equation, "^[^,]*"), "[%s.]", ""))
  local lists, message = read_equation(self.equation, string.find(self.equation, "...", 1, true) and elided or 0)
  if not lists then wrong(self, message) end
  local a, b, y = lists[1], lists[2], lists[3]
  if a[1] ~= y[1] or places(b)[a[1]] then wrong(self, "does not begin with the batch in front of the input and the result") end
  table.remove(a, 1)
  table.remove(y, 1)
  local sizes
  sizes, message = sizes_of({a}, {x.shape})
  if not sizes then wrong(self, message) end
  local given = math.type(self.output_shape) == "integer" and {self.output_shape} or self.output_shape
  local count = 0
  for i in pairs(given) do count = math.max(count, math.type(i) == "integer" and i or 0) end
  for i, letter in ipairs(y) do
    local size = given[count - #y + i]
    if size == cnnc.exports.None then size = nil end
    if size ~= nil and (math.type(size) ~= "integer" or size < 1) then self:fail("needs positive integers as output_shape") end
    if size and sizes[letter] and sizes[letter] ~= size then
      wrong(self, format("makes %d of %s, for which output_shape has %d", sizes[letter], letter, size))
    end
    sizes[letter] = sizes[letter] or size
    if not sizes[letter] then wrong(self, format("has the letter %s, of which output_shape says nothing", letter)) end
  end
  return a, b, y, sizes
end

-- The shape of the bias: from the first of its axes on, those that are not among them are 1.
local function bias_shape(self, y, sizes)
  local shape, known = {}, places(y)
  for letter in string.gmatch(self.bias_axes, ".") do
    if not known[letter] then self:fail(format("has the bias axis %s, which its result does not have", letter)) end
  end
  for _, letter in ipairs(y) do
    local own = string.find(self.bias_axes, letter, 1, true)
    if own or #shape > 0 then shape[#shape + 1] = own and sizes[letter] or 1 end
  end
  return shape
end

layer{
  name = "EinsumDense",
  doc = "sums of products of the input and a kernel, by an equation of letters: Dense for any axes",
  formula = '"abc,cd->abd": y[b,d] = activation(bias[d] + sum over c of x[b,c] * kernel[c,d]), a the batch',
  example = 'EinsumDense{"abc,cde->abde", output_shape = {None, 4, 6}, bias_axes = "de", input_shape = {10, 16}}',
  arguments = common.with({
    {"equation", "string", doc = "letters of the axes of input, kernel and result; three dots stand for any between them"},
    {"output_shape", "any", doc = "the result's sizes without the batch, None where the input has them"},
    common.ACTIVATION,
    {"bias_axes", "string", optional = true, doc = "the letters of the result that have a `bias`; none without it"},
    {"kernel_initializer", "initializer", default = "glorot_uniform", doc = "what `kernel` holds before training"},
    {"bias_initializer", "initializer", default = "zeros", doc = "what `bias` holds before training"},
    common.regularizer("kernel"), common.regularizer("bias"), common.ACTIVITY_REGULARIZER,
    common.constraint("kernel"), common.constraint("bias"),
  }, {}),
  call = function(self, x)
    if type(self.output_shape) ~= "table" and math.type(self.output_shape) ~= "integer" then
      self:fail("needs an integer or a list of integers as output_shape")
    end
    local a, b, y, sizes = resolve(self, x)
    x, a = without_own(x, a, b, y)
    local groups, message = sort_letters(a, b, y)
    if not groups then wrong(self, message) end
    local shape = {}
    for i, letter in ipairs(b) do shape[i] = sizes[letter] end
    local kernel = self:parameter("kernel", shape, self.kernel_initializer)
    local multiply = #groups.same == 0 and plain_product or times_kernel
    local sums = multiply(x, a, kernel, b, y, sizes, groups)
    if self.bias_axes then
      local bias = self:parameter("bias", bias_shape(self, y, sizes), self.bias_initializer)
      sums = op.binary(sums, bias, "add")
    end
    return self.activation(sums)
  end,
}

---- ops.einsum ------------------------------------------------------------------------------------------

-- The sums of products of two tensors of each sample.
function cnnc.einsum(equation, p, q)
  local function fail(what) cnnc.fail(format("ops.einsum has the equation %s, which %s", equation, what)) end
  local lists, message = read_equation(equation, 0)
  if not lists then fail(message) end
  local a, b, y = lists[1], lists[2], lists[3]
  if a[1] ~= y[1] or b[1] ~= y[1] then fail("does not begin with one letter, that of the batch, everywhere") end
  for _, list in ipairs(lists) do table.remove(list, 1) end
  local sizes, groups
  sizes, message = sizes_of({a, b}, {p.shape, q.shape})
  if not sizes then fail(message) end
  p, a = without_own(p, a, b, y)
  q, b = without_own(q, b, a, y)
  groups, message = sort_letters(a, b, y)
  if not groups then fail(message) end
  local same, summed = product(groups.same, sizes), product(groups.summed, sizes)
  local left = arranged(p, a, joined(groups.same, groups.rows, groups.summed), {same, product(groups.rows, sizes), summed})
  local right = arranged(q, b, joined(groups.same, groups.columns, groups.summed), {same, product(groups.columns, sizes), summed})
  return finished(op.batch_matmul(left, right, {transpose_b = true}), groups, y, sizes)
end
