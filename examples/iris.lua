-- Three kinds of iris, told apart by four lengths: a table whose label is a word. Normalization takes mean and variance from
-- the training rows.
--
--   build/cnnc run examples/iris.lua -- train --data examples/data/iris.csv --save iris.safetensors

local model = Sequential()
model:add(Normalization{input_shape = {4}})
model:add(Dense{16, activation = "relu"})
model:add(Dense{3, activation = "softmax"})
model:compile{optimizer = Adam(0.01), loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 16, epochs = 30}
return model
