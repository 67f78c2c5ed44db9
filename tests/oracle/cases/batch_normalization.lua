-- Written by tests/oracle/make/make.py from its cases.py.
local model = Sequential()
model:add(Input{shape = {6, 5, 2}})
model:add(Conv2D{filters = 4, kernel_size = {3, 3}, use_bias = false})
model:add(BatchNormalization{})
model:add(Activation{activation = "relu"})
model:add(Conv2D{filters = 3, kernel_size = {2, 2}})
model:add(BatchNormalization{momentum = 0.9, epsilon = 0.01})
model:add(MaxPool2D{})
model:add(Flatten{})
model:add(Dense{units = 3})
model:compile{optimizer = SGD{learning_rate = 0.2}, loss = "mse"}
return model
