-- Written by tests/oracle/make/make.py from its cases.py.
local model = Sequential()
model:add(Input{shape = {5, 5, 2}})
model:add(BatchNormalization{scale = false, epsilon = 0.01})
model:add(Conv2D{filters = 3, kernel_size = {2, 2}})
model:add(BatchNormalization{scale = false})
model:add(AveragePooling2D{pool_size = {2, 2}})
model:add(Flatten{})
model:add(BatchNormalization{center = false, momentum = 0.5})
model:add(Dense{units = 3, activation = "tanh"})
model:add(BatchNormalization{center = false, scale = false})
model:compile{optimizer = SGD{learning_rate = 0.2}, loss = "mse"}
return model
