-- Reads a digit row by row: 28 steps of 28 values, 128 units.
local model = Sequential()
model:add(LSTM{128, input_shape = {28, 28}})
model:add(Dense{10, activation = "softmax"})
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 128}
return model
