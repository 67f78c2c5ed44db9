-- Many of everything: 512 channels, 1,000 classes.
local model = Sequential{Reshape{4, 4, 1, input_shape = {16}}, Conv2D{512, 3, activation = "relu"}, GlobalAveragePooling2D()}
model:add(Dense{1000, activation = "softmax"})
model:compile{optimizer = "sgd", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 32, epochs = 100}
return model
