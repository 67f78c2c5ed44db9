-- ResNet-18 (He, Zhang, Ren, Sun 2015).
local function convolution(x, filters, size, stride)
  if stride > 1 then
    x = ZeroPadding2D(size // 2)(x) -- as the paper pads; Keras' "same" would pad below and right alone
    x = Conv2D{filters, size, strides = stride, use_bias = false}(x)
  else
    x = Conv2D{filters, size, padding = "same", use_bias = false}(x)
  end
  return BatchNormalization()(x)
end

local function block(x, filters, stride)
  local y = ReLU()(convolution(x, filters, 3, stride))
  y = convolution(y, filters, 3, 1)
  if stride > 1 then
    x = BatchNormalization()(Conv2D{filters, 1, strides = stride, use_bias = false}(x))
  end
  return ReLU()(Add()(x, y))
end

local input = Input{224, 224, 3}
local x = ReLU()(convolution(input, 64, 7, 2))
x = MaxPool2D{3, strides = 2, padding = "same"}(x)
for stage, filters in ipairs{64, 128, 256, 512} do
  x = block(x, filters, stage == 1 and 1 or 2)
  x = block(x, filters, 1)
end
local output = Dense{1000, activation = "softmax"}(GlobalAveragePooling2D()(x))

local model = Model{inputs = input, outputs = output}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 16}
return model
