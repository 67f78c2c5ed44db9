-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {4, 5, 3}}
local x1 = Normalization{}(input)
local x2 = Flatten{}(x1)
local x3 = Dense{units = 3}(x2)
local x4 = Normalization{axis = 1}(input)
local x5 = Flatten{}(x4)
local x6 = Dense{units = 3}(x5)
local x7 = Normalization{axis = {1, 2}}(input)
local x8 = Flatten{}(x7)
local x9 = Dense{units = 3}(x8)
local x10 = Normalization{axis = {2, 3}}(input)
local x11 = Flatten{}(x10)
local x12 = Dense{units = 3}(x11)
local x13 = Normalization{mean = 0.5, variance = 4.0}(input)
local x14 = Flatten{}(x13)
local x15 = Dense{units = 3}(x14)
local x16 = Normalization{mean = {0.5, -1.0, 2.0}, variance = {4.0, 0.25, 1.0}}(input)
local x17 = Flatten{}(x16)
local x18 = Dense{units = 3}(x17)
local x19 = Normalization{mean = {0.5, -1.0, 2.0}, variance = {4.0, 0.25, 1.0}, invert = true}(input)
local x20 = Flatten{}(x19)
local x21 = Dense{units = 3}(x20)
local x22 = Concatenate{}({x3, x6, x9, x12, x15, x18, x21})
local model = Model{inputs = input, outputs = x22}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
