-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {3, 4, 5}}
local x1 = TimeDistributed{layer = Bidirectional{layer = LSTM{units = 3, return_sequences = true}}}(input)
local x2 = Flatten{}(x1)
local x3 = TimeDistributed{layer = Bidirectional{layer = SimpleRNN{units = 2}, merge_mode = "sum"}}(input)
local x4 = Flatten{}(x3)
local x5 = TimeDistributed{layer = LSTM{units = 3}}(input)
local x6 = Flatten{}(x5)
local x7 = TimeDistributed{layer = GRU{units = 2, return_sequences = true, go_backwards = true}}(input)
local x8 = Flatten{}(x7)
local x9 = TimeDistributed{layer = GRU{units = 2, reset_after = false, use_bias = false}}(input)
local x10 = Flatten{}(x9)
local x11 = TimeDistributed{layer = SimpleRNN{units = 17}}(input)
local x12 = Flatten{}(x11)
local x13 = TimeDistributed{layer = LSTM{units = 1}}(input)
local x14 = TimeDistributed{layer = Dense{units = 3}}(x13)
local x15 = Flatten{}(x14)
local x16 = Concatenate{}({x2, x4, x6, x8, x10, x12, x15})
local model = Model{inputs = input, outputs = x16}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
