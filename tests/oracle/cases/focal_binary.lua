-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {4}})
model:add(Dense{units = 3, activation = "sigmoid"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = BinaryFocalCrossentropy(), metrics = {}}
return model
