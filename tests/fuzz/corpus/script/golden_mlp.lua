-- Vectors in, numbers out: no image.
local model = Sequential()
model:add(Dense{12, activation = "elu", input_shape = {6}})
model:add(Dense{2})
model:compile{optimizer = SGD{0.1, momentum = 0.9, nesterov = true}, loss = "mse"}
return model
