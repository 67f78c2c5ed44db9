-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {9, 2}}
local x1 = Conv1D{filters = 3, kernel_size = 1}(input)
local x2 = MaxPooling1D{}(x1)
local x3 = Flatten{}(x2)
local x4 = MaxPooling1D{pool_size = 3, strides = 2, padding = "same"}(x1)
local x5 = Flatten{}(x4)
local x6 = AveragePooling1D{pool_size = 2}(x1)
local x7 = Flatten{}(x6)
local x8 = AveragePooling1D{pool_size = 4, strides = 3, padding = "same"}(x1)
local x9 = Flatten{}(x8)
local x10 = GlobalMaxPooling1D{keepdims = true}(x1)
local x11 = Flatten{}(x10)
local x12 = GlobalAveragePooling1D{keepdims = true}(x1)
local x13 = Flatten{}(x12)
local x14 = MaxPooling1D{pool_size = 1, strides = 4}(x1)
local x15 = Flatten{}(x14)
local x16 = Concatenate{}({x3, x5, x7, x9, x11, x13, x15})
local model = Model{inputs = input, outputs = x16}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
