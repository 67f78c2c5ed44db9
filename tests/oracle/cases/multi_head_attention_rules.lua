-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {6, 10}}
local x1 = Dense{units = 10}(input)
local x2 = Dense{units = 10, activation = "tanh"}(input)
local x3 = MultiHeadAttention{num_heads = 2, key_dim = 3, kernel_regularizer = L2{l2 = 0.02}, bias_regularizer = L1{l1 = 0.01}, activity_regularizer = L1L2{l1 = 0.003, l2 = 0.002}, kernel_constraint = MaxNorm{max_value = 0.8}, bias_constraint = NonNeg{}}({x1, x2})
local x4 = Dense{units = 3}(x3)
local model = Model{inputs = input, outputs = x4}
model:compile{optimizer = SGD{learning_rate = 5.0}, loss = "mse"}
return model
