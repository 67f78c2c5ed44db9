-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {3, 9}}
local x1 = Conv1D{filters = 4, kernel_size = 3, data_format = "channels_first", activation = "relu"}(input)
local x2 = MaxPooling1D{pool_size = 2, data_format = "channels_first"}(x1)
local x3 = Flatten{}(x2)
local x4 = Conv1D{filters = 2, kernel_size = 2, padding = "same", strides = 2, data_format = "channels_first", activation = "softmax"}(input)
local x5 = Flatten{}(x4)
local x6 = Conv1DTranspose{filters = 3, kernel_size = 3, strides = 2, data_format = "channels_first"}(input)
local x7 = Flatten{}(x6)
local x8 = SeparableConv1D{filters = 3, kernel_size = 2, data_format = "channels_first"}(input)
local x9 = Flatten{}(x8)
local x10 = GlobalAveragePooling1D{data_format = "channels_first", keepdims = true}(input)
local x11 = Flatten{}(x10)
local x12 = Concatenate{}({x3, x5, x7, x9, x11})
local model = Model{inputs = input, outputs = x12}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
