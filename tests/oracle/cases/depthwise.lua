-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {6, 7, 3}}
local x1 = DepthwiseConv2D{kernel_size = {3, 3}, depth_multiplier = 2}(input)
local x2 = Flatten{}(x1)
local x3 = DepthwiseConv2D{kernel_size = {2, 4}, padding = "same", activation = "relu"}(input)
local x4 = Flatten{}(x3)
local x5 = DepthwiseConv2D{kernel_size = {3, 2}, strides = {2, 2}, padding = "same", depth_multiplier = 3, use_bias = false}(input)
local x6 = Flatten{}(x5)
local x7 = SeparableConv2D{filters = 4, kernel_size = {3, 3}, depth_multiplier = 2, activation = "tanh"}(input)
local x8 = Flatten{}(x7)
local x9 = SeparableConv2D{filters = 2, kernel_size = {2, 3}, padding = "same", strides = {2, 2}}(input)
local x10 = Flatten{}(x9)
local x11 = Concatenate{}({x2, x4, x6, x8, x10})
local model = Model{inputs = input, outputs = x11}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
