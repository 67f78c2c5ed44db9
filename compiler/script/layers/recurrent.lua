-- recurrent.lua: layers that go through a sequence step by step.
--
-- A cell is a layer of one step: it is called on the step's input and on the states, and returns its output and the
-- next states. RNN{cell} goes through a sequence with it; LSTM, GRU and SimpleRNN are RNNs with a cell of their own.

local cnnc = ...
local op, layer, fields = cnnc.op, cnnc.layer, cnnc.fields
local common, arguments = cnnc.common, cnnc.arguments
local format, concat, unpack = string.format, table.concat, table.unpack

---- Rows ----------------------------------------------------------------------------------------------------

local UNITS = {"units", "integer", min = 1, doc = "how many numbers a step gives"}
local ACTIVATION = {"activation", "activation", default = "tanh", doc = "nonlinearity of what enters the state"}
local RECURRENT_ACTIVATION = {"recurrent_activation", "activation", default = "sigmoid",
  doc = "nonlinearity of the gates"}

local WEIGHTS = {
  {"use_bias", "boolean", default = true, doc = "add a parameter `bias`"},
  {"kernel_initializer", "initializer", default = "glorot_uniform",
    doc = "what `kernel`, for the input, holds before training"},
  {"recurrent_initializer", "initializer", default = "orthogonal",
    doc = "what `recurrent_kernel`, for the state, holds before training"},
  {"bias_initializer", "initializer", default = "zeros", doc = "what `bias` holds before training"},
}

local PENALTIES = {common.regularizer("kernel"), common.regularizer("recurrent"), common.regularizer("bias")}

local CONSTRAINTS = {common.constraint("kernel"), common.constraint("recurrent"), common.constraint("bias")}

local DROPOUT = {
  {"dropout", "number", min = 0, below = 1, default = 0.0,
    doc = "share of the input that training zeroes, alike in all steps"},
  {"recurrent_dropout", "number", min = 0, below = 1, default = 0.0,
    doc = "share of the state that training zeroes, alike in all steps"},
}

local SEED = {"seed", "integer", min = 0, optional = true,
  doc = "decides, with the training's seed, what dropout zeroes"}

local SEQUENCE = {
  {"return_sequences", "boolean", default = false, doc = "give the output of every step, not of the last one"},
  {"return_state", "boolean", default = false, doc = "give the last states, too, as further results"},
  {"go_backwards", "boolean", default = false, doc = "begin with the last step"},
  {"stateful", "boolean", default = false,
    doc = "NAME_predict_step goes on where the call before ended; training and NAME_predict begin with zeros"},
  {"unroll", "boolean", default = false, doc = "nothing: steps are a loop in any case"},
  {"zero_output_for_mask", "boolean", default = false, named_only = true,
    doc = "a step that a mask leaves out gives zeros, not the output of the one before"},
}

local function joined(...)
  local rows = {}
  for _, list in ipairs{...} do
    for _, row in ipairs(list) do rows[#rows + 1] = row end
  end
  return rows
end

---- Cells -----------------------------------------------------------------------------------------------------

-- Recurrent layers that go through several sequences of a sample side by side, whose steps have an axis for that in front.
local side_by_side = setmetatable({}, {__mode = "k"})

-- x, dropped out. `number`: which of the masks of a layer it is; with one seed each has its own.
local function dropped(self, x, rate, number)
  if rate == 0 then return x end
  if not self.seed and cnnc.in_unrolled() then
    self:fail("needs a seed for its dropout in a step of another recurrence", "seed = 1 has it zero the same in all steps")
  end
  return op.dropout(x, {rate = rate, seed = self.seed and self.seed + number, alike = true})
end

local function part(x, axis, begin, count)
  return op.slice(x, {axis = axis, begin = begin, count = count})
end

local function add(a, b) return op.binary(a, b, {["function"] = "add"}) end
local function multiply(a, b) return op.binary(a, b, {["function"] = "multiply"}) end

-- The parameters of all gates, in Keras' order. `biases`: how many rows the bias has; nil: it is one row.
local function weights(self, x, gates, biases, bias_initializer)
  if #x.shape ~= 1 and not side_by_side[self] then
    self:fail(format("needs steps of one axis of features, but a step is %s", concat(x.shape, "x")), nil, x)
  end
  local width = gates * self.units
  local kernel = self:parameter("kernel", {x.shape[#x.shape], width}, self.kernel_initializer)
  local recurrent = self:parameter("recurrent_kernel", {self.units, width}, self.recurrent_initializer)
  if not self.use_bias then return kernel, recurrent, nil end
  local shape = {biases or width, biases and width}
  return kernel, recurrent, self:parameter("bias", shape, bias_initializer or self.bias_initializer)
end

-- The input times the kernel of all gates: x W + b. With recurrent dropout each gate has masks of its own, as in Keras.
local function project(self, x, gates, kernel, bias)
  local units, z = self.units
  if self.dropout == 0 or self.recurrent_dropout == 0 then
    z = op.matmul(dropped(self, x, self.dropout, 0), kernel)
  else
    local parts = {}
    for gate = 0, gates - 1 do
      parts[gate + 1] = op.matmul(dropped(self, x, self.dropout, gate), part(kernel, 1, gate * units, units))
    end
    parts[#parts + 1] = {axis = #x.shape - 1}
    z = gates == 1 and parts[1] or op.concat(unpack(parts))
  end
  return bias and add(z, bias) or z
end

-- The state times the recurrent kernel of `count` gates from `first` on.
local function recur(self, h, kernel, gates, first, count)
  local units = self.units
  if self.recurrent_dropout == 0 or gates == 1 then
    local own = count == gates and kernel or part(kernel, 1, first * units, count * units)
    return op.matmul(dropped(self, h, self.recurrent_dropout, 8), own)
  end
  local parts = {}
  for gate = first, first + count - 1 do
    local masked = dropped(self, h, self.recurrent_dropout, 8 + gate)
    parts[#parts + 1] = op.matmul(masked, part(kernel, 1, gate * units, units))
  end
  if count == 1 then return parts[1] end
  parts[#parts + 1] = {axis = #h.shape - 1}
  return op.concat(unpack(parts))
end

local SIMPLE_RNN = joined({UNITS, ACTIVATION}, WEIGHTS, PENALTIES, CONSTRAINTS, DROPOUT, {SEED})

layer{
  name = "SimpleRNNCell",
  inputs = 2,
  output_is_state = true,
  doc = "one step of SimpleRNN",
  formula = "h = activation(x*kernel + h*recurrent_kernel + bias)",
  example = "RNN{SimpleRNNCell(8), input_shape = {10, 4}}",
  arguments = SIMPLE_RNN,
  call = function(self, x, h)
    local kernel, recurrent, bias = weights(self, x, 1)
    local z = project(self, x, 1, kernel, bias)
    local y = self.activation(add(z, recur(self, h, recurrent, 1, 0, 1)))
    return y, y
  end,
}

local LSTM = joined({UNITS, ACTIVATION, RECURRENT_ACTIVATION}, WEIGHTS,
  {{"unit_forget_bias", "boolean", default = true, doc = "the forget gate's bias holds 1 before training"}},
  PENALTIES, CONSTRAINTS, DROPOUT, {SEED})

-- The next output and state of an LSTM, of the sums for its gates, which lie side by side along an axis.
local function lstm_step(self, z, c, axis)
  local units = z.shape[axis + 1] // 4
  local i = self.recurrent_activation(part(z, axis, 0, units))
  local f = self.recurrent_activation(part(z, axis, units, units))
  local new = self.activation(part(z, axis, 2 * units, units))
  local o = self.recurrent_activation(part(z, axis, 3 * units, units))
  c = add(multiply(f, c), multiply(i, new))
  return multiply(o, self.activation(c)), c
end

layer{
  name = "LSTMCell",
  inputs = 3,
  output_is_state = true,
  state_shapes = function(self) return {{self.units}, {self.units}} end,
  doc = "one step of LSTM",
  formula = "c = f*c + i*activation(zc), h = o*activation(c), gates i, f, o = recurrent_activation(x*kernel + "
    .. "h*recurrent_kernel + bias)",
  example = "RNN{LSTMCell(8), input_shape = {10, 4}}",
  arguments = LSTM,
  call = function(self, x, h, c)
    local forget = self.unit_forget_bias and cnnc.forget_bias(self, self.bias_initializer) or nil
    local kernel, recurrent, bias = weights(self, x, 4, nil, forget)
    local z = add(project(self, x, 4, kernel, bias), recur(self, h, recurrent, 4, 0, 4))
    h, c = lstm_step(self, z, c, #z.shape - 1)
    return h, h, c
  end,
}

local GRU = joined({UNITS, ACTIVATION, RECURRENT_ACTIVATION}, WEIGHTS, PENALTIES, CONSTRAINTS, DROPOUT,
  {{"reset_after", "boolean", default = true,
    doc = "the reset gate works on the product with the state, not on the state"},
   SEED})

-- The biases of the input and, with reset_after, of the state.
local function gru_biases(self, bias)
  if not bias or not self.reset_after then return bias, nil end
  local shape = {shape = {3 * self.units}}
  return op.reshape(part(bias, 0, 0, 1), shape), op.reshape(part(bias, 0, 1, 1), shape)
end

layer{
  name = "GRUCell",
  inputs = 2,
  output_is_state = true,
  doc = "one step of GRU",
  formula = "h = z*h + (1 - z)*activation(xh + r*(h*recurrent_kernel)), gates z, r = recurrent_activation(x*kernel + "
    .. "h*recurrent_kernel + bias)",
  example = "RNN{GRUCell(8), input_shape = {10, 4}}",
  arguments = GRU,
  call = function(self, x, h)
    local units, kernel, recurrent, bias = self.units, weights(self, x, 3, self.reset_after and 2 or nil)
    local input_bias, state_bias = gru_biases(self, bias)
    local zx = project(self, x, 3, kernel, input_bias)
    local zh = recur(self, h, recurrent, 3, 0, self.reset_after and 3 or 2)
    if state_bias then zh = add(zh, state_bias) end
    local last = #zx.shape - 1
    local gates = self.recurrent_activation(add(part(zx, last, 0, 2 * units), part(zh, last, 0, 2 * units)))
    local z, r = part(gates, last, 0, units), part(gates, last, units, units)
    local state
    if self.reset_after then
      state = multiply(r, part(zh, last, 2 * units, units))
    else
      state = recur(self, multiply(r, h), recurrent, 3, 2, 1)
    end
    local new = self.activation(add(part(zx, last, 2 * units, units), state))
    h = add(multiply(z, h), multiply(op.affine(z, {scale = -1, offset = 1}), new))
    return h, h
  end,
}

---- RNN ----------------------------------------------------------------------------------------------------

-- The shapes of a cell's states. `x`: the sequence.
local function state_shapes(owner, cell, x)
  local own = fields[cell]
  local sizes = own.state_size or own.units
  if own.spec.state_shapes then return own.spec.state_shapes(cell, x) end
  if math.type(sizes) == "integer" then sizes = {sizes} end
  if not arguments.is_list(sizes) or #sizes == 0 then
    owner:fail(format("does not know the states of its cell %s", cell.type),
      "write cell.state_size = 16, or {16, 16} for two, before it is called")
  end
  local shapes = {}
  for i, size in ipairs(sizes) do
    shapes[i] = math.type(size) == "integer" and size > 0 and {size} or size
    if not arguments.is_plain_table(shapes[i]) then
      owner:fail(format("has a cell whose state_size is %s, where a positive integer should be",
        arguments.show(size)))
    end
  end
  return shapes
end

-- The states to begin with: those that the layer is called on, or zeros.
local function first_states(self, shapes, given)
  if #given == 0 then return shapes end
  if #given ~= #shapes then
    self:fail(format("has %d state%s, but is called with %d", #shapes, #shapes == 1 and "" or "s", #given))
  end
  for i, state in ipairs(given) do
    if concat(state.shape, "x") ~= concat(shapes[i], "x") then
      self:fail(format("has a state of shape %s, but is called with %s", concat(shapes[i], "x"),
        concat(state.shape, "x")), nil, state)
    end
  end
  return given
end

local function need_sequence(self, x)
  if #x.shape < 2 then
    self:fail(format("needs a sequence of steps and features, but its input is %s", concat(x.shape, "x")),
      "a recurrent layer before it gives all its steps with return_sequences = true; of other numbers Reshape{{steps, features}} "
        .. "makes a sequence", x)
  end
end

local function row_of(sequence, step)
  local shape = sequence.shape
  return op.reshape(part(sequence, 0, step, 1), {shape = {unpack(shape, 2)}})
end

local function select(mask, a, b) return op.select(mask, a, b) end

-- A step of the cell that a mask may leave out: then the states stay what they are, and the output is that of the step before, or
-- zeros. `keeps_output`: that is a state more, behind the others.
local function masked_step(self, cell, keeps_output)
  return function(x, mask, ...)
    local states = {...}
    local before = keeps_output and table.remove(states) or nil
    local results = {cell(x, unpack(states))}
    for i, state in ipairs(states) do results[i + 1] = select(mask, results[i + 1], state) end
    if self.zero_output_for_mask then
      results[1] = select(mask, results[1])
    elseif before then
      results[1] = select(mask, results[1], before)
      results[#results + 1] = results[1]
    else
      results[1] = results[2]
    end
    return unpack(results)
  end
end

-- The shape of what a cell gives, where it is not known yet: as Keras has it, that of its first state, of several cells the last's.
local function output_shape(owner, cell, shapes)
  local cells = fields[cell].cells
  if cells then return shapes[#shapes - #state_shapes(owner, cells[#cells]) + 1] end
  local size = fields[cell].output_size
  return math.type(size) == "integer" and {size} or shapes[1]
end

-- The sequences that the loop goes through, and its step, where x has a mask.
local function masked_loop(self, cell, x, keeps_output)
  local mask = cnnc.mask_of(x)
  if not mask then return {x}, cell end
  local shape = mask.shape
  shape[#shape + 1] = 1
  return {x, op.reshape(mask, {shape = shape})}, masked_step(self, cell, keeps_output)
end

-- Goes through x with a cell. reverse: the outputs are put back into the order of x.
local function run(self, cell, x, given, reverse)
  need_sequence(self, x)
  local shapes, is_masked = state_shapes(self, cell, x), cnnc.mask_of(x) ~= nil
  if side_by_side[self] then
    side_by_side[cell] = true
    for i, shape in ipairs(shapes) do shapes[i] = {x.shape[2], unpack(shape)} end
  end
  local is_state = fields[cell].spec.output_is_state and not (is_masked and self.zero_output_for_mask)
  -- In front of the first step that counts Keras' output is 0, whatever the states begin with.
  local keeps_output = is_masked and not self.zero_output_for_mask and not (is_state and #given == 0 and not self.stateful)
  local states = table.move(first_states(self, shapes, given), 1, #shapes, 1, {})
  if keeps_output then states[#states + 1] = output_shape(self, cell, shapes) end
  local sequences, step = masked_loop(self, cell, x, keeps_output)
  local results = {cnnc.scan(self.type, step, sequences, states,
    {go_backwards = self.go_backwards, reverse = reverse, stateful = self.stateful and #shapes})}
  local kept = keeps_output and table.remove(results) or is_state and results[2]
  if not self.return_sequences then results[1] = kept or row_of(results[1], reverse and 0 or x.shape[1] - 1) end
  if not self.return_state then return results[1] end
  return unpack(results)
end

local OF_RECURRENCE <const> = "a masked step leaves the states as they are; the sequence of outputs has that of the input"

-- A sequence bears the mask of what it was made of; states have none.
local function sequence_mask(self, inputs)
  local x = self.return_sequences and inputs[1] or nil
  return cnnc.mask_of(x)
end

-- The cell of a layer that has one of its own, of this spec.
local function make_cell(self, spec)
  local values = {trainable = true}
  for _, row in ipairs(spec.arguments) do values[row[1]] = fields[self][row[1]] end
  return cnnc.make_layer(spec, values)
end

local INITIAL_STATE = {{"initial_state", "any", optional = true}}

-- The states that a layer is called on: f(x, h, c), f{x, h, c} or f(x, {initial_state = {h, c}}).
local function states_of(self, ...)
  local states = {...}
  local given = table.remove(states).initial_state
  if given == nil then return states end
  if cnnc.is_tensor(given) then return {given} end
  if not arguments.is_list(given) then
    self:fail(format("begins with states, tensors, not with %s", arguments.show(given)))
  end
  for _, state in ipairs(given) do
    if not cnnc.is_tensor(state) then
      self:fail(format("begins with states, tensors, not with %s", arguments.show(state)))
    end
  end
  return given
end

-- Layers whose outputs are put back into the order of their input: those of a Bidirectional that go backwards.
local reversed = setmetatable({}, {__mode = "k"})

-- Several sequences, (number x steps x features), as one of steps for all of them, and its mask.
local function steps_first(x)
  local mask = cnnc.mask_of(x)
  return cnnc.with_mask(op.permute(x, {order = {1, 0, 2}}), mask and op.permute(mask, {order = {1, 0}}))
end

-- The layer on each of several sequences: on all of them at once.
local function on_each(self, x, shape)
  if #shape ~= 2 or self.return_state then return nil end
  side_by_side[self] = true
  local y = self(steps_first(x))
  return self.return_sequences and op.permute(y, {order = {1, 0, 2}}) or y
end

-- `cell_of(self)`: the cell.
local function recurrent(spec)
  spec.masks_doc = OF_RECURRENCE
  spec.takes_states, spec.recurrent, spec.call_arguments, spec.masks = true, true, INITIAL_STATE, sequence_mask
  spec.call = function(self, x, ...)
    return run(self, spec.cell_of(self), x, states_of(self, ...), reversed[self])
  end
  layer(spec)
end

local function with_cell(name, cell, rows, doc, formula)
  recurrent{
    name = name,
    doc = doc,
    formula = formula,
    example = name .. "{16, return_sequences = true, input_shape = {10, 4}}",
    arguments = joined(rows, SEQUENCE, {{"use_cudnn", "any", optional = true, doc = "nothing: there is none"}}),
    cell_of = function(self) return make_cell(self, cnnc.layer_specs[cell]) end,
    at_each_step = on_each,
  }
end

with_cell("SimpleRNN", "SimpleRNNCell", SIMPLE_RNN,
  "a recurrent layer: each step sees the output of the one before",
  "h[t] = activation(x[t]*kernel + h[t-1]*recurrent_kernel + bias)")
with_cell("LSTM", "LSTMCell", LSTM, "long short-term memory: gates decide what a second state keeps",
  "c[t] = f*c[t-1] + i*activation(zc), h[t] = o*activation(c[t]), z = x[t]*kernel + h[t-1]*recurrent_kernel + bias")
with_cell("GRU", "GRUCell", GRU, "gated recurrent unit: one gate decides how much of the state is new",
  "h[t] = z*h[t-1] + (1 - z)*activation(xh + r*(h[t-1]*recurrent_kernel))")

recurrent{
  name = "RNN",
  doc = "goes through a sequence with a cell: a layer that is called on a step and the states, and returns its output "
    .. "and the next states",
  example = [[
local Sum = Layer{name = "Sum", inputs = 2, arguments = {{"units", "integer"}}, call = function(self, x, h)
  local y = op.unary(Dense{self.units}(x) + h, "tanh")
  return y, y
end}
return Sequential{RNN{Sum(8), return_sequences = true, input_shape = {10, 4}}}]],
  arguments = joined({{"cell", "any",
    doc = "the cell; its states are as large as its units, or as cell.state_size says"}},
    SEQUENCE),
  cell_of = function(self)
    local cell = self.cell
    if arguments.is_plain_table(cell) then
      return cnnc.exports.StackedRNNCells(cell)
    end
    if not cnnc.is_layer(cell) then self:fail(format("needs a cell, not %s", arguments.show(cell))) end
    return cell
  end,
}

-- What layers of images that go through sequences need.
cnnc.recurrence = {
  layer = recurrent, make_cell = make_cell, joined = joined, dropped = dropped, lstm_step = lstm_step, sequence = SEQUENCE,
  weights = WEIGHTS, penalties = PENALTIES, constraints = CONSTRAINTS, dropout = DROPOUT, seed = SEED,
}

---- Wrappers -----------------------------------------------------------------------------------------------------

layer{
  name = "StackedRNNCells",
  takes_states = true,
  doc = "cells one behind the other as one cell, whose states are those of all",
  example = "RNN{StackedRNNCells{LSTMCell(8), GRUCell(6)}, input_shape = {10, 4}}",
  arguments = {{"cells", "list", gathers = true, doc = "the cells, in order"}},
  state_shapes = function(self, x)
    local shapes = {}
    for _, cell in ipairs(self.cells) do
      if not cnnc.is_layer(cell) then self:fail(format("needs cells, not %s", arguments.show(cell))) end
      local own = state_shapes(self, cell, x)
      table.move(own, 1, #own, #shapes + 1, shapes)
    end
    return shapes
  end,
  call = function(self, x, ...)
    local states, next_states, at = {...}, {}, 0
    for _, cell in ipairs(self.cells) do
      local count = #state_shapes(self, cell)
      local results = {cell(x, unpack(states, at + 1, at + count))}
      x = results[1]
      table.move(results, 2, #results, #next_states + 1, next_states)
      at = at + count
    end
    return x, unpack(next_states)
  end,
}

-- Another layer like this one, of its own weights.
local function clone(original, name, changes)
  local spec, values = fields[original].spec, {name = name}
  for _, row in ipairs(spec.rows) do
    if row[1] ~= "name" then values[row[1]] = fields[original][row[1]] end
  end
  for key, value in pairs(changes) do values[key] = value end
  if cnnc.is_layer(values.cell) then values.cell = clone(values.cell, fields[values.cell].label, {}) end
  return cnnc.make_layer(spec, values)
end

local function check_pair(self, forward, backward)
  for _, name in ipairs{"return_sequences", "return_state", "stateful"} do
    if forward[name] ~= backward[name] then self:fail(format("has two layers whose %s differ", name)) end
  end
  if forward.go_backwards == backward.go_backwards then
    self:fail("has two layers that go through the sequence in the same direction",
      "one of them needs go_backwards = true")
  end
end

-- The two layers of a Bidirectional.
local function pair_of(self)
  local original, backward = self.layer, self.backward_layer
  if not cnnc.is_layer(original) or not fields[original].spec.recurrent then
    self:fail(format("needs a recurrent layer, not %s",
      cnnc.is_layer(original) and original.type or arguments.show(original)))
  end
  local zeroes = {zero_output_for_mask = original.return_sequences} -- as Keras has it for both
  local forward = clone(original, "forward_" .. string.gsub(fields[original].label, "^forward_", ""), zeroes)
  if not backward then
    local name = "backward_" .. string.gsub(fields[original].label, "^backward_", "")
    backward = clone(original, name, {go_backwards = true, zero_output_for_mask = original.return_sequences})
  elseif not cnnc.is_layer(backward) or not fields[backward].spec.recurrent then
    self:fail(format("needs a recurrent backward_layer, not %s", arguments.show(backward)))
  end
  check_pair(self, forward, backward)
  fields[backward].zero_output_for_mask = backward.return_sequences
  reversed[backward] = true
  return forward, backward
end

local MERGES = {
  sum = add,
  mul = multiply,
  ave = function(a, b) return op.affine(add(a, b), {scale = 0.5, offset = 0}) end,
  concat = function(a, b) return op.concat(a, b, {axis = #a.shape - 1}) end,
}

-- As that of the layer inside; with merge_mode = "none" of both outputs.
local OF_PAIR <const> = "a masked step leaves the states as they are and gives zeros; the sequence of outputs has that of the "
  .. "input"

local function mask_of_pair(self, inputs)
  local mask = sequence_mask(self.layer, inputs)
  return mask, self.merge_mode == "none" and mask or nil
end

layer{
  name = "Bidirectional",
  takes_states = true, masks = mask_of_pair, masks_doc = OF_PAIR,
  call_arguments = INITIAL_STATE,
  doc = "a recurrent layer twice: one goes forward, one backward, and their outputs are joined",
  formula = "y[t] = merge(forward[t], backward[t])",
  example = "Bidirectional{LSTM{8, return_sequences = true}, input_shape = {10, 4}}",
  arguments = {
    {"layer", "any", doc = "LSTM, GRU, SimpleRNN or RNN"},
    {"merge_mode", {"concat", "sum", "mul", "ave", "none"}, default = "concat",
      doc = "none: both outputs, as two results"},
    {"weights", "unsupported"},
    {"backward_layer", "any", optional = true, doc = "the one that goes backward, if it is not like the other"},
  },
  at_each_step = function(self, x, shape)
    local inner = self.layer
    if not cnnc.is_layer(inner) or fields[inner].spec.at_each_step ~= on_each or self.backward_layer
      or inner.return_state or self.merge_mode == "none" or #shape ~= 2 then
      return nil
    end
    side_by_side[self] = true
    local y = self(steps_first(x))
    return inner.return_sequences and op.permute(y, {order = {1, 0, 2}}) or y
  end,
  call = function(self, x, ...)
    local states, forward, backward = states_of(self, ...), pair_of(self)
    side_by_side[forward], side_by_side[backward] = side_by_side[self], side_by_side[self]
    local half = #states // 2
    local y = {forward(x, unpack(states, 1, half))}
    local z = {backward(x, unpack(states, half + 1))}
    local results = self.merge_mode == "none" and {y[1], z[1]} or {MERGES[self.merge_mode](y[1], z[1])}
    table.move(y, 2, #y, #results + 1, results)
    table.move(z, 2, #z, #results + 1, results)
    return unpack(results)
  end,
}
