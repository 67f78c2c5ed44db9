-- idioms.lua: what exporters write out, as the layers of Keras that it was: activations and normalizations of several operators.
--
-- A row, idioms[OP] = function(x), is asked in front of that of the operator: what it returns stands in its place, and what the
-- operators in front have made for it is read by nothing then, and gone.

local cnnc = ...
local array, import = cnnc.array, cnnc.import
local value, rows = import.value, import.rows
local attribute = import.attribute

local idioms = {}
import.idioms = idioms

local made = setmetatable({}, {__mode = "k"}) -- by value: {op =, x = what it was made of, attributes =}

function import.note_made(node, x, results)
  for _, result in ipairs(results) do
    if result.tensor and not made[result] then made[result] = {op = node.op, x = x, attributes = node.attributes} end
  end
end

local function made_by(v, op) return v and made[v] and made[v].op == op and made[v] or nil end

-- The only number of a known array of one, which adds no axes to what it meets.
local function number_of(v)
  if not v or not v.array or array.count(v.array) ~= 1 or #array.dims(v.array) > 1 then return nil end
  return array.list(array.cast(v.array, "float"))[1]
end

-- Are they the same constant, of which the file has as many digits as a float?
local function is_near(a, b) return a ~= nil and math.abs(a - b) <= 1e-5 * math.abs(b) end

---- Activations ------------------------------------------------------------------------------------------

-- What is multiplied by n, or divided by 1/n, to v; nil: it is made otherwise.
local function scaled_by(v, n)
  local product, quotient = made_by(v, "Mul"), made_by(v, "Div")
  if quotient and is_near(number_of(quotient.x[2]), 1 / n) then return quotient.x[1] end
  for i = 1, product and 2 or 0 do
    if is_near(number_of(product.x[i]), n) then return product.x[3 - i] end
  end
end

local DEEPEST_PRODUCT <const> = 4

-- Puts what v is a product of into a list, but takes x for one factor. Returns the product of the numbers among them.
local function factors(v, x, list, depth)
  local n, from = number_of(v), v ~= x and made[v] or {}
  local second, more = from.x and number_of(from.x[2]), (depth or 0) + 1
  if n then return n end
  if more > DEEPEST_PRODUCT then from = {} end
  if from.op == "Mul" then return factors(from.x[1], x, list, more) * factors(from.x[2], x, list, more) end
  if from.op == "Div" and second then return factors(from.x[1], x, list, more) / second end
  for _ = 1, from.op == "Pow" and from.x[1] == x and (second == 2 or second == 3) and second or 1 do
    list[#list + 1] = from.op == "Pow" and from.x[1] == x and x or v
  end
  return 1
end

local function is_cube(v, x)
  local list = {}
  local scale = factors(v, x, list)
  return is_near(scale, 0.044715) and #list == 3 and list[1] == x and list[2] == x and list[3] == x
end

-- 1 + erf(x / sqrt(2)), or 1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)): x, and the function that they are of.
local function gate_of(v)
  local sum = made_by(v, "Add")
  for i = 1, sum and 2 or 0 do
    local curve = is_near(number_of(sum.x[i]), 1) and made[sum.x[3 - i]] or {}
    if curve.op == "Erf" then return scaled_by(curve.x[1], math.sqrt(0.5)), "gelu" end
    local inner = curve.op == "Tanh" and made_by(scaled_by(curve.x[1], math.sqrt(2 / math.pi)), "Add")
    for j = 1, inner and 2 or 0 do
      if is_cube(inner.x[3 - j], inner.x[j]) then return inner.x[j], "gelu_tanh" end
    end
  end
end

-- The factor of a product, three products deep at most, which is such a gate.
local function find_gate(v, depth)
  local x, name = gate_of(v)
  local product = not x and depth > 0 and (made_by(v, "Mul") or made_by(v, "Div"))
  if x or not product then return x and v, x, name end
  for i = 1, 2 do
    local gate, of, kind = find_gate(product.x[i], depth - 1)
    if gate then return gate, of, kind end
  end
end

-- The activation that a product of these is: its argument and its name.
local function activation_of(a, b)
  for i = 1, 2 do
    local gate, x, name = find_gate(i == 1 and a or b, 2)
    local list = {}
    if gate and is_near(factors(a, x, list) * factors(b, x, list), 0.5) and #list == 2 and
      (list[1] == x and list[2] == gate or list[1] == gate and list[2] == x) then return x, name end
  end
  for i = 1, 2 do
    local x, gate = i == 1 and a or b, made[i == 1 and b or a] or {}
    local soft = gate.op == "Tanh" and made_by(gate.x[1], "Softplus")
    if gate.op == "Sigmoid" and gate.x[1] == x then return x, "silu" end
    if soft and soft.x[1] == x then return x, "mish" end
    if gate.op == "HardSigmoid" and gate.x[1] == x and is_near(gate.attributes.alpha, 1 / 6) and
      (gate.attributes.beta or 0.5) == 0.5 then return x, "hard_silu" end
  end
end

---- Normalizations ---------------------------------------------------------------------------------------

local normals = setmetatable({}, {__mode = "k"}) -- by value: {layer =, gamma =, beta =}

-- Calls the layer of Keras that normalizes layer.x; gamma, beta: known arrays, or nil. layer: {kind =, args =, x =, groups = the
-- axes that it is called on, order = in which all of them are then, dims = of what meets its result}.
local function normalized(layer, gamma, beta)
  local args, node, known = {center = beta ~= nil, scale = gamma ~= nil}, import.node, {gamma or beta, gamma and beta}
  for name, arg in pairs(layer.args) do args[name] = arg end
  local tensor = import.layer({layer.x}, function() return value.arrange(layer.x, layer.groups) end)
  local keras = import.make(layer.kind, args, node.name ~= "" and node.name or import.first_output(node))
  tensor = import.apply(keras, tensor)
  for i, parameter in ipairs(cnnc.owned[keras]) do array.give(parameter, array.cast(known[i], "float")) end
  local result = value.with_batch(value.of_tensor(tensor, value.dims(layer.x), layer.order), {layer.x})
  normals[result] = {layer = layer, gamma = gamma, beta = beta}
  return result
end

-- Along these axes, the last ones; nil: Keras' layer does not work so.
local function layer_normalization(x, axes, epsilon)
  local rank, groups, dims, last = value.rank(x), {}, {}, {}
  local batch = value.batch_axis(x)
  for i, axis in ipairs(axes) do
    if axis ~= rank - #axes + i or axis == batch then return nil end
    dims[i], last[i] = value.dims(x)[axis], i - #axes - 1
  end
  for axis = 1, rank do
    if axis ~= batch then groups[#groups + 1] = {axis} end
  end
  if epsilon <= 0 or #axes == 0 or #groups > cnnc.MAX_RANK or not x.tensor then return nil end
  return {kind = "LayerNormalization", args = {epsilon = epsilon, axis = #last > 1 and last or nil}, x = x, groups = groups,
    dims = dims}
end

-- Of channels, axis 2, in groups (-1: each by itself), which stay first where they are.
local function group_normalization(x, groups, epsilon)
  local dims, rank = value.dims(x), value.rank(x)
  if rank < 3 or rank > cnnc.MAX_RANK or dims[1] ~= 1 or epsilon <= 0 or groups > 0 and dims[2] % groups ~= 0 then return nil end
  local axes, order, met = {}, {1}, {dims[2]}
  for axis = 3, rank do axes[#axes + 1], order[#order + 1], met[axis - 1] = {axis}, axis, 1 end
  local is_first = value.is_natural(x)
  table.insert(axes, is_first and 1 or #axes + 1, {2})
  order[#order + 1] = 2
  return {kind = "GroupNormalization", args = {groups = groups, epsilon = epsilon, axis = is_first and 1 or nil}, x = x,
    groups = axes, order = not is_first and order or nil, dims = met}
end

-- The known array, if it has such axes, and in front of them none longer than 1.
local function fitting(v, dims)
  local own = v and v.array and array.dims(v.array) or {}
  if #own < #dims then return nil end
  for i, size in ipairs(own) do
    local wanted = dims[i - (#own - #dims)] or 1
    if size ~= wanted then return nil end
  end
  return v.array
end

local function is_all(v, number)
  if not v or not v.array or array.count(v.array) > 65536 then return false end
  for _, n in ipairs(array.list(v.array)) do
    if n ~= number then return false end
  end
  return true
end

-- What is normalized, among two operands, and the known array that it meets.
local function met(x)
  for i = 1, 2 do
    local normal = normals[x[i]]
    local known = normal and not normal.beta and fitting(x[3 - i], normal.layer.dims)
    if known then return normal, known end
  end
end

-- The axes over which a mean is taken that keeps them, in order; nil: it does not.
local function axes_of_mean(v, x)
  local mean = made_by(v, "ReduceMean")
  local named = mean and (mean.attributes.axes or mean.x[2] and mean.x[2].array and import.integers(mean.x[2]))
  if not named or mean.x[1] ~= x or (mean.attributes.keepdims or 1) ~= 1 then return nil end
  local axes = {}
  for i, axis in ipairs(named) do axes[i] = import.axis(axis, value.rank(x)) end
  table.sort(axes)
  return axes
end

-- x less its mean: x, and the axes.
local function centred_of(v)
  local less = made_by(v, "Sub")
  local axes = less and axes_of_mean(less.x[2], less.x[1])
  return axes and less.x[1], axes
end

-- The mean of what centred numbers are squared, over these axes, and the number that is added to it.
local function is_variance(v, x, axes)
  local square = made_by(v, "ReduceMean") and made[v].x[1]
  local list, own = {}, square and axes_of_mean(v, square)
  local from = made[square] or {}
  if from.op == "Pow" and number_of(from.x[2]) == 2 then list = {from.x[1]} elseif from.op == "Mul" then list = from.x end
  for _, factor in ipairs(list) do
    local of, over = centred_of(factor)
    if of ~= x or table.concat(over, " ") ~= table.concat(axes, " ") then return false end
  end
  return #list > 0 and own ~= nil and table.concat(own, " ") == table.concat(axes, " ")
end

---- The rows ---------------------------------------------------------------------------------------------

function idioms.Mul(x)
  local of, name = activation_of(x[1], x[2])
  if of then return import.pointwise(of, function(tensor) return cnnc.op.unary(tensor, name) end) end
  local normal, known = met(x)
  if normal and not normal.gamma then return normalized(normal.layer, known) end
end

-- A product with a kernel of a single column, whose bias is a number like any other, but is trained; nil: it is none.
local function with_bias_of_one(product, bias)
  local from = made_by(product, "MatMul")
  local kernel = from and from.x[1].tensor and from.x[2].array
  local is_one = kernel and #array.dims(kernel) == 2 and array.dims(kernel)[2] == 1 and import.initializers[bias.array]
    and #array.dims(bias.array) == 1 and array.count(bias.array) == 1 and value.rank(from.x[1]) > 1
  return is_one and import.by_weights(from.x[1], kernel, bias.array) or nil
end

function idioms.Add(x)
  local normal, known = met(x)
  if normal then return normalized(normal.layer, normal.gamma, known) end
  return with_bias_of_one(x[1], x[2]) or with_bias_of_one(x[2], x[1])
end

-- (x - mean) / sqrt(variance + epsilon)
function idioms.Div(x)
  local of, axes = centred_of(x[1])
  local sum = of and made_by(x[2], "Sqrt") and made_by(made[x[2]].x[1], "Add")
  for i = 1, sum and 2 or 0 do
    local epsilon = number_of(sum.x[i])
    local layer = epsilon and is_variance(sum.x[3 - i], of, axes) and layer_normalization(of, axes, epsilon)
    if layer then return normalized(layer) end
  end
end

function idioms.LayerNormalization(x, node)
  local rank, axes = value.rank(x[1]), {}
  for axis = import.axis(attribute("axis", -1), rank), rank do axes[#axes + 1] = axis end
  local layer = #node.outputs == 1 and layer_normalization(x[1], axes, attribute("epsilon", 1e-5))
  local gamma, beta = layer and fitting(x[2], layer.dims), layer and fitting(x[3], layer.dims)
  return gamma and (beta or not x[3]) and normalized(layer, gamma, beta) or nil
end

function idioms.InstanceNormalization(x)
  local layer, count = group_normalization(x[1], -1, attribute("epsilon", 1e-5)), value.dims(x[1])[2]
  if layer and made_by(x[1], "Reshape") and is_all(x[2], 1) and is_all(x[3], 0) then return normalized(layer) end
  local gamma, beta = fitting(x[2], {count}), fitting(x[3], {count})
  return layer and gamma and beta and normalized(layer, gamma, beta)
end

function idioms.GroupNormalization(x)
  local layer, count = group_normalization(x[1], attribute("num_groups", 1), attribute("epsilon", 1e-5)), value.dims(x[1])[2]
  local gamma, beta = fitting(x[2], {count}), fitting(x[3], {count})
  return layer and gamma and beta and normalized(layer, gamma, beta)
end

-- Groups of channels that were made channels, normalized, and made what they were.
function idioms.Reshape(x)
  local inner = normals[x[1]]
  local is_plain = inner and inner.layer.args.groups == -1 and not inner.gamma and not inner.beta
  local before = is_plain and made_by(inner.layer.x, "Reshape")
  local of = before and before.x[1]
  if not of or not of.tensor or value.text(rows.Reshape(x)) ~= value.text(of) then return nil end
  local groups = value.dims(inner.layer.x)[2]
  local dims, first = value.dims(of), value.dims(inner.layer.x)[1]
  local layer = first == 1 and #dims > 2 and dims[2] % groups == 0 and group_normalization(of, groups, inner.layer.args.epsilon)
  return layer and normalized(layer)
end
