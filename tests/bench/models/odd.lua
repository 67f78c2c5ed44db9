-- Shapes that are a multiple of nothing: strides, an even kernel, dilation, groups of one channel, 1x1.
local model = Sequential()
model:add(Conv2D{7, 3, strides = 2, padding = "same", activation = "relu", input_shape = {13, 17, 3}})
model:add(Conv2D{13, 2, activation = "relu"})
model:add(Conv2D{13, 3, dilation_rate = 2, groups = 13, padding = "same", activation = "relu"})
model:add(Conv2D{29, 1, activation = "relu"})
model:add(GlobalAveragePooling2D())
model:add(Dense{5, activation = "softmax"})
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 128}
return model
