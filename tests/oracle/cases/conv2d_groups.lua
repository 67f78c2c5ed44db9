-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {6, 7, 6}}
local x1 = Conv2D{filters = 4, kernel_size = {3, 3}, groups = 2}(input)
local x2 = Flatten{}(x1)
local x3 = Conv2D{filters = 6, kernel_size = {3, 2}, groups = 6, padding = "same"}(input)
local x4 = Flatten{}(x3)
local x5 = Conv2D{filters = 9, kernel_size = {2, 2}, groups = 3, strides = {2, 2}}(input)
local x6 = Flatten{}(x5)
local x7 = Conv2D{filters = 4, kernel_size = {3, 3}, groups = 2, dilation_rate = {2, 1}}(input)
local x8 = Flatten{}(x7)
local x9 = Conv2D{filters = 3, kernel_size = {1, 1}, groups = 3}(input)
local x10 = Flatten{}(x9)
local x11 = Concatenate{}({x2, x4, x6, x8, x10})
local model = Model{inputs = input, outputs = x11}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
