-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {6, 5}}
local x1 = SimpleRNN{units = 4, return_sequences = true}(input)
local x2 = Flatten{}(x1)
local x3 = SimpleRNN{units = 17, go_backwards = true}(input)
local x4 = Flatten{}(x3)
local x5 = SimpleRNN{units = 3, activation = "relu", use_bias = false}(input)
local x6 = Flatten{}(x5)
local x7 = SimpleRNN{units = 1, return_sequences = true, go_backwards = true}(input)
local x8 = Flatten{}(x7)
local x9 = SimpleRNN{units = 5, return_sequences = true}(input)
local x10 = SimpleRNN{units = 2}(x9)
local x11 = Flatten{}(x10)
local x12 = Concatenate{}({x2, x4, x6, x8, x11})
local model = Model{inputs = input, outputs = x12}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
