-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {3, 4}})
model:add(Dense{units = 4, activation = "linear"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = SparseCategoricalCrossentropy{ignore_class = 2, from_logits = true}, metrics = {
  MeanIoU{4, sparse_y_pred = false, ignore_class = 2},
}}
return model
