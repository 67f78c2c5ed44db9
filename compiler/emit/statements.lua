-- statements.lua: what the programs do, in order.
--
-- A statement here calls a function: its text, the places that it names (places.lua), and what the table of kernels says
-- of that call (struct cnn_kernel of cnnrt.h): {text =, places =, about =, name =, layer =, op =, flop =, sample_bytes =,
-- shared_bytes =}. `about`, where there is one, is the comment above it; `context`, what its function calls memories, if
-- not as the others there; `loop`, the number of the loop that it is in, which has so many `rounds`; in `times` of these it runs,
-- where the condition `due` holds (nil: in all). Programs and table are made from the same statements, and so cannot differ.

local lib = lib
local places = lib.places

-- What the call must move for each sample, or (shared) once: every tensor counts once.
local function bytes(node, shared)
  local sum, seen = 0, {}
  for _, operand in ipairs(lib.operands(node)) do
    local tensor = operand.tensor
    if tensor.shared == shared and not seen[tensor.memory] then
      seen[tensor.memory] = true
      sum = sum + tensor.bytes
    end
  end
  return sum
end

local function flop(node)
  local work = node.work
  for _, part in ipairs(node.fused) do work = work + part.work end
  return 2 * work
end

-- What a statement of the whole batch works on: the memory of all blocks and groups.
lib.of_batch = {saved = "m->saved", partial = "m->partial", combined = "m->combined", parameter = "step->parameters",
  state = "step->state", gradients = "m->gradients"}

-- The place of a tensor there. Of what blocks and groups have one each, it is that of all.
local function batch_place(tensor, reading, program)
  local place = places.of(tensor, reading, program)
  if place.base == "saved" then place.name = place.name .. "_blocks" end
  if place.base == "partial" then place.name = place.name:gsub("_part$", "") .. "_parts" end
  return place
end
lib.batch_place = batch_place

-- As C: which time it is, from 0, that a node is computed in round t of its loop; and whether it is in that round, nil: in all.
local function turn(node)
  local t = node.first > 0 and ("t - %d"):format(node.first) or "t"
  return node.every > 1 and ("%s / %d"):format(node.first > 0 and "(" .. t .. ")" or t, node.every) or t
end
local function due(node)
  local parts, last = {}, node.first + (node.times - 1) * node.every
  if node.every == 0 then return nil end
  if node.first > 0 then parts[1] = ("t >= %d"):format(node.first) end
  if last < node.rounds - 1 then parts[#parts + 1] = ("t <= %d"):format(last) end
  if node.every > 1 then
    local rest = node.first % node.every
    parts[#parts + 1] = ("t %% %d == %d"):format(node.every, rest)
  end
  return #parts > 0 and table.concat(parts, " && ") or nil
end

-- The statement that runs `node`.
local function call(node, program)
  local arguments, named, place_of = {}, {}, node.by_batch and batch_place or places.of
  for i, operand in ipairs(lib.operands(node)) do
    named[i] = place_of(operand.tensor, operand.reads, program)
    named[i].rounds = node.rounds
    if node.before_loop then named[i] = places.first(named[i]) end
    arguments[i] = named[i].name
  end
  if node.random then arguments[#arguments + 1] = "random" end
  if node.keeps then arguments[#arguments + 1] = turn(node) end
  if (node.attr.rounds or 0) > 0 then arguments[#arguments + 1] = "t" end -- whose numbers are not those of another round
  if node.by_batch then
    table.move({"aligned(TRAIN_SAVED)", "blocks", "step->threads"}, 1, 3, #arguments + 1, arguments)
  end
  local name, more = lib.kernel(node, program)
  table.move(more, 1, #more, #arguments + 1, arguments)
  return {
    text = ("%s(%s);"):format(name, table.concat(arguments, ", ")), about = lib.describe(node), name = name,
    places = named, context = node.by_batch and lib.of_batch or nil,
    loop = not node.before_loop and node.loop > 0 and node.loop or nil, rounds = node.rounds, times = node.times,
    due = due(node),
    layer = node.layer, op = node.op, flop = flop(node), sample_bytes = bytes(node, false), shared_bytes = bytes(node, true),
  }
end

-- The statements of a program part by part: {statement =}, or those of a loop {rounds =, statements =}, with what runs in front of
-- it there.
function lib.looped(statements)
  local parts, open = {}, nil
  for _, statement in ipairs(statements) do
    if not statement.loop then
      parts[#parts + 1] = {statement = statement}
    elseif open and open.loop == statement.loop then
      table.insert(open.statements, statement)
    else
      open = {loop = statement.loop, rounds = statement.rounds, statements = {statement}}
      parts[#parts + 1] = open
    end
  end
  return parts
end

-- The statements of a round, those together that run in the same rounds: {due =, statements...}.
function lib.by_condition(statements)
  local groups = {}
  for _, statement in ipairs(statements) do
    local group = groups[#groups]
    if not group or group.due ~= statement.due then
      group = {due = statement.due}
      groups[#groups + 1] = group
    end
    group[#group + 1] = statement
  end
  return groups
end

-- A list of items by their phases. Phases are many where layers are, so none goes through what belongs to others.
local function by_phase(items, phase_of)
  local phases = setmetatable({}, {__index = function() return {} end})
  for _, item in ipairs(items) do
    local phase = phase_of(item)
    local list = phase and (rawget(phases, phase) or {})
    if phase then phases[phase], list[#list + 1] = list, item end
  end
  return phases
end

local function nodes_of(program, phase)
  program.by_phase = program.by_phase or by_phase(program.nodes, function(node) return node.phase end)
  return program.by_phase[phase]
end

-- The nodes of a phase: those that work on a block or a sample, or (once) on what these share.
function lib.calls(program, phase, once)
  local statements = {}
  for _, node in ipairs(nodes_of(program, phase)) do
    local here = node.once == once and not node.loads and not node.by_batch
    if here then statements[#statements + 1] = call(node, program) end
  end
  return statements
end

-- What is computed for all blocks at once, behind a phase.
function lib.batch_calls(program, phase)
  local statements = {}
  for _, node in ipairs(nodes_of(program, phase)) do
    if node.by_batch then statements[#statements + 1] = call(node, program) end
  end
  return statements
end

-- Blocks: in and out ----------------------------------------------------------------------------------------

-- The first phase that reads a tensor, by its id.
local function first_phases(program)
  if program.first_phases then return program.first_phases end
  local first = {}
  for _, node in ipairs(program.nodes) do
    for _, part in ipairs{node, table.unpack(node.fused)} do
      for _, input in ipairs(part.ins) do
        if input then first[input.memory] = math.min(first[input.memory] or node.phase, node.phase) end
      end
    end
  end
  program.first_phases = first
  return first
end

local function loads_in(tensor, program, phase)
  return tensor.storage ~= "none" and first_phases(program)[tensor.id] == phase
end

local function load(tensor, rows, program)
  local name, to, more = lib.loader(tensor, program)
  local arguments = {rows, "b->index"}
  for _, place in ipairs(to) do arguments[#arguments + 1] = place.name end
  table.move(more, 1, #more, #arguments + 1, arguments)
  return {
    text = ("%s(%s);"):format(name, table.concat(arguments, ", ")), places = to, name = name, op = "load",
    sample_bytes = tensor.bytes + tensor.count * (tensor.role == "input" and tensor.element == "float" and 1 or 4), -- pixels
  }
end

-- What functions call the caller's rows of a program's input or label number `i`.
local function input_name(program, i) return #program.inputs == 1 and "input" or "input_" .. i end
local function label_name(program, i) return #program.labels == 1 and "label" or "label_" .. i end

-- These names, each behind `prefix`.
local function row_names(program, prefix)
  local names = {}
  for i in ipairs(program.inputs) do names[i] = prefix .. input_name(program, i) end
  for i in ipairs(program.labels) do names[#names + 1] = prefix .. label_name(program, i) end
  return names
end

-- The rows as parameters of a function, as arguments of a call, and what makes them of a batch.
lib.row_parameters = function(program) return row_names(program, "const struct rows *") end
lib.row_arguments = function(program, prefix) return table.concat(row_names(program, prefix), ", ") end
function lib.batch_rows(program, batch)
  local parts = {}
  for i in ipairs(program.inputs) do parts[i] = ("%s = input_rows(%s, %d)"):format(input_name(program, i), batch, i - 1) end
  for i, label in ipairs(program.labels) do
    parts[#parts + 1] = ("%s = label_rows(%s, %d)"):format(label_name(program, i), batch, label.output - 1)
  end
  return ("const struct rows %s;"):format(table.concat(parts, ", "))
end

-- What a phase must load into a block, in front of its calls.
function lib.loads(program, phase)
  local statements = {}
  for i, tensor in ipairs(program.inputs) do
    if loads_in(tensor, program, phase) then
      statements[#statements + 1] = load(tensor, input_name(program, i), program)
    end
  end
  for i, label in ipairs(program.labels) do
    if loads_in(label, program, phase) then statements[#statements + 1] = load(label, label_name(program, i), program) end
  end
  local scalars = {{"load_shares", "share"}, {"weigh", "sample_weight"}, {"load_weights", "weight"}}
  for _, scalar in ipairs(scalars) do
    local name, tensor = scalar[1], program[scalar[2]]
    if tensor and loads_in(tensor, program, phase) then
      local to = places.of(tensor, false, program)
      if lib.samples_of(program) == 1 then name = name .. "_one" end
      statements[#statements + 1] = {text = ("%s(b, %s);"):format(name, to.name), places = {to}, name = name, op = name,
        sample_bytes = 4}
    end
  end
  for i, tensor in ipairs(program.batch_numbers) do
    if loads_in(tensor, program, phase) then
      local to = places.of(tensor, false, program)
      local text = ("load_number(b->numbers[%d], %s, %s);"):format(i - 1, lib.samples_of(program), to.name)
      statements[#statements + 1] = {text = text, places = {to}, name = "load_number", op = "load_number", sample_bytes = 4}
    end
  end
  return statements
end

-- What brings a block's outputs to the caller.
function lib.stores(program)
  local statements = {}
  for i, tensor in ipairs(program.outputs) do
    local suffix = #program.outputs > 1 and "_" .. i or ""
    statements[i] = {text = ("store_output%s(b, output%s);"):format(suffix, suffix), name = "store_output" .. suffix, op = "store",
      sample_bytes = (4 + 4) * tensor.count}
  end
  return statements
end

-- Training: what is done once a step --------------------------------------------------------------------------

-- The nodes by the ids of the tensors that they make.
local function makers(program)
  if program.makers then return program.makers end
  program.makers = {}
  for _, node in ipairs(program.nodes) do
    for _, part in ipairs{node, table.unpack(node.fused)} do
      for _, out in ipairs(part.outs) do program.makers[out.id] = node end
    end
  end
  return program.makers
end

-- The phase that makes the loss.
function lib.loss_phase(program) return makers(program)[program.loss.id].phase end

-- The sums over the batch that the nodes of a phase make.
local function sums_of(program, phase)
  program.sums_by_phase = program.sums_by_phase or by_phase(program.tensors, function(tensor)
    local node = tensor.storage == "partial" and tensor.combined_offset >= 0 and makers(program)[tensor.id]
    return node and node.phase
  end)
  return program.sums_by_phase[phase]
end

-- What is done alike with many tensors has a row of numbers beside: where they begin, and how many there are. A step goes through
-- the rows; a file that measures its kernels makes a call of each.

-- Sums over the batch that the blocks of a phase made in groups, and the next one reads whole.
function lib.combines(program, phase)
  local statements = {}
  for i, tensor in ipairs(sums_of(program, phase)) do
    local from, to = batch_place(tensor, false, program), batch_place(tensor, true, program)
    statements[i] = {
      text = ("combine(%s, %s, %d);"):format(from.name, to.name, tensor.count), places = {from, to}, context = lib.of_batch,
      row = ("{%d, %d, %d, %d}"):format(phase, from.at, to.at, tensor.count),
      about = tensor.name, name = "combine", layer = makers(program)[tensor.id].layer, op = "combine",
      shared_bytes = 4 * tensor.count * (program.groups + 1),
    }
  end
  return statements
end

local function layer_of(parameter)
  return parameter:match("^(.*)/")
end

-- Gradients that were not summed at their parameter's place are added there.
function lib.additions(program)
  local statements = {}
  for i, part in ipairs(program.extra_gradients) do
    local from = batch_place(part.value, true, program)
    local to = places.at(part.parameter .. "_gradient_sums", "partial", part.partial_offset // 4, part.value.count)
    assert(from.base == "combined")
    statements[i] = {
      text = ("add(%s, %s, %d);"):format(to.name, from.name, part.value.count), places = {to, from}, context = lib.of_batch,
      row = ("{%d, %d, %d}"):format(to.at, from.at, part.value.count),
      about = part.parameter, name = "add", layer = layer_of(part.parameter), op = "add",
      shared_bytes = 4 * 3 * part.value.count,
    }
  end
  return statements
end

-- What makes or takes gradients, in the parts that gradient_runs() tells.
local function by_runs(program, what, measures)
  local statements, slots = {}, #program.slots
  local makes = measures or not lib.measures_gradients(program)
  for i, run in ipairs(lib.gradient_runs(program)) do
    local node = makes and run.node
    local name = ("%s%s_%d"):format(node and node.layer .. "_" or "", what, i)
    statements[i] = {
      text = name .. "(step, m, blocks);", run = run, name = name, layer = node and node.layer, op = node and node.op or "update",
      measures = measures, makes = makes,
      flop = node and flop(node), sample_bytes = node and bytes(node, false),
      shared_bytes = 4 * run.count * (2 + 2 * slots + (not makes and 1 or node and 0 or program.groups)),
    }
  end
  return statements
end

-- The optimizer; where it asks for norms, gradients are made and measured before.
function lib.measurements(program)
  return lib.measures_gradients(program) and by_runs(program, "measurement", true) or {}
end
function lib.updates(program) return by_runs(program, program.optimizer, false) end
-- Both, in their order.
function lib.passes_of_update(program)
  local statements, updates = lib.measurements(program), lib.updates(program)
  return table.move(updates, 1, #updates, #statements + 1, statements)
end

-- All rows of the phases.
function lib.all_combines(program)
  local statements = {}
  for phase = 0, program.phases - 1 do
    for _, statement in ipairs(lib.combines(program, phase)) do statements[#statements + 1] = statement end
  end
  return statements
end

-- Is anything summed over groups? Not where each gradient is that of a large kernel, summed where it is read.
function lib.combines_any(program)
  for _, run in ipairs(lib.gradient_runs(program)) do
    if not run.node then return true end
  end
  return #lib.all_combines(program) > 0
end

-- Parameters that become what is made of them behind the optimizer.
function lib.constrains(program)
  local statements = {}
  for i, c in ipairs(program.constraints) do
    -- by a name of its own: who reads the parameter in the same function cannot write it by the other
    local to = places.at(c.parameter .. "_constrained", "parameter", c.parameter_offset, c.value.count)
    local value = batch_place(c.value, true, program)
    statements[i] = {
      text = ("memcpy(%s, %s, %d * sizeof(float));"):format(to.name, value.name, c.value.count), places = {to, value},
      context = lib.of_batch, about = c.parameter, name = "constrain", layer = layer_of(c.parameter), op = "constrain",
      shared_bytes = 4 * 2 * c.value.count,
    }
  end
  return statements
end

-- Parameters that move without a gradient.
function lib.moves(program)
  local statements = {}
  for i, u in ipairs(program.updates) do
    local moving = places.at(u.parameter, "parameter", u.parameter_offset, u.value.count)
    local value = batch_place(u.value, true, program)
    assert(value.base == "combined")
    statements[i] = {
      text = ("move(%s, %s, %d, %s);"):format(moving.name, value.name, u.value.count, lib.hex(u.momentum)),
      places = {moving, value}, context = lib.of_batch,
      row = ("{%d, %d, %d, %s}"):format(moving.at, value.at, u.value.count, lib.hex(u.momentum)),
      about = u.parameter, name = "move", layer = layer_of(u.parameter), op = "move",
      shared_bytes = 4 * 3 * u.value.count,
    }
  end
  return statements
end
