-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {3, 2, 4}}
local x1 = Rescaling{scale = {0.5, -1.0, 2.0, 0.1}, offset = {0.0, 1.0, -0.5, 3.0}}(input)
local x2 = Flatten{}(x1)
local x3 = Dense{units = 3}(x2)
local x4 = Rescaling{scale = {1.0, 2.0, 3.0, 4.0}}(input)
local x5 = Flatten{}(x4)
local x6 = Dense{units = 3}(x5)
local x7 = Rescaling{scale = 0.5, offset = {1.0, 2.0, 3.0, 4.0}}(input)
local x8 = Flatten{}(x7)
local x9 = Dense{units = 3}(x8)
local x10 = Concatenate{}({x3, x6, x9})
local model = Model{inputs = input, outputs = x10}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
