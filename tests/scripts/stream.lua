return Sequential{GRU{8, stateful = true, return_sequences = true, input_shape = {1, 3}}, LSTM{5, stateful = true}, Dense(2)}
