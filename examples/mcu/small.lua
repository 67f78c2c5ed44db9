-- A network that fits an AVR, with 690 parameters: it looks at a digit of half the size.
--
--   build/cnnc run examples/mcu/small.lua -- train --data examples/data --seed 1 --save examples/mcu/small.safetensors

local model = Sequential()
model:add(AveragePooling2D{2, input_shape = {28, 28, 1}})
model:add(Conv2D{4, 3, activation = "relu"})
model:add(MaxPooling2D(3))
model:add(Flatten())
model:add(Dense{10, activation = "softmax"})
model:compile{optimizer = Adam(0.01), loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 32, epochs = 20}
return model
