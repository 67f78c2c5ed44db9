-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {6, 10}}
local x1 = Dense{units = 10}(input)
local x2 = Dense{units = 10, activation = "tanh"}(input)
local x3 = Dense{units = 10, activation = "tanh"}(input)
local x4 = Attention{use_causal_mask = true}({x1, x2, x3})
local x5 = Dense{units = 3}(x4)
local model = Model{inputs = input, outputs = x5}
model:compile{optimizer = SGD{learning_rate = 5.0}, loss = "mse"}
return model
