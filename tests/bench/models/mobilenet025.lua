-- MobileNetV1 (Howard et al. 2017) with a quarter of the channels, on images of 96x96: what MLPerf Tiny sees persons with.
local model = Sequential()

local function normalized(layer)
  model:add(layer)
  model:add(BatchNormalization())
  model:add(Activation("relu"))
end

normalized(Conv2D{8, 3, strides = 2, padding = "same", use_bias = false, input_shape = {96, 96, 3}})
for _, stage in ipairs{{16, 1}, {32, 2}, {32, 1}, {64, 2}, {64, 1}, {128, 2}, {128, 1}, {128, 1}, {128, 1}, {128, 1}, {128, 1},
                       {256, 2}, {256, 1}} do
  normalized(DepthwiseConv2D{3, strides = stage[2], padding = "same", use_bias = false})
  normalized(Conv2D{stage[1], 1, use_bias = false})
end
model:add(GlobalAveragePooling2D())
model:add(Dense{2, activation = "softmax"})
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 32}
return model
