-- CIFAR-10 with ResNet-20 (He et al.: Deep residual learning for image recognition, 2015): three stages of three blocks, the
-- shortcut of a block that halves the picture being a 1x1 convolution. --data is the folder of data_batch_1.bin and so on,
-- which cifar-10-binary.tar.gz of www.cs.toronto.edu/~kriz/cifar.html unpacks to.
--
--   build/cnnc run examples/cifar10.lua -- train --data cifar-10-batches-bin --checkpoint cifar10.checkpoint

local function conv(x, filters, size, strides)
  x = Conv2D{
    filters, size, strides = strides, padding = "same", use_bias = false, kernel_initializer = "he_normal",
    kernel_regularizer = L2(1e-4),
  }(x)
  return BatchNormalization()(x)
end

local function block(x, filters, strides)
  local y = Activation("relu")(conv(x, filters, 3, strides))
  y = conv(y, filters, 3, 1)
  return Activation("relu")(Add(){strides == 1 and x or conv(x, filters, 1, strides), y})
end

local input = Input{32, 32, 3}
local x = RandomFlip("horizontal")(input)
x = RandomTranslation{0.125, 0.125, fill_mode = "constant"}(x)
x = Activation("relu")(conv(x, 16, 3, 1))
for stage, filters in ipairs{16, 32, 64} do
  for i = 1, 3 do
    x = block(x, filters, i == 1 and stage > 1 and 2 or 1)
  end
end
x = GlobalAveragePooling2D()(x)

local model = Model{inputs = input, outputs = Dense{10, activation = "softmax"}(x)}
local rate = PiecewiseConstantDecay{boundaries = {32000, 48000}, values = {0.1, 0.01, 0.001}}
model:compile{
  optimizer = SGD{learning_rate = rate, momentum = 0.9}, loss = "sparse_categorical_crossentropy",
  metrics = {"accuracy"},
}
model:fit{batch_size = 128, epochs = 164}
return model
