-- window.lua: operators that slide over images and sequences: convolutions and pools.

local cnnc = ...
local array, op, import = cnnc.array, cnnc.op, cnnc.import
local value, rows = import.value, import.rows
local attribute = import.attribute

---- Samples ---------------------------------------------------------------------------------------------

-- What f makes of each sample by itself, where the file has several: f(x) gets (1, channels, ...).
local function each_sample(x, f)
  local n = value.dims(x)[1]
  if n == 1 then return f(x) end
  local parts = {n = n}
  for i = 1, n do
    local one = import.along(x, 1, 1, function(tensor) return op.slice(tensor, {axis = 1, begin = i - 1, count = 1}) end)
    parts[i] = f(one)
  end
  return import.joined(parts, 1)
end

-- Sequences are images of one row: what a window has along rows, columns.
local function as_pair(list, row)
  if #list == 1 then return {row, list[1]} end
  return list
end

-- (samples, channels, rows, columns) or (samples, channels, steps) as rows, columns, channels: those of all samples. Within a
-- layer's call.
local function image_of(x)
  local tensor = value.rank(x) == 3 and value.arrange(x, {{3}, {1, 2}}) or value.arrange(x, {{3}, {4}, {1, 2}})
  local shape = cnnc.shape(tensor)
  return #shape == 2 and op.reshape(tensor, {shape = {1, shape[1], shape[2]}}) or tensor
end

-- The value of such an image.
local function of_image(x, tensor)
  local shape, batch, n = cnnc.shape(tensor), value.has_batch(x, 1) and 1 or nil, value.dims(x)[1]
  if value.rank(x) == 3 then return value.of_tensor(tensor, {n, shape[3] // n, shape[2]}, {3, 1, 2}, batch) end
  return value.of_tensor(tensor, {n, shape[3] // n, shape[1], shape[2]}, {3, 4, 1, 2}, batch)
end

import.image_of, import.of_image = image_of, of_image

local function need_image(x)
  local rank = value.rank(x)
  if rank < 3 or rank > 5 then import.fail(nil, "has an input of %s", value.text(x)) end
  for axis = 2, rank do import.not_along_batch(x, axis) end
end

---- Windows ---------------------------------------------------------------------------------------------

-- What a window is along each of `rank` axes: {size =, strides =, dilations =, before =, behind =} of lists. `extra`: with
-- ceil_mode, what is added behind.
local function window_of(dims, size)
  local rank = #size
  local function list(name, default)
    local found, result = attribute(name), {}
    for i = 1, rank do result[i] = found and found[#found - rank + i] or default end -- early files had an axis more
    return result
  end
  local w = {size = size, strides = list("strides", 1), dilations = list("dilations", 1), before = {}, behind = {}, extra = {}}
  local pads, auto = attribute("pads") or {}, attribute("auto_pad", "NOTSET")
  local half = #pads // 2
  for i = 1, rank do
    local extent = (size[i] - 1) * w.dilations[i] + 1
    w.before[i], w.behind[i], w.extra[i] = pads[half - rank + i] or 0, pads[2 * half - rank + i] or 0, 0
    if auto == "SAME_UPPER" or auto == "SAME_LOWER" then
      local total = math.max((-(-dims[i + 2] // w.strides[i]) - 1) * w.strides[i] + extent - dims[i + 2], 0)
      local less = total // 2
      w.before[i] = auto == "SAME_UPPER" and less or total - less
      w.behind[i] = total - w.before[i]
    elseif auto == "VALID" then
      w.before[i], w.behind[i] = 0, 0
    end
    if attribute("ceil_mode", 0) == 1 then
      local padded, s = dims[i + 2] + w.before[i] + w.behind[i], w.strides[i]
      local count = -(-(padded - extent) // s) + 1
      if (count - 1) * s >= dims[i + 2] + w.before[i] then count = count - 1 end -- it would lie in the border alone
      w.extra[i] = math.max((count - 1) * s + extent - padded, 0)
    end
  end
  return w
end

-- Attributes of an op of images.
local function pads_of(w, with_extra)
  local before, behind = as_pair(w.before, 0), {}
  for i, n in ipairs(w.behind) do behind[i] = n + (with_extra and w.extra[i] or 0) end
  behind = as_pair(behind, 0)
  return {before[1], behind[1], before[2], behind[2]}
end

local function is_padded(w)
  for _, n in ipairs(pads_of(w, true)) do
    if n ~= 0 then return true end
  end
  return false
end

---- Convolutions ----------------------------------------------------------------------------------------

local function weights_of(x, i, what)
  if not x[i] then import.fail(nil, "has no %s", what) end
  return import.known(x[i], "weights")
end

local function sizes_of_kernel(known)
  local dims = array.dims(known)
  return table.move(dims, 3, #dims, 1, {})
end

-- A parameter that samples, or planes, of one node share: the first that is made of `memo[name]`.
local function once(memo, name, make)
  memo[name] = memo[name] or make()
  return memo[name]
end

local function add_bias(layer, y, bias, memo)
  if not bias then return y end
  return op.binary(y, once(memo, "bias", function() return import.weights(layer, "bias", bias.array) end), "add")
end

-- Sums over the depth of a kernel of planes: convolutions of two axes each.
local function each_plane(x, known, w, f)
  local dims, result = value.dims(x), {n = 0}
  local depth = (dims[3] + w.before[1] + w.behind[1] + w.extra[1] - ((w.size[1] - 1) * w.dilations[1] + 1)) // w.strides[1] + 1
  for z = 0, depth - 1 do
    local sum
    for k = 0, w.size[1] - 1 do
      local at = z * w.strides[1] + k * w.dilations[1] - w.before[1]
      if at >= 0 and at < dims[3] then
        local plane = import.along(x, 3, 1, function(t) return op.slice(t, {axis = 1, begin = at, count = 1}) end)
        plane = value.reshape(plane, {dims[1], dims[2], dims[4], dims[5]}, import.settle)
        local part = f(plane, known and import.taken(known, 3, k, 1, 1), k)
        sum = sum and import.meet({sum, part}, function(t) return op.binary(t[1], t[2], w.join or "add") end) or part
      end
    end
    result.n = z + 1
    local d = value.dims(sum)
    result[z + 1] = value.reshape(sum, {d[1], d[2], 1, d[3], d[4]}, import.settle)
  end
  return import.joined(result, 3)
end

-- The window without its first axis.
local function without_depth(w)
  local less = {join = w.join}
  for _, name in ipairs{"size", "strides", "dilations", "before", "behind", "extra"} do
    less[name] = table.move(w[name], 2, #w[name], 1, {})
  end
  return less
end

-- A kernel with zeros between its taps, for ops that have no dilation.
local function spread(known, dilations)
  local dims, rank = array.dims(known), #array.dims(known)
  for i = 3, rank do
    local d = dilations[i - 2]
    if d > 1 and dims[i] > 1 then
      local shape = array.dims(known)
      local parts = {}
      shape[i] = d - 1
      local zeros = import.full("float", shape, 0)
      for k = 0, dims[i] - 1 do
        parts[#parts + 1] = import.taken(known, i, k, 1, 1)
        if k < dims[i] - 1 then parts[#parts + 1] = zeros end
      end
      known = array.concat(parts, i)
    end
  end
  return known
end

local function above_one(list)
  for _, n in ipairs(list) do
    if n > 1 then return true end
  end
  return false
end

local function conv(x, known, bias, w, groups, memo)
  local dilations = w.dilations
  if above_one(w.strides) and above_one(dilations) then
    known, dilations = spread(known, dilations), {1, 1}
  end
  return of_image(x, import.layer({x}, function(layer)
    local kernel = once(memo, "kernel", function()
      local d = array.dims(known)
      local k = #d == 3 and import.reshaped(known, {d[1], d[2], 1, d[3]}) or known
      return import.weights(layer, "kernel", import.transposed(k, {3, 4, 2, 1}))
    end)
    local y = op.conv2d(image_of(x), kernel, {strides = as_pair(w.strides, 1), dilation = as_pair(dilations, 1),
      groups = groups, padding = is_padded(w) and "explicit" or "valid", pads = pads_of(w)})
    return add_bias(layer, y, bias, memo)
  end))
end

function rows.Conv(x)
  local known = weights_of(x, 2, "weights")
  need_image(x[1])
  if x[3] then import.known(x[3], "a bias") end
  local groups, w, memo = attribute("group", 1), window_of(value.dims(x[1]), sizes_of_kernel(known)), {}
  return each_sample(x[1], function(one)
    if #w.size < 3 then return conv(one, known, x[3], w, groups, memo) end
    local inner, dims = without_depth(w), array.dims(known)
    local sums = each_plane(one, known, w, function(plane, taps, k)
      memo[k] = memo[k] or {}
      return conv(plane, import.reshaped(taps, {dims[1], dims[2], dims[4], dims[5]}), nil, inner, groups, memo[k])
    end)
    if not x[3] then return sums end
    return import.meet({sums, {array = import.reshaped(x[3].array, {1, dims[1], 1, 1, 1})}}, function(t)
      return op.binary(t[1], t[2], "add")
    end)
  end)
end

-- What a transposed convolution leaves away in front of and behind each axis of all that its kernel touches.
local function transposed_window(dims, known)
  local size = sizes_of_kernel(known)
  local w = window_of({0, 0, table.unpack(dims, 3)}, size)
  local extra, wanted, auto = attribute("output_padding") or {}, attribute("output_shape"), attribute("auto_pad", "NOTSET")
  for i = 1, #size do
    local whole = (dims[i + 2] - 1) * w.strides[i] + (size[i] - 1) * w.dilations[i] + 1
    local out = wanted and wanted[#wanted - #size + i] or auto ~= "NOTSET" and auto ~= "VALID" and dims[i + 2] * w.strides[i] or nil
    w.extra[i] = extra[i] or 0
    if out then
      local total = whole + w.extra[i] - out
      local less = total // 2
      w.before[i] = auto == "SAME_UPPER" and less or total - less
      if auto == "SAME_LOWER" then w.before[i] = total - less end
      if auto == "SAME_UPPER" then w.before[i] = less end
      if auto == "NOTSET" then w.before[i] = total - less end
      w.behind[i] = total - w.before[i]
    end
  end
  return w
end

local function conv_transpose(x, known, bias, w, memo)
  local n = #w.size
  return of_image(x, import.layer({x}, function(layer)
    local kernel = once(memo, "kernel", function()
      local k = spread(known, w.dilations)
      local dims = array.dims(k)
      if n == 1 then k = import.reshaped(k, {dims[1], dims[2], 1, dims[3]}) end
      return import.weights(layer, "kernel", import.transposed(k, {3, 4, 2, 1}))
    end)
    local y = op.conv2d_transpose(image_of(x), kernel, {strides = as_pair(w.strides, 1), output_padding = 0})
    local extra, before, behind = as_pair(w.extra, 0), as_pair(w.before, 0), as_pair(w.behind, 0)
    local crop = {-before[1], extra[1] - behind[1], -before[2], extra[2] - behind[2]}
    if crop[1] ~= 0 or crop[2] ~= 0 or crop[3] ~= 0 or crop[4] ~= 0 then y = op.pad2d(y, {padding = crop}) end
    return add_bias(layer, y, bias, memo)
  end))
end

-- Each group of channels by itself, joined along the channels.
local function grouped(x, known, groups, f)
  if groups == 1 then return f(x, known, 0) end
  local channels, parts = value.dims(x)[2] // groups, {n = groups}
  for g = 0, groups - 1 do
    local begin = g * channels
    local part = import.along(x, 2, channels, function(t) return op.slice(t, {axis = 1, begin = begin, count = channels}) end)
    parts[g + 1] = f(part, import.taken(known, 1, begin, 1, channels), g)
  end
  return import.joined(parts, 2)
end

local function biased(x, bias)
  if not bias then return x end
  local dims = {1, array.count(bias.array)}
  for i = 3, value.rank(x) do dims[i] = 1 end
  return import.meet({x, {array = import.reshaped(bias.array, dims)}}, function(t) return op.binary(t[1], t[2], "add") end)
end

-- Along the depth: each plane of the input gives to as many of the output as the kernel is deep.
local function transposed_planes(x, known, w, memo)
  local dims, inner, sums, kdims = value.dims(x), without_depth(w), {}, array.dims(known)
  local whole = (dims[3] - 1) * w.strides[1] + (w.size[1] - 1) * w.dilations[1] + 1 + w.extra[1]
  for z = 0, dims[3] - 1 do
    local plane = import.along(x, 3, 1, function(t) return op.slice(t, {axis = 1, begin = z, count = 1}) end)
    plane = value.reshape(plane, {dims[1], dims[2], dims[4], dims[5]}, import.settle)
    for k = 0, w.size[1] - 1 do
      local at = z * w.strides[1] + k * w.dilations[1] - w.before[1]
      if at >= 0 and at < whole - w.before[1] - w.behind[1] then
        local taps = import.reshaped(import.taken(known, 3, k, 1, 1), {kdims[1], kdims[2], kdims[4], kdims[5]})
        memo[k] = memo[k] or {}
        local part = conv_transpose(plane, taps, nil, inner, memo[k])
        sums[at + 1] = sums[at + 1] and import.meet({sums[at + 1], part}, function(t) return op.binary(t[1], t[2], "add") end)
          or part
      end
    end
  end
  local parts = {n = whole - w.before[1] - w.behind[1]}
  for z = 1, parts.n do
    local sum = sums[z]
    if not sum then import.fail(nil, "leaves planes that nothing adds to: a kernel less deep than its strides") end
    local d = value.dims(sum)
    parts[z] = value.reshape(sum, {d[1], d[2], 1, d[3], d[4]}, import.settle)
  end
  return import.joined(parts, 3)
end

function rows.ConvTranspose(x)
  local known = weights_of(x, 2, "weights")
  need_image(x[1])
  if x[3] then import.known(x[3], "a bias") end
  local w, memos = transposed_window(value.dims(x[1]), known), {}
  return each_sample(x[1], function(one)
    local sums = grouped(one, known, attribute("group", 1), function(part, kernel, g)
      memos[g] = memos[g] or {}
      if #w.size == 3 then return transposed_planes(part, kernel, w, memos[g]) end
      return conv_transpose(part, kernel, attribute("group", 1) == 1 and x[3] or nil, w, memos[g])
    end)
    if #w.size == 3 or attribute("group", 1) > 1 then return biased(sums, x[3]) end
    return sums
  end)
end

---- Pools -----------------------------------------------------------------------------------------------

local function pool(name, x, w, count_border)
  return of_image(x, import.layer({x}, function()
    local image, attributes = image_of(x), {pool = as_pair(w.size, 1), strides = as_pair(w.strides, 1)}
    local pads = pads_of(w, true)
    if count_border and is_padded(w) then
      image = op.pad2d(image, {padding = pads_of(w)})
      local extra = as_pair(w.extra, 0)
      pads = {0, extra[1], 0, extra[2]}
    end
    if pads[1] + pads[2] + pads[3] + pads[4] > 0 then attributes.padding, attributes.pads = "explicit", pads end
    return op[name](image, attributes)
  end))
end

local LOWEST <const> = -3.4028234663852886e38

-- An image with -inf around it, which is no number that a script may have: it is what is lower than the lowest.
local function within_lowest(layer, image, pads, lengths)
  local ones = {}
  for axis = 1, 2 do
    ones[axis] = {}
    for i = 1 - pads[2 * axis - 1], lengths[axis] + pads[2 * axis] do
      table.insert(ones[axis], i >= 1 and i <= lengths[axis] and 1 or 0)
    end
  end
  local rows_in, columns_in = array.from("float", {#ones[1], 1}, ones[1]), array.from("float", {1, #ones[2]}, ones[2])
  local known = array.binary("multiply", import.expanded(rows_in, {#ones[1], #ones[2]}),
    import.expanded(columns_in, {#ones[1], #ones[2]}))
  local inside = import.constant(layer, "inside", import.reshaped(known, {#ones[1], #ones[2], 1}))
  image = op.pad2d(image, {padding = pads})
  return op.select(inside, image, op.affine(op.binary(image, LOWEST, "minimum"), {scale = 2, offset = 0}))
end

-- A maximum over taps that do not follow one another: of the image as it is shifted by each.
local function dilated_max(x, w)
  local dims, size, d, s = value.dims(x), as_pair(w.size, 1), as_pair(w.dilations, 1), as_pair(w.strides, 1)
  local pads, lengths = pads_of(w, true), {#w.size == 1 and 1 or dims[3], dims[#dims]}
  local out = {}
  for i = 1, 2 do
    out[i] = (lengths[i] + pads[2 * i - 1] + pads[2 * i] - (size[i] - 1) * d[i] - 1) // s[i] + 1
  end
  return of_image(x, import.layer({x}, function(layer)
    local image, result = image_of(x), nil
    if is_padded(w) then image = within_lowest(layer, image, pads, lengths) end
    for i = 0, size[1] - 1 do
      for j = 0, size[2] - 1 do
        local part = op.slice(image, {axis = 0, begin = i * d[1], count = (out[1] - 1) * s[1] + 1})
        part = op.slice(part, {axis = 1, begin = j * d[2], count = (out[2] - 1) * s[2] + 1})
        if s[1] > 1 or s[2] > 1 then part = op.max_pool2d(part, {pool = 1, strides = s}) end
        result = result and op.binary(result, part, "maximum") or part
      end
    end
    return result
  end))
end

local function is_dilated(w)
  for i, d in ipairs(w.dilations) do
    if d > 1 and w.size[i] > 1 then return true end
  end
  return false
end

-- Of planes: within each, and then over the depth.
local function pool_planes(name, x, w)
  if name == "max_pool2d" then w.join = "maximum" end
  local inner = without_depth(w)
  local pooled = each_plane(x, nil, w, function(plane) return pool(name, plane, inner, false) end)
  if name == "max_pool2d" then return pooled end
  if w.before[1] + w.behind[1] + w.extra[1] > 0 then import.fail(nil, "of volumes with pads is not known") end
  return import.pointwise(pooled, function(tensor) return op.affine(tensor, {scale = 1 / w.size[1], offset = 0}) end)
end

local function divisor(a, b)
  while b ~= 0 do a, b = b, a % b end
  return a
end

-- Where strides and dilations have a divisor, all windows see the same places alone: the image of these, and the window there.
local function thinned(x, w)
  local less, first, step, any = {size = w.size, strides = {}, dilations = {}, before = {}, behind = {}, extra = {}}, {}, {}, false
  local dims = value.dims(x)
  for i = 1, #w.size do
    local g = w.dilations[i] > 1 and divisor(w.strides[i], w.dilations[i]) or 1
    local begin = -w.before[i] % g
    local left = (dims[i + 2] - begin - 1) // g + 1
    less.strides[i], less.dilations[i], less.extra[i] = w.strides[i] // g, w.dilations[i] // g, 0
    less.before[i] = (w.before[i] + begin) // g
    local extent = (w.size[i] - 1) * w.dilations[i] + 1
    local out = (dims[i + 2] + w.before[i] + w.behind[i] + w.extra[i] - extent) // w.strides[i] + 1
    local needed = (out - 1) * less.strides[i] + (w.size[i] - 1) * less.dilations[i] + 1
    less.behind[i] = math.max(needed - less.before[i] - left, 0)
    first[i], step[i], any = begin, g, any or g > 1
  end
  if not any then return x, w end
  first, step = as_pair(first, 0), as_pair(step, 1)
  local thin = of_image(x, import.layer({x}, function()
    local image = image_of(x)
    for axis = 0, 1 do
      local size = cnnc.shape(image)[axis + 1]
      if first[axis + 1] > 0 then
        image = op.slice(image, {axis = axis, begin = first[axis + 1], count = size - first[axis + 1]})
      end
    end
    return op.max_pool2d(image, {pool = 1, strides = step})
  end))
  return thin, less
end

local MOST_CELLS <const> = 256

-- A maximum of many cells is one of rows, and one of columns of those.
local function max_of_many(x, w)
  local function only(axis)
    local part = {size = {1, 1}, strides = {1, 1}, dilations = {1, 1}, before = {0, 0}, behind = {0, 0}, extra = {0, 0}}
    for name, list in pairs(part) do list[axis] = w[name][axis] end
    return part
  end
  return pool("max_pool2d", pool("max_pool2d", x, only(1)), only(2))
end

local function pool_row(name)
  return function(x)
    need_image(x[1])
    local w = window_of(value.dims(x[1]), attribute("kernel_shape") or import.fail(nil, "has no kernel_shape"))
    if #w.size == 3 and is_dilated(w) then import.fail(nil, "of volumes with dilations is not known") end
    if #w.size == 3 then return pool_planes(name, x[1], w) end
    local is_max, image = name == "max_pool2d", x[1]
    if is_dilated(w) and not is_max then import.fail(nil, "with dilations is not known") end
    if is_dilated(w) then image, w = thinned(image, w) end
    if is_dilated(w) then return dilated_max(image, w) end
    if is_max and #w.size == 2 and w.size[1] * w.size[2] > MOST_CELLS then return max_of_many(image, w) end
    return pool(name, image, w, attribute("count_include_pad", 0) == 1)
  end
end

rows.MaxPool, rows.AveragePool = pool_row("max_pool2d"), pool_row("average_pool2d")
