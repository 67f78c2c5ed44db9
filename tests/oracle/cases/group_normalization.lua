-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {5, 4, 6}}
local x1 = Conv2D{filters = 6, kernel_size = {2, 2}}(input)
local x2 = GroupNormalization{groups = 3}(x1)
local x3 = Flatten{}(x2)
local x4 = GroupNormalization{groups = -1, scale = false}(x1)
local x5 = Flatten{}(x4)
local x6 = GroupNormalization{groups = 1, epsilon = 0.1}(x1)
local x7 = Flatten{}(x6)
local x8 = GroupNormalization{groups = 2, axis = 1, center = false}(x1)
local x9 = Flatten{}(x8)
local x10 = Concatenate{}({x3, x5, x7, x9})
local model = Model{inputs = input, outputs = x10}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
