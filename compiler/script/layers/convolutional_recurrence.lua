-- convolutional_recurrence.lua: LSTMs of images and of sequences, whose products are convolutions.

local cnnc = ...
local op, common, recurrence = cnnc.op, cnnc.common, cnnc.recurrence
local joined, dropped = recurrence.joined, recurrence.dropped

-- image * kernel for the four gates; with dropout each has a mask of its own.
local function convolved(self, image, kernel, window, rate, number)
  if rate == 0 then return op.conv2d(image, kernel, window) end
  local filters, gates = self.filters, {}
  for gate = 0, 3 do
    local own = op.slice(kernel, {axis = 3, begin = gate * filters, count = filters})
    gates[gate + 1] = op.conv2d(dropped(self, image, rate, number + gate), own, window)
  end
  gates[5] = {axis = 2}
  return op.concat(table.unpack(gates))
end

-- Windows of `size` taps along an axis of n.
local function windows(self, n, size, stride, dilation)
  if self.padding == "same" then return (n + stride - 1) // stride end
  return (n - (size - 1) * dilation - 1) // stride + 1
end

-- The shape of a state, for a sequence of images of that shape.
local function state_shape(self, space, shape)
  local first = self.data_format == "channels_first"
  local result, at = first and {self.filters} or {}, first and 2 or 1
  local size, strides, dilation = space.pair(self.kernel_size), space.pair(self.strides), space.pair(self.dilation_rate)
  for axis = 1, space.rank do
    local i = axis + 2 - space.rank
    result[#result + 1] = windows(self, shape[at + axis] or 1, size[i], strides[i], dilation[i])
    if result[#result] < 1 then self:fail("has windows that are larger than its input") end
  end
  if not first then result[#result + 1] = self.filters end
  return result
end

local function step(self, space, x, h, c)
  local filters, forget = self.filters, self.unit_forget_bias and cnnc.forget_bias(self, self.bias_initializer)
  local zx = space.in_channels_last(self, x, function(image)
    local kernel = common.kernel_of(self, space, "kernel", self.kernel_size, image.shape[3], 4 * filters, self.kernel_initializer)
    local inside, window = common.window_of(self, space, image, 1)
    local sums = convolved(self, inside, kernel, window, self.dropout, 0)
    if not self.use_bias then return sums end
    return op.binary(sums, self:parameter("bias", {4 * filters}, forget or self.bias_initializer), "add")
  end)
  local zh = space.in_channels_last(self, h, function(image)
    local kernel = common.kernel_of(self, space, "recurrent_kernel", self.kernel_size, filters, 4 * filters,
      self.recurrent_initializer)
    return convolved(self, image, kernel, {padding = "same"}, self.recurrent_dropout, 8)
  end)
  return recurrence.lstm_step(self, op.binary(zx, zh, "add"), c, self.data_format == "channels_first" and 0 or space.rank)
end

for _, space in ipairs{common.sequences, common.images} do
  local rows = joined({
    {"filters", "integer", min = 1, doc = "channels of the output"},
    common.size_of(space), common.strides_of(space), space.pool_padding, space.data_format, common.dilation_of(space),
    {"activation", "activation", default = "tanh", doc = "nonlinearity of what enters the state"},
    {"recurrent_activation", "activation", default = "sigmoid", doc = "nonlinearity of the gates"},
  }, recurrence.weights, {
    {"unit_forget_bias", "boolean", default = true, doc = "the forget gate's bias holds 1 before training"},
  }, recurrence.penalties, {common.ACTIVITY_REGULARIZER}, recurrence.constraints, recurrence.dropout,
    {recurrence.seed})
  local cell = cnnc.complete_spec{
    name = "ConvLSTMCell", inputs = 3, output_is_state = true, arguments = rows,
    state_shapes = function(self, x)
      if #x.shape ~= space.rank + 2 then
        cnnc.fail(string.format("ConvLSTM%s needs a sequence of %ss with channels, but its input is %s", space.name,
          space.words.a:gsub("^the ", ""), table.concat(x.shape, "x")), {tensor = x})
      end
      local shape = state_shape(self, space, x.shape)
      return {shape, shape}
    end,
    call = function(self, x, h, c)
      h, c = step(self, space, x, h, c)
      return h, h, c
    end,
  }
  recurrence.layer{
    name = "ConvLSTM" .. space.name,
    doc = "an LSTM of " .. space.words.a:gsub("^the ", "") .. "s: what goes through its gates is convolved",
    formula = "c[t] = f*c[t-1] + i*activation(zc), h[t] = o*activation(c[t]), z = conv(x[t], kernel) + "
      .. "conv(h[t-1], recurrent_kernel) + bias",
    example = space.rank == 2 and 'ConvLSTM2D{8, 3, padding = "same", input_shape = {5, 12, 12, 1}}'
      or 'ConvLSTM1D{8, 3, padding = "same", input_shape = {5, 20, 3}}',
    arguments = joined(rows, recurrence.sequence),
    cell_of = function(self) return recurrence.make_cell(self, cell) end,
  }
end
