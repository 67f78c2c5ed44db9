-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {6, 7, 2}}
local x1 = RandomTranslation{height_factor = {0.3, 0.3}, width_factor = {-0.25, -0.25}}(input)
local x2 = Flatten{}(x1)
local x3 = Dense{units = 3}(x2)
local x4 = RandomTranslation{height_factor = {0.5, 0.5}, width_factor = {1.0, 1.0}, fill_mode = "constant", fill_value = 0.5}(input)
local x5 = Flatten{}(x4)
local x6 = Dense{units = 3}(x5)
local x7 = RandomTranslation{height_factor = {-0.8, -0.8}, width_factor = {0.4, 0.4}, fill_mode = "wrap"}(input)
local x8 = Flatten{}(x7)
local x9 = Dense{units = 3}(x8)
local x10 = RandomTranslation{height_factor = {-0.4, -0.4}, width_factor = {0.9, 0.9}, fill_mode = "nearest"}(input)
local x11 = Flatten{}(x10)
local x12 = Dense{units = 3}(x11)
local x13 = RandomTranslation{height_factor = {0.23, 0.23}, width_factor = {0.61, 0.61}, interpolation = "nearest"}(input)
local x14 = Flatten{}(x13)
local x15 = Dense{units = 3}(x14)
local x16 = RandomTranslation{height_factor = {0.3, 0.3}, width_factor = {0.1, 0.1}, interpolation = "nearest", fill_mode = "constant"}(input)
local x17 = Flatten{}(x16)
local x18 = Dense{units = 3}(x17)
local x19 = Concatenate{}({x3, x6, x9, x12, x15, x18})
local model = Model{inputs = input, outputs = x19}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
