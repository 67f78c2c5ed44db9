-- The network of the lesson: what everything is measured on.
local model = Sequential()
model:add(Conv2D{filters = 8, kernel_size = {5, 5}, padding = "valid", activation = "relu", input_shape = {28, 28, 1}})
model:add(MaxPool2D{pool_size = {2, 2}})
model:add(Conv2D{filters = 16, kernel_size = {3, 3}, padding = "valid", activation = "relu"})
model:add(MaxPool2D{pool_size = {2, 2}, strides = {2, 2}})
model:add(Dropout(0.25))
model:add(Flatten())
model:add(Dense{10, activation = "softmax"})
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 128, epochs = 5}
return model
