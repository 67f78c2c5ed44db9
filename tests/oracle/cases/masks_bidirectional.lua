-- Written by tests/oracle/make/masks.py.
local x = Input{6, 3}
local y = Bidirectional{GRU{2, return_sequences = true}}(Masking(0.5)(x))
local z = Bidirectional{LSTM(3), merge_mode = "mul"}(y)
local model = Model{inputs = x, outputs = Dense(2)(Concatenate(){z, Flatten()(y)})}
model:compile{optimizer = SGD{learning_rate = 0.3, momentum = 0.5}, loss = "mse"}
return model
