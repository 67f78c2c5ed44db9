-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {2, 3, 4}})
model:add(Dense{units = 5, activation = "softmax"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = SparseCategoricalCrossentropy{ignore_class = -1}, metrics = {
  MeanIoU{5, sparse_y_pred = false, ignore_class = -1},
}}
return model
