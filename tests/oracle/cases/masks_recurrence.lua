-- Written by tests/oracle/make/masks.py.
local model = Sequential{Input{shape = {6}, dtype = "int32"}, Embedding{9, 4, mask_zero = true},
  LSTM{3, return_sequences = true}, Dropout(0), GRU{5, return_sequences = true, go_backwards = true}, SimpleRNN(3), Dense(2)}
model:compile{optimizer = SGD{learning_rate = 0.3, momentum = 0.5}, loss = "mse"}
return model
