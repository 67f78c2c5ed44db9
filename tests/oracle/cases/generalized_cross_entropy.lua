-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {4}})
model:add(Dense{units = 5, activation = "softmax"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = CategoricalGeneralizedCrossEntropy{q = 0.7}, metrics = {}}
return model
