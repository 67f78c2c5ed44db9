-- recurrent.lua: LSTM, GRU and RNN: loops of the network, as the layers of those names are.

local cnnc = ...
local array, op, import = cnnc.array, cnnc.op, cnnc.import
local value, rows = import.value, import.rows
local attribute = import.attribute

---- Activations -----------------------------------------------------------------------------------------

local function affine(x, scale, offset) return op.affine(x, {scale = scale, offset = offset}) end

local function named(name)
  return function(x) return op.unary(x, name) end
end

local function with_alpha(name, default)
  return function(x, alpha) return op.unary(x, {["function"] = name, alpha = alpha or default}) end
end

local ACTIVATIONS <const> = {
  sigmoid = named("sigmoid"), tanh = named("tanh"), relu = named("relu"), softsign = named("softsign"),
  softplus = named("softplus"), leakyrelu = with_alpha("leaky_relu", 0.01), elu = with_alpha("elu", 1.0),
  affine = function(x, alpha, beta) return affine(x, alpha or 1.0, beta or 0.0) end,
  scaledtanh = function(x, alpha, beta) return affine(op.unary(affine(x, beta or 1.0, 0), "tanh"), alpha or 1.0, 0) end,
  hardsigmoid = function(x, alpha, beta)
    return op.binary(op.binary(affine(x, alpha or 0.2, beta or 0.5), 0, "maximum"), 1, "minimum")
  end,
  thresholdedrelu = function(x, alpha) return op.select(op.binary(x, alpha or 1.0, "greater"), x) end,
}

local TAKES_ALPHA <const> = {leakyrelu = true, elu = true, affine = true, scaledtanh = true, hardsigmoid = true,
  thresholdedrelu = true}
local TAKES_BETA <const> = {affine = true, scaledtanh = true, hardsigmoid = true}

-- The numbers of a list, in order, for those of the names that take one: by place.
local function numbers_for(names, takes, list)
  local numbers, at = {}, 0
  for i, name in ipairs(names) do
    if takes[string.lower(name)] then
      at = at + 1
      numbers[i] = list[at]
    end
  end
  return numbers
end

-- Those of direction `d` (from 0), `n` in each.
local function activations_of(d, n, defaults)
  local names = attribute("activations") or {}
  local alphas = numbers_for(names, TAKES_ALPHA, attribute("activation_alpha") or {})
  local betas = numbers_for(names, TAKES_BETA, attribute("activation_beta") or {})
  local list = {}
  for i = 1, n do
    local name = names[d * n + i] or defaults[i]
    local f = ACTIVATIONS[string.lower(name)]
    if not f then import.fail(nil, "has an activation that is not known, %s", name) end
    local alpha, beta = alphas[d * n + i], betas[d * n + i]
    list[i] = function(x) return f(x, alpha, beta) end
  end
  return list
end

---- Weights ---------------------------------------------------------------------------------------------

-- Of direction d: the matrix (gates*units, n) as (n, gates*units), its gates in this order (from 0).
local function matrix(known, d, order)
  local dims = array.dims(known)
  local one = import.reshaped(import.taken(known, 1, d, 1, 1), {dims[2], dims[3]})
  local units, parts = dims[2] // #order, {}
  for i, gate in ipairs(order) do parts[i] = import.taken(one, 1, gate * units, 1, units) end
  return import.transposed(array.concat(parts, 1), {2, 1})
end

-- A row of numbers of direction d from `begin` on, its gates in this order.
local function row(known, d, begin, units, order)
  local flat, parts = import.reshaped(import.taken(known, 1, d, 1, 1), {array.dims(known)[2]}), {}
  for i, gate in ipairs(order) do parts[i] = import.taken(flat, 1, (begin + gate) * units, 1, units) end
  return array.concat(parts, 1)
end

---- Cells -----------------------------------------------------------------------------------------------

-- A cell: {gates = their order in the layers' weights, states =, defaults = of its activations, step = f(w, x, states) -> states}.
-- w: {kernel =, recurrent =, bias =, state_bias =, peepholes =, units =, f = the activations, clip =}

local function part(x, gate, units, count)
  return op.slice(x, {axis = #cnnc.shape(x) - 1, begin = gate * units, count = (count or 1) * units})
end

local function add(a, b) return op.binary(a, b, "add") end
local function multiply(a, b) return op.binary(a, b, "multiply") end

local function clipped(w, x)
  if not w.clip then return x end
  return op.binary(op.binary(x, -w.clip, "maximum"), w.clip, "minimum")
end

local function projected(w, x) return w.bias and add(op.matmul(x, w.kernel), w.bias) or op.matmul(x, w.kernel) end

local cells = {
  RNN = {
    gates = {0}, states = 1, defaults = {"Tanh"},
    step = function(w, x, h)
      return {w.f[1](clipped(w, add(projected(w, x), op.matmul(h, w.recurrent))))}
    end,
  },
  LSTM = { -- input, output, forget, cell in the file; the layers have input, forget, cell, output
    gates = {0, 2, 3, 1}, states = 2, defaults = {"Sigmoid", "Tanh", "Tanh"},
    step = function(w, x, h, c)
      local z, units, peep = add(projected(w, x), op.matmul(h, w.recurrent)), w.units, w.peepholes
      local function gate(i, seen, j)
        local sum = part(z, i, units)
        return clipped(w, seen and peep and add(sum, multiply(seen, peep[j])) or sum)
      end
      local i, f, new = w.f[1](gate(0, c, 1)), w.f[1](gate(1, c, 3)), w.f[2](gate(2))
      c = add(multiply(f, c), multiply(i, new))
      return {multiply(w.f[1](gate(3, c, 2)), w.f[3](c)), c}
    end,
  },
  GRU = {
    gates = {0, 1, 2}, states = 1, defaults = {"Sigmoid", "Tanh"}, two_biases = true,
    step = function(w, x, h)
      local units, after = w.units, attribute("linear_before_reset", 0) ~= 0
      local zx = projected(w, x)
      local zh = op.matmul(h, after and w.recurrent or part(w.recurrent, 0, units, 2))
      if w.state_bias then zh = add(zh, after and w.state_bias or part(w.state_bias, 0, units, 2)) end
      local gates = w.f[1](clipped(w, add(part(zx, 0, units, 2), part(zh, 0, units, 2))))
      local z, r = part(gates, 0, units), part(gates, 1, units)
      local state
      if after then
        state = multiply(r, part(zh, 2, units))
      else
        state = op.matmul(multiply(r, h), part(w.recurrent, 2, units))
        if w.state_bias then state = add(state, part(w.state_bias, 2, units)) end
      end
      local new = w.f[2](clipped(w, add(part(zx, 2, units), state)))
      return {add(multiply(z, h), multiply(affine(z, -1, 1), new))}
    end,
  },
}

-- The parameters of direction d, within the layer's call.
local function weights_of(cell, x, d, units, layer)
  local gates, tag = #cell.gates, d == 0 and "" or "backward_"
  local function weights(name, known) return import.weights(layer, tag .. name, known) end
  local w = {units = units, f = activations_of(d, #cell.defaults, cell.defaults), clip = attribute("clip")}
  w.kernel = weights("kernel", matrix(x[2].array, d, cell.gates))
  w.recurrent = weights("recurrent_kernel", matrix(x[3].array, d, cell.gates))
  if x[4] then
    local of_input = row(x[4].array, d, 0, units, cell.gates)
    local of_state = row(x[4].array, d, gates, units, cell.gates)
    if cell.two_biases then
      w.bias, w.state_bias = weights("bias", of_input), weights("recurrent_bias", of_state)
    else
      w.bias = weights("bias", array.binary("add", of_input, of_state))
    end
  end
  if x[8] then
    w.peepholes = {}
    for i = 0, 2 do w.peepholes[i + 1] = weights("peephole_" .. i, row(x[8].array, d, 0, units, {i})) end
  end
  return w
end

---- Sequences ------------------------------------------------------------------------------------------

-- How many steps samples have: one number of all, and a list where they differ.
local function lengths_of(x, steps)
  local lengths, same = x and import.integers(x) or {}, true
  for _, length in ipairs(lengths) do
    if length < 1 or length > steps then import.fail(nil, "has sequences of %d of %d steps", length, steps) end
    same = same and length == lengths[1]
  end
  return same and (lengths[1] or steps) or steps, not same and lengths or nil
end

-- 1 where a sample has a step, else 0: (steps, samples, 1).
local function mask_of(lengths, steps)
  local list = {}
  for t = 1, steps do
    for _, length in ipairs(lengths) do list[#list + 1] = t <= length and 1 or 0 end
  end
  return array.from("float", {steps, #lengths, 1}, list)
end

local function all_zero(known)
  if array.count(known) > 65536 then return false end
  for _, number in ipairs(array.list(known)) do
    if number ~= 0 then return false end
  end
  return true
end

-- What direction d begins with: a tensor, or the shape of one of zeros. `given`: (directions, samples, units), or nil.
local function first_state(given, d, shape, layer, name, x)
  if not given or given.array and all_zero(given.array) then return shape end
  if given.array then
    local known = import.reshaped(import.taken(given.array, 1, d, 1, 1), shape)
    return import.for_samples(import.weights(layer, name, known), x)
  end
  local count = value.count(given) // value.dims(given)[1]
  local flat = value.arrange(given, {{1}, {2, 3}})
  return op.reshape(op.slice(flat, {axis = 0, begin = d, count = 1}), {shape = #shape == 1 and {count} or shape})
end

---- As layers -------------------------------------------------------------------------------------------

local LAYERS <const> = {RNN = "SimpleRNN", LSTM = "LSTM", GRU = "GRU"}
local PLAIN <const> = {sigmoid = true, tanh = true, relu = true, softsign = true, softplus = true}

-- With how many tensors a layer of one direction begins: all of its states, or none, which are zeros then; nil: it cannot.
local function states_given(cell, x, given)
  local count = 0
  for i = 1, cell.states do
    local known = given[i] and given[i].array
    if known and not all_zero(known) then return nil end
    count = count + (given[i] and not known and 1 or 0)
  end
  return (count == 0 or count == cell.states and array.dims(x[2].array)[1] == 1) and count or nil
end

-- The layer of the script language that goes the same way in direction d, for a script: {call = its name, args =, states = how
-- many it is called on, parameters = tensors, or lists of such that are one}; nil: there is none.
local function layer_of(cell, x, d, w, given)
  local names, list, n = attribute("activations") or {}, {}, #cell.defaults
  local states = states_given(cell, x, given)
  if not states then return nil end
  for i = 1, n do list[i] = string.lower(names[d * n + i] or cell.defaults[i]) end
  for _, name in ipairs(list) do
    if not PLAIN[name] then return nil end
  end
  if w.clip or w.peepholes or list[3] and list[3] ~= list[2] then return nil end
  local args, bias = {units = w.units, use_bias = w.bias and true or false}, w.bias
  args.activation, args.recurrent_activation = list[n > 1 and 2 or 1], n > 1 and list[1] or nil
  if cell.two_biases then
    args.reset_after = attribute("linear_before_reset", 0) ~= 0
    if bias and args.reset_after then
      bias = {w.bias, w.state_bias}
    elseif bias and not all_zero(row(x[4].array, d, #cell.gates, w.units, cell.gates)) then
      return nil
    end
  end
  return {call = LAYERS[import.node.op], args = args, states = states, parameters = {w.kernel, w.recurrent, bias}}
end

-- The tensors of all directions as one, in whose memory an axis of them is the one at `axis`.
local function joined(tensors, axis)
  if #tensors == 1 then return tensors[1] end
  local parts = table.move(tensors, 1, #tensors, 1, {})
  parts[#parts + 1] = {axis = axis - 1}
  return op.concat(table.unpack(parts))
end

-- All directions, within the layer's call: the outputs of all steps, and the last states.
local function run(cell, x, sequence, given, shape, lengths, layer)
  local direction, all, lasts = attribute("direction", "forward"), {}, {}
  local steps_in_order = value.arrange(sequence, #shape == 1 and {{1}, {3}} or value.each(1, 3))
  local sequences = {steps_in_order}
  if lengths then
    local mask = import.constant(layer, "steps", mask_of(lengths, value.dims(sequence)[1]))
    sequences[2] = import.for_samples(mask, steps_in_order)
  end
  -- A sample that has no such step keeps its states, and makes zeros.
  local function step(w, now, ...)
    if not lengths then return cell.step(w, now, ...) end
    local there, states = ..., {select(2, ...)}
    local next_states = cell.step(w, now, table.unpack(states))
    local output = op.select(there, next_states[1])
    for i, state in ipairs(next_states) do next_states[i] = op.select(there, state, states[i]) end
    return next_states, output
  end
  for d = 0, array.dims(x[2].array)[1] - 1 do
    local w = weights_of(cell, x, d, shape[#shape], layer)
    local states, backwards = {}, direction == "reverse" or d == 1
    for i = 1, cell.states do
      states[i] = first_state(given[i], d, shape, layer, "state_" .. i .. "_" .. d, steps_in_order)
    end
    local results = {cnnc.scan(import.node.op, function(now, ...)
      local next_states, output = step(w, now, ...)
      return output or next_states[1], table.unpack(next_states)
    end, sequences, states, {go_backwards = backwards, reverse = backwards,
      layer = #shape == 1 and layer_of(cell, x, d, w, given) or nil})}
    all[d + 1] = results[1]
    for i = 1, cell.states do
      lasts[i] = lasts[i] or {}
      lasts[i][d + 1] = results[i + 1]
    end
  end
  local outputs = {joined(all, 2)}
  for i, list in ipairs(lasts) do outputs[i + 1] = joined(list, 1) end
  return table.unpack(outputs)
end

local function recurrence(cell)
  return function(x)
    for i = 2, 8 do
      if x[i] and (i < 5 or i == 8) then import.known(x[i], "weights") end
    end
    local by_batch, sequence, given = attribute("layout", 0) == 1, x[1], {x[6], x[7]}
    if attribute("input_forget", 0) ~= 0 then import.fail(nil, "with input_forget is not known") end
    if by_batch then
      sequence = value.transpose(sequence, {2, 1, 3})
      for i = 1, 2 do given[i] = given[i] and value.transpose(given[i], {2, 1, 3}) end
    end
    local dims = value.dims(sequence)
    local steps, n, units, directions = dims[1], dims[2], array.dims(x[3].array)[3], array.dims(x[2].array)[1]
    local length, lengths = lengths_of(x[5], steps)
    import.not_along_batch(sequence, 1)
    if length < steps then sequence = import.take(sequence, 1, 0, 1, length) end
    local shape, inputs = n == 1 and {units} or {n, units}, {sequence}
    for i = 1, 2 do
      if given[i] and given[i].tensor then inputs[#inputs + 1] = given[i] end
    end
    local batch = value.has_batch(sequence, 2)
    local tensors = {import.layer(inputs, function(layer) return run(cell, x, sequence, given, shape, lengths, layer) end)}
    local y = value.of_tensor(tensors[1], {length, directions, n, units}, nil, batch and 3 or nil)
    y = import.padded(y, 1, 0, steps - length, "constant", 0)
    local results = {by_batch and value.transpose(y, {3, 1, 2, 4}) or y}
    for i = 2, #tensors do
      local last = value.of_tensor(tensors[i], {directions, n, units}, nil, batch and 2 or nil)
      results[i] = by_batch and value.transpose(last, {2, 1, 3}) or last
    end
    return table.unpack(results)
  end
end

for name, cell in pairs(cells) do rows[name] = recurrence(cell) end
