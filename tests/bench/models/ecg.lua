-- Classifies beats of an electrocardiogram: a sequence of one channel.
local model = Sequential()
model:add(Conv1D{64, 5, activation = "relu", input_shape = {187, 1}})
model:add(MaxPooling1D(2))
model:add(Conv1D{64, 5, use_bias = false})
model:add(BatchNormalization())
model:add(Activation("relu"))
model:add(MaxPooling1D(2))
model:add(Conv1D{128, 3, activation = "relu"})
model:add(SeparableConv1D{128, 3, activation = "relu"})
model:add(GlobalAveragePooling1D())
model:add(Dense{64, activation = "relu"})
model:add(Dense{5, activation = "softmax"})
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 128}
return model
