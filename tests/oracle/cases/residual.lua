-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {6, 6, 2}}
local x1 = Conv2D{filters = 4, kernel_size = {3, 3}, padding = "same", activation = "relu"}(input)
local x2 = Conv2D{filters = 4, kernel_size = {3, 3}, padding = "same"}(x1)
local x3 = Add{}({x1, x2})
local x4 = Activation{activation = "relu"}(x3)
local x5 = Conv2D{filters = 3, kernel_size = {1, 1}, activation = "tanh"}(x4)
local x6 = Concatenate{}({x4, x5, x1})
local x7 = AveragePooling2D{pool_size = {3, 3}}(x6)
local x8 = Flatten{}(x7)
local x9 = Dense{units = 3}(x8)
local model = Model{inputs = input, outputs = x9}
model:compile{optimizer = SGD{learning_rate = 0.5}, loss = "mse"}
return model
