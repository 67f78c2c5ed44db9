-- Pairs of 3x3 convolutions as in VGG, up to 256 channels, on 64x64x3.
local model = Sequential()
local input_shape = {64, 64, 3}
for _, filters in ipairs{64, 128, 256} do
  model:add(Conv2D{filters, 3, padding = "same", activation = "relu", input_shape = input_shape})
  model:add(Conv2D{filters, 3, padding = "same", activation = "relu"})
  model:add(MaxPool2D(2))
  input_shape = nil
end
model:add(Flatten())
model:add(Dense{256, activation = "relu"})
model:add(Dense{10, activation = "softmax"})
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 32}
return model
