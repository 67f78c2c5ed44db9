-- mask.lua: which steps of a sequence count. A tensor may have a mask: a tensor of the axes in front of its last one, or of some of
-- them, that is 0 where nothing counts.
--
-- Masking and Embedding{mask_zero = true} make masks. What becomes of them is a row's `masks`: true has the first result bear
-- that of the first input, a function(layer, inputs, results) returns the results' masks, or cnnc.LOST; without it they end there.
-- A layer that leaves masked steps out asks cnnc.mask_of(x) in its call. A row's `masks_doc` is what `cnnc help` says of all this.

local cnnc = ...
local fail, op, fields = cnnc.fail, cnnc.op, cnnc.fields
local format, pack = string.format, table.pack

local mask_of = setmetatable({}, {__mode = "k"}) -- by the handle of a tensor
local is_mask = {} -- by key: it is 0 and 1
local LOST <const> = {}
cnnc.LOST = LOST

local PASSES_ON <const> = "the output has that of the input"

function cnnc.masks_doc(spec) return spec.masks_doc or spec.masks and PASSES_ON or nil end

function cnnc.mask_of(x) return x ~= nil and mask_of[x] or nil end

function cnnc.set_mask(x, mask)
  mask_of[x] = mask
  if mask then is_mask[cnnc.key(mask)] = true end
end

local COMPARES <const> =
  {equal = true, not_equal = true, less = true, less_equal = true, greater = true, greater_equal = true}

-- What a script says is a mask, as 1 where it is not 0: steps are counted by it, too.
function cnnc.as_mask(tensor)
  local made = cnnc.producer(tensor)
  if is_mask[cnnc.key(tensor)] or made and made.op == "binary" and COMPARES[made["function"]] then return tensor end
  if cnnc.dtype(tensor) ~= "float32" then tensor = op.cast(tensor, "float32") end
  return op.binary(tensor, 0, {["function"] = "not_equal"})
end

-- Another handle of x, with this mask; nil: without one.
local function with_mask(x, mask)
  local y = cnnc.same(x)
  cnnc.set_mask(y, mask)
  return y
end
cnnc.with_mask = with_mask

-- Another handle of a tensor, with its mask.
function cnnc.same_masked(x) return with_mask(x, mask_of[x]) end

-- A mask with as many axes as x has, those that it lacks being 1.
function cnnc.mask_for(mask, x)
  local shape, rank = mask.shape, #x.shape
  local fits = #shape <= rank
  for i, size in ipairs(shape) do fits = fits and (size == x.shape[i] or size == 1 or x.shape[i] == 1) end
  if not fits then
    cnnc.fail_here(format("a mask of %s does not fit a tensor of %s", cnnc.shape_text(shape), cnnc.shape_text(x.shape)),
      "a mask has the axes of the tensor, without the last ones")
  end
  if #shape == rank then return mask end
  for i = #shape + 1, rank do shape[i] = 1 end
  return op.reshape(mask, {shape = shape})
end

-- For a row's `masks`: the results have none, as a user of the layer expects.
function cnnc.no_mask() return nil end

-- What a script's function gets for an argument called mask: the mask of a tensor, or a list of those of several.
function cnnc.mask_argument(tensors)
  if #tensors == 1 and not tensors.is_list then return mask_of[tensors[1]] end
  if not cnnc.any_masked(tensors) then return nil end
  local masks = {}
  for i, x in ipairs(tensors) do masks[i] = mask_of[x] end
  return cnnc.list(masks)
end

---- What becomes of masks ------------------------------------------------------------------------------

local warned = {}

local function warn_of_loss(layer)
  local own = fields[layer]
  local key = format("%s:%d:%s", own.at.file, own.at.line, own.type)
  if warned[key] then return end
  warned[key] = true
  cnnc.warn(format("%s passes on no mask: the layers behind it count every step", own.type),
    {hint = own.spec.lost_hint or "a layer can be given one in its call: layer(x, {mask = m})", at = own.at})
end

local function any(list)
  for _, x in ipairs(list) do
    if mask_of[x] then return true end
  end
  return false
end
cnnc.any_masked = any

-- Gives the results of a layer's call their masks. One that a layer inside has made stays.
function cnnc.hand_on_masks(layer, tensors, results)
  local rule, given = fields[layer].spec.masks, {}
  for _, x in ipairs(tensors) do given[x] = true end
  local masks = type(rule) == "function" and pack(rule(layer, tensors, results)) or {rule and mask_of[tensors[1]]}
  local lost = not rule or masks[1] == LOST
  for i = 1, results.n do
    local y, mask = results[i], not lost and masks[i] or nil
    if mask_of[y] ~= mask and not lost and (given[y] or not mask_of[y]) then results[i] = with_mask(y, mask) end
  end
  if lost and any(tensors) and not any(results) and not cnnc.is_model(layer) then warn_of_loss(layer) end
end

-- The inputs of a call that is told masks for them: one, or a list with one for each input, None where there is none.
function cnnc.take_masks(layer, tensors, given)
  if given == nil then return tensors end
  local list = cnnc.is_tensor(given) and {given} or given
  local taken = table.move(tensors, 1, tensors.n, 1, {n = tensors.n, is_list = tensors.is_list})
  for i = 1, tensors.n do
    local mask = cnnc.arguments.is_plain_table(list) and list[i]
    if not cnnc.arguments.is_plain_table(list) or mask and mask ~= cnnc.exports.None and not cnnc.is_tensor(mask) then
      fail(format("the call of %s: a mask must be a tensor, not %s", fields[layer].type, cnnc.arguments.show(mask or given)))
    end
    if cnnc.is_tensor(mask) then taken[i] = with_mask(tensors[i], cnnc.as_mask(mask)) end
  end
  return taken
end
