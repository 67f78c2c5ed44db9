-- y = sin(x), learnt from noisy points: regression, from a table with the columns x and y.
--
--   sh examples/make.sh sine sine.csv
--   build/cnnc run examples/sine.lua -- train --data sine.csv --validation-split 0.2 --save sine.safetensors

local model = Sequential()
model:add(Dense{16, activation = "relu", input_shape = {1}})
model:add(Dense{16, activation = "relu"})
model:add(Dense(1))
model:compile{optimizer = Adam(0.01), loss = "mse", metrics = {"mae"}}
model:fit{batch_size = 32, epochs = 60}
return model
