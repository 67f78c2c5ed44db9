-- The network of train.lua, a value at a time: the state stays with the caller of stream_predict_step() (stream.c).
local model = Sequential()
model:add(GRU{16, return_sequences = true, stateful = true, input_shape = {1, 1}})
model:add(Dense(1))
return model
