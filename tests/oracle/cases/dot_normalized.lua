-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {5}}
local x1 = Dense{units = 5}(input)
local x2 = Dense{units = 5, activation = "tanh"}(input)
local x3 = Dot{axes = -1, normalize = true}({x1, x2})
local x4 = Dense{units = 3}(x3)
local model = Model{inputs = input, outputs = x4}
model:compile{optimizer = SGD{learning_rate = 5.0}, loss = "mse"}
return model
