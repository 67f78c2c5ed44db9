-- What a convolution and a pool can do: same padding with the odd pixel at the bottom and right, strides,
-- dilation, groups, windows that overlap, sizes that differ by axis.
local model = Sequential()
model:add(Input{19, 17, 4})
model:add(Conv2D{8, {3, 5}, padding = "same", activation = "relu"})
model:add(Conv2D{8, {4, 3}, strides = {2, 1}, padding = "same", groups = 4, activation = "elu"})
model:add(MaxPool2D{3, strides = 1})
model:add(Conv2D{6, {3, 2}, dilation_rate = {2, 3}, groups = 2, activation = "leaky_relu"})
model:add(AveragePooling2D{{3, 2}, strides = {2, 3}, padding = "same"})
model:add(MaxPool2D{2, padding = "same"})
model:add(Flatten())
model:add(Dense{3})
model:compile{optimizer = SGD{0.01}, loss = "mse"}
return model
