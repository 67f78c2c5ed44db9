-- The geometry of convolutions and pools: same padding with the odd pixel at the bottom and right, strides, dilation,
-- groups, windows that overlap, and some that only begin left of the image; and a loss on numbers.
local model = Sequential()
model:add(Input{11, 10, 4})
model:add(Conv2D{4, {4, 3}, strides = {2, 1}, padding = "same", groups = 2, activation = "relu"})
model:add(MaxPool2D{3, strides = 1})
model:add(Conv2D{6, {2, 3}, dilation_rate = {1, 2}, activation = "tanh"})
model:add(AveragePooling2D{{1, 3}, padding = "same"})
model:add(Flatten())
model:add(Dense{3})
model:compile{optimizer = SGD{0.01, momentum = 0.9}, loss = "mse"}
return model
