-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {4}})
model:add(Dense{units = 4, activation = "softmax"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = CategoricalCrossentropy(), metrics = {
  OneHotMeanIoU{4, ignore_class = 1},
}}
return model
