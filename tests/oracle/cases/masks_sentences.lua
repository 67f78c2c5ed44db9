-- Written by tests/oracle/make/masks.py.
local model = Sequential{Input{shape = {3, 4}, dtype = "int32"}, Embedding{9, 4, mask_zero = true},
  TimeDistributed(Bidirectional(LSTM(2))), GRU(3), Dense(2)}
model:compile{optimizer = SGD{learning_rate = 0.3, momentum = 0.5}, loss = "mse"}
return model
