local model = Sequential{LSTM{9, return_sequences = true, input_shape = {400, 3}}, LSTM(5), Dense(2)}
model:compile{optimizer = "adam", loss = "mse"}
model:fit{epochs = 1}
return model
