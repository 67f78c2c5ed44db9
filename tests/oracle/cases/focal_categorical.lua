-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {4}})
model:add(Dense{units = 4, activation = "softmax"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = CategoricalFocalCrossentropy{gamma = 3.0, label_smoothing = 0.1}, metrics = {}}
return model
