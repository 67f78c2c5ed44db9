-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {6, 9, 2}}
local x1 = RandomRotation{factor = {0.07, 0.07}}(input)
local x2 = Flatten{}(x1)
local x3 = Dense{units = 3}(x2)
local x4 = RandomRotation{factor = {-0.31, -0.31}, fill_mode = "constant", fill_value = -1.0}(input)
local x5 = Flatten{}(x4)
local x6 = Dense{units = 3}(x5)
local x7 = RandomRotation{factor = {0.4, 0.4}, fill_mode = "wrap"}(input)
local x8 = Flatten{}(x7)
local x9 = Dense{units = 3}(x8)
local x10 = RandomRotation{factor = {-0.6, -0.6}, fill_mode = "nearest"}(input)
local x11 = Flatten{}(x10)
local x12 = Dense{units = 3}(x11)
local x13 = RandomRotation{factor = {0.13, 0.13}, interpolation = "nearest"}(input)
local x14 = Flatten{}(x13)
local x15 = Dense{units = 3}(x14)
local x16 = RandomRotation{factor = {1.0, 1.0}}(input)
local x17 = Flatten{}(x16)
local x18 = Dense{units = 3}(x17)
local x19 = Concatenate{}({x3, x6, x9, x12, x15, x18})
local model = Model{inputs = input, outputs = x19}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
