-- Written by tests/oracle/make/make.py from its cases.py.
local model = Sequential()
model:add(Input{shape = {2, 6, 5}})
model:add(Conv2D{filters = 3, kernel_size = {3, 3}, data_format = "channels_first"})
model:add(BatchNormalization{axis = 1})
model:add(Activation{activation = "relu"})
model:add(Flatten{})
model:add(Dense{units = 3})
model:compile{optimizer = SGD{learning_rate = 0.2}, loss = "mse"}
return model
