-- Written by tests/oracle/make/make.py from its cases.py.
local model = Sequential()
model:add(Input{shape = {28, 28, 1}})
model:add(Conv2D{filters = 8, kernel_size = {5, 5}, padding = "valid", activation = "relu"})
model:add(MaxPool2D{pool_size = {2, 2}})
model:add(Conv2D{filters = 16, kernel_size = {3, 3}, padding = "valid", activation = "relu"})
model:add(MaxPool2D{pool_size = {2, 2}, strides = {2, 2}})
model:add(Flatten{})
model:add(Dense{units = 10, activation = "softmax"})
model:compile{optimizer = SGD{learning_rate = 0.1}, loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model
