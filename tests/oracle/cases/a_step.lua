-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {1, 4}}
local x1 = Conv1D{filters = 3, kernel_size = 1}(input)
local x2 = Flatten{}(x1)
local x3 = Conv1D{filters = 3, kernel_size = 3, padding = "same"}(input)
local x4 = Flatten{}(x3)
local x5 = Conv1D{filters = 2, kernel_size = 2, padding = "causal"}(input)
local x6 = Flatten{}(x5)
local x7 = MaxPooling1D{padding = "same"}(input)
local x8 = Flatten{}(x7)
local x9 = Conv1DTranspose{filters = 2, kernel_size = 3, strides = 2, padding = "same"}(input)
local x10 = Flatten{}(x9)
local x11 = GlobalMaxPooling1D{keepdims = true}(input)
local x12 = Flatten{}(x11)
local x13 = Concatenate{}({x2, x4, x6, x8, x10, x12})
local model = Model{inputs = input, outputs = x13}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
