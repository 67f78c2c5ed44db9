-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {4}})
model:add(Dense{units = 3, activation = "sigmoid"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = BinaryFocalCrossentropy{apply_class_balancing = true, alpha = 0.4, gamma = 1.5, label_smoothing = 0.1}, metrics = {}}
return model
