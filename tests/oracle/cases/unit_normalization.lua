-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {3, 7}}
local x1 = Dense{units = 6}(input)
local x2 = UnitNormalization{}(x1)
local x3 = Flatten{}(x2)
local x4 = UnitNormalization{axis = {1, 2}}(x1)
local x5 = Flatten{}(x4)
local x6 = UnitNormalization{axis = 1}(x1)
local x7 = Flatten{}(x6)
local x8 = RMSNormalization{}(x1)
local x9 = Flatten{}(x8)
local x10 = RMSNormalization{axis = 1, epsilon = 0.1}(x1)
local x11 = Flatten{}(x10)
local x12 = Concatenate{}({x3, x5, x7, x9, x11})
local model = Model{inputs = input, outputs = x12}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
