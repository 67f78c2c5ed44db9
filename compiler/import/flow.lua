-- flow.lua: what was written down (record.lua) as statements that lead from the inputs to the outputs, each with what it reads
-- and makes, by key. What nothing reads is gone.
--
--   {op =, operands = {{key =} or {parameter =} or {number =} or false, ...}, attributes =, outs = {key}}
--   {scan =, ...}, {layer =, ...}: as they were noted
-- Each has `ins`, the keys that it reads, and `parameters`, in the order in which a script makes them.

local cnnc = ...
local import = cnnc.import
local key_of = cnnc.key

local flow = {}
import.flow = flow

local function keys_of(tensors)
  local keys = {}
  for i = 1, tensors.n or #tensors do keys[i] = key_of(tensors[i]) end
  return keys
end

local function add_key(list, key)
  for _, known in ipairs(list) do
    if known == key then return end
  end
  list[#list + 1] = key
end

-- An operand, of a tensor, number or nil; notes what it reads.
local function operand_of(statement, value)
  if value == nil then return false end
  if type(value) == "number" then return {number = value} end
  local key = key_of(value)
  local parameter = import.record.parameters[key]
  if not parameter then
    add_key(statement.ins, key)
    return {key = key}
  end
  add_key(statement.parameters, parameter)
  return {parameter = parameter}
end

local convert

local function of_op(step, statement)
  statement.op, statement.outs = step.op, {key_of(step.out)}
  local attributes = step.attributes
  statement.name = type(attributes) == "string" and attributes or type(attributes) == "table" and attributes["function"] or nil
  statement.attributes = type(attributes) == "table" and attributes or {}
  statement.operands = {}
  for i = 1, step.operands.n do statement.operands[i] = operand_of(statement, step.operands[i]) end
end

-- Its own steps are statements, whose reads from outside are the scan's.
local function of_scan(step, statement)
  statement.scan, statement.options, statement.outs = step.scan, step.options, keys_of(step.outputs)
  statement.sequences, statement.states, statement.inner = {}, {}, {}
  for i, x in ipairs(step.sequences) do statement.sequences[i] = operand_of(statement, x) end
  for i, state in ipairs(step.states) do
    statement.states[i] = cnnc.is_tensor(state) and operand_of(statement, state) or {shape = state}
  end
  statement.given, statement.results = keys_of(step.given), {}
  local own = {}
  for _, key in ipairs(statement.given) do own[key] = true end
  for i, inner in ipairs(step.steps) do
    local made = convert(inner)
    statement.inner[i] = made
    for _, key in ipairs(made.ins) do
      if not own[key] then add_key(statement.ins, key) end
    end
    for _, key in ipairs(made.outs) do own[key] = true end
    for _, parameter in ipairs(made.parameters) do add_key(statement.parameters, parameter) end
  end
  for i = 1, step.results.n do statement.results[i] = operand_of({ins = {}, parameters = {}}, step.results[i]) end
end

local function of_layer(step, statement)
  statement.layer, statement.outs, statement.given = step.layer, keys_of(step.outputs), {}
  for i = 1, step.inputs.n do
    local x = step.inputs[i]
    if not cnnc.is_tensor(x) then cnnc.fail("a layer is called on more than tensors, which no script is written of yet") end
    statement.given[i] = operand_of(statement, x)
  end
  for _, tensor in ipairs(cnnc.owned[step.layer]) do
    statement.parameters[#statement.parameters + 1] = {tensor = tensor}
  end
end

function convert(step)
  local statement = {ins = {}, outs = {}, parameters = {}, node = step.node, group = step.group}
  local take = step.op and of_op or step.scan and of_scan or of_layer
  take(step, statement)
  return statement
end

-- Calls f(operand) for all that a statement reads, those inside of it too.
function flow.each_operand(statement, f)
  for _, name in ipairs{"operands", "sequences", "states", "results"} do
    for _, operand in ipairs(statement[name] or {}) do f(operand) end
  end
  if statement.layer then
    for _, operand in ipairs(statement.given) do f(operand) end
  end
  for _, inner in ipairs(statement.inner or {}) do flow.each_operand(inner, f) end
end

-- Sets what a statement reads once more, after a change of its operands.
function flow.read_again(statement)
  local own, ins = {}, {}
  local function add_inner(inner)
    for _, key in ipairs(inner.outs) do own[key] = true end
    for _, key in ipairs(inner.scan and inner.given or {}) do own[key] = true end
    for _, one in ipairs(inner.inner or {}) do add_inner(one) end
  end
  if statement.scan then add_inner(statement) end
  flow.each_operand(statement, function(operand)
    if operand and operand.key and not own[operand.key] then add_key(ins, operand.key) end
  end)
  statement.ins = ins
end

-- Counts anew who makes and reads what.
function flow.count(self)
  self.uses, self.readers = {}, nil
  for _, key in ipairs(self.outputs) do self.uses[key] = (self.uses[key] or 0) + 1 end
  for _, statement in ipairs(self.statements) do
    for _, key in ipairs(statement.ins) do self.uses[key] = (self.uses[key] or 0) + 1 end
  end
end

-- The steps that lead to these outputs, from the last to the first.
local function needed_steps(outputs)
  local list, wanted = {}, {}
  for _, key in ipairs(outputs) do wanted[key] = true end
  for i = #import.record.steps, 1, -1 do
    local step, is_read = import.record.steps[i], false
    for _, key in ipairs(keys_of(step.out and {step.out} or step.outputs)) do is_read = is_read or wanted[key] end
    if is_read then
      for _, key in ipairs(convert(step).ins) do wanted[key] = true end
      list[#list + 1] = step
    end
  end
  return list
end

-- Statements from these inputs to these outputs: {statements =, inputs =, outputs = keys, uses = how often a key is read, and an
-- output's once more, shapes = of keys}.
function flow.of_record(inputs, outputs)
  local self = {statements = {}, shapes = {}, inputs = keys_of(inputs), outputs = keys_of(outputs)}
  local steps = needed_steps(self.outputs)
  local function note_shapes(tensors)
    for i = 1, tensors.n or #tensors do self.shapes[key_of(tensors[i])] = cnnc.shape(tensors[i]) end
  end
  for i = #steps, 1, -1 do
    self.statements[#self.statements + 1] = convert(steps[i])
    note_shapes(steps[i].out and {steps[i].out} or steps[i].outputs)
  end
  note_shapes(inputs)
  flow.count(self)
  return self
end

-- The only statement that reads what one makes; nil: there are several, or it is an output.
function flow.reader(self, statement)
  local key = statement.outs[1]
  if #statement.outs ~= 1 or self.uses[key] ~= 1 then return nil end
  if not self.readers then
    self.readers = {}
    for _, one in ipairs(self.statements) do
      for _, read in ipairs(one.ins) do self.readers[read] = one end
    end
  end
  return self.readers[key]
end

-- Are these the zeros that padding = "same" stands for?
function flow.is_same(pads, shape, size, strides, dilation)
  for i = 1, 2 do
    local out, extent = -(-shape[i] // strides[i]), (size[i] - 1) * dilation[i] + 1
    local total = math.max((out - 1) * strides[i] + extent - shape[i], 0)
    if pads[2 * i - 1] ~= total // 2 or pads[2 * i] ~= total - total // 2 then return false end
  end
  return true
end
