-- record.lua: what rows of operators do, written down in order, for a script of the same network (write.lua).
--
-- A step is what one line of the script says:
--   {layer =, inputs =, outputs =}                   a layer of the script language is called
--   {op =, operands =, attributes =, out =}          an op is; operands are tensors, numbers or nil, `n` of them
--   {scan =, sequences =, states =, options =, given =, steps =, results =, outputs =}   op.scan is, and makes `steps` of one
-- `texts`: of functions and models that layers have for arguments, as scripts have them; or functions that return these.
-- `node`: of the model's, which the step is a part of, and whose name goes into a comment. `group`: what is equal for ops that
-- a row's function made at once.

local cnnc = ...
local import, exports = cnnc.import, cnnc.exports
local pack, unpack = table.pack, table.unpack

local record = {steps = {}, made = setmetatable({}, {__mode = "k"}), parameters = {}, texts = {}}
import.record = record

local open -- the list that ops are noted in; nil: they are those of a layer of the script language
local group -- of the steps that are noted: those of one run of record.ops are one's

---- Layers of the script language -----------------------------------------------------------------------

-- A layer by its name in scripts: `args` are what stands in its braces, all by name, `original` its name in the file.
function import.make(kind, args, original)
  local values = {}
  for name, value in pairs(args) do values[name] = value end
  values.name = import.name_of(original or "", cnnc.snake_case(kind))
  local layer = exports[kind](values)
  record.made[layer] = {kind = kind, args = args, original = original}
  return layer
end

-- Calls it on tensors. Returns what it makes.
function import.apply(layer, ...)
  local outer, inputs = open, pack(...)
  open = nil
  local outputs = pack(layer(...))
  open = outer
  record.steps[#record.steps + 1] = {layer = layer, inputs = inputs, outputs = outputs, node = import.node}
  return unpack(outputs, 1, outputs.n)
end

-- Both, of a layer that is called once; `inputs`: a list.
function import.call(kind, args, inputs, original)
  return import.apply(import.make(kind, args, original), unpack(inputs))
end

---- Ops -------------------------------------------------------------------------------------------------

-- What f makes, whose ops are steps of the script.
function record.ops(f, ...)
  local outer = open
  open = outer or record.steps
  group = outer and group or {}
  local results = pack(f(...))
  open = outer
  return unpack(results, 1, results.n)
end

-- A parameter that ops have: its name within its layer, its numbers, and whether training may change them.
function record.parameter(tensor, name, known, trainable)
  record.parameters[cnnc.key(tensor)] = {tensor = tensor, name = name, known = known, trainable = trainable or false}
end

local function copied(attributes)
  if type(attributes) ~= "table" then return attributes end
  local copy = {}
  for name, value in pairs(attributes) do
    copy[name] = type(value) == "table" and table.move(value, 1, #value, 1, {}) or value
  end
  return copy
end

local function note_op(name, out, ...)
  local operands, attributes = pack(...), nil
  local last = operands[operands.n]
  if type(last) == "string" or cnnc.arguments.is_plain_table(last) then
    attributes, operands[operands.n], operands.n = copied(last), nil, operands.n - 1
  end
  open[#open + 1] = {op = name, operands = operands, attributes = attributes, out = out, node = import.node,
    group = group}
end

local ops = cnnc.op
cnnc.op = setmetatable({}, {__index = function(recorded, name)
  local apply = ops[name]
  recorded[name] = function(...)
    local out = apply(...)
    if open then note_op(name, out, ...) end
    return out
  end
  return recorded[name]
end})

local scan = cnnc.scan
function cnnc.scan(who, f, sequences, states, options)
  if not open then return scan(who, f, sequences, states, options) end
  local step = {scan = who, sequences = sequences, states = states, options = options, steps = {}, node = import.node,
    group = group}
  local outer = open
  step.outputs = pack(scan(who, function(...)
    open, step.given = step.steps, pack(...)
    step.results = pack(f(...))
    open = outer
    return unpack(step.results, 1, step.results.n)
  end, sequences, states, options))
  open[#open + 1] = step
  return unpack(step.outputs, 1, step.outputs.n)
end
