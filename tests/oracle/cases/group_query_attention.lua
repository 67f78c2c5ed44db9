-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {5, 6}}
local x1 = Dense{units = 6}(input)
local x2 = GroupQueryAttention{head_dim = 3, num_query_heads = 4, num_key_value_heads = 2}({input, x1})
local x3 = GroupQueryAttention{head_dim = 2, num_query_heads = 3, num_key_value_heads = 1, use_causal_mask = true}({x2, x1, x2})
local x4 = Flatten{}(x3)
local x5 = Dense{units = 3}(x4)
local model = Model{inputs = input, outputs = x5}
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = "mse"}
return model
