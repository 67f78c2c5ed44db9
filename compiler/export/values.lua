-- values.lua: the graph's tensors as values of ONNX, and the nodes that make them.
--
-- A tensor of the samples has "N" in front, and up to two forms: `last`, as the script has it, and `first`, with the last of its
-- axes, the channels, in front of the others, as ONNX' operators of images want it. Each is made when it is asked for first. A
-- SHARED tensor has no axis of the samples and the form `last` alone.

local cnnc = ...
local export = cnnc.export
local format = string.format

export.BATCH = "N"

-- {constants, taken = names, scope = {nodes, values, forms}, node = that is exported, output_names = {tensor = name}}
local state

local function new_scope(outer)
  return {outer = outer, nodes = {}, values = {}, forms = setmetatable({}, {__index = outer and outer.forms})}
end

function export.begin() state = {constants = {}, known = {}, taken = {}, named = {}, output_names = {}, scope = new_scope()} end

-- What the nodes of f() are, for a graph inside of a node: {nodes, values}; what f makes is known to it alone.
function export.inner(f)
  state.scope = new_scope(state.scope)
  f()
  local inner = state.scope
  state.scope = inner.outer
  return {nodes = inner.nodes, values = inner.values}
end

function export.state() return state end

---- Names -----------------------------------------------------------------------------------------------

local function unique(taken, name)
  local result, number = name, 1
  while taken[result] do
    number = number + 1
    result = format("%s_%d", name, number)
  end
  taken[result] = true
  return result
end

-- A name that no other value has.
function export.name(text) return unique(state.taken, text) end

local function layer_name() return state.node and state.node.layer or "network" end

---- Nodes -----------------------------------------------------------------------------------------------

local function names_of(attributes)
  local names = {}
  for name in pairs(attributes) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function append(op, inputs, outputs, attributes, name)
  attributes = attributes or {}
  local nodes = state.scope.nodes
  nodes[#nodes + 1] = {op = op, name = unique(state.named, name), inputs = inputs, outputs = outputs, attributes = attributes,
    attribute_names = names_of(attributes)}
end

-- A node of several outputs, which the caller names.
function export.node(op, inputs, outputs, attributes) append(op, inputs, outputs, attributes, layer_name()) end

-- The value that a node makes on the way to a tensor.
function export.part(op, inputs, attributes)
  local name = format("%s/%s", layer_name(), op)
  local output = export.name(name)
  append(op, inputs, {output}, attributes, name)
  return output
end

---- Tensors ---------------------------------------------------------------------------------------------

-- What only hands on one of its inputs where the network predicts: that input; else nil.
local HANDS_ON <const> = {
  in_training = function(node) return node.inputs[2] end,
  unrolled = function(node) return node.inputs[2] end,
  augment = function(node) return node.inputs[#node.inputs] end,
}

function export.source(node)
  if node.identity then return node.inputs[1] end
  local hands_on = HANDS_ON[node.op]
  return hands_on and hands_on(node)
end

-- The tensor that has the numbers.
function export.resolved(tensor)
  while tensor.node and export.source(tensor.node) do tensor = export.source(tensor.node) end
  return tensor
end

local function dims_of(tensor, form)
  local dims = table.move(tensor.shape, 1, #tensor.shape, 1, {})
  if form == "first" then table.insert(dims, 1, table.remove(dims)) end
  if not tensor.shared then table.insert(dims, 1, export.BATCH) end
  return dims
end

local function forms_of(tensor)
  local forms = rawget(state.scope.forms, tensor)
  if not forms then
    forms = {}
    for form, name in pairs(state.scope.forms[tensor] or {}) do forms[form] = name end
    state.scope.forms[tensor] = forms
  end
  return forms
end

-- What the tensor's value is called in ONNX.
function export.value(tensor, name, form)
  return {name = name, type = tensor.element, dims = dims_of(tensor, form or "last")}
end

-- From here on the tensor is the value `name`.
function export.give(tensor, name, form) forms_of(tensor)[form or "last"] = name end

local function add_value(tensor, name, form)
  local values = state.scope.values
  values[#values + 1] = export.value(tensor, name, form)
end

-- A node whose output is the tensor, in this form or `last`.
function export.make(tensor, op, inputs, attributes, form)
  form = form or "last"
  local name = form == "last" and state.output_names[tensor] or nil
  if not name then
    name = export.name(form == "last" and tensor.name or format("%s/channels_first", tensor.name))
    add_value(tensor, name, form)
  end
  local layer = layer_name()
  local is_taken = tensor.shared or state.named[layer]
  append(op, inputs, {name}, attributes, is_taken and format("%s/%s", layer, op) or layer)
  export.give(tensor, name, form)
end

---- Constants -------------------------------------------------------------------------------------------

local function add_constant(constant)
  constant.name = export.name(constant.name)
  state.constants[#state.constants + 1] = constant
  return constant.name
end

-- A constant of these numbers, row by row; the same one for the same numbers.
function export.constant(type, dims, numbers)
  local key = format("%s %s: %s", type, table.concat(dims, "x"), table.concat(numbers, ","))
  if not state.known[key] then
    state.known[key] = add_constant{name = layer_name() .. "/constant", type = type, dims = dims, numbers = numbers}
  end
  return state.known[key]
end

function export.integers(list) return export.constant("int64", {#list}, list) end

function export.number(x) return export.constant("float32", {}, {x + 0.0}) end

-- So many times the same number.
function export.repeated(x, count)
  local numbers = {}
  for i = 1, count do numbers[i] = x + 0.0 end
  return export.constant("float32", {count}, numbers)
end

local function permuted(list, order)
  local result = {}
  for i, axis in ipairs(order) do result[i] = list[axis + 1] end
  return result
end

local function in_order(rank)
  local order = {}
  for i = 1, rank do order[i] = i - 1 end
  return order
end

-- A SHARED tensor with its axes in another order, and these lengths if they are given.
function export.arranged(tensor, order, dims)
  tensor = export.resolved(tensor)
  order = order or in_order(#tensor.shape)
  dims = dims or permuted(tensor.shape, order)
  local key = format("%s %s %s", tensor.name, table.concat(order, " "), table.concat(dims, "x"))
  if tensor.parameter then
    state.known[key] = state.known[key] or
      add_constant{name = tensor.name, type = "float32", dims = dims, parameter = tensor.parameter, shape = tensor.shape,
        order = order}
    return state.known[key]
  end
  local value = export.part("Transpose", {export.last(tensor)}, {perm = order})
  return export.part("Reshape", {value, export.integers(dims)})
end

-- A parameter, seen in `how.shape`, with its axes in `how.order`, and along `how.axis` of them what `how.pick` names.
function export.picked(tensor, how)
  return add_constant{name = tensor.name, type = "float32", dims = how.dims, parameter = tensor.parameter, shape = how.shape,
    order = how.order, axis = how.axis, pick = how.pick}
end

---- Forms -----------------------------------------------------------------------------------------------

-- Of so many axes, behind that of the samples.
local function to_first(rank)
  local perm = {0, rank}
  for i = 1, rank - 1 do perm[i + 2] = i end
  return perm
end

local function to_last(rank)
  local perm = {0}
  for i = 2, rank do perm[i] = i end
  perm[rank + 1] = 1
  return perm
end

function export.last(tensor)
  tensor = export.resolved(tensor)
  local forms = forms_of(tensor)
  if forms.last then return forms.last end
  if tensor.parameter then
    forms.last = export.arranged(tensor)
    return forms.last
  end
  local name = state.output_names[tensor]
  if not name then
    name = export.name(tensor.name)
    add_value(tensor, name, "last")
  end
  append("Transpose", {forms.first}, {name}, {perm = to_last(#tensor.shape)}, layer_name() .. "/channels_last")
  forms.last = name
  return name
end

function export.first(tensor)
  tensor = export.resolved(tensor)
  local forms = forms_of(tensor)
  if forms.first then return forms.first end
  local name = export.name(tensor.name .. "/channels_first")
  append("Transpose", {export.last(tensor)}, {name}, {perm = to_first(#tensor.shape)}, layer_name() .. "/channels_first")
  add_value(tensor, name, "first")
  forms.first = name
  return name
end

-- Is it there with channels first alone?
function export.is_first(tensor)
  local forms = state.scope.forms[export.resolved(tensor)]
  return forms ~= nil and forms.first ~= nil and forms.last == nil
end

-- The form in which the tensor is there.
function export.form(tensor) return export.is_first(tensor) and "first" or "last" end

function export.of(tensor, form) return form == "first" and export.first(tensor) or export.last(tensor) end

-- The number among ONNX' axes of an axis of the tensor, counted from 0.
function export.axis(tensor, axis, form)
  if tensor.shared then return axis end
  if form ~= "first" then return axis + 1 end
  return axis == #tensor.shape - 1 and 1 or axis + 2
end
