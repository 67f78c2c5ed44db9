-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {3, 4, 2}}
local x1 = Conv2DTranspose{filters = 3, kernel_size = {3, 3}, padding = "same"}(input)
local x2 = Flatten{}(x1)
local x3 = Conv2DTranspose{filters = 2, kernel_size = {3, 4}, padding = "same", strides = {2, 2}}(input)
local x4 = Flatten{}(x3)
local x5 = Conv2DTranspose{filters = 3, kernel_size = {4, 4}, padding = "same", strides = {2, 2}, activation = "relu"}(input)
local x6 = Flatten{}(x5)
local x7 = Conv2DTranspose{filters = 2, kernel_size = {5, 2}, padding = "same", strides = {3, 2}}(input)
local x8 = Flatten{}(x7)
local x9 = Conv2DTranspose{filters = 2, kernel_size = {1, 1}, padding = "same", strides = {2, 3}}(input)
local x10 = Flatten{}(x9)
local x11 = Concatenate{}({x2, x4, x6, x8, x10})
local model = Model{inputs = input, outputs = x11}
model:compile{optimizer = SGD{learning_rate = 30.0}, loss = "mse"}
return model
