-- ops_numbers.lua: functions of keras.ops that make numbers: of a type, in a row, at random, and sums that are made of others.

local cnnc = ...
local fail, op = cnnc.fail, cnnc.op
local arguments, exports = cnnc.arguments, cnnc.exports
local define, sample_axes, ops = cnnc.define_op, cnnc.axes_of_sample, cnnc.ops
local format, concat = string.format, table.concat

local EPSILON <const> = cnnc.keras.EPSILON

function ops.epsilon() return EPSILON end
cnnc.describe("function", {name = "ops.epsilon", rows = {}, doc = "1e-7, Keras' small number",
  example = "local f = Lambda(function(x) return ops.maximum(x, ops.epsilon()) end)\nreturn Sequential{Input{8, 8, 4}, f}"})

---- Types ------------------------------------------------------------------------------------------------

-- As which type their numbers are. Others would round or cut off what these do not.
local TYPES <const> = {float32 = "float32", float64 = "float32", int32 = "int32", int64 = "int32", bool = "bool"}

local function cast(x, dtype) return x.dtype == dtype and cnnc.same(x) or op.cast(x, {dtype = dtype}) end

define("cast", 1, {{"dtype", "string", doc = "float32, or int32: without what is behind the point; bool: 1 where it is not 0"}},
  function(values, x)
    local dtype = TYPES[values.dtype]
    if not dtype then
      fail(format("ops.cast: there is no type %s", arguments.show(values.dtype)), {hint = '"float32", "int32" or "bool"'})
    end
    return dtype == "bool" and op.binary(x, 0, "not_equal") or cast(x, dtype)
  end, "the same numbers as another type", '2 * ops.cast(x, "float32")')

define("convert_to_tensor", 1, {}, function(_, x) return x end, "the tensor as it is", "ops.convert_to_tensor(x) * 2")
define("stop_gradient", 1, {}, function(_, x) return op.stop_gradient(x) end,
  "the tensor as it is, through which nothing in front of it is trained", "ops.stop_gradient(x)")
for _, row in ipairs{{"zeros_like", 0}, {"ones_like", 1}} do
  define(row[1], 1, {}, function(_, x)
    x = cast(x, "float32")
    return op.affine(op.binary(x, x, "less"), {offset = row[2]}) -- no number is less than itself, NaN neither
  end, format("as many numbers, all of them %d", row[2]), format("ops.%s(x)", row[1]))
end

define("one_hot", 1, {{"num_classes", "integer", min = 1, doc = "how many numbers stand for an index"}}, function(values, x)
  return op.one_hot(cast(x, "int32"), {depth = values.num_classes})
end, "1 at the place of an index, 0 elsewhere", "ops.one_hot(x, 10)")

---- Sums -------------------------------------------------------------------------------------------------

local REDUCED = {
  {"axis", "axes", doc = "one or a list; the batch is axis 0, -1 is the last",
    hint = "axis = -1 is the last; the batch, axis 0, is not among them"},
  {"keepdims", "boolean", default = false, doc = "keep the axes, with size 1"},
}

local function reduced(x, what, axes, keepdims)
  return op.reduce(x, {["function"] = what, axes = axes, keepdims = keepdims})
end

-- `build(x, sum(x, what, keep the axes?), keepdims, values)`
local function of_sums(name, build, doc, rows)
  define(name, 1, rows or REDUCED, function(values, x)
    local axes = sample_axes("ops." .. name, values.axis, x)
    return build(x, function(y, what, keep) return reduced(y, what, axes, keep) end, values.keepdims, values)
  end, doc, format("ops.%s(x, {axis = -1, keepdims = true})", name))
end

local function variance(x, sums, keepdims)
  return sums(op.unary(x - sums(x, "mean", true), "square"), "mean", keepdims)
end
of_sums("var", variance, "the mean of squared distances from the mean")
of_sums("std", function(...) return op.unary(variance(...), "sqrt") end, "the root of the mean of squared distances from the mean")

local ORDERS <const> = {[1] = true, [2] = true, euclidean = true}
of_sums("norm", function(x, sums, keepdims, values)
  local order = values.ord
  if order and not ORDERS[order] then
    fail(format('ops.norm: ord must be 2, "euclidean" or 1, not %s', arguments.show(order)),
      {hint = "as in Keras it comes before axis: ops.norm(x, {axis = -1})"})
  end
  if math.type(order) and #values.axis > 1 then
    fail(format("ops.norm with ord = %d over several axes is a norm of matrices, which cnnc does not have", order),
      {hint = "without ord it is the root of the sum of all squares"})
  end
  if order == 1 then return sums(op.unary(x, "abs"), "sum", keepdims) end
  return op.unary(sums(op.unary(x, "square"), "sum", keepdims), "sqrt")
end, "the root of the sum of squares, or the sum of absolute values", {
  {"ord", "any", optional = true, doc = '2, "euclidean" or none: the root of the sum of squares; 1: the sum of absolute values'},
  REDUCED[1], REDUCED[2],
})
of_sums("logsumexp", function(x, sums, keepdims)
  local largest = op.stop_gradient(sums(x, "max", true))
  local total = op.unary(sums(op.unary(x - largest, "exponential"), "sum", true), "log") + largest
  return keepdims and total or sums(total, "sum", false)
end, "the logarithm of the sum of e to the power of each")

of_sums("count_nonzero", function(x, sums, keepdims)
  return sums(op.binary(x, 0, "not_equal"), "sum", keepdims)
end, "how many numbers are not 0")

---- Places and truth -------------------------------------------------------------------------------------

-- Of the largest numbers along an axis the first one's place.
local function place_of_largest(x, axis)
  local order, count = {}, x.shape[axis + 1]
  for i = 0, #x.shape - 1 do
    if i ~= axis then order[#order + 1] = i end
  end
  order[#order + 1] = axis
  if axis ~= #x.shape - 1 then x = op.permute(x, {order = order}) end
  local last = {#x.shape - 1}
  local is_it = op.binary(x, reduced(x, "max", last, true), "equal")
  return cast(reduced(op.select(is_it, op.constant{value = 0, count = count}, count), "min", last, false), "int32")
end

local PLACE <const> = {{"axis", "integer", doc = "the batch is axis 0, -1 is the last"}}
for _, row in ipairs{{"argmax", 1, "largest"}, {"argmin", -1, "smallest"}} do
  define(row[1], 1, PLACE, function(values, x)
    local axis = cnnc.axis_of_sample("ops." .. row[1], values.axis, x)
    return place_of_largest(row[2] == 1 and x or op.affine(cast(x, "float32"), {scale = -1}), axis)
  end, format("the place of the %s number along an axis, from 0; of equal ones the first", row[3]),
    format('ops.cast(ops.%s(x, -1), "float32")', row[1]))
end

local function truth(x) return type(x) == "number" and (x ~= 0 and 1 or 0) or op.binary(x, 0, "not_equal") end
local TRUTHS <const> = {{"logical_and", "minimum", "1 where both are not 0, else 0"},
  {"logical_or", "maximum", "1 where one is not 0, else 0"}, {"logical_xor", "not_equal", "1 where one alone is not 0, else 0"}}
for _, row in ipairs(TRUTHS) do
  define(row[1], 2, {}, function(_, a, b) return cnnc.binary_of_samples(truth(a), truth(b), row[2]) end, row[3],
    format("ops.%s(ops.greater(x, 0), ops.less(x, 1))", row[1]))
end
define("logical_not", 1, {}, function(_, x) return op.binary(x, 0, "equal") end, "1 where it is 0, else 0",
  "ops.logical_not(ops.greater(x, 0))")

define("divide_no_nan", 2, {}, function(_, a, b)
  local is_zero = type(b) == "number" and (b == 0 and 1 or 0) or op.binary(b, 0, "equal")
  local y = cnnc.binary_of_samples(a, cnnc.binary_of_samples(is_zero, b, "add"), "divide")
  return op.select(cnnc.along_samples(is_zero, 0, y))
end, "x / y, and 0 where y is 0", "ops.divide_no_nan(1, x)")

-- x / max(its length, epsilon)
local function normalized(who, values, x, least)
  local squares = reduced(op.unary(x, "square"), "sum", sample_axes(who, values.axis, x), true)
  return x * op.unary(op.binary(squares, least, "maximum"), "rsqrt")
end
local LAST = {"axis", "axes", default = -1, doc = REDUCED[1].doc}
define("normalize", 1, {LAST}, function(values, x) return normalized("ops.normalize", values, x, EPSILON * EPSILON) end,
  "brought to length 1 along some axes", "ops.normalize(x)")
define("l2_normalize", 1, {LAST}, function(values, x) return normalized("ops.l2_normalize", values, x, 1e-12) end,
  "brought to length 1 along some axes, as Keras 2 and TensorFlow have it", "ops.l2_normalize(x, {axis = -1})")

---- Products ---------------------------------------------------------------------------------------------

-- The last axis of a with the one before the last of b, which are matrices of each sample, or b of all of them.
local function product(who, a, b)
  if cnnc.is_shared(a) == cnnc.is_shared(b) then return op.batch_matmul(a, b) end
  if cnnc.is_shared(b) and #b.shape == 2 then return op.matmul(a, b) end
  fail(format("%s multiplies samples with a matrix that has no batch behind them, not %s with %s", who, concat(a.shape, "x"),
    concat(b.shape, "x")), {hint = "ops.sum(x * w, {axis = -1}) is the product with a row of numbers"})
end

local function need_tensors(who, a, b)
  for _, x in ipairs{a, b} do
    if type(x) == "number" then
      fail(format("%s is called on two tensors, not on %s", who, x), {hint = "x * 2 is a product with a number"})
    end
  end
end

define("matmul", 2, {}, function(_, a, b)
  need_tensors("ops.matmul", a, b)
  return product("ops.matmul", a, b)
end,
  "the products of two matrices of each sample, or of a row of such, or with a matrix of all samples",
  "ops.matmul(x, ops.transpose(x, {axes = {0, 1, 3, 2}}))")

define("dot", 2, {}, function(_, a, b)
  if type(a) == "number" or type(b) == "number" then return a * b end
  if not cnnc.is_shared(b) then
    local sizes, others = concat(a.shape, "x"), concat(b.shape, "x")
    fail(format("ops.dot of %s and %s would multiply each row with those of all samples", sizes, others),
      {hint = "ops.matmul and ops.einsum multiply those of each sample"})
  end
  return product("ops.dot", a, b)
end, "the products of a tensor and a matrix, or a number", [[
local Mine = class(Layer)
function Mine:build(shape) self.w = self:add_weight{shape = {shape[1], 3}, name = "w"} end
function Mine:call(x) return ops.dot(x, self.w) end
return Sequential{Input{4}, Mine()}]])

define("tensordot", 2, {{"axes", "integer", min = 1, max = 1, doc = "1: the last axis of the first and the first of the second"}},
  function(_, a, b)
    need_tensors("ops.tensordot", a, b)
    if not cnnc.is_shared(b) or cnnc.is_shared(a) then
      fail("ops.tensordot sums products of a tensor and a parameter", {hint = "ops.einsum takes two tensors of a sample"})
    end
    local columns, shape = 1, a.shape
    for i = 2, #b.shape do columns, shape[#a.shape + i - 2] = columns * b.shape[i], b.shape[i] end
    if #b.shape == 1 then shape[#shape] = nil end
    local y = op.matmul(a, #b.shape == 2 and b or op.reshape(b, {shape = {b.shape[1], columns}}))
    return #b.shape == 2 and y or op.reshape(y, {shape = #shape > 0 and shape or {1}})
  end, "the products of a tensor and a parameter, summed along an axis of each", [[
local Mine = class(Layer)
function Mine:build(shape) self.w = self:add_weight{shape = {shape[1], 3, 2}, name = "w"} end
function Mine:call(x) return ops.tensordot(x, self.w, {axes = 1}) end
return Sequential{Input{4}, Mine()}]])

---- Numbers of no tensor ---------------------------------------------------------------------------------

-- What has no inputs is a call of its own, too, where a script makes it outside of layers.
local function made(name, build)
  if cnnc.scopes.current then return build() end
  local spec = cnnc.complete_spec{name = name, call = build}
  spec.min_inputs, spec.max_inputs = 0, 0
  return cnnc.call_layer(cnnc.make_layer(spec, {trainable = true}), cnnc.where())
end

local ARANGE <const> = {
  {"start", "number", doc = "the first; alone, how many there are, from 0 on"},
  {"stop", "number", optional = true, doc = "behind the last"}, {"step", "number", default = 1, doc = "from one to the next"},
  {"dtype", "any", optional = true, named_only = true, doc = "not used"},
}
ops.arange = cnnc.entry(function(...)
  local values = arguments.parse("ops.arange", ARANGE, ...)
  local start, stop, step = values.start, values.stop, values.step
  if not stop then start, stop = 0, start end
  local count = step ~= 0 and math.ceil((stop - start) / step) or 0
  if count < 1 or count > 1 << 24 then fail("ops.arange: there are no such numbers") end
  return made("arange", function()
    local row = op.constant{value = step == 1 and start or 0, count = count}
    return step == 1 and row or op.affine(row, {scale = step, offset = start})
  end)
end)
cnnc.describe("function", {
  name = "ops.arange", rows = ARANGE, doc = "numbers at equal distances, the same for all samples: positions, for an Embedding",
  example = "local x = Input{40, 16}\nreturn Model{inputs = x, outputs = x + Embedding{40, 16}(ops.arange(40))}",
})

local SHAPE = {"shape", "any", is_list = true, doc = "with the batch in front: {ops.shape(x)[0], 3}"}
local SEED = {"seed", "integer", min = 0, optional = true,
  doc = "decides, with the training's seed, which numbers; new ones in each step, where Keras has the same at every call"}
local ANY = {"dtype", "any", optional = true, named_only = true, doc = "not used"}
local functions = {}
exports.random = cnnc.namespace("random", functions, "there is no function 'random.%s'")

local function random(name, former, op_name, rows, doc)
  local who = "random." .. name
  functions[name] = cnnc.entry(function(...)
    local values = cnnc.parse_op(who, rows, ...)
    local x = cnnc.scopes.current and cnnc.scopes.current.given
    if not x then
      fail(format("%s is for the call of a layer: its numbers are of each sample of the layer's input", who),
        {hint = format("Lambda(function(x) return x + %s(ops.shape(x)) end)", who)})
    end
    local shape = cnnc.shape_of_sample(who, x, values.shape)
    local given = {shape = shape, seed = values.seed}
    for _, row in ipairs(rows) do
      if row[2] == "number" then given[row[1]] = values[row[1]] end
    end
    return op[op_name](x, given)
  end)
  ops[former] = functions[name]
  cnnc.describe("function", {
    name = who, aliases = {"ops." .. former}, rows = rows, doc = doc,
    example = format("local f = Lambda(function(x) return x + %s(ops.shape(x)) end)\nreturn Sequential{Input{8, 8, 4}, f}", who),
  })
end

local NEW <const> = " for each sample, anew in every step of training; prediction has the same for every sample"
random("normal", "random_normal", "random_normal", {SHAPE, {"mean", "number", default = 0, doc = "mean"},
  {"stddev", "number", default = 1, doc = "standard deviation"}, ANY, SEED}, "normal numbers" .. NEW)
random("uniform", "random_uniform", "random_uniform", {SHAPE, {"minval", "number", default = 0, doc = "lower end"},
  {"maxval", "number", default = 1, doc = "upper end"}, ANY, SEED}, "numbers between two" .. NEW)
