-- Is a review a good one? Words are numbers, as keras.datasets.imdb has them: 40 a review, 0 where it is shorter. An Embedding
-- makes 8 numbers of each, whose mean is looked at. Tokens come as integers, x_train.npy (N, 40) or a table of 40 columns.
--
--   sh examples/make.sh text text.csv
--   build/cnnc run examples/text.lua -- train --data text.csv --validation-split 0.2 --save text.safetensors

local model = Sequential()
model:add(Embedding{200, 8, input_shape = {40}})
model:add(GlobalAveragePooling1D())
model:add(Dense{16, activation = "relu"})
model:add(Dense{1, activation = "sigmoid"})
model:compile{optimizer = Adam(0.01), loss = "binary_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 32, epochs = 10}
return model
