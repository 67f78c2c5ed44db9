-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {8, 9, 2}}
local x1 = Conv2D{filters = 3, kernel_size = {2, 2}}(input)
local x2 = MaxPool2D{pool_size = {2, 2}}(x1)
local x3 = Flatten{}(x2)
local x4 = MaxPool2D{pool_size = {2, 2}, padding = "same"}(x1)
local x5 = Flatten{}(x4)
local x6 = MaxPool2D{pool_size = {3, 3}, strides = {2, 2}}(x1)
local x7 = Flatten{}(x6)
local x8 = MaxPool2D{pool_size = {3, 2}, strides = {1, 1}, padding = "same"}(x1)
local x9 = Flatten{}(x8)
local x10 = MaxPool2D{pool_size = {3, 3}, strides = {2, 3}, padding = "same"}(x1)
local x11 = Flatten{}(x10)
local x12 = MaxPool2D{pool_size = {2, 2}, strides = {3, 3}}(x1)
local x13 = Flatten{}(x12)
local x14 = MaxPool2D{pool_size = {7, 8}}(x1)
local x15 = Flatten{}(x14)
local x16 = Concatenate{}({x3, x5, x7, x9, x11, x13, x15})
local model = Model{inputs = input, outputs = x16}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
