-- Written by tests/oracle/make/make.py from its cases.py.
local model = Sequential()
model:add(Input{shape = {6, 6, 1}})
model:add(Conv2D{filters = 3, kernel_size = {3, 3}, activation = "tanh"})
model:add(AveragePooling2D{pool_size = {2, 2}})
model:add(Flatten{})
model:add(Dense{units = 4, activation = "softmax"})
model:compile{optimizer = ScheduleFreeAdamW{learning_rate = 0.02}, loss = "sparse_categorical_crossentropy"}
return model
