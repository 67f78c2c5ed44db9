-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {3, 7, 6}}
local x1 = DepthwiseConv2D{kernel_size = {3, 2}, dilation_rate = {2, 3}, data_format = "channels_first", depth_multiplier = 2}(input)
local x2 = Flatten{}(x1)
local x3 = DepthwiseConv2D{kernel_size = {2, 2}, strides = {2, 1}, data_format = "channels_first"}(input)
local x4 = Flatten{}(x3)
local x5 = SeparableConv2D{filters = 5, kernel_size = {2, 3}, dilation_rate = {1, 2}, data_format = "channels_first"}(input)
local x6 = Flatten{}(x5)
local x7 = Concatenate{}({x2, x4, x6})
local model = Model{inputs = input, outputs = x7}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
