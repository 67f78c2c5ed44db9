-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {2, 5, 6}}
local x1 = RandomTranslation{height_factor = {0.3, 0.3}, width_factor = {-0.25, -0.25}, data_format = "channels_first"}(input)
local x2 = Flatten{}(x1)
local x3 = Dense{units = 3}(x2)
local x4 = RandomRotation{factor = {0.2, 0.2}, data_format = "channels_first"}(input)
local x5 = Flatten{}(x4)
local x6 = Dense{units = 3}(x5)
local x7 = RandomZoom{height_factor = {0.5, 0.5}, width_factor = {-0.5, -0.5}, data_format = "channels_first", fill_mode = "constant"}(input)
local x8 = Flatten{}(x7)
local x9 = Dense{units = 3}(x8)
local x10 = Concatenate{}({x3, x6, x9})
local model = Model{inputs = input, outputs = x10}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
