-- resize.lua: operators that give images other rows and columns.

local cnnc = ...
local array, op, import = cnnc.array, cnnc.op, cnnc.import
local value, rows = import.value, import.rows
local attribute = import.attribute

-- One number for each axis: of `list`, which may be of the axes that the attribute names alone; `otherwise` elsewhere.
local function of_axes(list, rank, otherwise)
  local axes, whole = attribute("axes"), {}
  for axis = 1, rank do whole[axis] = axes and otherwise(axis) or list[axis] end
  for i, axis in ipairs(axes or {}) do whole[import.axis(axis, rank)] = list[i] end
  return whole
end

-- The lengths, and the factors of all axes, of Resize and Upsample in their versions.
local function target_of(x, node)
  local dims, scales, sizes, out = value.dims(x[1]), nil, nil, {}
  if attribute("keep_aspect_ratio_policy", "stretch") ~= "stretch" then
    import.fail(nil, "with a keep_aspect_ratio_policy is not known")
  end
  if node.op == "Upsample" then
    scales = attribute("scales") or array.list(import.known(x[2], "scales"))
  else
    local at = import.version >= 11 and 3 or 2
    if x[at] and value.count(x[at]) > 0 then scales = array.list(import.known(x[at], "scales")) end
    if x[4] and value.count(x[4]) > 0 then sizes = import.integers(x[4]) end
  end
  if not scales and not sizes then import.fail(nil, "has neither scales nor sizes") end
  scales = scales and of_axes(scales, #dims, function() return 1 end)
  sizes = sizes and of_axes(sizes, #dims, function(axis) return dims[axis] end)
  local factors = {}
  for i, size in ipairs(dims) do
    out[i] = sizes and sizes[i] or math.floor(size * scales[i] + 1e-6)
    factors[i] = sizes and out[i] / size or scales[i]
  end
  return out, factors
end

-- Where place i of an axis lies among its old ones. `roi`: the part of the axis that is taken, from 0 to 1; nil: all.
local function source_of(i, size, out, scale, roi)
  local mode = attribute("coordinate_transformation_mode", import.version >= 11 and "half_pixel" or "asymmetric")
  if mode == "align_corners" then return out > 1 and i * (size - 1) / (out - 1) or 0 end
  if mode == "asymmetric" then return i / scale end
  if mode == "pytorch_half_pixel" and out == 1 then return 0 end
  if mode == "tf_half_pixel_for_nn" then return (i + 0.5) / scale end
  if mode == "half_pixel" or mode == "pytorch_half_pixel" then return (i + 0.5) / scale - 0.5 end
  if mode == "tf_crop_and_resize" and roi then
    local first, last = roi[1] * (size - 1), roi[2] * (size - 1)
    return out > 1 and first + i * (last - first) / (out - 1) or (first + last) / 2
  end
  import.fail(nil, "with coordinate_transformation_mode = %s is not known", mode)
end

local ROUND <const> = {
  round_prefer_floor = function(p) return math.ceil(p - 0.5) end,
  round_prefer_ceil = function(p) return math.floor(p + 0.5) end,
  floor = math.floor, ceil = math.ceil,
}

local function cubic(d)
  local a = attribute("cubic_coeff_a", -0.75)
  return d <= 1 and (a + 2) * d ^ 3 - (a + 3) * d ^ 2 + 1 or d < 2 and a * d ^ 3 - 5 * a * d ^ 2 + 8 * a * d - 4 * a or 0
end

-- The weights of the old places near to p, by place. With antialias, `scale` below 1 makes the window wider.
local function weights_near(p, size, mode, scale)
  local first, weights = math.floor(p), {}
  if (p < 0 or p > size - 1) and attribute("coordinate_transformation_mode") == "tf_crop_and_resize" then return weights end
  local t = p - first
  local function add(place, weight)
    local outside = place < 0 or place >= size
    if outside and attribute("exclude_outside", 0) == 1 then return end
    place = math.min(math.max(place, 0), size - 1)
    weights[place] = (weights[place] or 0) + weight
  end
  local antialias = attribute("antialias", 0) == 1
  local narrow = antialias and math.min(scale, 1) or 1
  local reach = math.ceil((mode == "linear" and 1 or 2) / narrow)
  for k = 1 - reach, reach do
    local d = math.abs(t - k) * narrow
    add(first + k, mode == "linear" and math.max(1 - d, 0) or mode == "cubic" and cubic(d) or 0)
  end
  local sum = 0
  for place = 0, size - 1 do sum = sum + (weights[place] or 0) end
  if attribute("exclude_outside", 0) == 1 or antialias then
    for place = 0, size - 1 do weights[place] = weights[place] and weights[place] / sum end
  end
  return weights
end

-- x along an axis with `out` places, each a sum of the old ones: a product with known numbers.
local function resampled(x, axis, out, mode, scale, roi)
  local size = value.dims(x)[axis]
  local matrix = {}
  for i = 1, size * out do matrix[i] = 0 end
  for i = 0, out - 1 do
    for place, weight in pairs(weights_near(source_of(i, size, out, scale, roi), size, mode, scale)) do
      matrix[place * out + i + 1] = weight
    end
  end
  local known = array.from("float", {size, out}, matrix)
  return import.along(x, axis, out, function(tensor, layer)
    local turned = op.permute(tensor, {order = {0, 2, 1}})
    return op.permute(op.matmul(turned, import.constant(layer, "value_" .. axis, known)), {order = {0, 2, 1}})
  end)
end

-- The old place of each new one; and how often each is repeated, if all are alike, or nil.
local function nearest_places(size, out, scale, roi)
  local places, times = {}, out // size
  local round = ROUND[attribute("nearest_mode", import.version >= 11 and "round_prefer_floor" or "floor")]
  local repeats = out % size == 0
  if not round then import.fail(nil, "has a nearest_mode that is not known") end
  for i = 0, out - 1 do
    places[i + 1] = math.min(math.max(round(source_of(i, size, out, scale, roi)), 0), size - 1)
    repeats = repeats and places[i + 1] == i // times
  end
  return places, repeats and times or nil
end

local function nearest(x, axis, out, scale, roi)
  local size = value.dims(x)[axis]
  local places, times = nearest_places(size, out, scale, roi)
  if not times then return import.gather(x, axis, array.from("int", {#places}, places)) end
  return import.along(x, axis, out, function(tensor)
    local shape, parts = cnnc.shape(tensor), {}
    for i = 1, times do parts[i] = op.reshape(tensor, {shape = {shape[1], shape[2], 1, shape[3]}}) end
    parts[times + 1] = {axis = 2}
    return op.reshape(op.concat(table.unpack(parts)), {shape = {shape[1], shape[2] * times, shape[3]}})
  end)
end

-- What lies outside of the part that was taken, along any axis, is one number.
local function extrapolated(x, dims, out, scales, roi_of)
  local number, inside = attribute("extrapolation_value", 0), nil
  if number == 0 then return x end
  for axis, size in ipairs(dims) do
    local list, shape = {}, {}
    for i = 0, out[axis] - 1 do
      local at = source_of(i, size, out[axis], scales[axis], roi_of(axis))
      list[i + 1] = at >= 0 and at <= size - 1 and 1 or 0
    end
    for i = 1, #dims do shape[i] = i == axis and out[axis] or 1 end
    local known = import.expanded(array.from("float", shape, list), out)
    inside = inside and array.binary("multiply", inside, known) or known
  end
  local outside = array.binary("multiply", array.unary("not", inside), import.full("float", out, number))
  return import.meet({x, {array = inside}, {array = outside}}, function(t)
    return op.binary(op.binary(t[1], t[2], "multiply"), t[3], "add")
  end)
end

-- Is place i + 0.5 of `out` where the op resize has it, whose weights are those of bilinear, between its neighbours?
local function is_half_pixel(size, out, scale)
  local mode = attribute("coordinate_transformation_mode", import.version >= 11 and "half_pixel" or "asymmetric")
  return (mode == "half_pixel" or mode == "pytorch_half_pixel" and out > 1) and math.abs(scale * size / out - 1) < 1e-6
end

-- How the op resize interpolates rows and columns as the node does; nil: it does otherwise.
local function interpolation_of(mode, dims, out, scales)
  local fits, larger = #dims == 4 and dims[1] == 1 and out[1] == 1 and out[2] == dims[2], false
  for axis = 3, fits and 4 or 2 do
    local repeats = mode == "nearest" and select(2, nearest_places(dims[axis], out[axis], scales[axis]))
    fits = fits and (repeats or mode == "linear" and is_half_pixel(dims[axis], out[axis], scales[axis]))
    larger = larger or out[axis] ~= dims[axis]
  end
  local is_plain = attribute("antialias", 0) == 0 and attribute("exclude_outside", 0) == 0
  return fits and larger and (mode == "nearest" and mode or is_plain and "bilinear") or nil
end

local function resize(x, node)
  local out, scales = target_of(x, node)
  local mode, result = attribute("mode", "nearest"), x[1]
  if mode == "bilinear" then mode = "linear" end
  local dims = value.dims(result)
  local cut = attribute("coordinate_transformation_mode") == "tf_crop_and_resize" and array.list(import.known(x[2], "a part"))
  local interpolation = not cut and interpolation_of(mode, dims, out, scales)
  if interpolation then
    return import.of_image(result, import.layer({result}, function()
      return op.resize(import.image_of(result), {size = {out[3], out[4]}, interpolation = interpolation})
    end))
  end
  local first = cut and of_axes(table.move(cut, 1, #cut // 2, 1, {}), #dims, function() return 0 end)
  local last = cut and of_axes(table.move(cut, #cut // 2 + 1, #cut, 1, {}), #dims, function() return 1 end)
  local function roi_of(axis) return cut and {first[axis], last[axis]} end
  for axis, size in ipairs(dims) do
    local roi = roi_of(axis)
    if out[axis] ~= size or roi and (roi[1] ~= 0 or roi[2] ~= 1) then
      import.not_along_batch(result, axis)
      result = mode == "nearest" and nearest(result, axis, out[axis], scales[axis], roi)
        or resampled(result, axis, out[axis], mode, scales[axis], roi)
    end
  end
  return cut and extrapolated(result, dims, out, scales, roi_of) or result
end

rows.Resize, rows.Upsample = resize, resize
