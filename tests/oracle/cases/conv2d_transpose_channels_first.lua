-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {2, 3, 4}}
local x1 = Conv2DTranspose{filters = 3, kernel_size = {3, 2}, strides = {2, 2}, padding = "same", data_format = "channels_first", activation = "relu"}(input)
local x2 = MaxPool2D{pool_size = {2, 2}, data_format = "channels_first"}(x1)
local x3 = Flatten{}(x2)
local x4 = Conv2DTranspose{filters = 2, kernel_size = {2, 2}, data_format = "channels_first"}(input)
local x5 = Flatten{}(x4)
local x6 = Concatenate{}({x3, x5})
local model = Model{inputs = input, outputs = x6}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
