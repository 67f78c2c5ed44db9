-- operators.lua: functions of TensorFlow and of keras.ops that were called on tensors, which Keras writes down as layers.
--
-- A row: operators[NAME] = {"x", "axis", ..., f}: what the function is given, in order or by name, and f(v, name), where v has it
-- and name is the layer's. Anything else that it is given is refused. Axes count the batch as 0.

local cnnc = ...
local array, op, import = cnnc.array, cnnc.op, cnnc.import
local keras = import.keras
local operators, NONE <const> = keras.operators, keras.none
local is_tensor = cnnc.is_tensor

---- Rows ------------------------------------------------------------------------------------------------

-- Keras' other names of rows.
local SAME <const> = {
  sub = "subtract", mul = "multiply", truediv = "divide", true_divide = "divide", div = "divide", neg = "negative",
  pow = "power", absolute = "abs", concat = "concatenate", reduce_mean = "mean", reduce_sum = "sum", reduce_max = "max",
  reduce_min = "min", amax = "max", amin = "min", get_item = "getitem", swish = "silu", clip_by_value = "clip",
  convert_to_tensor = "identity", stop_gradient = "identity", expand_dims_v2 = "expand_dims", exponential = "exp",
  re_lu = "relu", re_lu6 = "relu6", bias_add = "add", hard_swish = "hard_silu",
}

-- The name of what is called: "tf.nn.relu" and the class Relu are "relu".
local function name_of(spec)
  local config = type(spec.config) == "table" and spec.config or {}
  if spec.class_name == "SlicingOpLambda" then return "getitem" end
  local name = spec.class_name == "TFOpLambda" and tostring(config["function"] or "") or cnnc.snake_case(spec.class_name)
  name = string.match(name, "([%w_]+)$") or name
  return SAME[name] or name
end

-- What a layer says that is no argument of the function that it calls.
local IDLE <const> = keras.set("name trainable dtype function training autocast build_config")

local function check_listed(row, given)
  local listed = {}
  for i = 1, #row - 1 do listed[row[i]] = true end
  for _, name in ipairs(keras.sorted_names(given)) do
    local value = given[name]
    if not listed[name] and not IDLE[name] and value ~= NONE and value ~= false then
      import.fail(nil, "is called with %s = %s, which cnnc does not know", name, cnnc.arguments.show(value))
    end
  end
end

-- What an operator gives of a call: positions first, then names, then what its configuration says.
local function values_of(row, args, named, config)
  local v = {}
  if #args > #row - 1 then import.fail(nil, "is called with %d arguments, of which cnnc knows %d", #args, #row - 1) end
  check_listed(row, named)
  check_listed(row, config)
  for i = 1, #row - 1 do
    local name = row[i]
    local value = args[i]
    if value == nil then value = named[name] end
    if value == nil then value = config[name] end
    if value ~= NONE then v[name] = value end
  end
  return v
end

-- The function that an instance of such a class calls; nil: none that is known.
function keras.operator_of(spec)
  local row = operators[name_of(spec)]
  if not row then return nil end
  return function(args, named, instance)
    return row[#row](values_of(row, args, named, instance.config), instance.name)
  end
end

local function need_tensor(x)
  if not is_tensor(x) then import.fail(nil, "is called on %s, where a tensor should be", cnnc.arguments.show(x)) end
  return x
end

-- What ops make of tensors, as a layer.
local function layer(f, ...)
  local values = {}
  for i, x in ipairs{...} do values[i] = {tensor = need_tensor(x)} end
  return import.layer(values, f)
end

-- An axis of a sample, counted from 0.
local function axis_of(axis, rank)
  if math.type(axis) ~= "integer" then import.fail(nil, "has an axis that is no number") end
  local index = axis < 0 and rank + axis or axis - 1
  if index < 0 or index >= rank then import.fail(nil, "works along axis %d, which is the batch, or is not there", axis) end
  return index
end

---- Number by number ----------------------------------------------------------------------------------------

local function affine(x, scale, offset) return layer(function() return op.affine(x, {scale = scale, offset = offset}) end, x) end

-- A list of numbers, one for each channel, as an array; in lists of one it may be.
local function known_of(value)
  if not cnnc.arguments.is_plain_table(value) then return nil end
  while #value == 1 and type(value[1]) == "table" do value = value[1] end
  for _, number in ipairs(value) do
    if type(number) ~= "number" then return nil end
  end
  return #value > 0 and array.from("float", {#value}, value) or nil
end

local function with_known(name, a, b)
  local of_a, of_b = known_of(a), known_of(b)
  return layer(function(made)
    return op.binary(of_a and import.weights(made, "value", of_a) or a, of_b and import.weights(made, "value", of_b) or b, name)
  end, of_a and b or a)
end

local function binary(name, kind, left, right)
  operators[name] = {"x", "y", "x1", "x2", "value", "bias", function(v, title)
    local a, b = v.x or v.x1 or v.value, v.y or v.x2 or v.bias
    if is_tensor(a) and known_of(b) or is_tensor(b) and known_of(a) then return with_known(name, a, b) end
    if is_tensor(a) and is_tensor(b) then
      if kind then return import.call(kind, {}, {a, b}, title) end
      return layer(function() return op.binary(a, b, name) end, a, b)
    end
    if is_tensor(a) and type(b) == "number" then return left(a, b) end
    if type(a) == "number" and is_tensor(b) then return right(a, b) end
    import.fail(nil, "is called on what is neither a tensor nor a number")
  end}
end

local function with_number(name)
  return function(x, number) return layer(function() return op.binary(x, number, name) end, x) end,
    function(number, x) return layer(function() return op.binary(x, number, name) end, x) end
end

local function plus(x, n) return affine(x, 1, n) end
local function times(x, n) return affine(x, n, 0) end
binary("add", "Add", plus, function(n, x) return plus(x, n) end)
binary("multiply", "Multiply", times, function(n, x) return times(x, n) end)
binary("subtract", "Subtract", function(x, n) return affine(x, 1, -n) end, function(n, x) return affine(x, -1, n) end)
binary("divide", nil, function(x, n)
  if n == 0 then import.fail(nil, "divides by zero") end
  return affine(x, 1 / n, 0)
end, function(n, x) return layer(function() return op.affine(op.unary(x, "reciprocal"), {scale = n, offset = 0}) end, x) end)
binary("maximum", "Maximum", with_number("maximum"))
binary("minimum", "Minimum", with_number("minimum"))

local POWERS <const> = {[2] = "square", [0.5] = "sqrt", [-0.5] = "rsqrt", [-1] = "reciprocal"}
binary("power", nil, function(x, n)
  return layer(function() return POWERS[n] and op.unary(x, POWERS[n]) or op.binary(x, n, "power") end, x)
end, function(n) import.fail(nil, "raises the number %s to a power, which cnnc does not do", tostring(n)) end)

for name, of in pairs{abs = "abs", exp = "exponential", log = "log", sqrt = "sqrt", rsqrt = "rsqrt", square = "square",
                      reciprocal = "reciprocal", sin = "sin", cos = "cos", erf = "erf", floor = "floor", ceil = "ceil",
                      sign = "sign", expm1 = "expm1", log1p = "log1p"} do
  operators[name] = {"x", function(v) return layer(function() return op.unary(v.x, of) end, v.x) end}
end
operators.negative = {"x", function(v) return affine(v.x, -1, 0) end}
operators.identity = {"x", function(v) return need_tensor(v.x) end}
operators.cast = {"x", "dtype", function(v)
  if type(v.dtype) ~= "string" or not string.find(v.dtype, "^float") then
    import.fail(nil, "makes numbers of another type, which cnnc does not do")
  end
  return need_tensor(v.x)
end}

for _, name in ipairs{"relu", "relu6", "sigmoid", "tanh", "softplus", "softsign", "silu", "selu", "mish", "log_sigmoid",
                     "hard_silu"} do
  operators[name] = {"x", function(v, title) return import.call("Activation", {activation = name}, {need_tensor(v.x)}, title) end}
end
operators.elu = {"x", "alpha", function(v, title)
  local is_usual = v.alpha == nil or v.alpha == 1
  return import.call(is_usual and "Activation" or "ELU", is_usual and {activation = "elu"} or {alpha = v.alpha}, {need_tensor(v.x)},
    title)
end}
operators.gelu = {"x", "approximate", function(v)
  local name = v.approximate and "gelu_tanh" or "gelu"
  return layer(function() return op.unary(v.x, name) end, v.x)
end}
operators.leaky_relu = {"x", "alpha", "negative_slope", function(v, title)
  return import.call("LeakyReLU", {negative_slope = v.negative_slope or v.alpha or 0.2}, {need_tensor(v.x)}, title)
end}
operators.softmax = {"x", "axis", function(v, title)
  return import.call("Softmax", {axis = v.axis or -1}, {need_tensor(v.x)}, title)
end}
operators.l2_normalize = {"x", "axis", function(v, title)
  return import.call("UnitNormalization", {axis = v.axis or -1}, {need_tensor(v.x)}, title)
end}
operators.clip = {"x", "x_min", "x_max", "clip_value_min", "clip_value_max", function(v)
  local low, high = v.x_min or v.clip_value_min, v.x_max or v.clip_value_max
  if type(low) ~= "number" or type(high) ~= "number" then import.fail(nil, "needs two numbers") end
  return layer(function() return op.binary(op.binary(v.x, low, "maximum"), high, "minimum") end, v.x)
end}

---- Shapes ------------------------------------------------------------------------------------------------------

for _, name in ipairs{"mean", "sum", "max", "min"} do
  operators[name] = {"x", "axis", "keepdims", function(v)
    local rank, axes = #cnnc.shape(need_tensor(v.x)), {}
    local given = type(v.axis) == "table" and v.axis or v.axis and {v.axis} or {}
    if #given == 0 then import.fail(nil, "works along all axes, of which the batch is one") end
    for i, axis in ipairs(given) do axes[i] = axis_of(axis, rank) end
    table.sort(axes)
    local result = layer(function()
      local y = op.reduce(v.x, {["function"] = name, axes = axes, keepdims = v.keepdims == true})
      return #cnnc.shape(y) == 0 and op.reshape(y, {shape = {1}}) or y
    end, v.x)
    return result
  end}
end

operators.concatenate = {"values", "axis", "xs", function(v, title)
  local list = keras.collect(v.values or v.xs, {})
  return import.call("Concatenate", {axis = math.type(v.axis) == "integer" and v.axis or -1}, list, title)
end}

operators.reshape = {"x", "shape", "newshape", function(v, title)
  local shape, target = v.shape or v.newshape, {}
  if type(shape) ~= "table" then import.fail(nil, "needs a shape that is known") end
  for i = 2, #shape do target[i - 1] = shape[i] == NONE and -1 or shape[i] end
  local count, known = 1, 1
  for _, size in ipairs(cnnc.shape(need_tensor(v.x))) do count = count * size end
  for _, size in ipairs(target) do known = known * (math.type(size) == "integer" and size or 0) end
  if #target == 0 or shape[1] ~= -1 and shape[1] ~= NONE or known > 0 and known ~= count then
    import.fail(nil, "reshapes the batch, too, which cnnc does not do")
  end
  return import.call("Reshape", {target_shape = target}, {v.x}, title)
end}

operators.transpose = {"x", "perm", "axes", function(v, title)
  local order, dims = v.perm or v.axes, {}
  if type(order) ~= "table" or order[1] ~= 0 then import.fail(nil, "moves the batch, which cnnc does not do") end
  for i = 2, #order do dims[i - 1] = order[i] end
  return import.call("Permute", {dims = dims}, {need_tensor(v.x)}, title)
end}

operators.expand_dims = {"x", "axis", function(v)
  local shape = cnnc.shape(need_tensor(v.x))
  table.insert(shape, axis_of(v.axis, #shape + 1) + 1, 1)
  return layer(function() return op.reshape(v.x, {shape = shape}) end, v.x)
end}

operators.squeeze = {"x", "axis", function(v)
  local shape, kept, goes = cnnc.shape(need_tensor(v.x)), {}, {}
  for _, axis in ipairs(type(v.axis) == "table" and v.axis or v.axis and {v.axis} or {}) do goes[axis_of(axis, #shape)] = true end
  for i, size in ipairs(shape) do
    local all = next(goes) == nil
    if goes[i - 1] and size ~= 1 then import.fail(nil, "takes away an axis of %d", size) end
    if not (goes[i - 1] or all and size == 1) then kept[#kept + 1] = size end
  end
  return layer(function() return op.reshape(v.x, {shape = #kept > 0 and kept or {1}}) end, v.x)
end}

-- The parts of a key: one alone is in no list.
local function parts_of(key)
  if type(key) ~= "table" or key == NONE then return nil end
  if key.class_name == "__tuple__" then return key.items end
  return #key == 0 and next(key) ~= nil and {key} or key
end

local BORDERS <const> = {edge = true, reflect = true, symmetric = true, wrap = true}

-- {{0, 0}, {1, 2}, ...}: how many places before and behind each axis, of which the batch has none.
local function widths_of(list, rank)
  list = parts_of(list)
  local widths, good = {}, type(list) == "table" and #list == rank + 1
  for i = 1, good and #list or 0 do
    local pair = parts_of(list[i]) or {}
    good = good and math.type(pair[1]) == "integer" and math.type(pair[2]) == "integer" and (i > 1 or pair[1] == 0 and pair[2] == 0)
    widths[i - 1] = pair
  end
  if not good then import.fail(nil, "pads the batch, or by what is no number of places for each axis") end
  return widths
end

operators.pad = {"x", "tensor", "pad_width", "paddings", "mode", "constant_values", function(v)
  local x = need_tensor(v.x or v.tensor)
  local shape, mode = cnnc.shape(x), string.lower(tostring(v.mode or "constant"))
  local widths = widths_of(v.pad_width or v.paddings, #shape)
  if mode == "constant" and (v.constant_values or 0) ~= 0 then import.fail(nil, "pads with other numbers than 0") end
  if mode ~= "constant" and not BORDERS[mode] then import.fail(nil, "pads with mode = %q, which cnnc does not know", mode) end
  return layer(function()
    local y = x
    for axis, pair in ipairs(widths) do
      local outer, size, inner = 1, shape[axis], 1
      for i, n in ipairs(shape) do
        if i < axis then outer = outer * n elseif i > axis then inner = inner * n end
      end
      shape[axis] = size + pair[1] + pair[2]
      if mode ~= "constant" then
        y = op.border(y, {axis = axis - 1, before = pair[1], behind = pair[2], mode = mode})
      elseif shape[axis] ~= size then
        y = op.pad2d(op.reshape(y, {shape = {outer, size, inner}}), {padding = {0, 0, pair[1], pair[2]}})
        y = op.reshape(y, {shape = shape})
      end
    end
    return y
  end, x)
end}

-- x[:, 1:3, 0]: an index takes the axis away.
operators.getitem = {"x", "slice_spec", "key", function(v)
  local x, spec = need_tensor(v.x), parts_of(v.slice_spec or v.key)
  local shape = cnnc.shape(x)
  if type(spec) ~= "table" or #spec > #shape + 1 then import.fail(nil, "takes a part that cnnc does not know") end
  return layer(function()
    local y, kept = x, {}
    for i, part in ipairs(spec) do
      local size, index = shape[i - 1], math.type(part) == "integer" and part or nil
      local begin, stop, step = 0, size, 1
      if type(part) == "table" and part ~= NONE and (part.class_name or "__slice__") == "__slice__" then
        local entries = part.class_name and type(part.config) == "table" and part.config or part
        begin, stop, step = entries.start or entries[1], entries.stop or entries[2], entries.step or entries[3]
      elseif not index then
        import.fail(nil, "takes a part that cnnc does not know")
      end
      local function whole(n, default) return math.type(n) == "integer" and n or n == nil and default or n == NONE and default end
      begin, stop, step = whole(begin, 0), whole(stop, size), whole(step, 1)
      if i == 1 then
        if index or begin ~= 0 or stop ~= nil or step ~= 1 then import.fail(nil, "takes a part of the batch") end
      else
        if index then begin, stop = index, index == -1 and size or index + 1 end
        if not begin or not stop or step ~= 1 then import.fail(nil, "takes a part that cnnc does not know") end
        begin, stop = begin < 0 and begin + size or begin, math.min(stop < 0 and stop + size or stop, size)
        if begin < 0 or begin >= stop then import.fail(nil, "takes a part of which nothing is left") end
        if begin > 0 or stop < size then y = op.slice(y, {axis = i - 2, begin = begin, count = stop - begin}) end
        if not index then kept[#kept + 1] = stop - begin end
      end
    end
    table.move(shape, math.max(#spec, 1), #shape, #kept + 1, kept)
    return op.reshape(y, {shape = #kept > 0 and kept or {1}})
  end, x)
end}
