-- ops.lua: functions of keras.ops, for Lambda layers and layers of a script's own. Axes are counted with the batch as 0.

local cnnc = ...
local fail, entry, op = cnnc.fail, cnnc.entry, cnnc.op
local arguments, exports = cnnc.arguments, cnnc.exports
local format, unpack = string.format, table.unpack

local ops = {}
cnnc.ops = ops

-- An axis of Keras as one of a sample, or of a tensor without a batch, as parameters are. `rank`: of the result, if not of x.
local function sample_axis(who, axis, x, rank)
  rank = rank or #x.shape
  local first = cnnc.is_shared(x) and 0 or 1
  local index = axis < 0 and rank + axis or axis - first
  if axis == 0 and first == 1 then fail(format("%s cannot work along axis 0, which is the batch", who)) end
  if index < 0 or index >= rank then
    fail(format("%s has axis = %d, but its input has the axes 0%s to %d", who, axis, first == 1 and " (the batch)" or "",
      rank - 1 + first))
  end
  return index
end

local function sample_axes(who, axes, x)
  local result = {}
  for i, axis in ipairs(axes) do result[i] = sample_axis(who, axis, x) end
  return result
end

-- The same of an axis that is the first in Keras where none is given.
local function first_axis(who, axis, x, rank)
  if not axis and not cnnc.is_shared(x) then
    fail(format("%s without axis works along axis 0, the batch, which cannot be cut", who),
      {hint = "give it an axis; axis = -1 is the last"})
  end
  return sample_axis(who, axis or 0, x, rank)
end

-- The entries of a list, and what stands in it by name: ops.stack{x, y, axis = 1}.
local function parts_of(list)
  local operands, named = {}, {}
  for key, value in pairs(list) do
    if type(key) == "string" then named[key] = value else operands[key] = value end
  end
  return operands, named
end

local function is_operand(value, max) return cnnc.is_tensor(value) or type(value) == "number" and max > 1 and max < math.huge end

-- The tensors, or numbers, in front of a call's other arguments: one list of them, or as many as `max`.
local function take_operands(max, ...)
  local given = table.pack(...)
  if arguments.is_plain_table(given[1]) and cnnc.is_tensor(given[1][1]) then
    local operands, named = parts_of(given[1])
    local rest = {unpack(given, 2, given.n)}
    if next(named) ~= nil then rest[#rest + 1] = named end
    return operands, rest
  end
  local operands, at = {}, 1
  while at <= max and is_operand(given[at], max) do
    operands[at] = given[at]
    at = at + 1
  end
  return operands, {unpack(given, at, given.n)}
end

-- Stops unless these are as many operands as there must be.
local function check_operands(who, max, operands, example)
  if #operands == 0 then fail(format("%s is called on tensors", who), {hint = example}) end
  if not arguments.is_list(operands) then
    fail(format("%s: its list of tensors must have no gaps", who))
  end
  for _, value in ipairs(operands) do
    if not is_operand(value, max) then fail(format("%s is called on tensors, not on %s", who, arguments.show(value))) end
  end
  if max < math.huge and #operands ~= max then
    fail(format("%s takes %d tensor%s, not %d", who, max, max == 1 and "" or "s", #operands), {hint = example})
  end
end

-- Behind the tensors a list alone is one value, where the first argument can be one: ops.reshape(x, {-1, 4}).
local function parse(who, rows, ...)
  local only, first = ..., rows[1]
  local alone = select("#", ...) == 1 and arguments.is_plain_table(only) and #arguments.sorted_names(only) == 0
  if alone and (first and first.is_list or arguments.begins_with_list(rows)) then
    return arguments.parse(who, rows, {[first[1]] = only})
  end
  return arguments.parse(who, rows, ...)
end

-- `build(values, ...)` makes the result of the operands; `max`: how many there may be. `example`: a call on x, or a script.
local function define(name, max, rows, build, doc, example)
  local who = "ops." .. name
  ops[name] = entry(function(...)
    local of_metric = cnnc.of_own_metric(name, ...)
    if of_metric then return of_metric end
    local operands, rest = take_operands(max, ...)
    check_operands(who, max, operands, example)
    local values = parse(who, rows, unpack(rest))
    return cnnc.as_layer(name, function(...) return build(values, ...) end, unpack(operands))
  end)
  cnnc.describe("function", {
    name = who, rows = rows, doc = doc,
    example = string.find(example, "return", 1, true) and example
      or format("local f = Lambda(function(x) return %s end)\nreturn Sequential{Input{8, 8, 4}, f}", example),
  })
end

cnnc.define_op, cnnc.parse_op = define, parse
cnnc.axis_of_sample, cnnc.axes_of_sample, cnnc.first_axis = sample_axis, sample_axes, first_axis

---- Number by number ----------------------------------------------------------------------------------

local UNARY <const> = {
  {"abs", "abs", "the absolute value"}, {"exp", "exponential", "e to the power of x"},
  {"log", "log", "the natural logarithm"}, {"sqrt", "sqrt", "the square root"},
  {"rsqrt", "rsqrt", "1 / sqrt(x)"}, {"square", "square", "x times x"}, {"negative", "negative", "-x"},
  {"reciprocal", "reciprocal", "1 / x"}, {"sin", "sin", "the sine"}, {"cos", "cos", "the cosine"},
  {"tan", "tan", "the tangent"}, {"expm1", "expm1", "e to the power of x, less 1, exact near 0, too"},
  {"log1p", "log1p", "the logarithm of 1 + x, exact near 0, too"}, {"erf", "erf", "the error function"},
  {"floor", "floor", "the next whole number below"}, {"ceil", "ceil", "the next whole number above"},
  {"round", "round", "the nearest whole number, of two the even one"}, {"sign", "sign", "-1, 0 or 1"},
}
cnnc.op_of_unary = {} -- ops.NAME by the function of op.unary that it is
for _, row in ipairs(UNARY) do
  cnnc.op_of_unary[row[2]] = row[1]
  define(row[1], 1, {}, function(_, x) return op.unary(x, row[2]) end, row[3], format("ops.%s(x)", row[1]))
end
for _, row in ipairs{{"log2", 1 / math.log(2), "2"}, {"log10", 1 / math.log(10), "10"}} do
  define(row[1], 1, {}, function(_, x) return op.affine(op.unary(x, "log"), {scale = row[2]}) end,
    "the logarithm to base " .. row[3], format("ops.%s(x)", row[1]))
end
for _, name in ipairs{"relu", "relu6", "leaky_relu", "elu", "selu", "celu", "softplus", "softsign", "silu", "swish", "gelu", "tanh",
                      "sigmoid", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "log_sigmoid", "squareplus",
                      "hard_shrink", "soft_shrink", "tanh_shrink", "threshold", "sparse_sigmoid", "sparse_plus", "glu", "mish",
                      "softmax", "log_softmax", "sparsemax"} do
  ops[name] = exports[name] -- the activations
end

local ARITHMETIC <const> = {
  {"add", "x + y", function(a, b) return a + b end}, {"subtract", "x - y", function(a, b) return a - b end},
  {"multiply", "x * y", function(a, b) return a * b end}, {"divide", "x / y", function(a, b) return a / b end},
}
for _, row in ipairs(ARITHMETIC) do
  define(row[1], 2, {}, function(_, a, b) return row[3](a, b) end, row[2], format("ops.%s(x, x)", row[1]))
end
for _, name in ipairs{"maximum", "minimum", "power"} do
  define(name, 2, {}, function(_, a, b) return cnnc.binary_of_samples(a, b, name) end, format("the %s of each two numbers", name),
    format("ops.%s(x, 2)", name))
end
for _, name in ipairs{"equal", "not_equal", "greater", "greater_equal", "less", "less_equal"} do
  define(name, 2, {}, function(_, a, b) return cnnc.binary_of_samples(a, b, name) end, "1 where it is so, else 0",
    format("ops.%s(x, 0)", name))
end

define("where", 3, {}, function(_, condition, a, b) return op.select(cnnc.along_samples(condition, a, b)) end,
  "of two tensors the numbers of the first where a condition is not 0, else those of the second",
  "ops.where(ops.greater(x, 0), x, 0.1 * x)")

define("clip", 1, {{"x_min", "number", doc = "the least"}, {"x_max", "number", doc = "the largest"}}, function(values, x)
  return op.binary(op.binary(x, values.x_min, "maximum"), values.x_max, "minimum")
end, "numbers beyond two limits become these", "ops.clip(x, -1, 1)")

---- Over axes -----------------------------------------------------------------------------------------

local AXES = {"axis", "axes", hint = "axis = -1 is the last; the batch, axis 0, is not among them",
  doc = "one or a list; the batch is axis 0, -1 is the last"}
local KEEPDIMS = {"keepdims", "boolean", default = false, doc = "keep the axes, with size 1"}

local ALL <const> = {"axis", "axes", optional = true, hint = AXES.hint,
  doc = AXES.doc .. "; without it all, of a tensor that has no batch, as parameters"}
local ALL_OF_BATCH <const> = {"axis", "axes", optional = true, hint = AXES.hint,
  doc = ALL.doc .. ", and in a loss, a metric or add_loss of all samples"}

local function goes_over_batch(axes)
  if not axes then return true end
  for _, axis in ipairs(axes) do
    if axis == 0 then return true end
  end
  return false
end

-- In a metric's update_state the batch is summed, too, as in Keras.
local function sum_of_batch(values, x)
  local others = {}
  for _, axis in ipairs(values.axis or {}) do
    if axis ~= 0 then others[#others + 1] = sample_axis("ops.sum", axis, x) end
  end
  if values.keepdims then fail("ops.sum over the batch cannot keep its axis", {hint = "leave out keepdims"}) end
  return cnnc.sum_of_batch(x, values.axis and others or nil)
end

for _, row in ipairs{{"sum", "sum"}, {"mean", "mean"}, {"max", "max"}, {"min", "min"}, {"prod", "product"}} do
  local name, what = row[1], row[2]
  define(name, 1, {name == "mean" and ALL_OF_BATCH or ALL, KEEPDIMS}, function(values, x)
    local all = not values.axis
    if name == "sum" and cnnc.sums_batches() and not cnnc.is_shared(x) and goes_over_batch(values.axis) then
      return sum_of_batch(values, x)
    end
    if all and not cnnc.is_shared(x) then
      if name == "mean" then return cnnc.mean_of_batch(x, values.keepdims) end
      fail(format("ops.%s without axis goes over the batch, too", name), {hint = AXES.hint})
    end
    local axes = not all and sample_axes("ops." .. name, values.axis, x) or nil
    return op.reduce(x, {["function"] = what, axes = axes, keepdims = values.keepdims})
  end, format("the %s over some axes", what), format("ops.%s(x, {axis = {1, 2}, keepdims = true})", name))
end

---- Shapes --------------------------------------------------------------------------------------------

local AXIS = {"axis", "integer", default = -1, doc = "the batch is axis 0, -1 is the last"}
local FIRST_AXIS = {"axis", "integer", optional = true,
  doc = AXIS.doc .. "; of tensors that have no batch, as parameters, the first without it"}
cnnc.AXIS, cnnc.FIRST_AXIS = AXIS, FIRST_AXIS

define("concatenate", math.huge, {AXIS}, function(values, ...)
  local parts = {...}
  parts[#parts + 1] = {axis = sample_axis("ops.concatenate", values.axis, (...))}
  return op.concat(unpack(parts))
end, "joins tensors along one axis", "ops.concatenate({x, x}, {axis = 1})")

local function with_axis(x, index)
  local shape = x.shape
  table.insert(shape, index + 1, 1)
  return op.reshape(x, {shape = shape})
end

define("expand_dims", 1, {AXIS}, function(values, x)
  return with_axis(x, sample_axis("ops.expand_dims", values.axis, x, #x.shape + 1))
end, "the same numbers with an axis of size 1 more", "ops.expand_dims(x, {axis = -1})")

define("squeeze", 1, {{"axis", "axes", optional = true, doc = AXIS.doc .. "; all axes of size 1 without it"}}, function(values, x)
  local gone, shape = {}, {}
  for i, axis in ipairs(values.axis and sample_axes("ops.squeeze", values.axis, x) or {}) do
    gone[axis + 1] = true
    if x.shape[axis + 1] ~= 1 then
      fail(format("ops.squeeze: axis %d is of size %d, not 1", values.axis[i], x.shape[axis + 1]))
    end
  end
  for i, size in ipairs(x.shape) do
    if values.axis and not gone[i] or not values.axis and size ~= 1 then shape[#shape + 1] = size end
  end
  return op.reshape(x, {shape = shape})
end, "the same numbers without an axis of size 1", "ops.squeeze(ops.expand_dims(x))")

define("stack", math.huge, {FIRST_AXIS}, function(values, ...)
  local index = first_axis("ops.stack", values.axis, (...), #(...).shape + 1)
  local parts = {...}
  for i, x in ipairs(parts) do parts[i] = with_axis(x, index) end
  parts[#parts + 1] = {axis = index}
  return op.concat(unpack(parts))
end, "tensors of one shape along a new axis", "ops.stack({x, x}, {axis = 1})")

define("transpose", 1, {{"axes", "shape", min = 0, doc = "the axes in their new order; the first, 0, is the batch"}},
  function(values, x)
    local order, first = {}, cnnc.is_shared(x) and 0 or 1
    if first == 1 and values.axes[1] ~= 0 or #values.axes ~= #x.shape + first then
      fail(format("ops.transpose needs the axes 0 to %d%s", #x.shape - 1 + first, first == 1 and ", 0 in front" or ""))
    end
    for i = 1, #x.shape do order[i] = values.axes[i + first] - first end
    return op.permute(x, {order = order})
  end, "reorders the axes", "ops.transpose(x, {axes = {0, 3, 1, 2}})")

-- rows x columns x (block x block x channels), as TensorFlow counts them.
local BLOCK = {{"block_size", "integer", min = 1, doc = "rows and columns that one pixel becomes, or that become one"}}

define("depth_to_space", 1, BLOCK, function(values, x)
  local b, rows, columns, depth = values.block_size, unpack(x.shape)
  if not depth or x.shape[4] or depth % (b * b) ~= 0 then
    fail(format("ops.depth_to_space needs an image whose channels divide by %d, not %s", b * b, table.concat(x.shape, "x")))
  end
  local y = op.permute(op.reshape(x, {shape = {rows, columns, b, b, depth // (b * b)}}), {order = {0, 2, 1, 3, 4}})
  return op.reshape(y, {shape = {rows * b, columns * b, depth // (b * b)}})
end, "channels become rows and columns (a sub-pixel convolution's end)", "ops.depth_to_space(x, 2)")

define("space_to_depth", 1, BLOCK, function(values, x)
  local b, rows, columns, channels = values.block_size, unpack(x.shape)
  if not channels or x.shape[4] or rows % b ~= 0 or columns % b ~= 0 then
    fail(format("ops.space_to_depth needs an image whose sizes divide by %d, not %s", b, table.concat(x.shape, "x")))
  end
  local y = op.reshape(x, {shape = {rows // b, b, columns // b, b, channels}})
  return op.reshape(op.permute(y, {order = {0, 2, 1, 3, 4}}), {shape = {rows // b, columns // b, b * b * channels}})
end, "blocks of pixels become channels", "ops.space_to_depth(x, 2)")

define("resize", 1, {
  {"size", "pair", min = 1, doc = "rows and columns of the result"},
  {"interpolation", {"bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"}, default = "bilinear", doc = "as Resizing has it"},
  {"antialias", "boolean", default = false, doc = "of all numbers of an image that is made smaller, not of the near ones alone"},
}, function(values, x)
  if #x.shape ~= 3 then fail(format("ops.image.resize needs an image, not %s", table.concat(x.shape, "x"))) end
  return cnnc.common.resized(x, values.size, values.interpolation, values.antialias)
end, "an image with other rows and columns, also called ops.image.resize", "ops.resize(x, {16, 16})")

ops.einsum = entry(function(equation, a, b, ...)
  if type(equation) ~= "string" or not (cnnc.is_tensor(a) and cnnc.is_tensor(b)) or select("#", ...) > 0 then
    fail("ops.einsum is called on an equation and two tensors", {hint = 'ops.einsum("bic,bjc->bij", x, y)'})
  end
  return cnnc.as_layer("einsum", function(...) return cnnc.einsum(equation, ...) end, a, b)
end)
cnnc.describe("function", {
  name = "ops.einsum", doc = "sums of products of two tensors, by an equation of letters, of which the first is the batch",
  rows = {
    {"equation", "string", doc = "the letters of both, and of the result"}, {"a", "any", doc = "the first"},
    {"b", "any", doc = "the second"},
  },
  example = 'local f = Lambda(function(x) return ops.einsum("bijc,bikc->bijk", x, x) end)\nreturn Sequential{Input{8, 8, 4}, f}',
})

exports.ops = cnnc.namespace("ops", ops, "there is no function 'ops.%s'")
ops.nn, ops.image, ops.linalg = exports.ops, exports.ops, exports.ops -- Keras has some of them in modules of ops
exports.K = exports.ops -- as scripts of Keras 2 call what they have of it
