-- Channels first, as every layer is told.
local first = "channels_first"
local model = Sequential()
model:add(Conv2D{4, 3, data_format = first, activation = "relu", input_shape = {3, 8, 8}})
model:add(MaxPool2D{2, data_format = first})
model:add(Flatten{data_format = first})
model:add(Dense{2, activation = "sigmoid"})
return model
