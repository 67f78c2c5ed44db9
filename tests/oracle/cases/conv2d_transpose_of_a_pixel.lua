-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {1, 1, 5}}
local x1 = Conv2DTranspose{filters = 3, kernel_size = {4, 3}}(input)
local x2 = Flatten{}(x1)
local x3 = Conv2DTranspose{filters = 2, kernel_size = {4, 3}, strides = {2, 2}, padding = "same"}(input)
local x4 = Flatten{}(x3)
local x5 = Conv2DTranspose{filters = 1, kernel_size = {1, 1}, strides = {2, 2}}(input)
local x6 = Flatten{}(x5)
local x7 = Concatenate{}({x2, x4, x6})
local model = Model{inputs = input, outputs = x7}
model:compile{optimizer = SGD{learning_rate = 30.0}, loss = "mse"}
return model
