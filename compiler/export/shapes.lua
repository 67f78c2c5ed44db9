-- shapes.lua: ops that move numbers.

local cnnc = ...
local export = cnnc.export
local rows, make, part = export.rows, export.make, export.part

-- The lengths of a tensor as Reshape takes them: 0 leaves that of the samples.
local function reshape_dims(tensor)
  local dims = tensor.shared and {} or {0}
  return table.move(tensor.shape, 1, #tensor.shape, #dims + 1, dims)
end

function rows.reshape(node)
  make(node.outputs[1], "Reshape", {export.last(node.inputs[1]), export.integers(reshape_dims(node.outputs[1]))})
end

function rows.permute(node)
  local x, perm = node.inputs[1], node.inputs[1].shared and {} or {0}
  local form = export.form(x)
  for _, axis in ipairs(node.order) do perm[#perm + 1] = export.axis(x, axis, form) end
  make(node.outputs[1], "Transpose", {export.of(x, form)}, {perm = perm})
end

function rows.concat(node)
  local result, form, values = node.outputs[1], "last", {}
  for _, tensor in ipairs(node.inputs) do form = export.is_first(tensor) and "first" or form end
  for i, tensor in ipairs(node.inputs) do values[i] = export.of(tensor, form) end
  make(result, "Concat", values, {axis = export.axis(result, node.axis, form)}, form)
end

function rows.slice(node)
  local x = node.inputs[1]
  local form = export.form(x)
  local axis = export.axis(x, node.axis, form)
  make(node.outputs[1], "Slice", {export.of(x, form), export.integers{node.begin}, export.integers{node.begin + node.count},
    export.integers{axis}}, nil, form)
end

-- The place, of n, that stands at place i, which may be beyond the ends.
local function place_of(mode, n, i)
  if mode == "edge" or n == 1 then return math.min(math.max(i, 0), n - 1) end
  local period = mode == "wrap" and n or mode == "symmetric" and 2 * n or 2 * n - 2
  i = i % period
  return i < n and i or (mode == "symmetric" and period - 1 or period) - i
end

-- Pad, where opset 17 has the mode, else the places by their numbers.
function rows.border(node)
  local x, size, mode = node.inputs[1], node.inputs[1].shape[node.axis + 1], node.mode
  local form, count, places = export.form(x), node.outputs[1].shape[node.axis + 1], {}
  local axis, is_around = export.axis(x, node.axis, form), math.min(node.before, node.behind) >= 0
  if is_around and (mode == "edge" or mode == "reflect" and math.max(node.before, node.behind) < size) then
    local pads, rank = {}, #x.shape + (x.shared and 0 or 1)
    for i = 1, 2 * rank do pads[i] = 0 end
    pads[axis + 1], pads[rank + axis + 1] = node.before, node.behind
    return make(node.outputs[1], "Pad", {export.of(x, form), export.integers(pads)}, {mode = mode}, form)
  end
  for i = 0, count - 1 do places[i + 1] = place_of(mode, size, i - node.before) end
  make(node.outputs[1], "Gather", {export.of(x, form), export.integers(places)}, {axis = axis}, form)
end

function rows.broadcast(node)
  local x, result = node.inputs[1], node.outputs[1]
  local ones, dims = reshape_dims{shared = x.shared, shape = {}}, x.shared and {} or {1}
  for _ = #x.shape + 1, #result.shape do ones[#ones + 1] = 1 end
  table.move(x.shape, 1, #x.shape, #ones + 1, ones)
  table.move(result.shape, 1, #result.shape, #dims + 1, dims)
  make(result, "Expand", {part("Reshape", {export.last(x), export.integers(ones)}), export.integers(dims)})
end

-- The triangle by a constant of truth values.
function rows.tril(node)
  local x, kept = node.inputs[1], {}
  local rows_count, columns = x.shape[#x.shape - 1], x.shape[#x.shape]
  for i = 0, rows_count - 1 do
    for j = 0, columns - 1 do kept[#kept + 1] = j <= i + node.diagonal and 1 or 0 end
  end
  local mask = export.constant("bool", {rows_count, columns}, kept)
  make(node.outputs[1], "Where", {mask, export.last(x), export.number(node.fill)})
end
