-- extra.lua: operators that are put together from a few others: functions of angles, sums along an axis, products by an equation,
-- and those of other domains, which ONNX Runtime and scikit-learn write.

local cnnc = ...
local array, op, import = cnnc.array, cnnc.op, cnnc.import
local value, rows, fold = import.value, import.rows, import.fold
local attribute, reshape = import.attribute, import.reshape

local function both(name, row) rows[name], fold[name] = row, row end

local function affine(tensor, scale, offset) return op.affine(tensor, {scale = scale, offset = offset}) end
local function unary(tensor, name) return op.unary(tensor, name) end
local function add(a, b) return op.binary(a, b, "add") end
local function subtract(a, b) return op.binary(a, b, "subtract") end
local function multiply(a, b) return op.binary(a, b, "multiply") end
local function divide(a, b) return op.binary(a, b, "divide") end

---- Functions of a number --------------------------------------------------------------------------------

-- Of what is at least 0: a quotient below tan(pi/8) has few terms, and what is beyond turns by pi/4 or pi/2.
local function arc_of_positive(x)
  local is_far, is_middle = op.binary(x, 2.414213562373095, "greater"), op.binary(x, 0.4142135623730951, "greater")
  local near = op.select(is_far, affine(unary(x, "reciprocal"), -1, 0),
    op.select(is_middle, divide(affine(x, 1, -1), affine(x, 1, 1)), x))
  local turned = op.select(is_far, affine(is_far, math.pi / 2, 0), affine(is_middle, math.pi / 4, 0))
  local z = unary(near, "square")
  local sum = affine(z, 8.05374449538e-2, -1.38776856032e-1)
  for _, term in ipairs{1.99777106478e-1, -3.33329491539e-1} do sum = affine(multiply(sum, z), 1, term) end
  return add(turned, add(multiply(multiply(sum, z), near), near))
end

local function arc_tangent(x) return multiply(unary(x, "sign"), arc_of_positive(unary(x, "abs"))) end

local FUNCTIONS <const> = {
  Atan = arc_tangent,
  Asin = function(x) -- 2 * atan(x / (1 + sqrt(1 - x^2)))
    local root = unary(multiply(affine(x, -1, 1), affine(x, 1, 1)), "sqrt")
    return affine(arc_tangent(divide(x, affine(root, 1, 1))), 2, 0)
  end,
  Acos = function(x) return affine(arc_of_positive(unary(divide(affine(x, -1, 1), affine(x, 1, 1)), "sqrt")), 2, 0) end,
  Sinh = function(x)
    local e = unary(x, "expm1")
    return affine(add(e, divide(e, affine(e, 1, 1))), 0.5, 0)
  end,
  Cosh = function(x) return affine(add(unary(x, "exponential"), unary(affine(x, -1, 0), "exponential")), 0.5, 0) end,
  Asinh = function(x) -- log1p(|x| + x^2 / (1 + sqrt(1 + x^2)))
    local square = unary(x, "square")
    local more = divide(square, affine(unary(affine(square, 1, 1), "sqrt"), 1, 1))
    return multiply(unary(x, "sign"), unary(add(unary(x, "abs"), more), "log1p"))
  end,
  Acosh = function(x) -- log1p(t + sqrt(2t + t^2)), t = x - 1
    local t = affine(x, 1, -1)
    return unary(add(t, unary(multiply(t, affine(t, 1, 2)), "sqrt")), "log1p")
  end,
  Atanh = function(x) return affine(unary(divide(affine(x, 2, 0), affine(x, -1, 1)), "log1p"), 0.5, 0) end,
  IsNaN = function(x) return op.binary(x, x, "not_equal") end,
}

for name, f in pairs(FUNCTIONS) do
  rows[name] = function(x) return import.pointwise(x[1], function(tensor) return f(tensor) end) end
end

for name, known in pairs{
  Acos = "acos", Acosh = "acosh", Asin = "asin", Asinh = "asinh", Atan = "atan", Atanh = "atanh", Cos = "cos", Cosh = "cosh",
  Erf = "erf", IsNaN = "is_nan", Relu = "relu", Sigmoid = "sigmoid", Sign = "sign", Sin = "sin", Sinh = "sinh",
  Softplus = "softplus", Softsign = "softsign", Tan = "tan", Tanh = "tanh",
} do
  fold[name] = function(x) return {array = array.unary(known, x[1].array)} end
end

function rows.Shrink(x)
  local bias, limit = attribute("bias", 0.0), attribute("lambd", 0.5)
  return import.pointwise(x[1], function(tensor)
    local above = op.select(op.binary(tensor, limit, "greater"), affine(tensor, 1, -bias))
    return op.select(op.binary(tensor, -limit, "less"), affine(tensor, 1, bias), above)
  end)
end

function rows.ScaledTanh(x)
  local alpha, beta = attribute("alpha", 1.0), attribute("beta", 1.0)
  return import.pointwise(x[1], function(tensor) return affine(unary(affine(tensor, beta, 0), "tanh"), alpha, 0) end)
end

function rows.ParametricSoftplus(x)
  local alpha, beta = attribute("alpha", 1.0), attribute("beta", 1.0)
  return import.pointwise(x[1], function(tensor) return affine(unary(affine(tensor, beta, 0), "softplus"), alpha, 0) end)
end

function rows.Affine(x)
  return import.pointwise(x[1], function(tensor) return affine(tensor, attribute("alpha", 1.0), attribute("beta", 0.0)) end)
end

local function swish(alpha)
  return function(x)
    local factor = attribute("alpha", alpha)
    return import.pointwise(x[1], function(tensor)
      return factor == 1 and unary(tensor, "silu") or multiply(tensor, unary(affine(tensor, factor, 0), "sigmoid"))
    end)
  end
end

rows.Swish, rows["com.microsoft.QuickGelu"] = swish(1), swish(1.702)

both("CastLike", function(x)
  local is_whole = x[2].array and array.type(x[2].array) ~= "float" or not x[2].array and import.is_whole(import.node.inputs[2])
  local node = import.node
  import.node = setmetatable({attributes = {to = is_whole and 7 or 1}}, {__index = node})
  local result = (x[1].array and fold or rows).Cast(x)
  import.node = node
  return result
end)

---- Known numbers ----------------------------------------------------------------------------------------

function fold.Clip(x)
  local known = x[1].array
  for i, name in ipairs{"min", "max"} do
    local number = attribute(name)
    local limit = number and array.from("float", {}, {number}) or x[i + 1] and x[i + 1].array
    if limit then
      limit = import.expanded(array.cast(limit, array.type(known)), array.dims(known))
      known = array.binary(name == "min" and "maximum" or "minimum", known, limit)
    end
  end
  return {array = known}
end

-- A row of tensors with known operands as rows of known matrices.
function fold.MatMul(x)
  local a, b = x[1].array, x[2].array
  local da, db = array.dims(a), array.dims(b)
  if #da ~= 2 or #db ~= 2 then
    import.fail_with("export it with constants folded", "multiplies known arrays that are no matrices")
  end
  return {array = array.product(a, b)}
end

local function transposed(x) return {array = import.transposed(x.array, {2, 1})} end

function fold.Gemm(x)
  local a = attribute("transA", 0) == 1 and transposed(x[1]) or x[1]
  local b = attribute("transB", 0) == 1 and transposed(x[2]) or x[2]
  local function times(y, factor) return fold.Mul{y, {array = array.from("float", {}, {factor})}} end
  local y = times(fold.MatMul{a, b}, attribute("alpha", 1.0))
  return x[3] and fold.Add{y, times(x[3], attribute("beta", 1.0))} or y
end

-- exp(x - largest) / their sum, along the axes of a softmax.
function fold.Softmax(x)
  local axes = import.softmax_axes(x[1])
  local function reduced(name, known) return {array = import.reduced(name, known, axes, true)} end
  local e = fold.Exp{fold.Sub{x[1], reduced("max", x[1].array)}}
  return fold.Div{e, reduced("sum", e.array)}
end

function fold.LogSoftmax(x) return fold.Log{fold.Softmax(x)} end

function fold.EyeLike(x)
  local dims, k, list = array.dims(x[1].array), attribute("k", 0), {}
  for i = 0, dims[1] - 1 do
    for j = 0, dims[2] - 1 do list[#list + 1] = j - i == k and 1 or 0 end
  end
  return {array = array.from("float", dims, list)}
end

function rows.EyeLike(x) return fold.EyeLike{{array = import.full("float", value.dims(x[1]), 0)}} end

---- Triangles and sums along an axis ---------------------------------------------------------------------

both("Trilu", function(x)
  local dims, k = value.dims(x[1]), x[2] and import.integers(x[2])[1] or 0
  local height, width, upper, list = dims[#dims - 1], dims[#dims], attribute("upper", 1) == 1, {}
  for i = 0, height - 1 do
    for j = 0, width - 1 do list[#list + 1] = ((upper and j - i >= k) or (not upper and j - i <= k)) and 1 or 0 end
  end
  local mask = {array = array.from("bool", {height, width}, list)}
  if x[1].array then
    local zeros = {array = import.full(array.type(x[1].array), dims, 0)}
    return fold.Where{mask, x[1], zeros}
  end
  return import.meet({mask, x[1]}, function(t) return op.select(t[1], t[2]) end)
end)

-- Each number becomes the sum of those in front of it: a product with ones and zeros.
both("CumSum", function(x)
  local axis = import.axis(import.integers(x[2])[1], value.rank(x[1]))
  local size, exclusive, reverse = value.dims(x[1])[axis], attribute("exclusive", 0) == 1, attribute("reverse", 0) == 1
  local list = {}
  import.not_along_batch(x[1], axis)
  for from = 0, size - 1 do
    for to = 0, size - 1 do
      local distance = reverse and from - to or to - from
      list[#list + 1] = distance >= (exclusive and 1 or 0) and 1 or 0
    end
  end
  local ones = array.from("float", {size, size}, list)
  if x[1].array then
    local dims, order = array.dims(x[1].array), {}
    for i = 1, #dims do order[i] = i end
    order[axis], order[#dims] = #dims, axis
    local turned = import.transposed(x[1].array, order)
    local sums = array.product(import.reshaped(turned, {array.count(turned) // size, size}), ones)
    return {array = import.transposed(import.reshaped(sums, array.dims(turned)), order)}
  end
  return import.along(x[1], axis, size, function(tensor, layer)
    local turned = op.permute(tensor, {order = {0, 2, 1}})
    return op.permute(op.matmul(turned, import.constant(layer, "ones", ones)), {order = {0, 2, 1}})
  end)
end)

---- Norms ------------------------------------------------------------------------------------------------

-- Through another operator's row, as if the node had these attributes.
local function as_if(attributes, f, ...)
  local node = import.node
  import.node = setmetatable({attributes = setmetatable(attributes, {__index = node.attributes})}, {__index = node})
  local result = f(...)
  import.node = node
  return result
end

local function norm(x, axes, p)
  if p ~= 1 and p ~= 2 then import.fail(nil, "with p = %s is not known", p) end
  return as_if({axes = axes, keepdims = 1}, rows[p == 1 and "ReduceL1" or "ReduceL2"], {x})
end

function rows.LpNormalization(x)
  return import.meet({x[1], norm(x[1], {attribute("axis", -1)}, attribute("p", 2))}, function(t) return divide(t[1], t[2]) end)
end

function rows.GlobalLpPool(x)
  local axes = {}
  for axis = 2, value.rank(x[1]) - 1 do axes[#axes + 1] = axis end
  return norm(x[1], axes, attribute("p", 2))
end

-- The mean over a window, zeros around it included, times how many numbers it has.
function rows.LpPool(x)
  local p, cells = attribute("p", 2), value.product(attribute("kernel_shape"))
  if p ~= 1 and p ~= 2 then import.fail(nil, "with p = %s is not known", p) end
  local powers = import.pointwise(x[1], function(tensor) return unary(tensor, p == 1 and "abs" or "square") end)
  local means = as_if({count_include_pad = 1}, rows.AveragePool, {powers})
  return import.pointwise(means, function(tensor)
    local sums = affine(tensor, cells, 0)
    return p == 1 and sums or unary(sums, "sqrt")
  end)
end

-- Groups of channels are normalized together. Until version 20 scale and bias were a group's.
function rows.GroupNormalization(x)
  local dims, groups = value.dims(x[1]), attribute("num_groups")
  local channels = dims[2]
  if not groups or channels % groups ~= 0 then import.fail(nil, "has %d channels in %s groups", channels, groups) end
  local split = {dims[1], groups, channels // groups, table.unpack(dims, 3)}
  local axes = {}
  for axis = 3, #split do axes[#axes + 1] = axis end
  local y = reshape(import.normalized_along(reshape(x[1], split), axes, attribute("epsilon", 1e-5)), dims)
  for i, name in ipairs{"multiply", "add"} do
    local known = import.known(x[i + 1], "weights")
    if array.count(known) == groups and groups < channels then
      known = import.expanded(import.reshaped(known, {groups, 1}), {groups, channels // groups})
    end
    local shape = {channels}
    for axis = 3, #dims do shape[axis - 1] = 1 end
    y = import.meet({y, {array = import.reshaped(known, shape)}}, function(t) return op.binary(t[1], t[2], name) end)
  end
  return y
end

-- x / sqrt(mean of x^2 + epsilon) * scale, from an axis on.
local function by_root_mean_square(x)
  local rank, axes = value.rank(x[1]), {}
  for axis = import.axis(attribute("axis", -1), rank), rank do axes[#axes + 1] = axis end
  local y = import.along_axes(x[1], axes, function(tensor)
    local mean = op.reduce(unary(tensor, "square"), {["function"] = "mean", axes = {-1}, keepdims = true})
    return multiply(tensor, unary(affine(mean, 1, attribute("epsilon", 1e-5)), "rsqrt"))
  end)
  return import.meet({y, x[2]}, function(t) return multiply(t[1], t[2]) end)
end

rows.RMSNormalization, rows.SimplifiedLayerNormalization = by_root_mean_square, by_root_mean_square

---- Products by an equation ------------------------------------------------------------------------------

-- The letters of an operand, without blanks.
local function letters_of(text)
  local list, seen = {}, {}
  for letter in string.gmatch(text, "%S") do
    if not string.find(letter, "%a") or seen[letter] then
      import.fail(nil, "of an equation with '...' or a letter twice in an operand is not known")
    end
    list[#list + 1], seen[letter] = letter, #list + 1
  end
  return list, seen
end

-- The operand with axes as groups of letters say, each group one axis.
local function grouped(x, at, sizes, groups)
  local order, dims = {}, {}
  for i, group in ipairs(groups) do
    dims[i] = 1
    for _, letter in ipairs(group) do
      order[#order + 1], dims[i] = at[letter], dims[i] * sizes[letter]
    end
  end
  return reshape(value.transpose(x, order), dims)
end

-- The sum over the letters that only this operand has.
local function without(x, letters, is_kept)
  local axes, left = {}, {}
  for i, letter in ipairs(letters) do
    if is_kept[letter] then left[#left + 1] = letter else axes[#axes + 1] = i - 1 end
  end
  if #axes == 0 then return x, letters end
  return as_if({axes = axes, keepdims = 0}, (x.array and fold or rows).ReduceSum, {x}), left
end

local function places_of(letters)
  local at = {}
  for i, letter in ipairs(letters) do at[letter] = i end
  return at
end

local function einsum(x)
  local inputs, result = string.match(string.gsub(attribute("equation", ""), "%s", ""), "^([^>]*)%->(.*)$")
  if not inputs then import.fail(nil, "of an equation without '->' is not known") end
  local operands, lists = {}, {}
  for text in string.gmatch(inputs .. ",", "([^,]*),") do operands[#operands + 1] = text end
  if #operands ~= x.n or x.n > 2 then import.fail(nil, "of %d operands is not known", #operands) end
  local out, in_out = letters_of(result)
  local sizes, keeps = {}, {{}, {}}
  for i, text in ipairs(operands) do
    lists[i] = letters_of(text)
    local dims = value.dims(x[i])
    if #dims ~= #lists[i] then import.fail(nil, "has an operand of %s for '%s'", value.text(x[i]), text) end
    for k, letter in ipairs(lists[i]) do
      if sizes[letter] and sizes[letter] ~= dims[k] then
        import.fail(nil, "has axes of %d and %d for '%s'", sizes[letter], dims[k], letter)
      end
      sizes[letter], keeps[3 - i][letter] = dims[k], true
    end
    for _, letter in ipairs(out) do keeps[i][letter] = true end
  end
  local a, of_a = without(x[1], lists[1], keeps[1])
  if x.n == 1 then
    local order, at = {}, places_of(of_a)
    for i, letter in ipairs(out) do order[i] = at[letter] or import.fail(nil, "makes an axis '%s' of none", letter) end
    return value.transpose(a, order)
  end
  local b, of_b = without(x[2], lists[2], keeps[2])
  local at_a, at_b = places_of(of_a), places_of(of_b)
  local both_have, summed, only_a, only_b = {}, {}, {}, {}
  for _, letter in ipairs(out) do
    if not (at_a[letter] or at_b[letter]) then import.fail(nil, "makes an axis '%s' of none", letter) end
    local list = at_a[letter] and at_b[letter] and both_have or at_a[letter] and only_a or only_b
    list[#list + 1] = letter
  end
  for _, letter in ipairs(of_a) do
    if at_b[letter] and not in_out[letter] then summed[#summed + 1] = letter end
  end
  local left, right = {both_have, only_a, summed}, {both_have, summed, only_b}
  if #both_have == 0 then left, right = {only_a, summed}, {summed, only_b} end
  local y = (a.array and b.array and fold or rows).MatMul{grouped(a, at_a, sizes, left), grouped(b, at_b, sizes, right), n = 2}
  local letters, dims, order = {}, {}, {}
  for _, list in ipairs{both_have, only_a, only_b} do table.move(list, 1, #list, #letters + 1, letters) end
  for i, letter in ipairs(letters) do dims[i] = sizes[letter] end
  local at = places_of(letters)
  for i, letter in ipairs(out) do order[i] = at[letter] end
  return value.transpose(reshape(y, dims), order)
end

both("Einsum", einsum)

---- Of ONNX Runtime -------------------------------------------------------------------------------------

-- What a fused operator's activation makes of its result.
local function activated(x)
  local name, parameters = attribute("activation"), attribute("activation_params") or {}
  if not name or name == "" then return x end
  local attributes = {alpha = parameters[1] or attribute("activation_alpha"), beta = parameters[2] or attribute("activation_beta")}
  if not ({Relu = 1, Sigmoid = 1, Tanh = 1, LeakyRelu = 1, HardSigmoid = 1})[name] then
    import.fail(nil, "with activation = %s is not known", name)
  end
  return as_if(attributes, rows[name], {x})
end

rows["com.microsoft.FusedConv"] = function(x)
  local y = rows.Conv{x[1], x[2], x[3], n = 3}
  if x[4] then y = import.meet({y, x[4]}, function(t) return add(t[1], t[2]) end) end
  return activated(y)
end

rows["com.microsoft.FusedGemm"] = function(x) return activated(rows.Gemm(x)) end

rows["com.microsoft.FusedMatMul"] = function(x)
  if attribute("transBatchA", 0) + attribute("transBatchB", 0) > 0 then import.fail(nil, "with a transposed batch is not known") end
  local function turned(i, name)
    if attribute(name, 0) == 0 then return x[i] end
    local order = {}
    for axis = 1, value.rank(x[i]) do order[axis] = axis end
    order[#order], order[#order - 1] = #order - 1, #order
    return value.transpose(x[i], order)
  end
  local y = rows.MatMul{turned(1, "transA"), turned(2, "transB"), n = 2}
  return import.pointwise(y, function(tensor) return affine(tensor, attribute("alpha", 1.0), 0) end)
end

local function plus(x, other)
  return other and import.meet({x, other}, function(t) return add(t[1], t[2]) end) or x
end

local function gelu_of_sum(name)
  return function(x) return import.pointwise(plus(x[1], x[2]), function(tensor) return unary(tensor, name) end) end
end

rows["com.microsoft.BiasGelu"], rows["com.microsoft.FastGelu"] = gelu_of_sum("gelu"), gelu_of_sum("gelu_tanh")

rows["com.microsoft.SkipLayerNormalization"] = function(x, node)
  for i = 2, #node.outputs do
    if node.outputs[i] ~= "" and i < 4 then import.fail(nil, "with a mean as an output is not known") end
  end
  local sum = plus(plus(x[1], x[2]), x[5])
  local y = rows.LayerNormalization({sum, x[3], x[4], n = 3}, {outputs = {"y"}})
  return y, nil, nil, sum
end

---- Of scikit-learn --------------------------------------------------------------------------------------

local function row_of(name)
  local list = attribute(name) or {}
  return #list > 0 and {array = array.from("float", {#list}, list)} or nil
end

rows["ai.onnx.ml.Scaler"] = function(x)
  local y, offset, scale = x[1], row_of("offset"), row_of("scale")
  if offset then y = import.meet({y, offset}, function(t) return subtract(t[1], t[2]) end) end
  return scale and import.meet({y, scale}, function(t) return multiply(t[1], t[2]) end) or y
end

rows["ai.onnx.ml.Normalizer"] = function(x)
  local kind = attribute("norm", "MAX")
  if kind == "MAX" then import.fail(nil, "with norm = MAX is not known") end
  return import.meet({x[1], norm(x[1], {-1}, kind == "L1" and 1 or 2)}, function(t) return divide(t[1], t[2]) end)
end

rows["ai.onnx.ml.LinearRegressor"] = function(x)
  local targets, transform = attribute("targets", 1), attribute("post_transform", "NONE")
  local coefficients, intercepts = row_of("coefficients"), row_of("intercepts")
  if transform ~= "NONE" or not coefficients then import.fail(nil, "with post_transform = %s is not known", transform) end
  local known = import.reshaped(coefficients.array, {targets, array.count(coefficients.array) // targets})
  local y = rows.MatMul{x[1], transposed{array = known}, n = 2}
  return plus(y, intercepts)
end
