-- merging.lua: layers of several inputs.

local cnnc = ...
local op, layer = cnnc.op, cnnc.layer
local common = cnnc.common
local format, concat = string.format, table.concat

-- Shapes go together if their axes, from the last one on, are equal or one of them is 1.
local function need_fitting_shapes(self, ...)
  local wide = {} -- from the last axis on
  for _, x in ipairs{...} do
    local rank = #x.shape
    for i = 1, rank do
      local size, other = x.shape[rank + 1 - i], wide[i] or 1
      if size ~= other and size ~= 1 and other ~= 1 then
        self:fail(format("needs inputs whose axes are equal or of size 1, but they are %s and %s",
          concat((...).shape, "x"), concat(x.shape, "x")), nil, x)
      end
      wide[i] = math.max(size, other)
    end
  end
end

-- Keras 3 has a step count where it counts in one of the inputs, if all have masks.
local function any_mask(_, inputs)
  local result = cnnc.mask_of(inputs[1])
  for i, x in ipairs(inputs) do
    local mask = cnnc.mask_of(x)
    if not (mask and result) then return cnnc.LOST end
    if i > 1 then result = op.binary(result, mask, "maximum") end
  end
  return result
end

local OF_ALL <const> = "where all inputs have one the output has one, of the steps that count in any (in Keras 2: in all)"
local LOST_HINT <const> = "all of its inputs must have a mask: layer(x, {mask = m}) gives one to another layer's input"

-- Along the axis of the steps the masks are joined, too, with ones for an input that has none.
local function joined_masks(self, inputs)
  local rank, masks = #inputs[1].shape, {}
  local axis = common.sample_axis(self, self.axis, rank)
  if axis == rank - 1 then return any_mask(self, inputs) end
  if not cnnc.any_masked(inputs) then return nil end
  for i, x in ipairs(inputs) do
    local mask = cnnc.mask_of(x)
    local ones = mask or op.reduce(op.affine(op.binary(x, x, "less"), {offset = 1}), {["function"] = "max", axes = {rank - 1}})
    local shape = table.move(x.shape, 1, rank - 1, 1, {})
    if #ones.shape < rank - 1 then ones = op.broadcast(cnnc.mask_for(ones, op.reshape(x, {shape = shape})), {shape = shape}) end
    masks[i] = ones
  end
  masks[#masks + 1] = {axis = axis}
  return op.concat(table.unpack(masks))
end

local function merging(name, operation, inputs, doc, formula, finish)
  layer{
    name = name,
    function_name = string.lower(name),
    inputs = inputs, masks = any_mask, masks_doc = OF_ALL, lost_hint = LOST_HINT,
    doc = doc .. " of inputs of one shape, or with axes of size 1 that are repeated",
    formula = formula,
    example = "local x = Input{8, 8, 4}\n"
      .. "local y = Conv2D{4, 3, padding = \"same\"}(x)\n"
      .. format("return Model{inputs = x, outputs = %s()({x, y})}", name),
    call = function(self, ...)
      need_fitting_shapes(self, ...)
      local tensors = {...}
      local y = tensors[1]
      for i = 2, #tensors do y = cnnc.binary_of_samples(y, tensors[i], operation) end
      return finish and finish(y, #tensors) or y
    end,
  }
end

merging("Add", "add", "many", "the sum", "y = x1 + x2 + ...")
merging("Subtract", "subtract", 2, "the difference", "y = x1 - x2")
merging("Multiply", "multiply", "many", "the product, element by element,", "y = x1 * x2 * ...")
merging("Maximum", "maximum", "many", "the largest, element by element,", "y = max(x1, x2, ...)")
merging("Minimum", "minimum", "many", "the smallest, element by element,", "y = min(x1, x2, ...)")
merging("Average", "add", "many", "the mean", "y = (x1 + x2 + ... + xn) / n",
  function(sum, n) return op.affine(sum, {scale = 1 / n, offset = 0}) end)

layer{
  name = "Concatenate",
  function_name = "concatenate",
  inputs = "many", masks = joined_masks, masks_doc = OF_ALL .. "; along the steps they are joined", lost_hint = LOST_HINT,
  doc = "joins its inputs along one axis",
  example = [[
local x = Input{8, 8, 4}
local y = Conv2D{8, 3, padding = "same"}(x)
return Model{inputs = x, outputs = Concatenate()({x, y})}]],
  arguments = {{"axis", "integer", default = -1, doc = "the batch is axis 0, -1 is the last"}},
  call = function(self, first, ...)
    local axis = common.sample_axis(self, self.axis, #first.shape)
    for _, x in ipairs{...} do
      for i = 0, math.max(#first.shape, #x.shape) - 1 do
        if #first.shape ~= #x.shape or (i ~= axis and first.shape[i + 1] ~= x.shape[i + 1]) then
          self:fail(format("joins inputs along axis %d, so their other sizes must agree, but they are %s and %s",
            axis + 1, concat(first.shape, "x"), concat(x.shape, "x")), nil, x)
        end
      end
    end
    local parts = {first, ...}
    parts[#parts + 1] = {axis = axis}
    return op.concat(table.unpack(parts))
  end,
}
