-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {7, 4}})
model:add(Dense{units = 4, activation = "linear"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = CTC{label_length = 3}, metrics = {}}
return model
