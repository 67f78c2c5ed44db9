-- scan.lua: op.scan, a function that is applied to one step of a sequence after the other: a loop in the network.

local cnnc = ...
local fail, entry, arguments, op = cnnc.fail, cnnc.entry, cnnc.arguments, cnnc.op
local format, concat, pack, unpack = string.format, table.concat, table.pack, table.unpack

cnnc.offered_ops.unrolled = nil

local function shape_text(tensor) return concat(tensor.shape, "x") end

-- The number of steps that all of the sequences have.
local function steps_of(who, sequences)
  local steps
  for _, x in ipairs(sequences) do
    local shape = x.shape
    if #shape == 0 then
      fail(format("%s: a sequence needs an axis of steps, but this is one number", who), {tensor = x})
    end
    steps = steps or shape[1]
    if shape[1] ~= steps then
      fail(format("%s: one sequence has %d steps, another %d", who, steps, shape[1]), {tensor = x})
    end
  end
  return steps
end

-- What the function returned, as the output and the next states.
local function check_results(who, results, states)
  if results.n ~= 1 + #states then
    fail(format("%s: the function must return an output and %d state%s, not %d values", who, #states,
      #states == 1 and "" or "s", results.n))
  end
  for i = 1, results.n do
    if not cnnc.is_tensor(results[i]) then
      fail(format("%s: the function returns %s where a tensor should be", who, arguments.show(results[i])))
    end
    if i > 1 and shape_text(results[i]) ~= shape_text(states[i - 1]) then
      fail(format("%s: state %d is %s, but what the function returns for it is %s", who, i - 1,
        shape_text(states[i - 1]), shape_text(results[i])))
    end
  end
end

---- Unrolled ------------------------------------------------------------------------------------------

-- How many recurrences are written out, step by step, around what is called now.
local unrolled = 0
function cnnc.in_unrolled() return unrolled > 0 end

-- Which of the steps that are written out is called now, of all of these around it; 0 for the first, and where there are none.
local turn = 0
function cnnc.turn() return turn end

local function without_first(x)
  return op.reshape(x, {shape = {unpack(x.shape, 2)}})
end

-- Zeros for each sample: no number is less than itself.
local function zeros(x, shape)
  local numbers = 1
  for _, size in ipairs(x.shape) do numbers = numbers * size end
  local first = op.slice(op.reshape(x, {shape = {numbers}}), {axis = 0, begin = 0, count = 1})
  return op.broadcast(op.binary(first, first, "less"), {shape = shape})
end

-- A loop of steps that are written out. `where`: that is a recurrence.
local function unroll(who, where, f, sequences, states, options)
  local steps, outputs, held, parameters = steps_of(who, sequences), {}, {}, nil
  for i, state in ipairs(states) do held[i] = cnnc.is_tensor(state) and state or zeros(sequences[1], state) end
  unrolled = unrolled + 1
  local outer = turn
  for i = 1, steps do
    turn = outer * steps + i - 1
    local given, at = {}, options.go_backwards and steps - i or i - 1
    for k, x in ipairs(sequences) do given[k] = without_first(op.slice(x, {axis = 0, begin = at, count = 1})) end
    table.move(held, 1, #held, #given + 1, given)
    local results = pack(f(unpack(given)))
    check_results(who, results, held)
    parameters = parameters or cnnc.count_parameters()
    if cnnc.count_parameters() ~= parameters then
      fail(format("%s: %s, its function may not make layers", who, where),
        {hint = "make them in front of op.scan, and call them in its function"})
    end
    local y = results[1]
    outputs[options.reverse and steps - i + 1 or i] = op.reshape(y, {shape = {1, unpack(y.shape)}})
    held = {unpack(results, 2, results.n)}
  end
  unrolled, turn = unrolled - 1, outer
  if steps == 1 then return outputs[1], unpack(held) end
  outputs[#outputs + 1] = {axis = 0}
  return op.concat(unpack(outputs)), unpack(held)
end

-- What a loop gave, in prediction. In training a step that looks across the batch is no part of a loop: it is made of all samples
-- before the next one begins.
local function choose_unrolled(who, f, sequences, states, options, looped)
  local scope = cnnc.scopes.current
  local neurons = scope and scope.neurons
  local written = pack(unroll(who, "where steps look across the batch", f, sequences, states, options))
  if scope then scope.neurons = neurons end
  for i = 1, written.n do written[i] = op.unrolled(written[i], looped[i]) end
  return unpack(written, 1, written.n)
end

---- The loop ------------------------------------------------------------------------------------------

-- f(row of each sequence, each state) -> output, each next state. A state is a tensor, or the shape of one of zeros.
-- Returns the outputs as a sequence and the last of the states. go_backwards: the last row comes first; reverse: the
-- outputs of such a scan are put back into the order of the rows; stateful: how many of the states the caller keeps; false: none.
function cnnc.scan(who, f, sequences, states, options)
  local given, held, finals = {}, {}, {}
  if cnnc.in_loop() then
    if options.stateful then fail(format("%s cannot be stateful in a step of another recurrence", who)) end
    return unroll(who, "in a step of another recurrence", f, sequences, states, options)
  end
  cnnc.begin_loop(steps_of(who, sequences))
  for i, x in ipairs(sequences) do given[i] = op.loop_row(x, {reverse = options.go_backwards or false}) end
  for i, state in ipairs(states) do
    held[i] = cnnc.is_tensor(state) and op.loop_state(state)
      or op.loop_state({shape = state, stateful = i <= (options.stateful or 0)})
    given[#given + 1] = held[i]
  end
  local results = pack(f(unpack(given)))
  check_results(who, results, held)
  local outputs = op.loop_rows(results[1], {reverse = options.reverse or false})
  for i, state in ipairs(held) do finals[i] = op.loop_next(state, results[i + 1]) end
  local looks_across = cnnc.loop_looks_across()
  cnnc.end_loop()
  if looks_across then return choose_unrolled(who, f, sequences, states, options, {outputs, unpack(finals)}) end
  return outputs, unpack(finals)
end

local OPTIONS = {
  {"go_backwards", "boolean", default = false, doc = "the last step comes first"},
  {"reverse", "boolean", default = false, doc = "what such a scan gives is put back into the order of the sequence"},
}

local function as_list(value)
  return cnnc.is_tensor(value) and {value} or value
end

local function check_list(what, list, is_entry)
  if not arguments.is_list(list) then
    fail(format("op.scan: the %s must be a list, not %s", what, arguments.show(list)))
  end
  for i = 1, #list do
    if not is_entry(list[i]) then
      fail(format("op.scan: %s cannot be one of the %s", arguments.show(list[i]), what))
    end
  end
end

local function is_state(value)
  if cnnc.is_tensor(value) then return true end
  return arguments.is_plain_table(value) and math.type(value[1]) == "integer"
end

cnnc.describe("function", {
  name = "op.scan", aliases = {"scan"},
  rows = {
    {"f", "function",
      doc = "f(x, state, ...): makes of a step, and of what the one before left, an output and the next states"},
    {"x", "any",
      doc = "the sequence, whose first axis are the steps; or a list of several, of which f gets a step each"},
    {"states", "list", default = {}, doc = "what the first step gets: tensors, or shapes of zeros"},
    table.unpack(OPTIONS),
  },
  doc = "a function of one step after the other, as a loop in the network; gives the sequence of outputs, and the last "
    .. "states",
  formula = "y[t], state = f(x[t], state)",
  example = [[
local Sum = Layer{name = "Sum", call = function(layer, x)
  local sums = op.scan(function(now, sum) return sum + now, sum + now end, x, {{4}})
  return sums
end}
return Sequential{Sum{input_shape = {10, 4}}}]],
})

-- op.scan(f, x, {states}, {go_backwards = false})
cnnc.offered_ops.scan = entry(function(f, x, states, options)
  if type(f) ~= "function" then
    fail("op.scan needs a function of a step and the states",
      {hint = "op.scan(function(x, h) return h, h end, x, {{16}})"})
  end
  local sequences, first = as_list(x), as_list(states or {})
  check_list("sequences", sequences, cnnc.is_tensor)
  check_list("states", first, is_state)
  if #sequences == 0 then fail("op.scan needs a sequence") end
  local parsed = arguments.parse("op.scan", OPTIONS, options or {})
  local shapes, tensors = {}, table.move(sequences, 1, #sequences, 1, {})
  for i, state in ipairs(first) do
    if cnnc.is_tensor(state) then tensors[#tensors + 1] = state else shapes[i] = state end
  end
  return cnnc.as_layer("scan", function(...)
    local given, begin = {...}, {}
    local at = #sequences
    for i in ipairs(first) do
      if not shapes[i] then at = at + 1 end
      begin[i] = shapes[i] or given[at]
    end
    return cnnc.scan("op.scan", f, {unpack(given, 1, #sequences)}, begin, parsed)
  end, unpack(tensors))
end)
