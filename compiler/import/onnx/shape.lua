-- shape.lua: operators that move numbers or name their axes anew.

local cnnc = ...
local array, op, import = cnnc.array, cnnc.op, cnnc.import
local value, rows, fold = import.value, import.rows, import.fold
local attribute = import.attribute

-- A row for tensors and known arrays alike.
local function both(name, row) rows[name], fold[name] = row, row end

both("Shape", function(x) return import.shape_of(x[1]) end)
both("Size", function(x) return {array = array.from("int", {}, {value.count(x[1])})} end)

---- Reshape ---------------------------------------------------------------------------------------------

local function reshape(x, dims)
  local result = value.reshape(x, dims, import.settle)
  if not result then import.fail(nil, "cannot make %s of %s", table.concat(dims, "x"), value.text(x)) end
  return result
end

-- The lengths that Reshape wants: 0 is that of the input's axis, -1 what is left.
local function wanted_dims(x, wanted)
  local own, dims, open, count, total = value.dims(x), {}, nil, 1, value.count(x)
  for i, size in ipairs(wanted) do
    if size == 0 and attribute("allowzero", 0) == 0 then size = own[i] or 0 end
    if size == -1 and not open then open = i else count = count * size end
    dims[i] = size
  end
  local batch = import.batch and import.batch.size
  if batch and batch > 1 and dims[1] == batch and value.has_batch(x, 1) then -- it was taken out
    dims[1], count = 1, count // batch
  end
  if open then
    dims[open] = count > 0 and total // count or 0
    count = count * dims[open]
  end
  if count ~= total then import.fail(nil, "cannot make %s of %s", table.concat(wanted, "x"), value.text(x)) end
  return dims
end

both("Reshape", function(x)
  local wanted = attribute("shape") or import.integers(x[2])
  return reshape(x[1], wanted_dims(x[1], wanted))
end)

both("Flatten", function(x)
  local dims, axis, before, behind = value.dims(x[1]), attribute("axis", 1), 1, 1
  if axis < 0 then axis = axis + #dims end
  for i, size in ipairs(dims) do
    if i <= axis then before = before * size else behind = behind * size end
  end
  if axis == 0 and x[1].tensor then return value.with_axes(reshape(x[1], {behind}), {0, 1}) end -- which the batch belongs to
  return reshape(x[1], {before, behind})
end)

-- The axes that an attribute or, later, an input names; nil: none are named.
local function named_axes(x, i) return attribute("axes") or x[i] and import.integers(x[i]) end
import.named_axes = named_axes

both("Squeeze", function(x)
  local axes, dims, gone, kept = named_axes(x, 2), value.dims(x[1]), {}, {}
  for _, axis in ipairs(axes or {}) do gone[import.axis(axis, #dims)] = true end
  for i, size in ipairs(dims) do
    if axes and gone[i] and size ~= 1 then import.fail(nil, "takes an axis of %d away", size) end
    if not (axes and gone[i] or not axes and size == 1) then kept[#kept + 1] = i end
  end
  if x[1].tensor then return value.with_axes(x[1], kept) end
  for i, axis in ipairs(kept) do kept[i] = dims[axis] end
  return reshape(x[1], kept)
end)

both("Unsqueeze", function(x)
  local axes, dims, new, result, i = named_axes(x, 2), value.dims(x[1]), {}, {}, 0
  for _, axis in ipairs(axes) do new[import.axis(axis, #dims + #axes)] = true end
  for axis = 1, #dims + #axes do
    if not new[axis] then i = i + 1 end
    result[axis] = new[axis] and 0 or i
  end
  if i ~= #dims then import.fail(nil, "names an axis twice") end
  if x[1].tensor then return value.with_axes(x[1], result) end
  for axis, old in ipairs(result) do result[axis] = old == 0 and 1 or dims[old] end
  return reshape(x[1], result)
end)

both("Transpose", function(x)
  local order, rank = attribute("perm"), value.rank(x[1])
  local axes = {}
  for i = 1, rank do axes[i] = order and order[i] + 1 or rank + 1 - i end
  if #axes ~= rank or order and #order ~= rank then import.fail(nil, "reorders other axes than there are") end
  return value.transpose(x[1], axes)
end)

-- Depth to space and back: numbers of channels become rows and columns.
both("DepthToSpace", function(x)
  local d, b = value.dims(x[1]), attribute("blocksize")
  local n, c, h, w = d[1], d[2] // (b * b), d[3], d[4]
  if attribute("mode", "DCR") == "CRD" then
    return reshape(value.transpose(reshape(x[1], {n, c, b, b, h, w}), {1, 2, 5, 3, 6, 4}), {n, c, h * b, w * b})
  end
  return reshape(value.transpose(reshape(x[1], {n, b, b, c, h, w}), {1, 4, 5, 2, 6, 3}), {n, c, h * b, w * b})
end)

both("SpaceToDepth", function(x)
  local d, b = value.dims(x[1]), attribute("blocksize")
  local n, c, h, w = d[1], d[2], d[3] // b, d[4] // b
  return reshape(value.transpose(reshape(x[1], {n, c, h, b, w, b}), {1, 4, 6, 2, 3, 5}), {n, c * b * b, h, w})
end)

---- Parts ----------------------------------------------------------------------------------------------

-- The tensor as {what is outside of an axis, the axis, what is inside}, and the lengths of its value. The axis is a run of memory
-- where it is one atom; else the tensor is brought into the order of its axes. Within a layer's call.
local function around(x, axis)
  local dims, before, behind = value.dims(x), 1, 1
  for i, size in ipairs(dims) do
    if i < axis then before = before * size elseif i > axis then behind = behind * size end
  end
  return value.reshaped(value.natural(x), {before, dims[axis], behind})
end

-- The parts of an axis where it lies in memory: {outside, axis, inside} and the order of all atoms, if the axis is one of them;
-- else in the order of the axes.
local function split_memory(x, axis)
  local atoms = {}
  for _, atom in ipairs(x.axes[axis]) do
    if atom.size > 1 then atoms[#atoms + 1] = atom end
  end
  if #atoms ~= 1 then return nil end
  local before, behind, found = 1, 1, false
  for _, atom in ipairs(x.order) do
    if atom == atoms[1] then found = true elseif found then behind = behind * atom.size else before = before * atom.size end
  end
  return {before, atoms[1].size, behind}, atoms[1]
end

-- x with other numbers along an axis: f(tensor of {outside, axis, inside}) makes such a tensor, of `count` along the axis.
function import.along(x, axis, count, f)
  local shape, atom = split_memory(x, axis)
  local tensor = import.layer({x}, function(layer)
    return f(shape and value.reshaped(x.tensor, shape) or around(x, axis), layer)
  end)
  local dims = value.dims(x)
  dims[axis] = count
  if not shape then
    return value.with_batch(value.of_tensor(tensor, dims), {x})
  end
  local new, order, axes = {size = count}, {}, table.move(x.axes, 1, #x.axes, 1, {})
  for _, entry in ipairs(x.order) do
    if entry ~= atom then order[#order + 1] = entry elseif count ~= 1 then order[#order + 1] = new end
  end
  axes[axis] = {new}
  for _, entry in ipairs(x.axes[axis]) do
    if entry.batch then table.insert(axes[axis], 1, entry) end
  end
  return {tensor = tensor, axes = axes, order = order}
end

-- Stops a row that works along the batch, where there are more samples than the one that is seen here.
function import.not_along_batch(x, axis)
  if import.batch and import.batch.strict and value.has_batch(x, axis) then
    import.fail_with("--batch keep takes the batch for an axis like others", "works along the axis of the batch")
  end
end

local MOST_OPERANDS <const> = 64

-- Of any number of tensors: of many of them the first ones become one, and so on.
local function joined(parts, axis)
  while #parts > MOST_OPERANDS do
    local fewer = {}
    for i = 1, #parts, MOST_OPERANDS do
      fewer[#fewer + 1] = joined(table.move(parts, i, math.min(i + MOST_OPERANDS - 1, #parts), 1, {}), axis)
    end
    parts = fewer
  end
  if #parts == 1 then return parts[1] end
  return op.concat(table.unpack(table.move({{axis = axis}}, 1, 1, #parts + 1, parts)))
end

local function slice(tensor, begin, count) return op.slice(tensor, {axis = 1, begin = begin, count = count}) end

-- Every `step`th place from `begin` on, `count` of them, of the middle axis.
local function every(tensor, begin, step, count)
  if count == 1 then return slice(tensor, begin, 1) end
  if step == 1 then return slice(tensor, begin, count) end
  if step < 0 then -- the places begin, begin - 1, ... are those of a border that mirrors
    local size, length = cnnc.shape(tensor)[2], (count - 1) * -step + 1
    local mirrored = op.border(tensor, {axis = 1, before = begin + 1, behind = length - size - begin - 1, mode = "symmetric"})
    return step == -1 and mirrored or every(mirrored, 0, -step, count)
  end
  local parts = {}
  if count > 2 then
    local whole = slice(tensor, begin, (count - 1) * step)
    local shape = cnnc.shape(whole)
    local rows_of = op.reshape(whole, {shape = {shape[1], count - 1, step, shape[3]}})
    local first = op.slice(rows_of, {axis = 2, begin = 0, count = 1})
    parts[1] = op.reshape(first, {shape = {shape[1], count - 1, shape[3]}})
    parts[2] = slice(tensor, begin + (count - 1) * step, 1)
  else
    parts = {slice(tensor, begin, 1), slice(tensor, begin + step, 1)}
  end
  return joined(parts, 1)
end

local function take(x, axis, begin, step, count)
  local size = value.dims(x)[axis]
  if begin == 0 and step == 1 and count == size then return x end
  import.not_along_batch(x, axis)
  if x.array then return {array = import.taken(x.array, axis, begin, step, count)} end
  return import.along(x, axis, count, function(tensor) return every(tensor, begin, step, count) end)
end

-- Slice's limits: numbers below 0 count from the end, those beyond it are the end.
local function slice_limits(first, last, step, size)
  local function from_start(n) return n < 0 and n + size or n end
  first, last = from_start(first), from_start(last)
  if step > 0 then
    first, last = math.min(math.max(first, 0), size), math.min(math.max(last, 0), size)
    return first, math.max((last - first + step - 1) // step, 0)
  end
  first, last = math.min(math.max(first, 0), size - 1), math.min(math.max(last, -1), size - 1)
  return first, math.max((first - last + -step - 1) // -step, 0)
end

both("Slice", function(x)
  local starts, ends = attribute("starts") or import.integers(x[2]), attribute("ends") or import.integers(x[3])
  local axes, steps, result = attribute("axes") or import.integers(x[4]), import.integers(x[5]), x[1]
  for i, first in ipairs(starts) do
    local axis = import.axis(axes and axes[i] or i - 1, value.rank(result))
    local step, size, last = steps and steps[i] or 1, value.dims(result)[axis], ends[i]
    if step == 0 then import.fail(nil, "has a step of 0") end
    step = math.max(math.min(step, size), -size)
    if first ~= 0 or last < 0x7fffffff or step ~= 1 then import.not_along_batch(result, axis) end
    if step < 0 and last < -size then last = -size - 1 end
    local begin, count = slice_limits(first, last, step, size)
    if result.array then
      result = {array = import.taken(result.array, axis, begin, step, count)}
    else
      result = take(result, axis, begin, step, count)
    end
  end
  return result
end)

both("Split", function(x, node)
  local rank, parts = value.rank(x[1]), attribute("split") or x[2] and import.integers(x[2])
  local axis, results, begin = import.axis(attribute("axis", 0), rank), {}, 0
  local size, n = value.dims(x[1])[axis], #node.outputs
  for i = 1, n do
    local count = parts and parts[i] or math.min(-(-size // n), size - begin)
    results[i] = take(x[1], axis, begin, 1, count)
    begin = begin + count
  end
  if begin ~= size then import.fail(nil, "splits %d into %d", size, begin) end
  return table.unpack(results, 1, n)
end)

local MOST_RUNS <const> = 4096

-- Runs of places that follow one another: {{begin, step, count}, ...}
local function runs_of(places)
  local runs = {}
  for _, place in ipairs(places) do
    local last = runs[#runs]
    if last and last[3] == 1 and place ~= last[1] then
      last[2], last[3] = place - last[1], 2
    elseif last and last[3] > 1 and place == last[1] + last[2] * last[3] then
      last[3] = last[3] + 1
    else
      runs[#runs + 1] = {place, 1, 1}
    end
  end
  return runs
end

import.runs_of = runs_of

-- Places of an axis by known numbers.
local function gather(x, axis, known)
  local size, places = value.dims(x)[axis], array.list(known)
  for i, place in ipairs(places) do
    if place < -size or place >= size then import.fail(nil, "takes place %d of %d", place, size) end
    places[i] = place < 0 and place + size or place
  end
  import.not_along_batch(x, axis)
  if x.array then return {array = array.gather(x.array, array.from("int", {#places}, places), axis)} end
  local runs = runs_of(places)
  if #runs > MOST_RUNS then import.fail(nil, "moves numbers in %d runs, of which at most %d are written out", #runs, MOST_RUNS) end
  if #runs == 1 then return take(x, axis, runs[1][1], runs[1][2], runs[1][3]) end
  return import.along(x, axis, #places, function(tensor)
    local parts = {}
    for i, run in ipairs(runs) do parts[i] = every(tensor, run[1], run[2], run[3]) end
    return joined(parts, 1)
  end)
end

import.take, import.gather, import.reshape = take, gather, reshape

-- Weights by numbers that are an input of the network: these are counted from 0 on.
local function embedding(x)
  local dims, index, groups = array.dims(x[1].array), value.dims(x[2]), {}
  local batch, node = value.batch_axis(x[2]), import.node
  for axis = 1, #index do
    if axis ~= batch then groups[#groups + 1] = {axis} end
  end
  if #dims ~= 2 or #groups == 0 or not import.initializers[x[1].array] or cnnc.producer(x[2].tensor) then return nil end
  if cnnc.dtype(x[2].tensor) ~= "int32" then return nil end
  local title = node.name ~= "" and node.name or node.outputs[1]
  local layer = import.make("Embedding", {input_dim = dims[1], output_dim = dims[2]}, title)
  local tensor = import.apply(layer, import.layer({x[2]}, function() return value.arrange(x[2], groups) end))
  array.give(cnnc.owned[layer][1], x[1].array)
  index[#index + 1] = dims[2]
  return value.of_tensor(tensor, index, nil, batch)
end

-- Rows of a known table by numbers that the network computes, or may be given below 0.
local function lookup(x)
  local dims, index = array.dims(x[1].array), value.dims(x[2])
  if import.axis(attribute("axis", 0), #dims) ~= 1 then import.fail(nil, "takes places of another axis than the first") end
  local layer = embedding(x)
  if layer then return layer end
  local width = value.product(dims) // dims[1]
  local tensor = import.layer({x[2]}, function(layer)
    local axes = {}
    for axis = 1, #index do axes[axis] = axis end
    local whole = value.arrange(x[2], {axes})
    if cnnc.dtype(whole) ~= "int32" and not import.is_whole(import.node.inputs[2]) then
      import.fail(nil, "needs indices that are whole numbers")
    end
    local behind = op.affine(whole, {scale = 1, offset = dims[1]}) -- those below 0 count from the end
    local counted = op.select(op.binary(whole, 0, "less"), behind, op.affine(whole, {scale = 1, offset = 0}))
    return op.gather(op.cast(counted, "int32"), import.weights(layer, "embeddings", import.reshaped(x[1].array, {dims[1], width})))
  end)
  local batch = import.batch and value.batch_axis(x[2]) or nil
  return value.of_tensor(tensor, table.move(dims, 2, #dims, #index + 1, table.move(index, 1, #index, 1, {})), nil, batch)
end

function rows.Gather(x)
  if x[1].array and x[2].tensor then return lookup(x) end
  if not x[2].array then
    import.fail_with("--bind NAME=FILE.npy makes an input a constant", "needs indices that are known when it is compiled")
  end
  local dims, index = value.dims(x[1]), array.dims(x[2].array)
  local axis = import.axis(attribute("axis", 0), #dims)
  local result = gather(x[1], axis, x[2].array)
  if #index == 1 then return result end
  local wanted = table.move(dims, 1, axis - 1, 1, {})
  table.move(index, 1, #index, #wanted + 1, wanted)
  return reshape(result, table.move(dims, axis + 1, #dims, #wanted + 1, wanted))
end

---- Together -------------------------------------------------------------------------------------------

-- The logical axes in the order of memory, if each longer than 1 is one atom; else nil.
local function order_of(x)
  local axis_of, order, there = {}, {}, {}
  for i, atoms in ipairs(x.axes) do
    for _, atom in ipairs(atoms) do
      if atom.size > 1 and there[i] then return nil end
      if atom.size > 1 then axis_of[atom], there[i] = i, true end
    end
  end
  for i, atom in ipairs(x.order) do order[i] = axis_of[atom] end
  return order, there
end

-- The order in which memory of the values is joined: that of the largest that has the axis, with the axes of length 1 in front.
local function joint_order(list, axis)
  local best, best_count
  for _, x in ipairs(list) do
    local order, there = nil, nil
    if x.tensor then order, there = order_of(x) end
    if order and there[axis] and (not best or value.count(x) > best_count) then
      best, best_count = {}, value.count(x)
      for i in ipairs(x.axes) do
        if not there[i] then best[#best + 1] = i end
      end
      table.move(order, 1, #order, #best + 1, best)
    end
  end
  if best then return best end
  best = {}
  for i = 1, value.rank(list[1]) do best[i] = i end
  return best
end

function rows.Concat(x)
  local list = {table.unpack(x, 1, x.n)}
  local rank = value.rank(list[1])
  local axis, count = import.axis(attribute("axis", 1), rank), 0
  for _, part in ipairs(list) do
    if value.rank(part) ~= rank then import.fail(nil, "joins tensors of %s and %s", value.text(list[1]), value.text(part)) end
    import.not_along_batch(part, axis)
    count = count + value.dims(part)[axis]
  end
  if #list == 1 then return list[1] end
  local order, at, dims = joint_order(list, axis), nil, value.dims(list[1])
  for i, entry in ipairs(order) do at = entry == axis and i or at end
  local before, behind = table.move(order, 1, at - 1, 1, {}), table.move(order, at + 1, rank, 1, {})
  local tensor = import.layer(list, function(layer)
    local parts, example = {}, nil
    for _, part in ipairs(list) do example = example or part.tensor end
    for i, part in ipairs(list) do
      if part.tensor then
        parts[i] = value.arrange(part, {before, {axis}, behind})
      else
        local known, shape = import.transposed(part.array, order), {1, value.dims(part)[axis], 1}
        for j, entry in ipairs(order) do
          local size = value.dims(part)[entry]
          if j < at then shape[1] = shape[1] * size elseif j > at then shape[3] = shape[3] * size end
        end
        parts[i] = import.for_samples(import.weights(layer, "value_" .. i, known, shape), example)
      end
    end
    return joined(parts, 1)
  end)
  dims[axis] = count
  return value.with_batch(value.of_tensor(tensor, dims, order), list)
end

-- What belongs together, along an axis (from 1): parts that a row made of one value.
function import.joined(parts, axis)
  local node, batch = import.node, import.batch
  import.node = {op = "Concat", name = node.name, inputs = node.inputs, outputs = node.outputs, attributes = {axis = axis - 1}}
  import.batch = nil -- they are no samples
  local whole = rows.Concat(parts)
  import.node, import.batch = node, batch
  return whole
end

-- A tensor of weights as one of each sample, which an op wants that takes no other.
function import.for_samples(tensor, x)
  local first = x
  local shape = cnnc.shape(x)
  first = op.reshape(first, {shape = {value.product(shape)}})
  first = op.slice(first, {axis = 0, begin = 0, count = 1})
  return op.select(op.binary(first, first, "equal"), tensor, tensor) -- whatever that number is
end

both("Expand", function(x)
  local wanted = import.integers(x[2])
  if x[1].array then return fold.Expand_known(x[1], wanted) end
  local batch = import.batch and import.batch.size
  if batch and batch > 1 and wanted[1] == batch and #wanted == value.rank(x[1]) and value.has_batch(x[1], 1) then wanted[1] = 1 end
  local ones = {array = import.full("float", wanted, 1)}
  local dims = value.broadcast{x[1], ones}
  if not dims then import.fail(nil, "cannot make %s of %s", table.concat(wanted, "x"), value.text(x[1])) end
  if table.concat(dims, "x") == value.text(x[1]) then return x[1] end
  return import.meet({x[1], ones}, function(t) return op.binary(t[1], t[2], "multiply") end)
end)

function fold.Expand_known(x, wanted)
  local dims = value.broadcast{x, {array = import.full("int", wanted, 0)}}
  if not dims then import.fail(nil, "arrays do not go together") end
  return {array = import.expanded(x.array, dims)}
end

-- How often each axis is repeated. Until opset 5 one was, which was named.
local function repeats(x)
  local times = import.integers(x[2])
  if import.version >= 6 or not x[3] then return times end
  local list = {}
  for axis = 1, value.rank(x[1]) do list[axis] = 1 end
  list[import.axis(import.integers(x[3])[1], #list)] = times[1]
  return list
end
import.repeats = repeats

function rows.Tile(x)
  local result = x[1]
  for axis, times in ipairs(repeats(x)) do
    if times < 1 then import.fail(nil, "repeats numbers %d times", times) end
    if times > 1 then
      import.not_along_batch(result, axis)
      local size = value.dims(result)[axis]
      result = import.along(result, axis, size * times, function(tensor)
        local parts = {}
        for i = 1, times do parts[i] = tensor end
        return joined(parts, 1)
      end)
    end
  end
  return result
end

---- Borders --------------------------------------------------------------------------------------------

local function pad_axis(x, axis, before, behind, mode, number)
  if before == 0 and behind == 0 then return x end
  import.not_along_batch(x, axis)
  local size = value.dims(x)[axis]
  if mode ~= "constant" then
    return import.along(x, axis, size + before + behind, function(tensor)
      return op.border(tensor, {axis = 1, before = before, behind = behind, mode = mode})
    end)
  end
  return import.along(x, axis, size + before + behind, function(tensor, layer)
    local padded, border = op.pad2d(tensor, {padding = {0, 0, before, behind}}), {}
    if number == 0 then return padded end
    for i = 1, size + before + behind do border[i] = (i <= before or i > before + size) and number or 0 end
    return op.binary(padded, import.constant(layer, "border_" .. axis, array.from("float", {#border, 1}, border)), "add")
  end)
end

import.padded = pad_axis

-- Zeros around rows and columns of images, which the convolution behind them takes for its border.
local function pad_image(x, pads)
  local batch = value.has_batch(x, 1)
  local dims = value.dims(x)
  local tensor = import.layer({x}, function()
    return op.pad2d(value.arrange(x, {{3}, {4}, {2}}), {padding = {pads[3], pads[7], pads[4], pads[8]}})
  end)
  return value.of_tensor(tensor, {1, dims[2], dims[3] + pads[3] + pads[7], dims[4] + pads[4] + pads[8]}, {1, 3, 4, 2},
    batch and 1 or nil)
end

function rows.Pad(x)
  local pads, mode = attribute("pads") or attribute("paddings") or import.integers(x[2]), attribute("mode", "constant")
  local number = attribute("value") or x[3] and array.list(import.known(x[3], "the number"))[1] or 0
  local result, rank, axes = x[1], value.rank(x[1]), import.integers(x[4])
  local n, whole = #pads // 2, {}
  for i = 1, 2 * rank do whole[i] = 0 end
  for i = 1, n do
    local axis = axes and import.axis(axes[i], rank) or i
    whole[axis], whole[rank + axis] = pads[i], pads[n + i]
  end
  local is_image = rank == 4 and mode == "constant" and number == 0 and value.dims(result)[1] == 1
  if is_image and whole[1] + whole[2] + whole[5] + whole[6] == 0 and whole[1] == 0 and whole[2] == 0 then
    local none = whole[3] == 0 and whole[4] == 0 and whole[7] == 0 and whole[8] == 0
    return none and result or pad_image(result, whole)
  end
  for axis = 1, rank do
    result = pad_axis(result, axis, whole[axis], whole[rank + axis], mode, number)
  end
  return result
end
