-- value.lua: what flows between the operators of an imported model: known arrays, and tensors of the graph.
--
-- A file says in which order its axes are; the graph's kernels want others. So a tensor does not have its logical axes in
-- memory, it has *atoms*: a logical axis is a list of atoms, and memory is a list of all atoms that are longer than 1, in the
-- order in which they lie. A transpose reorders the axes, a reshape groups atoms anew, and nothing moves; numbers are moved
-- where an operator needs another order than there is (`arrange`). So layouts meet and cancel by themselves.
--
--   {tensor =, axes = {{atom, ...}, ...}, order = {atom, ...}}     a tensor; atom = {size =}; {size = 1, batch = true}: the batch's
--   {array =}                                                      known numbers

local cnnc = ...
local array, op, import = cnnc.array, cnnc.op, cnnc.import
local concat = table.concat

local value = {}
import.value = value

local MAX_RANK <const> = cnnc.MAX_RANK

---- Lists -----------------------------------------------------------------------------------------------

local function product(list)
  local result = 1
  for _, n in ipairs(list) do result = result * n end
  return result
end

local function sizes_of(atoms)
  local sizes = {}
  for i, atom in ipairs(atoms) do sizes[i] = atom.size end
  return sizes
end

local function size_of(atoms) return product(sizes_of(atoms)) end

local function append(list, more)
  for _, entry in ipairs(more) do list[#list + 1] = entry end
  return list
end

local function without_ones(atoms)
  local longer = {}
  for _, atom in ipairs(atoms) do
    if atom.size ~= 1 then longer[#longer + 1] = atom end
  end
  return longer
end

value.product = product

---- Values ----------------------------------------------------------------------------------------------

function value.of_array(known) return {array = known} end

-- A tensor whose memory has the logical axes of these lengths in `order`, or as they are. `batch`: the axis of the batch.
function value.of_tensor(tensor, dims, order, batch)
  local axes, memory = {}, {}
  for i, size in ipairs(dims) do axes[i] = {{size = size}} end
  for i = 1, #dims do memory[i] = axes[order and order[i] or i][1] end
  if batch then table.insert(axes[batch], 1, {size = 1, batch = true}) end
  return {tensor = tensor, axes = axes, order = without_ones(memory)}
end

-- A result whose axes are those of `sources`, aligned at their ends, with the batch where one of them has it.
function value.with_batch(result, sources)
  for _, x in ipairs(sources) do
    for i, atoms in ipairs(x.axes or {}) do
      local axis = #result.axes - #x.axes + i
      for _, atom in ipairs(atoms) do
        if atom.batch and axis >= 1 and not value.has_batch(result, axis) then
          result.axes[axis] = append({atom}, result.axes[axis])
        end
      end
    end
  end
  return result
end

-- Another tensor with the numbers at the same places.
function value.like(x, tensor) return {tensor = tensor, axes = x.axes, order = x.order} end

function value.dims(x)
  if x.array then return array.dims(x.array) end
  local dims = {}
  for i, atoms in ipairs(x.axes) do dims[i] = size_of(atoms) end
  return dims
end

function value.rank(x) return x.array and #array.dims(x.array) or #x.axes end

function value.count(x) return product(value.dims(x)) end

function value.text(x)
  local dims = value.dims(x)
  return #dims == 0 and "a number" or concat(dims, "x")
end

-- Is the batch along this axis?
function value.has_batch(x, axis)
  for _, atom in ipairs(x.axes and x.axes[axis] or {}) do
    if atom.batch then return true end
  end
  return false
end

-- Which axis is the batch's alone; nil: none.
function value.batch_axis(x)
  for axis, atoms in ipairs(x.axes or {}) do
    if size_of(atoms) == 1 and value.has_batch(x, axis) then return axis end
  end
end

---- Moving ----------------------------------------------------------------------------------------------

-- Runs of atoms that follow one another in both orders: a list of {first =, atoms =} in the order of the first.
local function runs_of(from, to)
  local place, runs = {}, {}
  for i, atom in ipairs(to) do place[atom] = i end
  for i, atom in ipairs(from) do
    local last = runs[#runs]
    if last and place[from[i - 1]] + 1 == place[atom] then
      last.size = last.size * atom.size
    else
      runs[#runs + 1] = {size = atom.size, place = place[atom]}
    end
  end
  return runs
end

local function reshaped(tensor, shape)
  if #shape == 0 then shape = {1} end
  if concat(cnnc.shape(tensor), "x") == concat(shape, "x") then return tensor end
  return op.reshape(tensor, {shape = shape})
end
value.reshaped = reshaped

-- The tensor, with its atoms in the order `to`, as a tensor of this shape.
local function moved(x, to, shape)
  local from, tensor = x.order, x.tensor
  to = without_ones(to)
  local runs = runs_of(from, to)
  if #runs > 1 then
    if #runs > MAX_RANK then import.fail(x, "its axes are reordered in more than %d parts", MAX_RANK) end
    local sorted, at, order = table.move(runs, 1, #runs, 1, {}), {}, {}
    table.sort(sorted, function(a, b) return a.place < b.place end)
    for i, run in ipairs(runs) do at[run] = i - 1 end
    for i, run in ipairs(sorted) do order[i] = at[run] end
    tensor = op.permute(reshaped(tensor, sizes_of(runs)), {order = order})
  end
  return reshaped(tensor, shape)
end

-- The tensor with memory as `groups` of logical axes say, each of them one axis: {{3}, {4}, {2}} makes rows, columns, channels of
-- an image. Axes that are named nowhere must be of length 1. Within a layer's call.
function value.arrange(x, groups)
  local atoms, shape = {}, {}
  for i, group in ipairs(groups) do
    local size = 1
    for _, axis in ipairs(group) do
      append(atoms, x.axes[axis])
      size = size * size_of(x.axes[axis])
    end
    shape[i] = size
  end
  return moved(x, atoms, shape)
end

-- Groups of one axis each: first, first + 1, ..., last.
function value.each(first, last)
  local groups = {}
  for axis = first, last do groups[#groups + 1] = {axis} end
  return groups
end

-- The tensor in the order of its logical axes, as it is at a border; lengths of 1 stay.
function value.natural(x) return value.arrange(x, value.each(1, #x.axes)) end

-- Does memory have the logical axes in their order?
function value.is_natural(x)
  local atoms = {}
  for _, axis in ipairs(x.axes) do append(atoms, axis) end
  atoms = without_ones(atoms)
  for i, atom in ipairs(atoms) do
    if x.order[i] ~= atom then return false end
  end
  return true
end

-- The same value with memory in the order of its logical axes; each of them is one atom, but for the batch's.
function value.settled(x, tensor)
  return value.with_batch(value.of_tensor(tensor, value.dims(x)), {x})
end

---- Axes without moving ---------------------------------------------------------------------------------

function value.transpose(x, order)
  if x.array then return {array = import.transposed(x.array, order)} end
  local axes = {}
  for i, axis in ipairs(order) do axes[i] = x.axes[axis] end
  return {tensor = x.tensor, axes = axes, order = x.order}
end

-- The value with these of its axes, by number; 0 is a new one of length 1. The others must be of length 1.
function value.with_axes(x, list)
  local axes = {}
  for i, axis in ipairs(list) do axes[i] = axis > 0 and x.axes[axis] or {} end
  return {tensor = x.tensor, axes = axes, order = x.order}
end

-- Cuts an atom in two, the first of so many numbers.
local function cut(order, atom, size)
  local a, b = {size = size}, {size = atom.size // size}
  local result = {}
  for _, entry in ipairs(order) do
    if entry == atom then
      result[#result + 1], result[#result + 2] = a, b
    else
      result[#result + 1] = entry
    end
  end
  return result, a, b
end

-- Groups the atoms, in the order of their axes, into axes of these lengths; nil: they do not divide so.
local function regrouped(x, dims)
  local rest, order, axes, next_atom = {}, x.order, {}, 1
  for _, atoms in ipairs(x.axes) do append(rest, atoms) end
  local function take(size, list)
    while size == 1 and rest[next_atom] and rest[next_atom].size == 1 and not rest[next_atom].batch do next_atom = next_atom + 1 end
    while size > 1 or (size == 1 and rest[next_atom] and rest[next_atom].batch and #list == 0) do
      local atom = rest[next_atom]
      if not atom then return false end
      if size % atom.size == 0 then
        if atom.size > 1 or atom.batch then list[#list + 1] = atom end
        size, next_atom = size // atom.size, next_atom + 1
        if atom.batch and size == 1 then return true end
      elseif atom.size % size == 0 then
        local first, second
        order, first, second = cut(order, atom, size)
        list[#list + 1], rest[next_atom] = first, second
        size = 1
      else
        return false
      end
    end
    return true
  end
  for i, size in ipairs(dims) do
    axes[i] = {}
    if not take(size, axes[i]) then return nil end
  end
  for i = next_atom, #rest do
    if rest[i].size > 1 then return nil end
    if rest[i].batch and #axes > 0 then table.insert(axes[#axes], rest[i]) end
  end
  return {tensor = x.tensor, axes = axes, order = order}
end

-- The same numbers, in the order of the logical axes, as axes of these lengths. `settle` moves them where that must be.
function value.reshape(x, dims, settle)
  if x.array then return {array = import.reshaped(x.array, dims)} end
  local result = regrouped(x, dims)
  if result then return result end
  local settled, batch = settle(x), {}
  for _, axis in ipairs(settled.axes) do
    for _, atom in ipairs(axis) do batch[#batch + 1] = atom.batch and atom or nil end
  end
  local flat = {size = value.count(settled)} -- one run of numbers, to be cut anew
  return regrouped({tensor = settled.tensor, axes = {append(batch, {flat})}, order = without_ones{flat}}, dims)
end

---- Numbers that meet -----------------------------------------------------------------------------------

-- The lengths that values of these have together, aligned at their ends; nil: they do not go together.
function value.broadcast(values)
  local dims, rank = {}, 0
  for _, x in ipairs(values) do rank = math.max(rank, value.rank(x)) end
  for i = 1, rank do dims[i] = 1 end
  for _, x in ipairs(values) do
    local own = value.dims(x)
    for i, size in ipairs(own) do
      local at = rank - #own + i
      if size ~= 1 and dims[at] ~= 1 and size ~= dims[at] then return nil end
      if size ~= 1 then dims[at] = size end
    end
  end
  return dims
end

-- The atoms of an axis as runs of these sizes; nil: they do not divide so. Cuts what must be cut: `state.order` is the memory's.
local function runs_of_sizes(state, atoms, sizes)
  local runs, rest = {}, append({}, without_ones(atoms))
  for i, wanted in ipairs(sizes) do
    local run, size = {}, wanted
    while size > 1 do
      local atom = table.remove(rest, 1)
      if not atom then return nil end
      if size % atom.size == 0 then
        run[#run + 1], size = atom, size // atom.size
      elseif atom.size % size == 0 then
        local first, second
        state.order, first, second = cut(state.order, atom, size)
        run[#run + 1], size = first, 1
        table.insert(rest, 1, second)
      else
        return nil
      end
    end
    runs[i] = run
  end
  return runs
end

-- How values meet number by number: in the memory of `main`, the largest tensor. Returns the result's axes and order, and a
-- function that gives a value as a tensor for it, within a layer's call: as_tensor(x, weights(known array) -> tensor).
function value.meeting(values)
  local dims, main = value.broadcast(values), nil
  if not dims then return nil end
  for _, x in ipairs(values) do
    if x.tensor and (not main or value.count(x) > value.count(main)) then main = x end
  end
  local rank, missing = #dims, #dims - #main.axes
  local full, axes, order = true, {}, {}
  for i, size in ipairs(dims) do
    local atoms = main.axes[i - missing] or {}
    full = full and size == size_of(atoms)
    axes[i] = atoms
  end
  if full then
    order = main.order
  else -- what main has not lies where it belongs
    for i, size in ipairs(dims) do
      if size ~= size_of(axes[i]) then axes[i] = append(append({}, axes[i]), {{size = size}}) end
      append(order, without_ones(axes[i]))
    end
  end
  local axis_of = {}
  for i, atoms in ipairs(axes) do
    for _, atom in ipairs(atoms) do axis_of[atom] = i end
  end
  local meeting = {axes = axes, order = order, dims = dims, axis_of = axis_of, values = values, rank = rank}
  value.with_batch(meeting, values)
  return meeting
end

-- Which axes of the meeting a value has numbers along.
local function present(meeting, x)
  local dims, there = value.dims(x), {}
  for i, size in ipairs(dims) do there[meeting.rank - #dims + i] = size ~= 1 or nil end
  return there
end

-- The meeting's memory as axes: atoms, or, where these are too many, runs of those that each value has all of or none.
local function common_parts(meeting)
  local patterns = {}
  for i = 1, meeting.rank do
    local pattern = {}
    for j, x in ipairs(meeting.values) do pattern[j] = present(meeting, x)[i] and "1" or "0" end
    patterns[i] = concat(pattern)
  end
  local parts = {}
  for _, atom in ipairs(meeting.order) do
    local pattern, last = patterns[meeting.axis_of[atom]], parts[#parts]
    if #meeting.order > MAX_RANK and last and last.pattern == pattern then
      last.atoms[#last.atoms + 1] = atom
    else
      parts[#parts + 1] = {pattern = pattern, atoms = {atom}}
    end
  end
  return parts
end

-- A known array as the meeting's memory has it: {array with an axis for each part}.
local function arranged_array(meeting, x, parts)
  local dims, strides, own, stride_of, there = {}, {}, array.dims(x.array), {}, present(meeting, x)
  local stride = 1
  for i = #own, 1, -1 do
    local axis = meeting.rank - #own + i
    if there[axis] then
      local inner, atoms = stride, without_ones(meeting.axes[axis])
      for j = #atoms, 1, -1 do
        stride_of[atoms[j]] = inner
        inner = inner * atoms[j].size
      end
    end
    stride = stride * own[i]
  end
  local shape = {}
  for p, part in ipairs(parts) do
    shape[p] = 1
    for _, atom in ipairs(part.atoms) do
      if stride_of[atom] then
        dims[#dims + 1], strides[#strides + 1] = atom.size, stride_of[atom]
        shape[p] = shape[p] * atom.size
      end
    end
  end
  return array.strided(x.array, dims, strides, 0), shape
end

local function arranged_tensor(meeting, x, parts)
  local state, of_atom, there = {order = x.order}, {}, present(meeting, x)
  for i, atoms in ipairs(x.axes) do
    local axis = meeting.rank - #x.axes + i
    local wanted = there[axis] and without_ones(meeting.axes[axis]) or {}
    local runs = runs_of_sizes(state, atoms, sizes_of(wanted))
    if not runs then return nil end
    for j, atom in ipairs(wanted) do of_atom[atom] = runs[j] end
  end
  local to, shape = {}, {}
  for p, part in ipairs(parts) do
    shape[p] = 1
    for _, atom in ipairs(part.atoms) do
      append(to, of_atom[atom] or {})
      shape[p] = shape[p] * size_of(of_atom[atom] or {})
    end
  end
  return moved({tensor = x.tensor, order = state.order}, to, shape)
end

-- Leading axes of length 1 are none.
local function shortened(shape)
  local first = 1
  while first < #shape and shape[first] == 1 do first = first + 1 end
  return table.move(shape, first, #shape, 1, {})
end

-- The values as tensors that ops of tensors take together, within a layer's call. weights(array, shape): the tensor of known
-- numbers.
function value.together(meeting, weights)
  local parts, tensors = common_parts(meeting), {}
  if #parts > MAX_RANK then import.fail(nil, "its operands meet along more than %d axes", MAX_RANK) end
  for i, x in ipairs(meeting.values) do
    if x.array then
      local arranged, shape = arranged_array(meeting, x, parts)
      tensors[i] = weights(arranged, shortened(shape), i)
    else
      tensors[i] = arranged_tensor(meeting, x, parts)
      if not tensors[i] then
        local settled = value.settled(x, value.natural(x))
        tensors[i] = arranged_tensor(meeting, settled, parts)
      end
    end
  end
  return tensors
end
