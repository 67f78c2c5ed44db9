-- A multilayer perceptron on flattened digits.
local model = Sequential()
model:add(Dense{1024, activation = "relu", input_shape = {784}})
model:add(Dense{1024, activation = "relu"})
model:add(Dense{10, activation = "softmax"})
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 128}
return model
