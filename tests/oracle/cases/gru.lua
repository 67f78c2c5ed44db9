-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {7, 5}}
local x1 = GRU{units = 4, return_sequences = true}(input)
local x2 = Flatten{}(x1)
local x3 = GRU{units = 17, go_backwards = true}(input)
local x4 = Flatten{}(x3)
local x5 = GRU{units = 3, use_bias = false}(input)
local x6 = Flatten{}(x5)
local x7 = GRU{units = 1, return_sequences = true, go_backwards = true}(input)
local x8 = Flatten{}(x7)
local x9 = GRU{units = 6, reset_after = false, return_sequences = true}(input)
local x10 = Flatten{}(x9)
local x11 = GRU{units = 2, reset_after = false, go_backwards = true}(input)
local x12 = Flatten{}(x11)
local x13 = GRU{units = 5, return_sequences = true}(input)
local x14 = GRU{units = 2, reset_after = false, use_bias = false}(x13)
local x15 = Flatten{}(x14)
local x16 = Concatenate{}({x2, x4, x6, x8, x10, x12, x15})
local model = Model{inputs = input, outputs = x16}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
