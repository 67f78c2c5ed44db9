-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {4, 5, 6, 2}}
local x1 = ConvLSTM2D{filters = 3, kernel_size = {3, 2}, padding = "same", return_sequences = true}(input)
local x2 = Flatten{}(x1)
local x3 = ConvLSTM2D{filters = 2, kernel_size = {2, 3}, strides = {2, 2}, go_backwards = true}(input)
local x4 = Flatten{}(x3)
local x5 = ConvLSTM2D{filters = 4, kernel_size = {2, 2}, dilation_rate = {2, 3}, use_bias = false}(input)
local x6 = Flatten{}(x5)
local x7 = ConvLSTM2D{filters = 3, kernel_size = 3, data_format = "channels_first", padding = "same"}(input)
local x8 = Flatten{}(x7)
local x9 = Reshape{target_shape = {4, 10, 6}}(input)
local x10 = ConvLSTM1D{filters = 5, kernel_size = 4, strides = 3, padding = "same"}(x9)
local x11 = Flatten{}(x10)
local x12 = Reshape{target_shape = {4, 10, 6}}(input)
local x13 = ConvLSTM1D{filters = 2, kernel_size = 3, return_sequences = true}(x12)
local x14 = Flatten{}(x13)
local x15 = Concatenate{}({x2, x4, x6, x8, x11, x14})
local model = Model{inputs = input, outputs = x15}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
