-- recurrent.lua: loops that are what ONNX' LSTM, GRU and RNN compute, as these.

local cnnc = ...
local export = cnnc.export
local part, integers = export.part, export.integers

---- Patterns --------------------------------------------------------------------------------------------

-- A pattern is a name, which stands for one tensor wherever it occurs, or {op, what of it, patterns of its inputs...}.
local match

local function match_inputs(node, patterns, known)
  for i, pattern in ipairs(patterns) do
    if not match(node.inputs[i], pattern, known) then return false end
  end
  return true
end

local function copy(list)
  local result = {}
  for key, entry in pairs(list) do result[key] = entry end
  return result
end

local function match_either_way(node, a, b, known)
  local before = copy(known)
  if match_inputs(node, {a, b}, known) then return true end
  for key in pairs(known) do known[key] = before[key] end
  return match_inputs(node, {b, a}, known)
end

local MATCHES <const> = {
  matmul = function(node, p, known) return match_inputs(node, {p[2], p[3]}, known) end,
  unary = function(node, p, known) return node["function"] == p[2] and match_inputs(node, {p[3]}, known) end,
  binary = function(node, p, known) return node["function"] == p[2] and match_either_way(node, p[3], p[4], known) end,
  affine = function(node, p, known)
    return node.scale == p[2] and node.offset == p[3] and match_inputs(node, {p[4]}, known)
  end,
  slice = function(node, p, known) -- counted in units
    local fits = node.axis == 0 and node.begin == p[2] * known.units and node.count == p[3] * known.units
    return fits and match_inputs(node, {p[4]}, known)
  end,
}

function match(tensor, pattern, known)
  tensor = export.resolved(tensor)
  if type(pattern) == "string" then
    known[pattern] = known[pattern] or tensor
    return known[pattern] == tensor
  end
  local node = tensor.node
  return node ~= nil and node.op == pattern[1] and MATCHES[node.op](node, pattern, known)
end

local function sum(a, b) return {"binary", "add", a, b} end
local function product(a, b) return {"binary", "multiply", a, b} end
local function of(f, x) return {"unary", f, x} end
local function slice(begin, count, x) return {"slice", begin, count, x} end

local OF_INPUT <const>, OF_STATE <const> = {"matmul", "x", "kernel"}, {"matmul", "h", "recurrent"}

-- What the next states are.
local function lstm(z)
  local function gate(i, f) return of(f, slice(i, 1, z)) end
  local c = sum(product(gate(1, "sigmoid"), "c"), product(gate(0, "sigmoid"), gate(2, "tanh")))
  return {h = product(gate(3, "sigmoid"), of("tanh", c)), c = c}
end

local function gru(of_input, of_state)
  local gates = of("sigmoid", sum(slice(0, 2, of_input), slice(0, 2, of_state)))
  local z, r = slice(0, 1, gates), slice(1, 1, gates)
  local candidate = of("tanh", sum(slice(2, 1, of_input), product(r, slice(2, 1, of_state))))
  return {h = sum(product(z, "h"), product({"affine", -1.0, 1.0, z}, candidate))}
end

local SUM <const> = sum(sum(OF_INPUT, "bias"), OF_STATE)
-- gates: how many there are, and where ONNX has each of them; both: the bias is that of the input and of the state
local KINDS <const> = {
  {op = "LSTM", gates = {0, 3, 1, 2}, next = lstm(SUM)},
  {op = "LSTM", gates = {0, 3, 1, 2}, next = lstm(sum(OF_INPUT, OF_STATE))},
  {op = "GRU", gates = {0, 1, 2}, both = true, next = gru(sum(OF_INPUT, "bias"), sum(OF_STATE, "state_bias"))},
  {op = "RNN", gates = {0}, next = {h = of("tanh", SUM)}},
  {op = "RNN", gates = {0}, next = {h = of("tanh", sum(OF_INPUT, OF_STATE))}},
}

---- What a loop is --------------------------------------------------------------------------------------

local function is_parameter(tensor) return tensor and tensor.parameter end

-- The parameter of which both biases of a GRU are rows; nil: they are none.
local function shared_bias(known)
  local found
  for i, name in ipairs{"bias", "state_bias"} do
    local reshape = known[name] and known[name].node
    local row = reshape and reshape.op == "reshape" and export.resolved(reshape.inputs[1]).node
    if not row or row.op ~= "slice" or row.axis ~= 0 or row.begin ~= i - 1 or row.count ~= 1 then return nil end
    local tensor = export.resolved(row.inputs[1])
    if not is_parameter(tensor) or found and found ~= tensor then return nil end
    found = tensor
  end
  return found
end

local function has_shape(tensor, ...)
  return is_parameter(tensor) and table.concat(tensor.shape, "x") == table.concat({...}, "x")
end

-- What broadcasts, ONNX' operators do not have.
local function fits(kind, known)
  local width, inputs = #kind.gates * known.units, known.x.shape[1]
  if not has_shape(known.kernel, inputs, width) or not has_shape(known.recurrent, known.units, width) then return false end
  if not known.bias then return true end
  return kind.both and has_shape(known.bias, 2, width) or not kind.both and has_shape(known.bias, width)
end

local function state_names(kind, found)
  if not kind.next.c then return #found.loop_state == 1 and {{"h"}} or {} end
  return #found.loop_state == 2 and {{"h", "c"}, {"c", "h"}} or {}
end

-- The tensors of the kind's names; nil: the loop is no such one.
local function matched(kind, found, names, next_of)
  local known = {units = found.loop_state[1].outputs[1].shape[1], x = found.loop_row[1].outputs[1]}
  for i, state in ipairs(found.loop_state) do known[names[i]] = state.outputs[1] end
  for i, state in ipairs(found.loop_state) do
    if not match(next_of(state, found.loop_next).inputs[2], kind.next[names[i]], known) then return nil end
  end
  if kind.both then known.bias = shared_bias(known) end
  if kind.both and not known.bias then return nil end
  return fits(kind, known) and known
end

-- {kind, known, names = of the states} of a loop by its nodes; nil: it is none of ONNX' own.
function export.recurrent_kind(found, next_of)
  if #found.loop_row ~= 1 or #found.loop_row[1].outputs[1].shape ~= 1 then return nil end
  for _, state in ipairs(found.loop_state) do
    if not next_of(state, found.loop_next) or #state.outputs[1].shape ~= 1 then return nil end
  end
  for _, kind in ipairs(KINDS) do
    for _, names in ipairs(state_names(kind, found)) do
      local known = matched(kind, found, names, next_of)
      local h = known and export.resolved(next_of({outputs = {known.h}}, found.loop_next).inputs[2])
      for _, node in ipairs(found.loop_rows) do known = known and export.resolved(node.inputs[1]) == h and known end
      if known then return {kind = kind, known = known, names = names} end
    end
  end
end

---- As a node -------------------------------------------------------------------------------------------

-- A kernel (inputs, gates of units) as (1, gates of units, inputs), with ONNX' order of gates.
local function gates_of(kind, kernel, units)
  local count = #kind.gates
  return export.picked(kernel, {shape = {kernel.shape[1], count, units}, order = {1, 2, 0}, axis = 1, pick = kind.gates,
    dims = {1, count * units, kernel.shape[1]}})
end

local function bias_of(kind, bias, units)
  local count = #kind.gates * units
  if not bias then return "" end
  if kind.both then return export.arranged(bias, nil, {1, 2 * count}) end
  local own = export.picked(bias, {shape = {#kind.gates, units}, order = {0, 1}, axis = 0, pick = kind.gates, dims = {1, count}})
  local zeros = {}
  for i = 1, count do zeros[i] = 0.0 end
  return part("Concat", {own, export.constant("float32", {1, count}, zeros)}, {axis = 1})
end

local function begin_of(state) return state.inputs[1] and part("Unsqueeze", {export.last(state.inputs[1]), integers{0}}) or "" end

-- All rounds' states (rounds, 1, N, units) as (N, rounds, units). Backwards ONNX has the last round first.
local function sequence_of(value, node, backwards)
  value = part("Squeeze", {value, integers{1}})
  if backwards ~= node.reverse then
    value = part("Slice", {value, integers{-1}, integers{math.mininteger}, integers{0}, integers{-1}})
  end
  export.make(node.outputs[1], "Transpose", {value}, {perm = {1, 0, 2}})
end

function export.recurrent(found, match_of, next_of)
  local kind, known, row = match_of.kind, match_of.known, found.loop_row[1]
  local sequence = part("Transpose", {export.last(row.inputs[1])}, {perm = {1, 0, 2}})
  local inputs = {sequence, gates_of(kind, known.kernel, known.units), gates_of(kind, known.recurrent, known.units),
    bias_of(kind, known.bias, known.units)}
  local outputs = {export.name(known.h.name .. "/all")}
  inputs[5] = ""
  for i, name in ipairs(match_of.names) do inputs[name == "h" and 6 or 7] = begin_of(found.loop_state[i]) end
  for i = 1, #match_of.names do outputs[i + 1] = export.name(known.h.name .. "/last") end
  local attributes = {hidden_size = known.units, direction = row.reverse and "reverse" or "forward"}
  if kind.both then attributes.linear_before_reset = 1 end
  export.node(kind.op, inputs, outputs, attributes)
  for i, name in ipairs(match_of.names) do
    local next_state = next_of(found.loop_state[i], found.loop_next)
    local last = outputs[name == "h" and 2 or 3]
    if export.state().readers[next_state.outputs[1]] then
      export.make(next_state.outputs[1], "Squeeze", {last, integers{0}})
    end
  end
  for _, node in ipairs(found.loop_rows) do sequence_of(outputs[1], node, row.reverse) end
end
