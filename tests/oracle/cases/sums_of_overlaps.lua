-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {3, 4, 4}})
model:add(Dense{units = 2, activation = "sigmoid"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = Dice{axis = {1, 2}, reduction = "sum"}, metrics = {}}
return model
