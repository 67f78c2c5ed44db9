-- Written by tests/oracle/make/masks.py.
local words = Input{shape = {6}, dtype = "int32"}
local x = Embedding{9, 4, mask_zero = true}(words)
local y = Add(){x, MultiHeadAttention{2, 3}(x, x, {use_causal_mask = true})}
local z = GlobalAveragePooling1D()(Attention(){y, x})
local weights = Softmax{axis = 1}(Dense(1)(y))
local sum = Lambda(function(given) return ops.sum(given[1] * given[2], 1) end){weights, y}
local model = Model{inputs = words, outputs = Dense(2)(Concatenate(){z, sum, Flatten()(y)})}
model:compile{optimizer = SGD{learning_rate = 0.3, momentum = 0.5}, loss = "mse"}
return model
