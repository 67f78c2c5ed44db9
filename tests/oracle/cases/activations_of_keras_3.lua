-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {6}}
local x1 = Dense{units = 5}(input)
local x2 = Activation{activation = "leaky_relu"}(x1)
local x3 = Dense{units = 5}(input)
local x4 = Activation{activation = "celu"}(x3)
local x5 = Dense{units = 5}(input)
local x6 = Activation{activation = "exponential"}(x5)
local x7 = Dense{units = 5}(input)
local x8 = Activation{activation = "hard_sigmoid"}(x7)
local x9 = Dense{units = 5}(input)
local x10 = Activation{activation = "hard_silu"}(x9)
local x11 = Dense{units = 5}(input)
local x12 = Activation{activation = "hard_tanh"}(x11)
local x13 = Dense{units = 4, activation = "leaky_relu"}(input)
local x14 = Dense{units = 4, activation = "celu"}(input)
local x15 = Dense{units = 4, activation = "exponential"}(input)
local x16 = Dense{units = 4, activation = "hard_sigmoid"}(input)
local x17 = Concatenate{}({x2, x4, x6, x8, x10, x12, x13, x14, x15, x16})
local model = Model{inputs = input, outputs = x17}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
