-- tensor.lua: ops and arithmetic, as a script calls them: outside of a layer each is one by itself.

local cnnc = ...
local fail, entry, where = cnnc.fail, cnnc.entry, cnnc.where
local arguments, exports, scopes = cnnc.arguments, cnnc.exports, cnnc.scopes
local complete_spec, make_layer, call_layer = cnnc.complete_spec, cnnc.make_layer, cnnc.call_layer
local format, pack, unpack = string.format, table.pack, table.unpack

arguments.types.tensor = {
  check = function(value) return cnnc.is_tensor(value) and value or nil end,
  expects = function() return "a tensor" end,
}

-- What is done to tensors by such names has nothing to do with their masks.
local IS_APART <const> = {compute_mask = true, in_training = true, loss = true, metric = true, regularizer = true}

-- An op that a script uses outside of any layer is a layer of its own.
local function as_layer_at(at, name, build, ...)
  if scopes.current then return build(...) end
  local tensors, places, rest = {}, {}, pack(...)
  for i = 1, rest.n do
    if cnnc.is_tensor(rest[i]) then tensors[#tensors + 1], places[#places + 1] = rest[i], i end
  end
  if #tensors == 0 then return build(...) end -- which says what is missing
  local spec = complete_spec{name = name, masks = IS_APART[name] and cnnc.no_mask or nil, call = function(_, ...)
    local given = table.move(rest, 1, rest.n, 1, {})
    for i, place_of in ipairs(places) do given[place_of] = select(i, ...) end
    return build(unpack(given, 1, rest.n))
  end}
  spec.min_inputs, spec.max_inputs = #tensors, #tensors
  return call_layer(make_layer(spec, {trainable = true}), at, unpack(tensors))
end

local function as_layer(name, ...) return as_layer_at(where(), name, ...) end

---- Means over the batch ------------------------------------------------------------------------------------

-- By key, the tensors that are means over the batch, too, each with the line that made it. What is added to the loss, or a function
-- of a loss or metric gives, is averaged over the batch, so that there a sample's mean is enough, as long as nothing is made of
-- it but sums and multiples. A model's outputs have nothing of them.
local batch_means = {}

-- ops.mean(x) without axes.
function cnnc.mean_of_batch(x, keepdims)
  local one = #cnnc.shape(x) == 0
  if one then x = cnnc.op.reshape(x, {shape = {1}}) end
  local mean = cnnc.op.reduce(x, {["function"] = "mean", keepdims = not one and keepdims})
  batch_means[cnnc.key(mean)] = where()
  return mean
end

-- Is something made of such a mean in a tensor, seen from its end? The line of the mean.
local function has_mean(tensor, seen)
  local key = tensor and cnnc.key(tensor)
  if not key or seen[key] then return false end
  seen[key] = true
  if batch_means[key] then return batch_means[key] end
  for _, input in ipairs((cnnc.producer(tensor) or {inputs = {}}).inputs) do
    local at = has_mean(input, seen)
    if at then return at end
  end
  return false
end

local ADDS <const> = {add = true, subtract = true}

-- Does the mean over the batch of what is made of means stay what it is?
local function is_linear(tensor)
  local made = cnnc.producer(tensor)
  if not made then return true end
  if batch_means[cnnc.key(tensor)] then return is_linear(made.inputs[1]) end
  if made.op == "affine" or made.op == "binary" and ADDS[made["function"]] then
    for _, input in ipairs(made.inputs) do
      if not is_linear(input) then return false end
    end
    return true
  end
  return not has_mean(tensor, {})
end

local function check_linear(value, who, at)
  if next(batch_means) == nil or is_linear(value) then return end
  fail(format("this %s makes more than sums of ops.mean without axis, which is the mean over the batch, too", who),
    {at = at, hint = "ops.mean(x, {axis = -1}) is a sample's own mean"})
end

-- The value of a loss or metric that the script wrote as a function of two tensors: a number of each sample. masked(values): what
-- becomes of several; nil: their mean. Returns true behind it where it is one number of the batch, which no mask changes.
function cnnc.run_loss(at, who, f, label, output, masked)
  local value = cnnc.run_function(at, who, f, label, output)
  check_linear(value, who, at)
  local is_whole = masked and has_mean(value, {})
  if masked and not is_whole then return masked(value) end
  if is_whole and #value.shape > 0 then
    fail(format("this %s has ops.mean without axis beside numbers of steps, of which a mask leaves some", who),
      {at = at, hint = "ops.mean(x, {axis = -1}) is a step's own mean"})
  end
  if is_whole then return value, true end
  return #value.shape == 0 and value or cnnc.op.reduce(value, {["function"] = "mean"})
end

-- Stops if more than sums and multiples of means over the batch are added to loss or metrics, or if an output is made of one.
function cnnc.check_added(value, who) check_linear(value, who, where()) end
function cnnc.check_outputs(outputs)
  for _, output in ipairs(next(batch_means) and outputs or {}) do
    local at = has_mean(output, {})
    if at then
      fail("ops.mean without axis is the mean over the batch, too, which a loss, a metric or add_loss alone can have",
        {hint = "axis = -1 is the last; the batch, axis 0, is not among them", at = at})
    end
  end
end

-- Is it of the batch, and not of a sample?
function cnnc.is_of_batch(value) return cnnc.is_shared(value) or has_mean(value, {}) ~= false end

-- What a function of the script's makes of tensors, on behalf of the line `at`. `who` it is, for messages.
function cnnc.run_function(at, who, f, ...)
  return as_layer_at(at, who, function(...)
    local result = f(...)
    if not cnnc.is_tensor(result) then
      fail(format("a function that is a %s must return a tensor, not %s", who, arguments.show(result)), {at = at})
    end
    return result
  end, ...)
end

local offered_ops = {}
cnnc.offered_ops = offered_ops
exports.op = cnnc.namespace("op", offered_ops, "there is no op '%s'")
for name, offered in pairs(cnnc.script_ops) do
  local build = cnnc.op[name]
  if offered then
    offered_ops[name] = entry(function(...) return as_layer(name, build, ...) end)
  end
end

local tensor_metatable = cnnc.tensor_metatable

function tensor_metatable.__index(tensor, key)
  if key == "shape" then return cnnc.list(cnnc.shape(tensor)) end
  if key == "rank" then return #cnnc.shape(tensor) end
  if key == "dtype" then return cnnc.dtype(tensor) end
  if key == "_keras_mask" then
    return cnnc.mask_of(tensor) and as_layer("compute_mask", function(x) return cnnc.mask_of(x) end, tensor) or nil
  end
  if type(key) ~= "string" then
    fail("a tensor has no field for a place: there are no numbers in it yet",
      {hint = "ops.take(x, 0, {axis = 1}) is the first place along axis 1, of which 0 is the batch, and ops.slice a part"})
  end
  fail(format("a tensor has no field '%s'", key), {hint = cnnc.torch.of_tensor(key) or "it has shape, rank and dtype"})
end

function tensor_metatable.__newindex()
  fail("a tensor cannot be changed")
end

function tensor_metatable.__tostring(tensor)
  return "tensor " .. cnnc.shape_text(cnnc.shape(tensor))
end

local function scaled(tensor, scale, offset)
  return as_layer("affine", cnnc.op.affine, tensor, {scale = scale, offset = offset})
end

-- Operands that meet number by number. Keras counts the batch among the axes of samples: along it lies an axis that a tensor
-- without a batch has more, which must be of size 1, and goes.
function cnnc.along_samples(...)
  local operands, rank, widest = pack(...), 0, nil
  for i = 1, operands.n do
    local x = operands[i]
    if cnnc.is_tensor(x) and not cnnc.is_shared(x) and #x.shape > rank then rank, widest = #x.shape, x end
  end
  for i = 1, operands.n do
    local x = operands[i]
    if rank > 0 and cnnc.is_tensor(x) and cnnc.is_shared(x) and #x.shape > rank then
      local shape = x.shape
      if #shape > rank + 1 or shape[1] ~= 1 then
        fail(format("a tensor of %s, which has no batch, cannot meet samples of %s", table.concat(shape, "x"),
          table.concat(widest.shape, "x")), {hint = "its first axis would lie along the batch, where Keras takes 1 alone"})
      end
      operands[i] = cnnc.op.reshape(x, {shape = {unpack(shape, 2)}})
    end
  end
  return unpack(operands, 1, operands.n)
end

local function binary(a, b, name)
  a, b = cnnc.along_samples(a, b)
  return cnnc.op.binary(a, b, {["function"] = name})
end
cnnc.binary_of_samples = binary

local function arithmetic(name, with_number)
  return entry(function(a, b)
    if type(b) == "number" and with_number then return with_number(a, b) end
    if type(a) == "number" and (name == "add" or name == "multiply") then return with_number(b, a) end
    if type(a) == "number" and name == "subtract" then return scaled(b, -1, a) end
    local function fits(x) return cnnc.is_tensor(x) or type(x) == "number" end
    if not (fits(a) and fits(b)) then
      fail(format("cannot %s %s and %s", name, arguments.show(a), arguments.show(b)))
    end
    return as_layer(name, binary, a, b, name)
  end)
end

tensor_metatable.__add = arithmetic("add", function(x, number) return scaled(x, 1, number) end)
tensor_metatable.__sub = arithmetic("subtract", function(x, number) return scaled(x, 1, -number) end)
tensor_metatable.__mul = arithmetic("multiply", function(x, number) return scaled(x, number, 0) end)
tensor_metatable.__div = arithmetic("divide", function(x, number)
  if number == 0 then fail("division of a tensor by zero") end
  return scaled(x, 1 / number, 0)
end)
local ROOTS_AND_SQUARE = {[2] = "square", [0.5] = "sqrt", [-0.5] = "rsqrt"}
local power = arithmetic("power")
tensor_metatable.__pow = entry(function(x, y)
  local name = cnnc.is_tensor(x) and type(y) == "number" and ROOTS_AND_SQUARE[y]
  if name then return as_layer(name, cnnc.op.unary, x, {["function"] = name}) end
  return power(x, y)
end)
tensor_metatable.__unm = entry(function(x) return scaled(x, -1, 0) end)

for _, event in ipairs{"lt", "le"} do -- Lua makes true or false of what these give
  tensor_metatable["__" .. event] = entry(function()
    fail("tensors are not compared by Lua's < and its kin, which give true or false",
      {hint = "ops.less(x, y), ops.greater(x, y) and the like give 1 where it is so, else 0"})
  end)
end

cnnc.as_layer = as_layer
