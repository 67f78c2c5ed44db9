-- The Words of make.py.
local x = Input{6}
local y = Conv1D{5, 3, padding = "same"}(Embedding{10, 6}(x))
for _ = 1, 2 do y = Bidirectional(LSTM{3, return_sequences = true})(y) end
y = LayerNormalization{epsilon = 1e-5}(MultiHeadAttention{num_heads = 2, key_dim = 3}(y, y))
y = SimpleRNN{4, return_sequences = true}(GRU{4, return_sequences = true}(y))
y = Flatten()(Conv1D{3, 2}(y))
return Model{inputs = x, outputs = Dense(3)(y)}
