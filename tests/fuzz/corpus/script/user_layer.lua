-- Layers of the script's own: one over primitive ops with a parameter, one made of other layers.
local Scale = Layer{
  name = "Scale",
  arguments = {
    {"initial", "number", above = 0, default = 1.0},
    {"activation", "activation", default = "linear"},
  },
  call = function(layer, x)
    local factor = layer:parameter("factor", {x.shape[#x.shape]}, Constant(layer.initial))
    return layer.activation(op.binary(x, factor, {["function"] = "multiply"}))
  end,
}

local Residual = Layer{
  name = "Residual",
  arguments = {{"filters", "integer", min = 1}, {"kernel_size", "pair", min = 1, default = 3}},
  call = function(layer, x)
    local y = Conv2D{layer.filters, layer.kernel_size, padding = "same", activation = "relu"}(x)
    y = Conv2D{layer.filters, layer.kernel_size, padding = "same"}(y)
    return op.unary(x + y, "relu")
  end,
}

local model = Sequential()
model:add(Rescaling{1 / 127.5, offset = -1, input_shape = {10, 10, 1}})
model:add(Conv2D{8, 3, activation = function(x) return x * op.unary(x, "sigmoid") end})
for _ = 1, 2 do
  model:add(Residual{8})
end
model:add(Scale{0.5, activation = "tanh"})
model:add(GlobalAveragePooling2D())
model:add(Dense{1, activation = "sigmoid"})
model:compile{optimizer = RMSprop{0.002, momentum = 0.5, centered = true},
              loss = BinaryCrossentropy{label_smoothing = 0.1}, metrics = {"accuracy"}}
return model
