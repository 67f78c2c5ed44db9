--! batches=1,2,5 data=1 bytes=0 threads=1,2 many=0 weights=0 generic/train/speed/gcc/-O0
local x1 = Input{shape = {2, 3}}
local x2 = Dense{3}(x1)
local x3 = MultiHeadAttention{num_heads = 2, key_dim = 2, trainable = false}({x2, x2})
local model = Model{inputs = x1, outputs = x3}
model:compile{optimizer = SGD{learning_rate = 0.1}, loss = MeanSquaredError{}}
return model
