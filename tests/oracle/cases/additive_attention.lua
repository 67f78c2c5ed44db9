-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {5, 4}}
local x1 = Flatten{}(input)
local x2 = Dense{units = 12}(x1)
local x3 = Reshape{target_shape = {3, 4}}(x2)
local x4 = Dense{units = 4, activation = "tanh"}(x3)
local x5 = AdditiveAttention{}({input, x4})
local x6 = AdditiveAttention{use_causal_mask = true}({x4, x4})
local x7 = AdditiveAttention{use_scale = false}({input, x4, x4})
local x8 = Attention{score_mode = "concat"}({input, x4})
local x9 = Attention{score_mode = "concat", use_scale = true}({input, x4})
local x10 = Flatten{}(x5)
local x11 = Flatten{}(x6)
local x12 = Flatten{}(x7)
local x13 = Flatten{}(x8)
local x14 = Flatten{}(x9)
local x15 = Concatenate{}({x10, x11, x12, x13, x14})
local x16 = Dense{units = 3}(x15)
local model = Model{inputs = input, outputs = x16}
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = "mse"}
return model
