-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {6}}
local x1 = Dense{units = 5}(input)
local x2 = Activation{activation = "log_sigmoid"}(x1)
local x3 = Dense{units = 5}(input)
local x4 = Activation{activation = "squareplus"}(x3)
local x5 = Dense{units = 5}(input)
local x6 = Activation{activation = "hard_shrink"}(x5)
local x7 = Dense{units = 5}(input)
local x8 = Activation{activation = "soft_shrink"}(x7)
local x9 = Dense{units = 5}(input)
local x10 = Activation{activation = "tanh_shrink"}(x9)
local x11 = Dense{units = 5}(input)
local x12 = Activation{activation = "sparse_sigmoid"}(x11)
local x13 = Dense{units = 5}(input)
local x14 = Activation{activation = "sparse_plus"}(x13)
local x15 = Dense{units = 4, activation = "log_sigmoid"}(input)
local x16 = Dense{units = 4, activation = "squareplus"}(input)
local x17 = Dense{units = 4, activation = "hard_shrink"}(input)
local x18 = Dense{units = 4, activation = "soft_shrink"}(input)
local x19 = Dense{units = 8, activation = "glu"}(input)
local x20 = Dense{units = 3, activation = "crelu"}(input)
local x21 = Concatenate{}({x2, x4, x6, x8, x10, x12, x14, x15, x16, x17, x18, x19, x20})
local model = Model{inputs = input, outputs = x21}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
