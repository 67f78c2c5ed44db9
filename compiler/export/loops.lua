-- loops.lua: a recurrence that is none of ONNX' own (recurrent.lua) is a Scan over the axis behind that of the samples.

local cnnc = ...
local export = cnnc.export
local rows, part = export.rows, export.part

-- What stands at the border of a loop is not exported with the nodes inside.
local BORDER <const> = {loop_row = true, loop_rows = true, loop_state = true, loop_next = true}
for name in pairs(BORDER) do rows[name] = function() end end

-- Zeros for each sample, of a state's shape.
local function zeros(shape, like)
  local dims, ones = {1}, {}
  table.move(shape, 1, #shape, 2, dims)
  local batch = part("Slice", {part("Shape", {export.last(like)}), export.integers{0}, export.integers{1}})
  for i = 1, #shape do ones[i] = shape[i] end
  local target = #shape > 0 and part("Concat", {batch, export.integers(ones)}, {axis = 0}) or batch
  return part("Expand", {export.number(0), target})
end

local function by_op(nodes)
  local found = {loop_row = {}, loop_rows = {}, loop_state = {}, loop_next = {}, inside = {}}
  for _, node in ipairs(nodes) do
    local list = found[node.op] or found.inside
    list[#list + 1] = node
  end
  return found
end

local function next_of(state, nexts)
  for _, node in ipairs(nexts) do
    if node.inputs[1] == state.outputs[1] then return node end
  end
end

local function inner_value(tensor)
  local name = export.name(tensor.name)
  export.give(tensor, name)
  return export.value(tensor, name)
end

-- The body's outputs are values of their own.
local function outer_value(tensor, what)
  local name = export.name(tensor.name .. what)
  export.node("Identity", {export.last(tensor)}, {name})
  return export.value(tensor, name)
end

local function body_of(found)
  local inputs, outputs = {}, {}
  local body = export.inner(function()
    for _, state in ipairs(found.loop_state) do inputs[#inputs + 1] = inner_value(state.outputs[1]) end
    for _, row in ipairs(found.loop_row) do inputs[#inputs + 1] = inner_value(row.outputs[1]) end
    export.run(found.inside)
    for _, state in ipairs(found.loop_state) do
      local next_state = next_of(state, found.loop_next)
      outputs[#outputs + 1] = outer_value(next_state and next_state.inputs[2] or state.outputs[1], "/next")
    end
    for _, node in ipairs(found.loop_rows) do outputs[#outputs + 1] = outer_value(node.inputs[1], "/row") end
  end)
  body.inputs, body.outputs = inputs, outputs
  return body
end

local function filled(count, x)
  local list = {}
  for i = 1, count do list[i] = x end
  return list
end

local function directions(nodes)
  local list = {}
  for i, node in ipairs(nodes) do list[i] = node.reverse and 1 or 0 end
  return list
end

-- What the samples are counted by: a sequence that the loop reads.
local function any_sequence(found)
  local row = found.loop_row[1]
  return row and row.inputs[1] or found.loop_state[1].inputs[1]
end

local function output_of(tensor)
  local name, values = export.name(tensor.name), export.state().scope.values
  values[#values + 1] = export.value(tensor, name)
  export.give(tensor, name)
  return name
end

function export.loop(nodes)
  local state, found = export.state(), by_op(nodes)
  local kind = export.recurrent_kind(found, next_of)
  if kind then return export.recurrent(found, kind, next_of) end
  local inputs, outputs, of_states = {}, {}, #found.loop_state
  for _, node in ipairs(found.loop_state) do
    local begin = node.inputs[1]
    inputs[#inputs + 1] = begin and export.last(begin) or zeros(node.outputs[1].shape, any_sequence(found))
  end
  for _, row in ipairs(found.loop_row) do inputs[#inputs + 1] = export.last(row.inputs[1]) end
  local outer = state.loop
  state.loop = nodes[1].loop
  local body = body_of(found)
  state.loop, state.node = outer, nodes[1]
  for _, node in ipairs(found.loop_state) do
    local next_state = next_of(node, found.loop_next)
    outputs[#outputs + 1] = next_state and output_of(next_state.outputs[1]) or export.name(node.outputs[1].name .. "/last")
  end
  for _, node in ipairs(found.loop_rows) do outputs[#outputs + 1] = output_of(node.outputs[1]) end
  local n_rows, n_scans = #found.loop_row, #outputs - of_states
  export.node("Scan", inputs, outputs, {body = {graph = body}, num_scan_inputs = n_rows,
    scan_input_axes = filled(n_rows, 1), scan_input_directions = directions(found.loop_row),
    scan_output_axes = filled(n_scans, 1), scan_output_directions = directions(found.loop_rows)})
end
