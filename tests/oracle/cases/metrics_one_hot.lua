-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {4}})
model:add(Dense{units = 5, activation = "softmax"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = "categorical_crossentropy", metrics = {
  TopKCategoricalAccuracy{k = 2},
  OneHotMeanIoU{5},
  OneHotIoU{5, {0, 3}},
  F1Score{average = "macro"},
  F1Score{average = "weighted", name = "by_labels"},
  FBetaScore{beta = 2.0},
}}
return model
