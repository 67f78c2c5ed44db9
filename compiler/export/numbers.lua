-- numbers.lua: ops that work on numbers by themselves, and sums over axes.

local cnnc = ...
local export = cnnc.export
local rows, make, part, number = export.rows, export.make, export.part, export.number

local FLOAT <const>, BOOL <const> = 1, 9 -- ONNX' numbers of the types

---- Tensors that meet number by number ------------------------------------------------------------------

-- Can the input meet a result of such a rank with channels first?
local function fits_first(tensor, rank)
  if not tensor.shared then return #tensor.shape == rank end
  return #tensor.shape <= 1 or #tensor.shape == rank
end

-- The form in which the inputs of a node meet: that in which one of those as large as the result is there, if the others can
-- follow.
local function common_form(inputs, result)
  local rank, first = #result.shape, false
  if rank < 2 or result.shared then return "last" end
  for _, tensor in ipairs(inputs) do
    if tensor and not fits_first(tensor, rank) then return "last" end
    first = first or tensor and not tensor.shared and export.is_first(tensor)
  end
  return first and "first" or "last"
end

local function shared_first(tensor, rank)
  if #tensor.shape == 0 then return export.last(tensor) end
  local order, dims = {#tensor.shape - 1}, {tensor.shape[#tensor.shape]}
  for i = 1, #tensor.shape - 1 do order[i + 1], dims[i + 1] = i - 1, tensor.shape[i] end
  for i = #tensor.shape + 1, rank do dims[i] = 1 end
  return export.arranged(tensor, order, dims)
end

-- A sample's tensor of fewer axes than the result gets axes of length 1 behind that of the samples.
local function with_ones(tensor, rank)
  local value = export.last(tensor)
  if tensor.shared or #tensor.shape == rank then return value end
  local dims = {0}
  for _ = #tensor.shape + 1, rank do dims[#dims + 1] = 1 end
  return part("Reshape", {value, export.integers(table.move(tensor.shape, 1, #tensor.shape, #dims + 1, dims))})
end

local function as_float(value, tensor)
  return tensor.element == "int32" and part("Cast", {value}, {to = FLOAT}) or value -- bytes of an input are cast already
end

-- The node's inputs as values that broadcast to its output, and the output's form.
local function meeting(node)
  local result, values = node.outputs[1], {}
  local form = common_form(node.inputs, result)
  for i, tensor in ipairs(node.inputs) do
    if tensor then
      local source = export.resolved(tensor)
      local value
      if form == "last" then
        value = with_ones(source, #result.shape)
      else
        value = source.shared and shared_first(source, #result.shape) or export.first(source)
      end
      values[i] = as_float(value, source)
    end
  end
  return values, form
end

---- One tensor ------------------------------------------------------------------------------------------

local function clip(x, low, high) return "Clip", {x, number(low), number(high)} end

local function times_sigmoid(x, y) return "Mul", {x, part("Sigmoid", {y})} end

-- What an operator of its own says: {operator, attributes}; or a function of (value, alpha) that returns the last operator, its
-- inputs and attributes.
local UNARY <const> = {
  relu = {"Relu"}, tanh = {"Tanh"}, sigmoid = {"Sigmoid"}, exponential = {"Exp"}, log = {"Log"}, sqrt = {"Sqrt"}, abs = {"Abs"},
  negative = {"Neg"}, reciprocal = {"Reciprocal"}, erf = {"Erf"}, sin = {"Sin"}, cos = {"Cos"}, tan = {"Tan"}, floor = {"Floor"},
  ceil = {"Ceil"}, round = {"Round"}, sign = {"Sign"}, softplus = {"Softplus"}, softsign = {"Softsign"}, hard_silu = {"HardSwish"},
  selu = {"Selu"},
  hard_sigmoid = {"HardSigmoid", {alpha = 1 / 6, beta = 0.5}},
  relu6 = function(x) return clip(x, 0, 6) end,
  hard_tanh = function(x) return clip(x, -1, 1) end,
  leaky_relu = function(x, alpha) return "LeakyRelu", {x}, {alpha = alpha + 0.0} end,
  elu = function(x, alpha) return "Elu", {x}, {alpha = alpha + 0.0} end,
  celu = function(x, alpha) return "Celu", {x}, {alpha = alpha + 0.0} end,
  silu = function(x) return times_sigmoid(x, x) end,
  mish = function(x) return "Mul", {x, part("Tanh", {part("Softplus", {x})})} end,
  square = function(x) return "Mul", {x, x} end,
  rsqrt = function(x) return "Reciprocal", {part("Sqrt", {x})} end,
  expm1 = function(x) return "Sub", {part("Exp", {x}), number(1)} end,
  log1p = function(x) return "Log", {part("Add", {x, number(1)})} end,
  gelu = function(x)
    local half = part("Mul", {x, number(0.5)})
    local erf = part("Erf", {part("Mul", {x, number(1 / math.sqrt(2))})})
    return "Mul", {half, part("Add", {erf, number(1)})}
  end,
  gelu_tanh = function(x)
    local cube = part("Mul", {part("Mul", {part("Mul", {x, x}), x}), number(0.044715)})
    return times_sigmoid(x, part("Mul", {part("Add", {x, cube}), number(1.5957691216057308)}))
  end,
}

function rows.unary(node)
  local values, form = meeting(node)
  local how = UNARY[node["function"]]
  if type(how) == "table" then return make(node.outputs[1], how[1], values, how[2], form) end
  local op, inputs, attributes = how(values[1], node.alpha)
  make(node.outputs[1], op, inputs, attributes, form)
end

function rows.affine(node)
  local values, form = meeting(node)
  local value, scales, shifts = values[1], node.scale ~= 1, node.offset ~= 0
  if scales and shifts then value = part("Mul", {value, number(node.scale)}) end
  if shifts then return make(node.outputs[1], "Add", {value, number(node.offset)}, nil, form) end
  make(node.outputs[1], scales and "Mul" or "Identity", scales and {value, number(node.scale)} or {value}, nil, form)
end

function rows.cast(node)
  local form = export.form(node.inputs[1])
  local to = node.dtype == "int32" and 6 or FLOAT
  make(node.outputs[1], "Cast", {export.of(node.inputs[1], form)}, {to = to}, form)
end

---- Two tensors -----------------------------------------------------------------------------------------

local BINARY <const> = {add = "Add", subtract = "Sub", multiply = "Mul", divide = "Div", maximum = "Max", minimum = "Min",
  power = "Pow"}
-- These make truth values, which become 1 and 0.
local COMPARISONS <const> = {equal = "Equal", greater = "Greater", greater_equal = "GreaterOrEqual", less = "Less",
  less_equal = "LessOrEqual"}

function rows.binary(node)
  local values, form = meeting(node)
  local name, result = node["function"], node.outputs[1]
  if BINARY[name] then return make(result, BINARY[name], values, nil, form) end
  local truth = name == "not_equal" and part("Not", {part("Equal", values)}) or part(COMPARISONS[name], values)
  make(result, "Cast", {truth}, {to = FLOAT}, form)
end

function rows.select(node)
  local values, form = meeting(node)
  local truth = part("Cast", {values[1]}, {to = BOOL})
  make(node.outputs[1], "Where", {truth, values[2] or number(0), values[3] or number(0)}, nil, form)
end

---- Along axes ------------------------------------------------------------------------------------------

local REDUCTIONS <const> = {sum = "ReduceSum", mean = "ReduceMean", max = "ReduceMax", min = "ReduceMin", product = "ReduceProd"}

-- Where the last axis stays, and another one, channels that were first still are.
local function reduced_form(node, form)
  local rank = #node.inputs[1].shape
  local last_goes = node.axes[#node.axes] == rank - 1
  return form == "first" and not last_goes and #node.outputs[1].shape >= 2 and "first" or "last"
end

-- ONNX' numbers of the axes.
local function axes_of(tensor, list, form)
  local axes = {}
  for i, axis in ipairs(list) do axes[i] = export.axis(tensor, axis, form) end
  table.sort(axes)
  return axes
end

function rows.reduce(node)
  local x, op = export.resolved(node.inputs[1]), REDUCTIONS[node["function"]]
  local form = export.form(x)
  if form == "first" and node.keepdims and node.axes[#node.axes] == #x.shape - 1 then form = "last" end
  local inputs, attributes = {as_float(export.of(x, form), x)}, {keepdims = node.keepdims and 1 or 0}
  local axes = axes_of(x, node.axes, form)
  if #axes == 0 then return make(node.outputs[1], "Identity", inputs, nil, form) end
  if op == "ReduceSum" then
    inputs[2] = export.integers(axes)
  else
    attributes.axes = axes
  end
  make(node.outputs[1], op, inputs, attributes, reduced_form(node, form))
end

function rows.softmax(node)
  local x = node.inputs[1]
  local form = export.form(x)
  make(node.outputs[1], node.log and "LogSoftmax" or "Softmax", {export.of(x, form)},
    {axis = form == "first" and 1 or -1}, form)
end

---- Products --------------------------------------------------------------------------------------------

-- A bias that only this tensor's reader adds: the value and that node's output; else nil.
function export.bias_behind(tensor, count)
  local reader = export.only_reader(tensor)
  if not reader or reader.op ~= "binary" or reader["function"] ~= "add" or reader.loop ~= tensor.node.loop then return nil end
  local other = export.resolved(export.resolved(reader.inputs[1]) == tensor and reader.inputs[2] or reader.inputs[1])
  if not other.shared or not other.parameter or #other.shape ~= 1 or other.shape[1] ~= count then return nil end
  if #reader.outputs[1].shape ~= #tensor.shape then return nil end
  reader.done = true
  return export.last(other), reader.outputs[1]
end

function rows.matmul(node)
  local x, result = node.inputs[1], node.outputs[1]
  local inputs = {export.last(x), export.last(node.inputs[2])}
  if #x.shape ~= 1 then return make(result, "MatMul", inputs) end
  local bias, sum = export.bias_behind(result, result.shape[1])
  inputs[3] = bias
  make(sum or result, bias and "Gemm" or "MatMul", inputs)
end

function rows.batch_matmul(node)
  local inputs = {}
  for i, flag in ipairs{"transpose_a", "transpose_b"} do
    local tensor, perm = node.inputs[i], {}
    local rank = #tensor.shape + (tensor.shared and 0 or 1)
    for axis = 1, rank do perm[axis] = axis - 1 end
    perm[rank], perm[rank - 1] = perm[rank - 1], perm[rank]
    inputs[i] = export.last(tensor)
    if node[flag] then inputs[i] = part("Transpose", {inputs[i]}, {perm = perm}) end
  end
  make(node.outputs[1], "MatMul", inputs)
end

-- The share of samples that a mask leaves, by which training divides: in prediction 1.
function rows.mean_of_batch(node) export.give(node.outputs[1], export.constant("float32", {1}, {1.0})) end

function rows.constant(node)
  local numbers = {}
  for i = 1, math.max(node.count, 1) do numbers[i] = node.value + (i - 1) end
  export.give(node.outputs[1], node.count > 0 and export.constant("float32", {node.count}, numbers) or number(node.value))
end
