-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {11, 10, 2}}
local x1 = Conv2D{filters = 3, kernel_size = {3, 3}, dilation_rate = {2, 2}}(input)
local x2 = Flatten{}(x1)
local x3 = Conv2D{filters = 3, kernel_size = {3, 2}, dilation_rate = {3, 3}}(input)
local x4 = Flatten{}(x3)
local x5 = Conv2D{filters = 2, kernel_size = {2, 3}, dilation_rate = {2, 2}, padding = "same"}(input)
local x6 = Flatten{}(x5)
local x7 = Conv2D{filters = 3, kernel_size = {3, 3}, dilation_rate = {3, 3}, padding = "same"}(input)
local x8 = Flatten{}(x7)
local x9 = Concatenate{}({x2, x4, x6, x8})
local model = Model{inputs = input, outputs = x9}
model:compile{optimizer = SGD{learning_rate = 30.0}, loss = "mse"}
return model
