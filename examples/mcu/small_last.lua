-- small.lua, of which a device trains the last layer alone, a digit at a time.

local model = Sequential()
model:add(AveragePooling2D{2, input_shape = {28, 28, 1}})
model:add(Conv2D{4, 3, activation = "relu", trainable = false})
model:add(MaxPooling2D(3))
model:add(Flatten())
model:add(Dense{10, activation = "softmax"})
model:compile{optimizer = SGD(0.05), loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 1}
return model
