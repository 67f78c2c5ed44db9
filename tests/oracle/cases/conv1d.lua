-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {11, 3}}
local x1 = Conv1D{filters = 4, kernel_size = 3}(input)
local x2 = Flatten{}(x1)
local x3 = Conv1D{filters = 5, kernel_size = 4, padding = "same", strides = 2, activation = "relu"}(input)
local x4 = Flatten{}(x3)
local x5 = Conv1D{filters = 2, kernel_size = 11}(input)
local x6 = Flatten{}(x5)
local x7 = Conv1D{filters = 3, kernel_size = 2, padding = "same", use_bias = false}(input)
local x8 = Flatten{}(x7)
local x9 = Concatenate{}({x2, x4, x6, x8})
local model = Model{inputs = input, outputs = x9}
model:compile{optimizer = SGD{learning_rate = 30.0}, loss = "mse"}
return model
