-- Written by tests/oracle/make/make.py from its cases.py.
local model = Sequential{TimeDistributed{Dense(5), input_shape = {3, 4, 2}}}
model:add(TimeDistributed(Sequential{{BatchNormalization{momentum = 0.9, name = "b"}, Flatten()}, name = "tower"}))
model:add(Dense(3))
model:compile{optimizer = SGD{learning_rate = 0.5}, loss = "mse"}
return model
