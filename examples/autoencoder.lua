-- Pictures through a bottleneck of 16 numbers and back: a network that makes pictures of the size that it gets is trained on
-- the pictures of a folder themselves.
--
--   build/cnnc run examples/autoencoder.lua -- train --data examples/data/digits --save autoencoder.safetensors
--   build/cnnc run examples/autoencoder.lua -- predict --weights autoencoder.safetensors examples/data/digits/3_18.pgm

local model = Sequential()
model:add(Conv2D{8, 3, strides = 2, padding = "same", activation = "relu", input_shape = {28, 28, 1}})
model:add(Conv2D{16, 3, strides = 2, padding = "same", activation = "relu"})
model:add(Flatten())
model:add(Dense{16, name = "code"})
model:add(Dense{7 * 7 * 16, activation = "relu"})
model:add(Reshape{7, 7, 16})
model:add(Conv2DTranspose{8, 3, strides = 2, padding = "same", activation = "relu"})
model:add(Conv2DTranspose{1, 3, strides = 2, padding = "same", activation = "sigmoid"})
model:compile{optimizer = "adam", loss = "binary_crossentropy"}
model:fit{batch_size = 16, epochs = 30}
return model
