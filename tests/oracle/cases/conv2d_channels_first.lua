-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {2, 7, 6}}
local x1 = Conv2D{filters = 3, kernel_size = {3, 3}, data_format = "channels_first"}(input)
local x2 = Flatten{}(x1)
local x3 = Conv2D{filters = 2, kernel_size = {2, 3}, data_format = "channels_first", padding = "same", strides = {2, 2}}(input)
local x4 = Flatten{}(x3)
local x5 = Conv2D{filters = 4, kernel_size = {3, 3}, data_format = "channels_first", activation = "relu"}(input)
local x6 = MaxPool2D{pool_size = {2, 2}, data_format = "channels_first"}(x5)
local x7 = Flatten{}(x6)
local x8 = Conv2D{filters = 4, kernel_size = {2, 2}, data_format = "channels_first"}(input)
local x9 = AveragePooling2D{pool_size = {2, 2}, strides = {1, 1}, data_format = "channels_first"}(x8)
local x10 = Flatten{}(x9)
local x11 = Concatenate{}({x2, x4, x7, x10})
local model = Model{inputs = input, outputs = x11}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
