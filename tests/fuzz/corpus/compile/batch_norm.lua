-- BatchNormalization after convolutions, without its gamma, and over vectors.
local model = Sequential()
model:add(Input{10, 10, 2})
model:add(Conv2D{6, 3, use_bias = false})
model:add(BatchNormalization())
model:add(Activation("relu"))
model:add(Conv2D{5, 3, strides = 2, padding = "same"})
model:add(BatchNormalization{momentum = 0.9, epsilon = 1e-5, scale = false})
model:add(Activation("relu"))
model:add(Flatten())
model:add(Dense{11})
model:add(BatchNormalization{center = false})
model:add(Dense{4, activation = "softmax"})
model:compile{optimizer = "rmsprop", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model
