-- DS-CNN of MLPerf Tiny, which hears words in the spectrum of a second of sound.
local model = Sequential()

local function normalized(layer)
  model:add(layer)
  model:add(BatchNormalization())
  model:add(Activation("relu"))
end

normalized(Conv2D{64, {10, 4}, strides = 2, padding = "same", input_shape = {49, 10, 1}})
model:add(Dropout(0.2))
for _ = 1, 4 do
  normalized(DepthwiseConv2D{3, padding = "same"})
  normalized(Conv2D{64, 1})
end
model:add(Dropout(0.4))
model:add(GlobalAveragePooling2D())
model:add(Dense{12, activation = "softmax"})
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 64}
return model
