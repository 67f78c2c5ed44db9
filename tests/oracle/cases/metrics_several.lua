-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {4}})
model:add(Dense{units = 3, activation = "sigmoid"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = "binary_crossentropy", metrics = {
  AUC(),
  AUC{name = "each", multi_label = true},
  AUC{name = "at", thresholds = {0.7, 0.25, 0.4}, label_weights = {1, 0.5, 2}},
  AUC{name = "each_weighed", multi_label = true, curve = "PR", label_weights = {1, 0, 2}},
  Precision{class_id = 1},
  Recall{top_k = 2},
  F1Score{threshold = 0.4, average = "micro"},
  BinaryIoU{target_class_ids = {1}},
}}
return model
