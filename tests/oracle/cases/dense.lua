-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {3, 4, 5}}
local x1 = Dense{units = 3}(input)
local x2 = Flatten{}(x1)
local x3 = Dense{units = 1, use_bias = false}(input)
local x4 = Flatten{}(x3)
local x5 = Flatten{}(input)
local x6 = Dense{units = 17, activation = "relu"}(x5)
local x7 = Reshape{target_shape = {6, 10}}(input)
local x8 = Dense{units = 2, activation = "tanh"}(x7)
local x9 = Flatten{}(x8)
local x10 = Concatenate{}({x2, x4, x6, x9})
local model = Model{inputs = input, outputs = x10}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
