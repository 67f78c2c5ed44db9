-- layers.lua: how rows of operators make layers of the graph, and say what is wrong with their node.

local cnnc = ...
local array, import, fields = cnnc.array, cnnc.import, cnnc.fields
local value = import.value
local format, pack = string.format, table.pack

---- Messages --------------------------------------------------------------------------------------------

-- The node that is being built: {op =, name =, inputs =, outputs =, attributes =}; nil: none.
import.node = nil

-- "Conv 'conv1'", or, of a node without a name, "Conv (output '23')".
function import.node_text(node)
  if node.name ~= "" then return format("%s '%s'", node.op, node.name) end
  return format("%s (output '%s')", node.op, import.first_output(node))
end

-- The first output that has a name.
function import.first_output(node)
  for _, name in ipairs(node.outputs) do
    if name ~= "" then return name end
  end
  return ""
end

function import.fail(_, message, ...)
  local about, hint = format(message, ...), import.hint
  import.hint = nil
  if import.node then about = format("%s: %s", import.node_text(import.node), about) end
  cnnc.fail(about, {at = {file = import.path, line = 0}, hint = hint})
end

function import.fail_with(hint, message, ...)
  import.hint = hint
  import.fail(nil, message, ...)
end

---- Names -----------------------------------------------------------------------------------------------

local taken = {}
local NAME_LENGTH <const> = 43 -- a script's names have at most 48 characters, of which some are for a number

-- A name of C and of files made of one that may be anything; `otherwise` where nothing is left of it.
function import.name_of(text, otherwise, among)
  local taken = among or taken
  local name = string.gsub(string.gsub(text, "[^%w_]+", "_"), "^_+", "")
  name = string.gsub(name, "_+$", "")
  if not string.find(name, "^%a") then name = name == "" and otherwise or otherwise .. "_" .. name end
  name = string.sub(name, 1, NAME_LENGTH)
  local number, unique = 1, name
  while taken[string.lower(unique)] do
    number = number + 1
    unique = format("%s_%d", name, number)
  end
  taken[string.lower(unique)] = true
  return unique
end

---- Layers ----------------------------------------------------------------------------------------------

local function snake(name) return cnnc.snake_case(name) end

-- By array: it stands in the file as a weight, and is no number of the file's arithmetic.
import.initializers = setmetatable({}, {__mode = "k"})

function import.same_source(new, known)
  import.initializers[new] = import.initializers[known]
  return new
end

-- Gives a layer's parameter NAME the numbers of an array: in its shape, or in this one. Within the layer's call.
local function parameter(layer, name, known, shape, trainable)
  if array.type(known) ~= "float" then known = array.cast(known, "float") end
  local tensor = layer:parameter(name, shape or array.dims(known), "zeros", trainable)
  array.give(tensor, known)
  import.record.parameter(tensor, name, known, trainable)
  return tensor
end

-- `source`: where the numbers come from, by which is known whether training may change a parameter called value.
function import.weights(layer, name, known, shape, source)
  return parameter(layer, name, known, shape, import.initializers[source] or not string.find(name, "^value"))
end

-- The same of numbers that the operator itself has, a mask or places: training leaves them as they are.
function import.constant(layer, name, known, shape) return parameter(layer, name, known, shape, false) end

-- A layer for the node that is built, called on the tensors among `values`. f(layer), within its call, returns tensors.
function import.layer(values, f)
  local tensors, seen, node = {}, {}, import.node
  for _, x in ipairs(values) do
    local key = x.tensor and cnnc.key(x.tensor)
    if key and not seen[key] then tensors[#tensors + 1], seen[key] = x.tensor, true end
  end
  local name = import.name_of(node.name ~= "" and node.name or import.first_output(node), snake(node.op))
  local spec = cnnc.complete_spec{name = node.op, call = function(layer) return import.record.ops(f, layer) end}
  spec.min_inputs, spec.max_inputs = #tensors, #tensors
  local a = node.attributes
  local shown = {kernel_size = a.kernel_shape, strides = a.strides, dilation_rate = a.dilations, groups = a.group}
  local layer = cnnc.make_layer(spec, {name = name, trainable = true, shown = shown})
  return cnnc.call_layer(layer, {file = import.path, line = 0}, table.unpack(tensors))
end

-- The value with its numbers where its logical axes say, for who needs it so.
function import.settle(x)
  if x.array or value.is_natural(x) then
    return x.array and x or value.settled(x, x.tensor)
  end
  local tensor = import.layer({x}, function() return value.natural(x) end)
  return value.settled(x, tensor)
end

-- What f makes of the tensor number by number.
function import.pointwise(x, f)
  return value.like(x, import.layer({x}, function(layer) return f(x.tensor, layer) end))
end

-- What f(tensors, layer) makes of values that meet number by number. Known single numbers come as numbers where `numbers` says.
function import.meet(values, f, numbers)
  local meeting = value.meeting(values)
  if not meeting then
    local texts = {}
    for i, x in ipairs(values) do texts[i] = value.text(x) end
    import.fail(nil, "tensors of %s do not go together", table.concat(texts, " and "))
  end
  for _, x in ipairs(values) do
    for i, size in ipairs(x.array and value.dims(x) or {}) do
      if size ~= 1 then import.not_along_batch(meeting, #meeting.axes - value.rank(x) + i) end
    end
  end
  local tensor = import.layer(values, function(layer)
    return f(value.together(meeting, function(known, shape, i)
      if numbers and array.count(known) == 1 then return array.list(known)[1] end
      return import.weights(layer, i == 2 and "value" or "value_" .. i, known, shape, values[i].array)
    end), layer)
  end)
  return {tensor = tensor, axes = meeting.axes, order = meeting.order}
end

---- Attributes ------------------------------------------------------------------------------------------

-- Of the node that is built.
function import.attribute(name, default)
  local found = import.node.attributes[name]
  if found == nil then return default end
  return found
end

-- A list of integers; absent: nil.
function import.integers(x)
  if x == nil then return nil end
  if type(x) == "table" and not x.array then return x end
  if not x.array then import.fail(nil, "needs numbers that are known when it is compiled, not a tensor") end
  local list = array.list(array.cast(x.array, "int"))
  return list
end

-- The known numbers of an input.
function import.known(x, what)
  if not x.array then
    local hint = format("--bind %s=FILE makes an input of the model a constant", x.input or "NAME")
    import.fail_with(hint, "must know %s when it is compiled", what)
  end
  return x.array
end

-- An axis from 1, of one that may count from the end.
function import.axis(axis, rank)
  local found = axis < 0 and axis + rank + 1 or axis + 1
  if found < 1 or found > rank then import.fail(nil, "has no axis %d", axis) end
  return found
end

import.pack, import.fields = pack, fields
