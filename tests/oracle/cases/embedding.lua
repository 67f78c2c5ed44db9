-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {7}}
local x1 = Embedding{input_dim = 30, output_dim = 5}(input)
local x2 = Flatten{}(x1)
local x3 = CategoryEncoding{num_tokens = 30}(input)
local x4 = Concatenate{}({x2, x3})
local x5 = Dense{units = 3}(x4)
local model = Model{inputs = input, outputs = x5}
model:compile{optimizer = SGD{learning_rate = 0.5}, loss = "mse"}
return model
