-- LeNet-5 (LeCun, Bottou, Bengio, Haffner 1998) with tanh and average pools, on 28x28 digits.
local model = Sequential()
model:add(Conv2D{6, 5, padding = "same", activation = "tanh", input_shape = {28, 28, 1}})
model:add(AveragePooling2D(2))
model:add(Conv2D{16, 5, activation = "tanh"})
model:add(AveragePooling2D(2))
model:add(Flatten())
model:add(Dense{120, activation = "tanh"})
model:add(Dense{84, activation = "tanh"})
model:add(Dense{10, activation = "softmax"})
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 128}
return model
