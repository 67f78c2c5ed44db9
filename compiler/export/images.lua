-- images.lua: ops of images: convolutions, pools, normalization, borders, sizes. ONNX has their channels first.

local cnnc = ...
local export = cnnc.export
local rows, make, part = export.rows, export.make, export.part

-- Of {top, bottom, left, right}.
local function pads_of(pads) return {pads[1], pads[3], pads[2], pads[4]} end

function rows.conv2d(node)
  local x, kernel, result = node.inputs[1], node.inputs[2], node.outputs[1]
  local inputs = {export.first(x), export.arranged(kernel, {3, 2, 0, 1})}
  local bias, sum = export.bias_behind(result, result.shape[3])
  inputs[3] = bias
  make(sum or result, "Conv", inputs, {kernel_shape = {kernel.shape[1], kernel.shape[2]}, strides = node.strides,
    dilations = node.dilation, group = node.groups, pads = pads_of(node.pads)}, "first")
end

-- What the result has beyond all that the kernel touches is `output_padding`, and what it lacks, `pads`.
function rows.conv2d_transpose(node)
  local x, kernel, result = node.inputs[1], node.inputs[2], node.outputs[1]
  local extra = {}
  for i = 1, 2 do
    local whole = (x.shape[i] - 1) * node.strides[i] + (kernel.shape[i] - 1) * node.dilation[i] + 1
    extra[i] = math.max(result.shape[i] - whole, 0)
  end
  local inputs = {export.first(x), export.arranged(kernel, {3, 2, 0, 1})}
  local bias, sum = export.bias_behind(result, result.shape[3])
  inputs[3] = bias
  make(sum or result, "ConvTranspose", inputs, {kernel_shape = {kernel.shape[1], kernel.shape[2]}, strides = node.strides,
    dilations = node.dilation, output_padding = extra, pads = pads_of(node.pads)}, "first")
end

local function pool(op)
  return function(node)
    make(node.outputs[1], op, {export.first(node.inputs[1])}, {kernel_shape = node.pool, strides = node.strides,
      pads = pads_of(node.pads)}, "first")
  end
end
rows.max_pool2d, rows.average_pool2d = pool "MaxPool", pool "AveragePool"

function rows.batch_norm(node)
  local x = node.inputs[1]
  local count = x.shape[#x.shape]
  local form, inputs = #x.shape > 1 and "first" or "last", {}
  inputs[1] = export.of(x, form)
  inputs[2] = node.inputs[2] and export.last(node.inputs[2]) or export.repeated(1, count)
  inputs[3] = node.inputs[3] and export.last(node.inputs[3]) or export.repeated(0, count)
  inputs[4], inputs[5] = export.last(node.inputs[4]), export.last(node.inputs[5])
  make(node.outputs[1], "BatchNormalization", inputs, {epsilon = node.epsilon + 0.0}, form)
end

function rows.pad2d(node)
  local x, p = node.inputs[1], node.padding
  local form = export.form(x)
  local before, behind = {p[1], p[3], 0}, {p[2], p[4], 0}
  if form == "first" then before, behind = {0, p[1], p[3]}, {0, p[2], p[4]} end
  local pads = x.shared and {} or {0}
  table.move(before, 1, 3, #pads + 1, pads)
  if not x.shared then pads[#pads + 1] = 0 end
  table.move(behind, 1, 3, #pads + 1, pads)
  make(node.outputs[1], "Pad", {export.of(x, form), export.integers(pads)}, {mode = "constant"}, form)
end

local function as_float32(x) return (string.unpack("f", string.pack("f", x))) end

-- The factor of which a float's multiplication, rounded down, makes `size` of `of` places.
local function scale_of(size, of)
  local scale = as_float32(size / of)
  return math.floor(of * scale) == size and scale or as_float32(size / of * (1 + 2.0 ^ -22))
end

local function resize(node, size, attributes)
  local x = node.inputs[1]
  local scales = export.constant("float32", {4}, {1.0, 1.0, scale_of(size[1], x.shape[1]), scale_of(size[2], x.shape[2])})
  attributes.coordinate_transformation_mode = "half_pixel"
  make(node.outputs[1], "Resize", {export.first(x), "", scales}, attributes, "first")
end

-- floor((i + 0.5) * in/out), for each i: by its number, as factors of floats would round where it is half.
local function gathered(node)
  local x, value = node.inputs[1], nil
  for axis = 0, 1 do
    local places, size, of = {}, node.size[axis + 1], x.shape[axis + 1]
    for i = 0, size - 1 do places[i + 1] = (2 * i + 1) * of // (2 * size) end
    local inputs, attributes = {value or export.first(x), export.integers(places)}, {axis = axis + 2}
    if axis == 1 then return make(node.outputs[1], "Gather", inputs, attributes, "first") end
    value = part("Gather", inputs, attributes)
  end
end

function rows.resize(node)
  local x, size = node.inputs[1], node.size
  if node.interpolation ~= "nearest" then return resize(node, size, {mode = "linear"}) end
  if size[1] % x.shape[1] ~= 0 or size[2] % x.shape[2] ~= 0 then return gathered(node) end
  resize(node, size, {mode = "nearest", nearest_mode = "round_prefer_ceil"})
end

-- Beyond the ends there is nothing, and weights are divided by their sum: for the linear ones that is the same as ONNX'.
local RESAMPLES <const> = {
  bilinear = {mode = "linear"},
  bicubic = {mode = "cubic", cubic_coeff_a = -0.5, exclude_outside = 1},
}

function rows.resample(node)
  local x, how = node.inputs[1], RESAMPLES[node.interpolation]
  if not how or node.antialias or #x.shape ~= 3 or node.axis > 1 then
    cnnc.fail(string.format("op.resample of %s has an interpolation (%s%s) that ONNX lacks", node.layer or "the network",
      node.interpolation, node.antialias and ", antialias" or ""), {at = node.at,
      hint = "of an image, interpolation = \"bilinear\" and \"bicubic\" without antialias can be exported"})
  end
  resize(node, node.axis == 0 and {node.size, x.shape[2]} or {x.shape[1], node.size},
    {mode = how.mode, cubic_coeff_a = how.cubic_coeff_a, exclude_outside = how.exclude_outside})
end
