-- What is being done with a device, by windows of its accelerometer: an LSTM over 64 steps of 3 axes. A table has 192 columns
-- (step 1: x, y, z; step 2: ...) and a word; x_train.npy of (N, 64, 3) does as well.
--
--   sh examples/make.sh sensors sensors.csv
--   build/cnnc run examples/sensors.lua -- train --data sensors.csv --validation-split 0.2 --save sensors.safetensors

local model = Sequential()
model:add(LSTM{16, input_shape = {64, 3}})
model:add(Dropout(0.2))
model:add(Dense{3, activation = "softmax"})
model:compile{optimizer = Adam{0.005, clipnorm = 1}, loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 32, epochs = 20}
return model
