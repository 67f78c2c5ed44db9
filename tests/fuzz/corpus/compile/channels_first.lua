-- Images whose channels come first, as all of their layers are told.
local first = "channels_first"
local model = Sequential()
model:add(Conv2D{6, 3, data_format = first, activation = "relu", input_shape = {3, 12, 10}})
model:add(BatchNormalization{axis = 1})
model:add(MaxPool2D{2, data_format = first})
model:add(Conv2D{4, 3, padding = "same", data_format = first, activation = "softmax"})
model:add(AveragePooling2D{2, data_format = first})
model:add(Flatten{data_format = first})
model:add(Dense{5, activation = "softmax"})
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model
