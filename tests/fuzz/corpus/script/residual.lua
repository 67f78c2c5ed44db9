-- A small residual network: a graph of layers, BatchNormalization, and a layer of the script's own.
--
--   cnnc run examples/residual.lua -- train --data examples/data

-- Two convolutions beside a shortcut. A layer is called on tensors; inside of `call` other layers, the
-- primitive ops (op.conv2d, op.unary, ...) and arithmetic on tensors make the subgraph.
local Residual = Layer{
  name = "Residual",
  arguments = {
    {"filters", "integer", min = 1},
    {"kernel_size", "pair", min = 1, default = 3},
  },
  call = function(layer, x)
    local function conv(y)
      y = Conv2D{layer.filters, layer.kernel_size, padding = "same", use_bias = false}(y)
      return BatchNormalization{momentum = 0.9}(y)
    end
    local y = conv(op.unary(conv(x), "relu"))
    return op.unary(x + y, "relu")
  end,
}

local input = Input{28, 28, 1}
local x = Conv2D{8, 3, strides = 2, padding = "same", activation = "relu"}(input)
x = Residual(8)(x)
x = MaxPool2D(2)(x)
x = Residual(8)(x)
x = GlobalAveragePooling2D()(x)
local output = Dense{10, activation = "softmax"}(x)

local model = Model{inputs = input, outputs = output}
model:compile{optimizer = Adam{learning_rate = 0.005}, loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 64, epochs = 5}
return model
