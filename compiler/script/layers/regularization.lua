-- regularization.lua: layers that disturb training so that the network generalizes.

local cnnc = ...
local op, layer = cnnc.op, cnnc.layer
local common = cnnc.common

-- The axes of one sample along which a mask of that shape is repeated.
local function shared_axes(self, shape)
  local given, axes = self.noise_shape, {}
  if not cnnc.arguments.is_plain_table(given) then self:fail("needs a list as noise_shape: {None, 1, 16}") end
  if given[1] == 1 then
    self:fail("cannot drop the same units in all samples of a batch", "write None in front of noise_shape")
  end
  for key in pairs(given) do
    if math.type(key) ~= "integer" or key < 1 or key > #shape + 1 then
      self:fail(string.format("needs a noise_shape of %d entries, that of the batch first", #shape + 1))
    end
  end
  for axis, size in ipairs(shape) do
    local told = given[axis + 1]
    if told == nil or told == cnnc.exports.None then told = size end
    if told ~= 1 and told ~= size then
      self:fail(string.format("has a noise_shape with %s along an axis of %d", cnnc.arguments.show(told), size))
    end
    if told == 1 and size > 1 then axes[#axes + 1] = axis - 1 end
  end
  return axes
end

-- body(x with some axes in front, how many places they have), with the axes where they were.
local function with_axes_first(x, axes, body)
  local order, back, rows, first = {}, {}, 1, {}
  for i, axis in ipairs(axes) do order[i], first[axis], rows = axis, true, rows * x.shape[axis + 1] end
  for axis = 0, #x.shape - 1 do
    if not first[axis] then order[#order + 1] = axis end
  end
  local moves = false
  for position, axis in ipairs(order) do
    back[axis + 1] = position - 1
    moves = moves or axis ~= position - 1
  end
  if not moves then return body(x, rows) end
  return op.permute(body(op.permute(x, {order = order}), rows), {order = back})
end

-- Each step of a sequence has numbers of its own, with a seed, too.
local function turn_of(self) return self.seed and cnnc.turn() or 0 end

local function dropped(self, x, options)
  options.rate, options.seed, options.turn = self.rate, self.seed, turn_of(self)
  return op.dropout(x, options)
end

layer{
  name = "Dropout", masks = true,
  only_in_training = true,
  works_on_any_rank = true,
  doc = "in training, zeroes units at random and scales the others; in prediction, does nothing",
  formula = "y = 0 with probability rate, else x / (1 - rate)",
  example = "Dropout{0.25, input_shape = {400}}",
  arguments = {
    {"rate", "number", min = 0, below = 1, doc = "share of the units that are zeroed"},
    {"noise_shape", "any", optional = true,
      doc = "the shape of the mask with the batch in front, None as the input has it; along axes of 1 all units share their fate"},
    {"seed", "integer", min = 0, optional = true, doc = "decides, with the training's seed, which units"},
  },
  call = function(self, x)
    local shared = self.noise_shape and shared_axes(self, x.shape) or {}
    return with_axes_first(x, shared, function(y, rows)
      return dropped(self, y, {rows = rows})
    end)
  end,
}

for _, space in ipairs{common.images, common.sequences} do
  layer{
    name = "SpatialDropout" .. space.name, masks = true,
    only_in_training = true,
    doc = "in training, zeroes whole channels at random and scales the others; in prediction, does nothing",
    formula = "y = 0 for a channel with probability rate, else x / (1 - rate)",
    example = "SpatialDropout" .. space.name .. "{0.25, input_shape = {" .. string.rep("8, ", space.rank) .. "4}}",
    arguments = {
      {"rate", "number", min = 0, below = 1, doc = "share of the channels that are zeroed"},
      {"data_format", {"channels_last", "channels_first"}, default = "channels_last", named_only = space.rank == 1,
        doc = "where the channels are"},
      {"seed", "integer", min = 0, optional = true, doc = "decides, with the training's seed, which channels"},
    },
    call = function(self, x)
      if #x.shape ~= space.rank + 1 then self:fail("needs an input of " .. space.rank + 1 .. " axes", nil, x) end
      local channels = common.sample_axis(self, self.data_format == "channels_first" and 1 or -1, #x.shape)
      return common.with_axis_last(x, channels, function(y)
        local rows = 1
        for i = 1, space.rank do rows = rows * y.shape[i] end
        return dropped(self, y, {rows = rows})
      end)
    end,
  }
end

layer{
  name = "GaussianNoise", masks = true,
  only_in_training = true,
  works_on_any_rank = true,
  doc = "in training, adds normal numbers at random; in prediction, does nothing",
  formula = "y = x + n, n normal with mean 0 and deviation stddev",
  example = "GaussianNoise{0.1, input_shape = {400}}",
  arguments = {
    {"stddev", "number", min = 0, doc = "standard deviation of what is added"},
    {"seed", "integer", min = 0, optional = true, doc = "decides, with the training's seed, which numbers"},
  },
  call = function(self, x)
    return op.noise(x, {["function"] = "add", stddev = self.stddev, seed = self.seed, turn = turn_of(self)})
  end,
}

layer{
  name = "GaussianDropout", masks = true,
  only_in_training = true,
  works_on_any_rank = true,
  doc = "in training, multiplies by normal numbers around 1 at random; in prediction, does nothing",
  formula = "y = x * (1 + n), n normal with mean 0 and deviation sqrt(rate / (1 - rate))",
  example = "GaussianDropout{0.25, input_shape = {400}}",
  arguments = {
    {"rate", "number", min = 0, below = 1, doc = "share of the units that a Dropout as strong would zero"},
    {"seed", "integer", min = 0, optional = true, doc = "decides, with the training's seed, which numbers"},
  },
  call = function(self, x)
    local deviation = math.sqrt(self.rate / (1 - self.rate))
    return op.noise(x, {["function"] = "multiply", stddev = deviation, seed = self.seed, turn = turn_of(self)})
  end,
}

layer{
  name = "AlphaDropout", masks = true,
  only_in_training = true,
  works_on_any_rank = true,
  doc = "in training, units at random become the least that selu can be, and mean and variance stay as they were; in "
    .. "prediction, does nothing",
  formula = "y = a*x + b, or a*least + b with probability rate; least = -1.7581",
  example = "AlphaDropout{0.1, input_shape = {400}}",
  arguments = {
    {"rate", "number", min = 0, below = 1, doc = "share of the units that are dropped"},
    common.unsupported("noise_shape"),
    {"seed", "integer", min = 0, optional = true, doc = "decides, with the training's seed, which units"},
  },
  call = function(self, x) return dropped(self, x, {alpha = true}) end,
}

layer{
  name = "ActivityRegularization", masks = true,
  doc = "gives what it gets, and adds a penalty for it to the loss",
  formula = "l1 * sum of |x| + l2 * sum of x^2, of each sample, in the mean over the batch",
  example = "Input{8}, Dense(4), ActivityRegularization{l2 = 1e-3}",
  arguments = {
    {"l1", "number", min = 0, default = 0.0, doc = "factor of the absolute values"},
    {"l2", "number", min = 0, default = 0.0, doc = "factor of the squares"},
  },
  call = function(self, x)
    local function add(factor, y) cnnc.note_added(factor * op.reduce(y, {["function"] = "sum"}), nil, self.type) end
    if self.l1 > 0 then add(self.l1, op.unary(x, {["function"] = "abs"})) end
    if self.l2 > 0 then add(self.l2, x * x) end
    return x
  end,
}
