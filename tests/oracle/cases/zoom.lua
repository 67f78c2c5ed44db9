-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {7, 6, 2}}
local x1 = RandomZoom{height_factor = {-0.3, -0.3}, width_factor = {0.4, 0.4}}(input)
local x2 = Flatten{}(x1)
local x3 = Dense{units = 3}(x2)
local x4 = RandomZoom{height_factor = {0.9, 0.9}, width_factor = {0.2, 0.2}, fill_mode = "constant", fill_value = 2.0}(input)
local x5 = Flatten{}(x4)
local x6 = Dense{units = 3}(x5)
local x7 = RandomZoom{height_factor = {0.7, 0.7}, width_factor = {1.0, 1.0}, fill_mode = "wrap"}(input)
local x8 = Flatten{}(x7)
local x9 = Dense{units = 3}(x8)
local x10 = RandomZoom{height_factor = {0.45, 0.45}, width_factor = {-0.8, -0.8}, fill_mode = "nearest", interpolation = "nearest"}(input)
local x11 = Flatten{}(x10)
local x12 = Dense{units = 3}(x11)
local x13 = RandomZoom{height_factor = {0.4, 0.4}}(input)
local x14 = Flatten{}(x13)
local x15 = Dense{units = 3}(x14)
local x16 = Concatenate{}({x3, x6, x9, x12, x15})
local model = Model{inputs = input, outputs = x16}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
