-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {1, 1}}
local x1 = LSTM{units = 1}(input)
local x2 = Flatten{}(x1)
local x3 = GRU{units = 1}(input)
local x4 = Flatten{}(x3)
local x5 = SimpleRNN{units = 1}(input)
local x6 = Flatten{}(x5)
local x7 = LSTM{units = 3, return_sequences = true}(input)
local x8 = Flatten{}(x7)
local x9 = Concatenate{}({x2, x4, x6, x8})
local model = Model{inputs = input, outputs = x9}
model:compile{optimizer = SGD{learning_rate = 10.0}, loss = "mse"}
return model
