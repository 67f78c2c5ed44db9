-- elementwise.lua: operators that work number by number.

local cnnc = ...
local array, op, import = cnnc.array, cnnc.op, cnnc.import
local value, rows, fold = import.value, import.rows, import.fold
local attribute = import.attribute

---- Of one tensor ---------------------------------------------------------------------------------------

local function unary(name)
  return function(x)
    return import.pointwise(x[1], function(tensor) return op.unary(tensor, name) end)
  end
end

for name, row in pairs{
  Relu = "relu", Sigmoid = "sigmoid", Tanh = "tanh", Exp = "exponential", Log = "log", Sqrt = "sqrt", Abs = "abs",
  Reciprocal = "reciprocal", Erf = "erf", Sin = "sin", Cos = "cos", Tan = "tan", Floor = "floor", Ceil = "ceil", Round = "round",
  Sign = "sign", Softsign = "softsign", Softplus = "softplus", HardSwish = "hard_silu", Mish = "mish",
} do
  rows[name] = unary(row)
end

local function with_alpha(name, default)
  return function(x)
    return import.pointwise(x[1], function(tensor)
      return op.unary(tensor, {["function"] = name, alpha = attribute("alpha", default)})
    end)
  end
end

rows.Elu, rows.Celu, rows.LeakyRelu = with_alpha("elu", 1), with_alpha("celu", 1), with_alpha("leaky_relu", 0.01)

local function affine(tensor, scale, offset) return op.affine(tensor, {scale = scale, offset = offset}) end

function rows.Neg(x)
  return import.pointwise(x[1], function(tensor) return affine(tensor, -1, 0) end)
end

-- gamma * (x above 0, else alpha * (exp(x) - 1))
function rows.Selu(x)
  local alpha, gamma = attribute("alpha", 1.6732631921768188), attribute("gamma", 1.0507010221481323)
  return import.pointwise(x[1], function(tensor)
    return affine(op.unary(tensor, {["function"] = "elu", alpha = alpha}), gamma, 0)
  end)
end

local function clipped(tensor, low, high)
  if low == 0 and high == 6 then return op.unary(tensor, "relu6") end
  if low == 0 and not high then return op.unary(tensor, "relu") end
  if low then tensor = op.binary(tensor, low, "maximum") end
  return high and op.binary(tensor, high, "minimum") or tensor
end

function rows.HardSigmoid(x)
  local alpha, beta = attribute("alpha", 0.2), attribute("beta", 0.5)
  return import.pointwise(x[1], function(tensor)
    if math.abs(alpha * 6 - 1) < 1e-6 and beta == 0.5 then return op.unary(tensor, "hard_sigmoid") end
    return clipped(affine(tensor, alpha, beta), 0, 1)
  end)
end

function rows.ThresholdedRelu(x)
  local alpha = attribute("alpha", 1)
  return import.pointwise(x[1], function(tensor) return op.select(op.binary(tensor, alpha, "greater"), tensor) end)
end

function rows.Gelu(x)
  return unary(attribute("approximate", "none") == "tanh" and "gelu_tanh" or "gelu")(x)
end
rows["com.microsoft.Gelu"] = unary("gelu")

-- A limit that is an attribute, or the known number of an input; nil: there is none, or none that a float could pass.
local function limit(name, x)
  local found = attribute(name)
  if found == nil and x then found = array.list(import.known(x, "a limit"))[1] end
  return found and math.abs(found) < 3e38 and found or nil
end

function rows.Clip(x)
  local low, high = limit("min", x[2]), limit("max", x[3])
  if not low and not high then return x[1] end
  return import.pointwise(x[1], function(tensor) return clipped(tensor, low, high) end)
end

-- By attributes until opset 10; numbers of the file's are the same.
function rows.Not(x)
  return import.pointwise(x[1], function(tensor) return affine(tensor, -1, 1) end)
end

-- What is no operation in a network that predicts. A mask is asked for by none.
local function identity(x) return x[1] end

rows.Identity = identity

function rows.Dropout(x)
  local ratio = x[2] and array.list(import.known(x[2], "a ratio"))[1] or attribute("ratio", 0.5)
  local training = x[3] and array.list(import.known(x[3], "whether it trains"))[1]
  if training and training ~= 0 and ratio ~= 0 then
    import.fail(nil, "draws numbers at random, as in training: export the model for inference (model.eval())")
  end
  return x[1]
end

-- As numbers of whole types are divided: what is behind the point is lost.
local function truncated(x)
  return import.pointwise(x, function(tensor) return op.cast(op.cast(tensor, "int32"), "float32") end)
end

local FLOAT_TYPES <const> = {[1] = true, [10] = true, [11] = true, [16] = true, FLOAT = true, DOUBLE = true, FLOAT16 = true}
local WHOLE_TYPES <const> = {[6] = true, [7] = true, INT32 = true, INT64 = true}

function rows.Cast(x)
  local to = attribute("to", 1)
  if FLOAT_TYPES[to] then return x[1] end
  if WHOLE_TYPES[to] then return truncated(x[1]) end
  if to ~= 9 and to ~= "BOOL" then import.fail(nil, "casts a tensor to a type that is not known") end
  return import.pointwise(x[1], function(tensor) return op.binary(tensor, 0, "not_equal") end)
end

---- Of several -----------------------------------------------------------------------------------------

-- Until opset 6 the second operand's axes were those from `axis` on.
local function aligned(x)
  local axis, a, b = attribute("axis"), x[1], x[2]
  if import.version >= 7 or attribute("broadcast", 0) ~= 1 or not axis then return x end
  local dims = value.dims(b)
  for _ = import.axis(axis, value.rank(a)) + #dims, value.rank(a) do dims[#dims + 1] = 1 end
  return {a, value.reshape(b, dims, import.settle), n = 2}
end

-- The only number of a known array that has one, and adds no axes to the other operand; else nil.
local function number_of(x, other)
  if not x.array or array.count(x.array) ~= 1 or #array.dims(x.array) > value.rank(other) then return nil end
  return array.list(array.cast(x.array, "float"))[1]
end

local function pair(name)
  return function(tensors) return op.binary(tensors[1], tensors[2], name) end
end

-- by_number(tensor, number): of a tensor and a single known number; nil where it must be by two tensors.
local function binary(name, by_number, number_by)
  return function(x)
    x = aligned(x)
    local number = x[1].tensor and number_of(x[2], x[1])
    if number and by_number then
      local made = by_number(number)
      if made then return import.pointwise(x[1], made) end
    end
    number = x[2].tensor and number_of(x[1], x[2])
    if number and number_by then
      return import.pointwise(x[2], function(tensor) return number_by(tensor, number) end)
    end
    return import.meet(x, pair(name), true)
  end
end

local function scaled(scale, offset)
  return function(number)
    return function(tensor) return affine(tensor, scale(number), offset(number)) end
  end
end

local function one() return 1 end
local function zero() return 0 end
local function same(n) return n end

rows.Add = binary("add", scaled(one, same), function(tensor, n) return affine(tensor, 1, n) end)
rows.Sub = binary("subtract", scaled(one, function(n) return -n end), function(tensor, n) return affine(tensor, -1, n) end)
rows.Mul = binary("multiply", scaled(same, zero), function(tensor, n) return affine(tensor, n, 0) end)
local function is_power_of_two(n)
  while n ~= 0 and n % 2 == 0 do n = n / 2 end
  return n == 1
end

-- A product with the reciprocal is another number than the quotient, but for these.
local divided = binary("divide", function(n)
  return is_power_of_two(n) and n <= 1 << 60 and function(tensor) return affine(tensor, 1 / n, 0) end or nil
end)

function rows.Div(x) return import.node.whole and truncated(divided(x)) or divided(x) end

local ROOTS <const> = {[2] = "square", [0.5] = "sqrt", [-0.5] = "rsqrt", [-1] = "reciprocal"}

rows.Pow = binary("power", function(n)
  if n == 1 then return function(tensor) return affine(tensor, 1, 0) end end
  return ROOTS[n] and function(tensor) return op.unary(tensor, ROOTS[n]) end or nil
end)

for name, row in pairs{Equal = "equal", Less = "less", LessOrEqual = "less_equal", Greater = "greater",
                       GreaterOrEqual = "greater_equal", And = "multiply", Or = "maximum", Xor = "not_equal"} do
  rows[name] = binary(row)
end

function rows.Mod(x)
  local has_sign = attribute("fmod", 0) ~= 0 -- that of the first number; else the second's
  return import.meet(x, function(t)
    if has_sign then
      local quotient = op.binary(t[1], t[2], "divide")
      local whole = op.binary(op.unary(op.unary(quotient, "abs"), "floor"), op.unary(quotient, "sign"), "multiply")
      return op.binary(t[1], op.binary(whole, t[2], "multiply"), "subtract")
    end
    return op.binary(t[1], op.binary(op.unary(op.binary(t[1], t[2], "divide"), "floor"), t[2], "multiply"), "subtract")
  end)
end

-- Of any number of tensors, two at a time.
local function chain(name, finish)
  return function(x)
    local result, list = x[1], {table.unpack(x, 1, x.n)}
    if #list == 1 then return import.pointwise(result, function(tensor) return affine(tensor, 1, 0) end) end
    for i = 2, #list do
      if result.array and list[i].array then
        result = fold[name == "add" and "Add" or name == "maximum" and "Max" or "Min"]{result, list[i]}
      else
        result = import.meet({result, list[i]}, pair(name), true)
      end
    end
    return finish and finish(result, #list) or result
  end
end

rows.Sum, rows.Max, rows.Min = chain("add"), chain("maximum"), chain("minimum")
rows.Mean = chain("add", function(x, n)
  return import.pointwise(x, function(tensor) return affine(tensor, 1 / n, 0) end)
end)

function rows.Where(x)
  return import.meet(x, function(t) return op.select(t[1], t[2], t[3]) end)
end

-- Slopes lie along the channels until opset 6; later they meet the tensor as any operand does.
function rows.PRelu(x)
  local slope = x[2]
  if import.version < 7 and value.rank(slope) == 1 and value.count(slope) > 1 then
    local dims = value.dims(slope)
    for _ = 3, value.rank(x[1]) do dims[#dims + 1] = 1 end
    slope = value.reshape(slope, dims, import.settle)
  end
  local number = number_of(slope, x[1])
  if number then
    return import.pointwise(x[1], function(tensor)
      return op.unary(tensor, {["function"] = "leaky_relu", alpha = number})
    end)
  end
  return import.meet({x[1], slope}, function(t)
    return op.select(op.unary(t[1], "relu"), t[1], op.binary(t[1], t[2], "multiply"))
  end)
end
