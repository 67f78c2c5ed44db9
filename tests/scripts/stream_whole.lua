return Sequential{GRU{8, return_sequences = true, input_shape = {6, 3}}, LSTM{5, return_sequences = true}, Dense(2)}
