-- Learns to say the next value of a signal, from windows of 32 values and the 32 that follow each of them.
local model = Sequential()
model:add(GRU{16, return_sequences = true, input_shape = {32, 1}})
model:add(Dense(1))
model:compile{optimizer = Adam(0.01), loss = "mse"}
model:fit{batch_size = 32, epochs = 20}
return model
