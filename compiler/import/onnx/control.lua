-- control.lua: If, Loop and Scan, whose conditions and trip counts are known: the branch that is taken, and rounds written out.

local cnnc = ...
local array, import = cnnc.array, cnnc.import
local value, rows, fold = import.value, import.rows, import.fold
local attribute = import.attribute

local MOST_ROUNDS <const> = 1000
local FOLDED <const> = "export it with constants folded, or simplify it (onnxsim)"
local OF_KERAS <const> = "a Loop from a Keras 3 GRU: save the model as .keras, which says what it is; else " .. FOLDED

-- The only number of a value, which must be known.
local function number_of(x, what)
  local hint = import.node.op == "Loop" and OF_KERAS or FOLDED
  if not x.array then import.fail_with(hint, "needs %s that is known when it is compiled", what) end
  if array.count(x.array) ~= 1 then import.fail(nil, "needs %s that is one number", what) end
  return array.list(array.cast(x.array, "int"))[1]
end

local function body_of(name)
  local body = attribute(name)
  if type(body) ~= "table" or not body.nodes then import.fail(nil, "has no %s", name) end
  return body
end

local function branch(x, _, values)
  local body = body_of(number_of(x[1], "a condition") ~= 0 and "then_branch" or "else_branch")
  return table.unpack(import.build_graph(body, {}, values))
end

rows.If, fold.If = branch, branch

-- With an axis of length 1 more, in front of `axis`.
local function with_axis(x, axis)
  local dims, axes = value.dims(x), {}
  for i = 1, #dims do axes[i] = i end
  table.insert(axes, axis, 0)
  if x.tensor then return value.with_axes(x, axes) end
  table.insert(dims, axis, 1)
  return {array = import.reshaped(x.array, dims)}
end

local function without_axis(x, axis)
  local dims, axes = value.dims(x), {}
  for i = 1, #dims do axes[i] = i end
  table.remove(axes, axis)
  if x.tensor then return value.with_axes(x, axes) end
  table.remove(dims, axis)
  return {array = import.reshaped(x.array, dims)}
end

-- What the rounds made, along a new axis.
local function stacked(list, axis)
  local parts, all_known = {n = #list}, true
  if #list == 0 then import.fail(nil, "makes no rounds, and so no numbers") end
  for i, x in ipairs(list) do
    parts[i] = with_axis(x, axis)
    all_known = all_known and x.array ~= nil
  end
  if not all_known then return import.joined(parts, axis) end
  for i, part in ipairs(parts) do parts[i] = part.array end
  return {array = array.concat(table.move(parts, 1, #list, 1, {}), axis)}
end

local function check_rounds(n)
  if n > MOST_ROUNDS then import.fail(nil, "makes %d rounds, of which at most %d are written out", n, MOST_ROUNDS) end
end

local function known_whole(n) return {array = array.from("int", {}, {n})} end
local function known_truth(truth) return {array = array.from("bool", {}, {truth and 1 or 0})} end

local function loop(x, node, values)
  local body, limit = body_of("body"), x[1] and number_of(x[1], "a trip count") or math.maxinteger
  local goes_on, states, scans = not x[2] or number_of(x[2], "a condition") ~= 0, {}, {}
  local n_states = #node.inputs - 2
  for i = 1, n_states do states[i] = x[i + 2] end
  local round = 0
  while goes_on and round < limit do
    check_rounds(round + 1)
    local results = import.build_graph(body, {known_whole(round), known_truth(true), table.unpack(states, 1, n_states)}, values)
    goes_on = number_of(results[1], "a condition of each round") ~= 0
    for i = 1, n_states do states[i] = results[i + 1] end
    for i = n_states + 2, #results do
      local list = scans[i - n_states - 1] or {}
      scans[i - n_states - 1] = list
      list[#list + 1] = results[i]
    end
    round = round + 1
  end
  local outputs = table.move(states, 1, n_states, 1, {})
  for i = n_states + 1, #node.outputs do
    if node.outputs[i] ~= "" then outputs[i] = stacked(scans[i - n_states] or {}, 1) end
  end
  return table.unpack(outputs, 1, #node.outputs)
end

rows.Loop, fold.Loop = loop, loop

-- Number t (from 0) along an axis, without it.
local function step_of(x, axis, t) return without_axis(import.take(x, axis, t, 1, 1), axis) end

local function scan(x, node, values)
  if import.version < 9 then import.fail(nil, "of version 8 is not known: export it with a later opset") end
  local body, n_scans = body_of("body"), attribute("num_scan_inputs", 0)
  local n_states, axes = #node.inputs - n_scans, attribute("scan_input_axes") or {}
  local backwards = attribute("scan_input_directions") or {}
  local states, sequences, steps, made = table.move(x, 1, n_states, 1, {}), {}, nil, {}
  for i = 1, n_scans do
    local sequence = x[n_states + i]
    local axis = import.axis(axes[i] or 0, value.rank(sequence))
    local length = value.dims(sequence)[axis]
    import.not_along_batch(sequence, axis)
    if steps and steps ~= length then import.fail(nil, "has sequences of %d and %d steps", steps, length) end
    sequences[i], steps = {x = sequence, axis = axis}, length
  end
  if not steps then import.fail(nil, "has no sequence") end
  check_rounds(steps)
  for t = 0, steps - 1 do
    local given = table.move(states, 1, n_states, 1, {})
    for i, sequence in ipairs(sequences) do
      given[n_states + i] = step_of(sequence.x, sequence.axis, backwards[i] == 1 and steps - 1 - t or t)
    end
    local results = import.build_graph(body, given, values)
    table.move(results, 1, n_states, 1, states)
    for i = n_states + 1, #results do
      made[i] = made[i] or {}
      local reversed = (attribute("scan_output_directions") or {})[i - n_states] == 1
      table.insert(made[i], reversed and 1 or #made[i] + 1, results[i])
    end
  end
  local outputs = states
  for i = n_states + 1, #node.outputs do
    local list, axis = made[i] or {}, (attribute("scan_output_axes") or {})[i - n_states] or 0
    outputs[i] = stacked(list, import.axis(axis, list[1] and value.rank(list[1]) + 1 or 1))
  end
  return table.unpack(outputs, 1, #node.outputs)
end

rows.Scan, fold.Scan = scan, scan
