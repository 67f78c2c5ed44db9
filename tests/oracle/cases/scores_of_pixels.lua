-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {2, 3, 4}})
model:add(Dense{units = 5, activation = "softmax"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = "sparse_categorical_crossentropy", metrics = {
  SparseTopKCategoricalAccuracy{k = 3},
  MeanIoU{5, sparse_y_pred = false},
  IoU{5, {1, 2}, sparse_y_pred = false},
  "accuracy",
}}
return model
