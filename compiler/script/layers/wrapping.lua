-- wrapping.lua: layers around a function or another layer.

local cnnc = ...
local op, layer, fields = cnnc.op, cnnc.layer, cnnc.fields
local format, concat = string.format, table.concat

local place_of_mask = setmetatable({}, {__mode = "k"}) -- by functions of Lambdas: which of their arguments is called mask

-- A function of the script's, or a word for one: relu.
cnnc.arguments.types.callable = {
  check = function(value)
    if type(value) == "function" and not cnnc.constructors[value] then
      local f = cnnc.entry(value)
      for i, name in ipairs(cnnc.parameter_names(value)) do
        if name == "mask" and i > 1 then place_of_mask[f] = i end
      end
      return f
    end
    return cnnc.word_of(value) and value or nil
  end,
  expects = function() return "a function of tensors" end,
}

cnnc.arguments.types.told_shape = {
  check = function(value, row)
    return type(value) == "function" and value or cnnc.arguments.types.shape.check(value, row)
  end,
  expects = function(row, value) return cnnc.arguments.types.shape.expects(row, value) end,
}

local function check_output_shape(self, y)
  local told = self.output_shape
  if not told or type(told) == "function" or not cnnc.is_tensor(y) then return end
  local same = #told == #y.shape
  for i, size in ipairs(told) do same = same and (size == -1 or size == y.shape[i]) end
  if not same then
    self:fail(format("says output_shape = {%s}, but its function makes %s", string.gsub(concat(told, ", "), "%-1", "None"),
      concat(y.shape, "x")))
  end
end

layer{
  name = "Lambda",
  inputs = "any",
  doc = "a function as a layer; one of several inputs gets a table of them",
  formula = "y = f(x)",
  example = "return Sequential{Lambda{function(x) return 2*x + 1 end, input_shape = {16}}}",
  arguments = {
    {"function", "callable", doc = "of a tensor, or a table of several; it may use ops, arithmetic and layers"},
    {"output_shape", "told_shape", open = true, optional = true,
      doc = "its result's, without the batch, which is checked; None: any size; a function, as Keras 2 has it, is not called"},
    {"mask", "any", optional = true, doc = "what the result has for a mask: a tensor, or a function of x and its mask"},
    {"arguments", "any", optional = true, doc = "a table that the function gets as well"},
  },
  call = function(self, ...)
    local x = select("#", ...) == 1 and (...) or {...}
    local f = fields[self]["function"]
    local mask_at = place_of_mask[f]
    local given, count = {x}, mask_at or 1
    if mask_at then given[mask_at] = cnnc.mask_argument{...} end
    if self.arguments ~= nil then
      local at = mask_at == 2 and 3 or 2
      given[at], count = self.arguments, math.max(count, at)
    end
    local y = f(table.unpack(given, 1, count))
    check_output_shape(self, y)
    return y
  end,
  masks_doc = "the function gets that of x as an argument called mask, and the output has what `mask` says, or none",
  masks = function(self, inputs)
    local mask = self.mask
    if type(mask) == "function" then mask = mask(#inputs == 1 and inputs[1] or inputs, cnnc.mask_argument(inputs)) end
    if cnnc.is_tensor(mask) then return cnnc.as_mask(mask) end
    if mask ~= nil and mask ~= cnnc.exports.None then
      self:fail(format("has a mask that must be a tensor, not %s", cnnc.arguments.show(mask)))
    end
    return self.mask == nil and cnnc.LOST or nil
  end,
}

layer{
  name = "Identity", masks = true,
  works_on_any_rank = true,
  doc = "gives its input as it is",
  arguments = {{"gain", "number", optional = true, named_only = true, doc = "only where this is an initializer"}},
  formula = "y = x",
  example = "return Sequential{Identity{input_shape = {16}}, Dense{4}}",
  call = function(_, x) return x end,
}

---- TimeDistributed ---------------------------------------------------------------------------------------

-- Does `holds(spec)` hold for a layer, or for one inside of it?
local function any_inside(inner, holds)
  if not cnnc.is_model(inner) and holds(fields[inner].spec) then return true end
  local list = cnnc.is_model(inner) and cnnc.layers_of(fields[inner]) or cnnc.inner_layers(inner)
  for _, other in ipairs(list) do
    if any_inside(other, holds) then return true end
  end
  return false
end

-- Another loop cannot be a part of a loop.
local function is_recurrent(spec) return spec.recurrent or spec.takes_states end

-- Can each layer of a built model be called on all steps before the next one is?
local function goes_by_layers(model)
  local own = fields[model]
  if #own.inputs > 1 or #own.outputs > 1 or #own.added > 0 then return false end
  for _, call in ipairs(own.network) do
    local of_class = fields[call.layer].class or fields[call.layer].spec.class -- whose `call` may ask for the list
    if #call.outputs > 1 or call.is_list and of_class or next(call.options) then return false end
    if #call.inputs > 1 and any_inside(call.layer, is_recurrent) then return false end
  end
  return true
end

local function without_steps(shape)
  return table.move(shape, 2, #shape, 1, {})
end

local function with_axis(y)
  return op.reshape(y, {shape = {1, table.unpack(y.shape)}})
end

local function slice(x, i)
  return op.reshape(op.slice(x, {axis = 0, begin = i - 1, count = 1}), {shape = without_steps(x.shape)})
end

-- Each step by itself, one behind the other.
local function in_slices(inner, x)
  local steps, mask = {}, cnnc.mask_of(x)
  for i = 1, x.shape[1] do
    steps[i] = with_axis(inner(cnnc.with_mask(slice(x, i), mask and slice(mask, i))))
  end
  if #steps == 1 then return steps[1] end
  steps[#steps + 1] = {axis = 0}
  return op.concat(table.unpack(steps))
end

-- All steps in a loop, with those masks that have rows of their own for each.
local function in_loop(self, inner, tensors)
  local sequences, mask_at = table.move(tensors, 1, #tensors, 1, {}), {}
  for i, x in ipairs(tensors) do
    local mask = cnnc.mask_of(x)
    if mask and (#mask.shape > 1 or fields[inner].spec.looks_across_batch) then
      sequences[#sequences + 1] = mask
      mask_at[i] = #sequences
    end
  end
  return (cnnc.scan(self.type, function(...)
    local rows = {...}
    for i, at in pairs(mask_at) do rows[i] = cnnc.with_mask(rows[i], rows[at]) end
    return inner(table.unpack(rows, 1, #tensors))
  end, sequences, {}, {}))
end

-- What a layer, or a model, makes of each step of x, and of other tensors with as many steps. A model in which something recurs
-- is called layer by layer, each on all steps, so that its loops are as many as its layers.
local function on_each_step(self, inner, x, ...)
  local spec = fields[inner].spec
  if select("#", ...) == 0 then
    if spec.works_on_any_rank then return inner(x) end
    local shape = without_steps(x.shape)
    local moved = spec.at_each_step and spec.at_each_step(inner, x, shape)
    if moved then return moved end
    if cnnc.is_model(inner) then
      cnnc.build_for(inner, shape)
      if any_inside(inner, is_recurrent) and goes_by_layers(inner) then
        return cnnc.call_on_steps(inner, x, function(part, _, ...)
          local given = {table.unpack({...}, 1, select("#", ...) - 1)} -- the last are options
          local results = {on_each_step(self, part, table.unpack(given)), n = 1}
          cnnc.hand_on_masks(part, given, results)
          return results[1]
        end)
      end
    end
    if any_inside(inner, is_recurrent) then return in_slices(inner, x) end
  end
  return in_loop(self, inner, {x, ...})
end

-- A mask of words is, where each sentence became one step, that of sentences with any.
local function mask_of_steps(_, inputs, results)
  local mask = cnnc.mask_of(inputs[1])
  if not mask or #mask.shape < 2 then return mask end
  local shape, axes, fits = results[1].shape, {}, #mask.shape < #results[1].shape
  for i, size in ipairs(mask.shape) do
    axes[i], fits = i, fits and shape[i] == size
  end
  axes[#axes] = nil
  return fits and mask or op.reduce(mask, {["function"] = "max", axes = axes})
end

layer{
  name = "TimeDistributed", masks = mask_of_steps,
  masks_doc = "the layer gets what a mask says of each step; the output has that of the steps",
  doc = "a layer, or a model, that is applied to each step of a sequence",
  formula = "y[t] = layer(x[t])",
  example = 'TimeDistributed{Conv2D{4, 3, activation = "relu"}, input_shape = {6, 8, 8, 1}}',
  arguments = {{"layer", "layer", doc = "what is applied, with the same parameters at each step"}},
  call = function(self, x)
    local inner = self.layer
    if #x.shape < 2 then
      self:fail(format("needs a sequence of at least two axes, but its input is %s", concat(x.shape, "x")), nil, x)
    end
    local mask = cnnc.mask_of(x)
    local inside = mask and (#mask.shape > 1 or fields[inner].spec.looks_across_batch)
    return on_each_step(self, inner, cnnc.with_mask(x, inside and mask or nil))
  end,
  -- Steps of steps are steps.
  at_each_step = function(self, x, shape)
    if #shape < 2 then return nil end
    local function joined(t) return op.reshape(t, {shape = {t.shape[1] * t.shape[2], table.unpack(t.shape, 3)}}) end
    local mask = cnnc.mask_of(x)
    local y = self(cnnc.with_mask(joined(x), mask and #mask.shape > 2 and joined(mask) or nil))
    return op.reshape(y, {shape = {x.shape[1], shape[1], table.unpack(y.shape, 2)}})
  end,
}
