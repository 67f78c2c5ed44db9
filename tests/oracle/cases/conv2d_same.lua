-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {7, 10, 2}}
local x1 = Conv2D{filters = 3, kernel_size = {3, 3}, padding = "same"}(input)
local x2 = Flatten{}(x1)
local x3 = Conv2D{filters = 3, kernel_size = {2, 4}, padding = "same"}(input)
local x4 = Flatten{}(x3)
local x5 = Conv2D{filters = 4, kernel_size = {3, 3}, padding = "same", strides = {2, 2}}(input)
local x6 = Flatten{}(x5)
local x7 = Conv2D{filters = 2, kernel_size = {5, 2}, padding = "same", strides = {3, 2}}(input)
local x8 = Flatten{}(x7)
local x9 = Conv2D{filters = 2, kernel_size = {1, 1}, padding = "same", strides = {2, 3}}(input)
local x10 = Flatten{}(x9)
local x11 = Conv2D{filters = 5, kernel_size = {4, 5}, padding = "same", activation = "sigmoid", use_bias = false}(input)
local x12 = Flatten{}(x11)
local x13 = Concatenate{}({x2, x4, x6, x8, x10, x12})
local model = Model{inputs = input, outputs = x13}
model:compile{optimizer = SGD{learning_rate = 30.0}, loss = "mse"}
return model
