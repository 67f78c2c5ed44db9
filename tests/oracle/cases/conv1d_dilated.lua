-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {11, 4}}
local x1 = Conv1D{filters = 4, kernel_size = 3, padding = "causal", dilation_rate = 3}(input)
local x2 = Flatten{}(x1)
local x3 = Conv1D{filters = 3, kernel_size = 3, padding = "causal"}(input)
local x4 = Flatten{}(x3)
local x5 = Conv1D{filters = 6, kernel_size = 2, groups = 2}(input)
local x6 = Flatten{}(x5)
local x7 = Conv1D{filters = 3, kernel_size = 4, dilation_rate = 2, padding = "same"}(input)
local x8 = Flatten{}(x7)
local x9 = DepthwiseConv1D{kernel_size = 3, depth_multiplier = 2, padding = "same"}(input)
local x10 = Flatten{}(x9)
local x11 = DepthwiseConv1D{kernel_size = 2, strides = 3}(input)
local x12 = Flatten{}(x11)
local x13 = SeparableConv1D{filters = 3, kernel_size = 4, padding = "same", strides = 2, depth_multiplier = 2, activation = "tanh"}(input)
local x14 = Flatten{}(x13)
local x15 = Conv1DTranspose{filters = 3, kernel_size = 4, strides = 2, padding = "same"}(input)
local x16 = Flatten{}(x15)
local x17 = Conv1DTranspose{filters = 2, kernel_size = 3, strides = 3, output_padding = 2}(input)
local x18 = Flatten{}(x17)
local x19 = Conv1DTranspose{filters = 2, kernel_size = 2, dilation_rate = 2}(input)
local x20 = Flatten{}(x19)
local x21 = Concatenate{}({x2, x4, x6, x8, x10, x12, x14, x16, x18, x20})
local model = Model{inputs = input, outputs = x21}
model:compile{optimizer = SGD{learning_rate = 30.0}, loss = "mse"}
return model
