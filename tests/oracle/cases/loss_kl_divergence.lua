-- Written by tests/oracle/make/make.py from its cases.py.
local model = Sequential()
model:add(Input{shape = {4, 3}})
model:add(Flatten{})
model:add(Dense{units = 7, activation = "tanh"})
model:add(Dense{units = 5, activation = "softmax"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = "kl_divergence", metrics = {"accuracy"}}
return model
