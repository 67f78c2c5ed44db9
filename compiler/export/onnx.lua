-- onnx.lua: a network as a graph of ONNX, opset 17.
--
-- An op is a row, export.rows[NAME](node), which makes node.outputs[1] of node.inputs by export.make(); the other files of this
-- folder have them.

local cnnc = ...
local export = cnnc.export
local format, concat = string.format, table.concat

export.rows = {}

-- What the next round gets of a state, by its tensor.
local function next_states(nodes)
  local found = {}
  for _, node in ipairs(nodes) do
    if node.op == "loop_next" then found[node.inputs[1]] = node end
  end
  return found
end

-- Which nodes the outputs need, and how many of these read each tensor.
local function needed_nodes(model)
  local needed, readers, stack, nexts = {}, {}, {}, next_states(model.nodes)
  for _, tensor in ipairs(model.outputs) do
    tensor = export.resolved(tensor)
    readers[tensor] = (readers[tensor] or 0) + 1
    stack[#stack + 1] = tensor.node
  end
  while #stack > 0 do
    local node = table.remove(stack)
    if not needed[node] then
      needed[node] = true
      stack[#stack + 1] = node.op == "loop_state" and nexts[node.outputs[1]] or nil
      for _, tensor in ipairs(node.inputs) do
        tensor = tensor and export.resolved(tensor)
        if tensor then
          readers[tensor] = (readers[tensor] or 0) + 1
          stack[#stack + 1] = tensor.node
        end
      end
    end
  end
  return needed, readers
end

-- The only node that reads the tensor; nil: there are more, or it is an output.
function export.only_reader(tensor)
  local state = export.state()
  if state.readers[tensor] ~= 1 then return nil end
  for _, node in ipairs(state.nodes) do
    for _, input in ipairs(node.inputs) do
      if input and export.resolved(input) == tensor then return node end
    end
  end
end

-- Stops with all that ONNX has no operator for, or that is not known how to say.
local function check_rows(nodes, path)
  local list, seen, at = {}, {}, nil
  for _, node in ipairs(nodes) do
    local why = export.refused[node.op] or not export.rows[node.op] and "is not written"
    if why and not seen[node.op] then
      seen[node.op], at = true, at or node.at
      list[#list + 1] = format("op.%s of %s %s", node.op, node.layer or "the network", why)
    end
  end
  if #list == 0 then return end
  cnnc.fail("the network cannot be written as ONNX: " .. concat(list, "; "), {at = at or {file = path, line = 0},
    hint = "export the part in front of it, or say it by other layers"})
end

local DRAWS <const> = "draws numbers at random in prediction"
export.refused = {
  random_normal = DRAWS,
  random_uniform = DRAWS,
}

local function name_inputs(model, names)
  local values, state = {}, export.state()
  for i, tensor in ipairs(model.inputs) do
    local name = export.name(names and names[i] or tensor.name)
    values[i] = export.value(tensor, name)
    export.give(tensor, name)
    if tensor.element == "uint8" then
      state.node = {layer = name}
      export.give(tensor, export.part("Cast", {name}, {to = 1}))
    end
  end
  return values
end

-- Each output's name, and the tensor that is made under it.
local function name_outputs(model, names)
  local result, state = {}, export.state()
  for i, tensor in ipairs(model.outputs) do
    tensor = export.resolved(tensor)
    result[i] = export.name(names and names[i] or tensor.name)
    local is_made = tensor.node and not tensor.node.loop
    if is_made and not state.output_names[tensor] then state.output_names[tensor] = result[i] end
  end
  return result
end

local function take_outputs(model, names)
  local values = {}
  for i, tensor in ipairs(model.outputs) do
    tensor = export.resolved(tensor)
    local name = export.last(tensor)
    if name ~= names[i] then export.node("Identity", {name}, {names[i]}) end
    values[i] = export.value(tensor, names[i])
  end
  return values
end

local function mark(names, used)
  for _, name in ipairs(names) do used[name] = true end
end

local function has_used(names, used)
  for _, name in ipairs(names) do
    if used[name] then return true end
  end
  return false
end

local function filtered(list, is_wanted)
  local result = {}
  for _, entry in ipairs(list) do result[#result + 1] = is_wanted(entry) and entry or nil end
  return result
end

-- Leaves out what nothing reads in the end, such as the halves of a bias that a node takes whole.
local function sweep(graph)
  local used, wanted = {}, {}
  for _, output in ipairs(graph.outputs) do used[output.name] = true end
  for i = #graph.nodes, 1, -1 do
    local node = graph.nodes[i]
    wanted[node] = has_used(node.outputs, used)
    if wanted[node] then
      mark(node.inputs, used)
      local body = node.attributes.body
      for _, inner in ipairs(body and body.graph.nodes or {}) do mark(inner.inputs, used) end
    end
  end
  local function is_used(value) return used[value.name] end
  graph.nodes = filtered(graph.nodes, function(node) return wanted[node] end)
  graph.values, graph.constants = filtered(graph.values, is_used), filtered(graph.constants, is_used)
  return graph
end

-- {inputs, outputs, values, constants, nodes} of the graph that graph.c shows; model.path: of the script.
function export.build(model)
  export.begin()
  local state = export.state()
  local needed, readers = needed_nodes(model)
  state.nodes, state.readers = {}, readers
  for _, node in ipairs(model.nodes) do
    if needed[node] then state.nodes[#state.nodes + 1] = node end
  end
  check_rows(state.nodes, model.path)
  local inputs, names = name_inputs(model, model.input_names), name_outputs(model, model.output_names)
  export.run(state.nodes)
  local outputs = take_outputs(model, names)
  return sweep{inputs = inputs, outputs = outputs, values = state.scope.values, constants = state.constants,
    nodes = state.scope.nodes}
end

-- Exports the nodes in their order; those of a loop stand together.
function export.run(nodes)
  local state, i = export.state(), 1
  while i <= #nodes do
    local node = nodes[i]
    state.node = node
    if node.loop and node.loop ~= state.loop then
      local last = i
      while nodes[last + 1] and nodes[last + 1].loop == node.loop do last = last + 1 end
      export.loop(table.move(nodes, i, last, 1, {}))
      i = last
    elseif not node.done then
      export.rows[node.op](node)
    end
    i = i + 1
  end
end
