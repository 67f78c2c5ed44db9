-- Fashion-MNIST: ten kinds of clothes, each epoch moved a little and half of them mirrored, so that none is learnt by heart.
--
--   make data
--   build/cnnc run examples/fashion.lua -- train --data build/data/fashion-mnist --save fashion.safetensors

local model = Sequential()
model:add(Input{28, 28, 1})
model:add(RandomFlip("horizontal"))
model:add(RandomTranslation{0.05, 0.05, fill_mode = "constant"})
model:add(Conv2D{16, 3, padding = "same", activation = "relu"})
model:add(MaxPool2D(2))
model:add(Conv2D{32, 3, padding = "same", activation = "relu"})
model:add(MaxPool2D(2))
model:add(Flatten())
model:add(Dropout(0.3))
model:add(Dense{64, activation = "relu"})
model:add(Dense{10, activation = "softmax"})
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 128, epochs = 15}
return model
