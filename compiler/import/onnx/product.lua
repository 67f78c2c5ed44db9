-- product.lua: MatMul and Gemm.

local cnnc = ...
local array, op, import = cnnc.array, cnnc.op, cnnc.import
local value, rows = import.value, import.rows
local attribute = import.attribute

-- A tensor (..., K) times a known (K, N). Where only the order of K differs in memory, the rows of the weights change places.
local function by_weights(x, known, bias)
  local rank, dims, n = value.rank(x), value.dims(x), array.dims(known)[2]
  local last, is_last, sorted, stride_of, stride = x.axes[rank], {}, {}, {}, 1
  for i = #last, 1, -1 do
    stride_of[last[i]], is_last[last[i]] = stride, true
    stride = stride * last[i].size
  end
  for _, atom in ipairs(x.order) do
    if is_last[atom] then sorted[#sorted + 1] = atom end
  end
  local shape, strides = {}, {}
  for i, atom in ipairs(sorted) do shape[i], strides[i] = atom.size, stride_of[atom] * n end
  shape[#shape + 1], strides[#strides + 1] = n, 1
  local kernel = import.reshaped(array.strided(known, shape, strides, 0), {dims[rank], n})
  local reordered = {tensor = x.tensor, order = x.order, axes = table.move(x.axes, 1, rank - 1, 1, {})}
  reordered.axes[rank] = sorted
  local leading = value.product(dims) // dims[rank]
  local tensor = import.layer({x}, function(layer)
    local groups = {{rank}}
    if leading > 1 then
      local before = {}
      for axis = 1, rank - 1 do before[axis] = axis end
      groups = {before, {rank}}
    end
    local y = op.matmul(value.arrange(reordered, groups), import.weights(layer, "kernel", kernel))
    return bias and op.binary(y, import.weights(layer, "bias", bias), "add") or y
  end)
  local result = value.of_tensor(tensor, table.move({n}, 1, 1, rank, table.move(dims, 1, rank - 1, 1, {})))
  local leading_axes = {axes = table.move(x.axes, 1, rank - 1, 1, {})}
  leading_axes.axes[rank] = {}
  return value.with_batch(result, {leading_axes})
end

import.by_weights = by_weights

local function swapped(x)
  local order = {}
  for axis = 1, value.rank(x) do order[axis] = axis end
  order[#order], order[#order - 1] = #order - 1, #order
  return value.transpose(x, order)
end

-- Of matrices that both are computed: (..., M, K) and (..., K, N).
local function by_tensor(a, b)
  local da, db = value.dims(a), value.dims(b)
  local rank = #da
  local batches, of_b = 1, 1
  for i = 1, rank - 2 do
    if da[i] ~= db[i] and db[i] ~= 1 and da[i] ~= 1 then import.fail(nil, "multiplies %s and %s", value.text(a), value.text(b)) end
    batches, of_b = batches * da[i], of_b * db[i]
  end
  if batches ~= of_b then -- each as often as the other has it
    local whole = {}
    for i = 1, rank - 2 do whole[i] = math.max(da[i], db[i]) end
    local node = import.node
    local function repeated(x, d)
      local wanted = table.move(whole, 1, rank - 2, 1, {})
      wanted[rank - 1], wanted[rank] = d[rank - 1], d[rank]
      return rows.Expand{x, {array = array.from("int", {rank}, wanted)}}
    end
    a, b = repeated(a, da), repeated(b, db)
    import.node = node
    return by_tensor(a, b)
  end
  local leading = {}
  for i = 1, rank - 2 do leading[i] = i end
  local tensor = import.layer({a, b}, function()
    local groups = {leading, {rank - 1}, {rank}}
    return op.batch_matmul(value.arrange(a, groups), value.arrange(b, groups))
  end)
  local dims = table.move(da, 1, rank - 1, 1, {})
  dims[rank] = db[rank]
  local result = value.of_tensor(tensor, dims)
  local rows_of_a, columns_of_b = table.move(a.axes, 1, rank, 1, {}), table.move(b.axes, 1, rank, 1, {})
  rows_of_a[rank], columns_of_b[rank - 1] = {}, {}
  return value.with_batch(result, {{axes = rows_of_a}, {axes = columns_of_b}})
end

-- Axes of length 1 in front, up to so many.
local function widened(x, rank)
  local dims = value.dims(x)
  while #dims < rank do table.insert(dims, 1, 1) end
  return value.reshape(x, dims, import.settle)
end

local function without_axis(x, axis)
  local dims = value.dims(x)
  table.remove(dims, axis)
  return value.reshape(x, dims, import.settle)
end

local function product(a, b)
  local da, db = value.dims(a), value.dims(b)
  if #db == 1 then
    local y = product(a, value.reshape(b, {db[1], 1}, import.settle))
    return without_axis(y, value.rank(y))
  end
  if #da == 1 then
    local y = product(value.reshape(a, {1, da[1]}, import.settle), b)
    return without_axis(y, value.rank(y) - 1)
  end
  if da[#da] ~= db[#db - 1] then import.fail(nil, "multiplies %s and %s", value.text(a), value.text(b)) end
  import.not_along_batch(a, #da)
  import.not_along_batch(b, #db - 1)
  local one_matrix = value.count(b) == db[#db] * db[#db - 1]
  if b.array and one_matrix then
    local y = by_weights(a, import.reshaped(b.array, {db[#db - 1], db[#db]}))
    return #db > #da and widened(y, #db) or y
  end
  if a.array and #da == 2 then return swapped(product(swapped(b), swapped(a))) end
  local rank = math.max(#da, #db)
  local function as_tensor(x, other)
    if x.tensor then return widened(x, rank) end
    local whole = value.dims(widened(other, rank))
    local dims = value.dims(widened(x, rank))
    for i = 1, rank - 2 do whole[i] = math.max(whole[i], dims[i]) end
    local node, d = import.node, dims
    local tensor = import.layer({other}, function(layer)
      return import.for_samples(import.weights(layer, "value", import.reshaped(x.array, import.fitting(d))), other.tensor)
    end)
    import.node = node
    return value.of_tensor(tensor, dims)
  end
  return by_tensor(as_tensor(a, b), as_tensor(b, a))
end

function rows.MatMul(x) return product(x[1], x[2]) end

local function scaled(x, factor)
  if factor == 1 then return x end
  if x.array then
    local number = import.full("float", array.dims(x.array), factor)
    return {array = array.binary("multiply", array.cast(x.array, "float"), number)}
  end
  return import.pointwise(x, function(tensor) return op.affine(tensor, {scale = factor, offset = 0}) end)
end

function rows.Gemm(x)
  local a, b, c = x[1], x[2], x[3]
  if attribute("transA", 0) == 1 then a = swapped(a) end
  if attribute("transB", 0) == 1 then b = swapped(b) end
  local alpha, beta = attribute("alpha", 1.0), attribute("beta", 1.0)
  if b.array then b = scaled(b, alpha) else a = scaled(a, alpha) end
  c = c and scaled(c, beta)
  local is_bias = c and c.array and b.array and a.tensor and array.count(c.array) == value.dims(b)[2]
    and value.dims(c)[value.rank(c)] == value.dims(b)[2]
  if is_bias then return by_weights(a, b.array, import.reshaped(c.array, {array.count(c.array)})) end
  local y = product(a, b)
  return c and import.meet({y, c}, function(t) return op.binary(t[1], t[2], "add") end) or y
end
