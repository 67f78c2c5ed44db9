-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {3, 4, 2}}
local x1 = Conv2DTranspose{filters = 3, kernel_size = {3, 3}, strides = {2, 2}, output_padding = {1, 0}}(input)
local x2 = Flatten{}(x1)
local x3 = Conv2DTranspose{filters = 3, kernel_size = {3, 3}, padding = "same", strides = {2, 2}, output_padding = {1, 1}}(input)
local x4 = Flatten{}(x3)
local x5 = Conv2DTranspose{filters = 2, kernel_size = {4, 5}, padding = "same", strides = {3, 3}, output_padding = {2, 0}}(input)
local x6 = Flatten{}(x5)
local x7 = Conv2DTranspose{filters = 2, kernel_size = {2, 2}, padding = "same", strides = {3, 2}, output_padding = {2, 1}}(input)
local x8 = Flatten{}(x7)
local x9 = Conv2DTranspose{filters = 3, kernel_size = {3, 2}, dilation_rate = {2, 3}}(input)
local x10 = Flatten{}(x9)
local x11 = Conv2DTranspose{filters = 2, kernel_size = {2, 3}, dilation_rate = {3, 2}, padding = "same"}(input)
local x12 = Flatten{}(x11)
local x13 = Concatenate{}({x2, x4, x6, x8, x10, x12})
local model = Model{inputs = input, outputs = x13}
model:compile{optimizer = SGD{learning_rate = 30.0}, loss = "mse"}
return model
