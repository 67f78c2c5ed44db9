-- quantized.lua: numbers of 8 bits, computed as floats: what they stand for is exact, and so is rounding, halves to even.

local cnnc = ...
local array, import = cnnc.array, cnnc.import
local value, rows, fold = import.value, import.rows, import.fold
local attribute = import.attribute

local function both(name, row) rows[name], fold[name] = row, row end

local LIMITS <const> = {uint8 = {0, 255}, int8 = {-128, 127}, uint16 = {0, 65535}, int16 = {-32768, 32767}}

-- A row of an operator that reads no attributes here, of values that may all be known.
local function apply(name, ...)
  local x = table.pack(...)
  local all_known = true
  for i = 1, x.n do all_known = all_known and (x[i] == nil or x[i].array ~= nil) end
  local node = import.node
  import.node = setmetatable({attributes = {}, whole = false}, {__index = node})
  local result = (all_known and fold or rows)[name](x)
  import.node = node
  return result
end

-- Known numbers are floats from here on: they are divided as such.
local function as_float(x) return x.array and {array = array.cast(x.array, "float")} or x end

local function number(n) return {array = array.from("float", {}, {n})} end

-- A row of numbers, one for each place of an axis, as it meets a tensor of `rank` axes.
local function along(x, axis, rank)
  if value.rank(x) == 0 or value.count(x) == 1 then return import.reshape(as_float(x), {}) end
  if value.rank(x) > 1 then import.fail(nil, "with scales of blocks is not known") end
  local dims = {value.count(x)}
  for i = axis + 1, rank do dims[i - axis + 1] = 1 end
  return import.reshape(as_float(x), dims)
end

local function less(x, zero) return zero and apply("Sub", x, zero) or x end

-- (x - zero) * scale; scale and zero are one number, or a row along an axis.
local function real(x, scale, zero, axis)
  local rank = value.rank(x)
  return apply("Mul", less(as_float(x), zero and along(zero, axis, rank)), along(scale, axis, rank))
end

local BY_NUMBER <const> = {[2] = "uint8", [3] = "int8", [4] = "uint16", [5] = "int16"}

-- The limits of what has this zero.
local function limits_of(zero)
  local kind = BY_NUMBER[attribute("output_dtype", 0)] or "uint8"
  if zero then kind = zero.array and array.element(zero.array) or zero.element or "uint8" end
  local limits = LIMITS[kind]
  if not limits then import.fail(nil, "makes numbers of type %s, which is not known", kind) end
  return limits, kind
end

-- round(x) + zero, within the type of the zero.
local function rounded(x, zero, axis)
  local limits, kind = limits_of(zero)
  local y = apply("Round", x)
  if zero then y = apply("Add", y, along(zero, axis, value.rank(x))) end
  y = apply("Clip", y, number(limits[1]), number(limits[2]))
  y.element = kind
  return y
end

local function quantized(x, scale, zero, axis)
  return rounded(apply("Div", x, along(scale, axis, value.rank(x))), zero, axis)
end

-- The axis of scales that are several; of one number any will do.
local function axis_of(x, scale)
  return value.count(scale) > 1 and import.axis(attribute("axis", 1), value.rank(x)) or 1
end

both("QuantizeLinear", function(x)
  if attribute("block_size", 0) ~= 0 then import.fail(nil, "with scales of blocks is not known") end
  return quantized(as_float(x[1]), x[2], x[3], axis_of(x[1], x[2]))
end)

both("DequantizeLinear", function(x)
  if attribute("block_size", 0) ~= 0 then import.fail(nil, "with scales of blocks is not known") end
  return real(x[1], x[2], x[3], axis_of(x[1], x[2]))
end)

-- Numbers from 0 to 255 of what lies between its smallest and largest number, which 0 is one of.
function rows.DynamicQuantizeLinear(x)
  local function limit(name) return apply(name == "ReduceMax" and "Max" or "Min", import.whole_reduced(x[1], name), number(0)) end
  local largest, smallest = limit("ReduceMax"), limit("ReduceMin")
  local scale = apply("Max", apply("Div", apply("Sub", largest, smallest), number(255)), number(1e-30)) -- of zeros alone, any
  local zero = apply("Clip", apply("Round", apply("Div", apply("Neg", smallest), scale)), number(0), number(255))
  local y = apply("Clip", apply("Add", apply("Round", apply("Div", x[1], scale)), zero), number(0), number(255))
  zero.element, y.element = "uint8", "uint8"
  return y, scale, zero
end

---- Of whole numbers -------------------------------------------------------------------------------------

-- Rows as they stand, with the node's attributes, of operands that were quantised.
local function with_operands(name, ...) return rows[name]{n = select("#", ...), ...} end

local function need_known(x, what) return {array = import.known(x, what), element = x.element} end

function rows.ConvInteger(x)
  local weights = need_known(x[2], "weights")
  local kernel = less(as_float(weights), x[4] and along(x[4], 1, value.rank(weights)))
  return with_operands("Conv", less(x[1], x[3] and along(x[3], 1, value.rank(x[1]))), kernel)
end

both("MatMulInteger", function(x)
  local function shifted(i)
    local zero = x[i + 2]
    return less(as_float(x[i]), zero and along(zero, i == 1 and value.rank(x[i]) - 1 or value.rank(x[i]), value.rank(x[i])))
  end
  return (x[1].array and x[2].array and fold or rows).MatMul{shifted(1), shifted(2), n = 2}
end)

-- x is that of whole numbers, which stand for themselves times `from`.
local function scaled(x, from, scale, zero)
  return rounded(apply("Mul", x, apply("Div", from, as_float(scale))), zero, 1)
end

function rows.QLinearConv(x)
  local weights = need_known(x[4], "weights")
  local rank = value.rank(weights)
  local kernel = less(as_float(weights), x[6] and along(x[6], 1, rank))
  local bias = x[9] and as_float(need_known(x[9], "a bias")) or nil
  local y = with_operands("Conv", less(x[1], along(x[3], 1, rank)), kernel, bias)
  return scaled(y, apply("Mul", as_float(x[2]), along(x[5], 1, rank - 1)), x[7], x[8])
end

function rows.QLinearMatMul(x)
  local a, b = less(as_float(x[1]), along(x[3], 1, 1)), less(as_float(x[4]), along(x[6], value.rank(x[4]), value.rank(x[4])))
  return scaled(with_operands("MatMul", a, b), apply("Mul", as_float(x[2]), along(x[5], 1, 1)), x[7], x[8])
end

-- Operators of ONNX Runtime on two quantised operands, and on one.
for name, row in pairs{["com.microsoft.QLinearAdd"] = "Add", ["com.microsoft.QLinearMul"] = "Mul"} do
  rows[name] = function(x)
    return quantized(apply(row, real(x[1], x[2], x[3], 1), real(x[4], x[5], x[6], 1)), x[7], x[8], 1)
  end
end

for name, row in pairs{["com.microsoft.QLinearSigmoid"] = "Sigmoid", ["com.microsoft.QLinearLeakyRelu"] = "LeakyRelu",
                       ["com.microsoft.QLinearAveragePool"] = "AveragePool",
                       ["com.microsoft.QLinearGlobalAveragePool"] = "GlobalAveragePool",
                       ["com.microsoft.QLinearSoftmax"] = "Softmax"} do
  rows[name] = function(x)
    if attribute("channels_last", 0) ~= 0 then import.fail(nil, "with channels last is not known") end
    return quantized(with_operands(row, real(x[1], x[2], x[3], 1)), x[4], x[5], 1)
  end
end

rows["com.microsoft.QLinearConcat"] = function(x)
  local parts = {n = (x.n - 2) // 3}
  for i = 1, parts.n do parts[i] = real(x[3 * i], x[3 * i + 1], x[3 * i + 2], 1) end
  return quantized(rows.Concat(parts), x[1], x[2], 1)
end
