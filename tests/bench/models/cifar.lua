-- The convolutional network of Keras' CIFAR-10 example.
local model = Sequential()
local function stage(filters, input_shape)
  model:add(Conv2D{filters, 3, padding = "same", activation = "relu", input_shape = input_shape})
  model:add(Conv2D{filters, 3, activation = "relu"})
  model:add(MaxPool2D(2))
  model:add(Dropout(0.25))
end
stage(32, {32, 32, 3})
stage(64)
model:add(Flatten())
model:add(Dense{512, activation = "relu"})
model:add(Dropout(0.5))
model:add(Dense{10, activation = "softmax"})
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 128}
return model
