-- The lesson's network, of which a device trains the last layer alone, a digit at a time: what is frozen needs neither gradients
-- nor what they are computed of. Plain SGD keeps no state.

local model = Sequential()
model:add(Conv2D{filters = 8, kernel_size = {5, 5}, activation = "relu", input_shape = {28, 28, 1}, trainable = false})
model:add(MaxPool2D{pool_size = {2, 2}})
model:add(Conv2D{filters = 16, kernel_size = {3, 3}, activation = "relu", trainable = false})
model:add(MaxPool2D{pool_size = {2, 2}})
model:add(Dropout(0.25))
model:add(Flatten())
model:add(Dense{10, activation = "softmax"})
model:compile{optimizer = SGD(0.02), loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 1}
return model
