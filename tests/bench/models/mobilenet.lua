-- MobileNetV1 (Howard et al. 2017), to predict.
local model = Sequential()

local function convolution(arguments)
  if arguments.strides == 2 then
    model:add(ZeroPadding2D{1, input_shape = arguments.input_shape})
    arguments.padding, arguments.input_shape = "valid", nil
  else
    arguments.padding = "same"
  end
  arguments.use_bias = false
  model:add(Conv2D(arguments))
  model:add(BatchNormalization())
  model:add(ReLU(6))
end

convolution{32, 3, strides = 2, input_shape = {224, 224, 3}}
local channels = 32
for _, stage in ipairs{{64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1}, {512, 1}, {512, 1},
                       {512, 1}, {512, 1}, {1024, 2}, {1024, 1}} do
  convolution{channels, 3, strides = stage[2], groups = channels}
  channels = stage[1]
  convolution{channels, 1}
end
model:add(GlobalAveragePooling2D())
model:add(Dense{1000, activation = "softmax"})
return model
