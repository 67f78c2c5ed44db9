-- Written by tests/oracle/make/masks.py.
local words = Input{shape = {6}, dtype = "int32"}
local x = BatchNormalization{momentum = 0.5}(Embedding{9, 4, mask_zero = true}(words))
x = BatchNormalization{momentum = 0.5}(GRU{3, return_sequences = true}(x))
local model = Model{inputs = words, outputs = Dense(2)(Concatenate(){GlobalAveragePooling1D()(x), Flatten()(x)})}
model:compile{optimizer = SGD{learning_rate = 0.3, momentum = 0.5}, loss = "mse"}
return model
