-- Written by tests/oracle/make/make.py from its cases.py.
local model = Sequential()
model:add(Input{shape = {6, 6, 3}})
model:add(RandomTranslation{height_factor = {0.2, 0.2}, width_factor = {-0.1, -0.1}})
model:add(RandomRotation{factor = {0.05, 0.05}})
model:add(RandomBrightness{factor = {0.2, 0.2}, value_range = {-2, 2}})
model:add(RandomZoom{height_factor = {-0.2, -0.2}, fill_mode = "constant"})
model:add(Flatten{})
model:add(Dense{units = 3})
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
