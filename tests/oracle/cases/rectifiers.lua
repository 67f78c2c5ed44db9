-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {3, 4, 5}}
local x1 = Dense{units = 6}(input)
local x2 = PReLU{}(x1)
local x3 = Flatten{}(x2)
local x4 = PReLU{shared_axes = {1, 2}}(x1)
local x5 = Flatten{}(x4)
local x6 = PReLU{shared_axes = {3}}(x1)
local x7 = Flatten{}(x6)
local x8 = ReLU{max_value = 0.5}(x1)
local x9 = Flatten{}(x8)
local x10 = ReLU{threshold = 0.25}(x1)
local x11 = Flatten{}(x10)
local x12 = ReLU{max_value = 0.6, negative_slope = 0.3, threshold = 0.2}(x1)
local x13 = Flatten{}(x12)
local x14 = Softmax{axis = {1, 3}}(x1)
local x15 = Flatten{}(x14)
local x16 = Softmax{axis = {1, 2, 3}}(x1)
local x17 = Flatten{}(x16)
local x18 = Concatenate{}({x3, x5, x7, x9, x11, x13, x15, x17})
local model = Model{inputs = input, outputs = x18}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
