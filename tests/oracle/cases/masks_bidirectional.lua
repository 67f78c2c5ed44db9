-- Written by tests/oracle/make/masks.py.
local model = Sequential{Masking{0.5, input_shape = {6, 3}}, Bidirectional{GRU{2, return_sequences = true}},
  Bidirectional{LSTM(3), merge_mode = "mul"}, Dense(2)}
model:compile{optimizer = SGD{learning_rate = 0.3, momentum = 0.5}, loss = "mse"}
return model
