-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {5, 4, 6}}
local x1 = Conv2D{filters = 6, kernel_size = {2, 2}}(input)
local x2 = AveragePooling2D{pool_size = {4, 3}}(x1)
local x3 = Dense{units = 6, activation = "sigmoid"}(x2)
local x4 = Dense{units = 1}(x1)
local x5 = Flatten{}(x1)
local x6 = Dense{units = 6}(x5)
local x7 = Reshape{target_shape = {1, 6}}(x6)
local x8 = Multiply{}({x3, x1, x4})
local x9 = Subtract{}({x4, x8})
local x10 = Maximum{}({x9, x7})
local x11 = Average{}({x10, x2})
local x12 = Flatten{}(x11)
local x13 = Dense{units = 3}(x12)
local model = Model{inputs = input, outputs = x13}
model:compile{optimizer = SGD{learning_rate = 2.0}, loss = "mse"}
return model
