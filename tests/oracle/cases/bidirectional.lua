-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {6, 4}}
local x1 = Bidirectional{layer = LSTM{units = 3, return_sequences = true}}(input)
local x2 = Flatten{}(x1)
local x3 = Bidirectional{layer = GRU{units = 5}, merge_mode = "sum"}(input)
local x4 = Flatten{}(x3)
local x5 = Bidirectional{layer = SimpleRNN{units = 9, return_sequences = true}, merge_mode = "mul"}(input)
local x6 = Flatten{}(x5)
local x7 = Concatenate{}({x2, x4, x6})
local model = Model{inputs = input, outputs = x7}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
