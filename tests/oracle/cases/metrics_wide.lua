-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {4}})
model:add(Dense{units = 20, activation = "sigmoid"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = "binary_crossentropy", metrics = {
  AUC(),
  AUC{name = "pr", curve = "PR", num_thresholds = 31},
  AUC{name = "at", thresholds = {0.7, 0.25, 0.4}, label_weights = {1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}},
  PrecisionAtRecall{0.6},
}}
return model
