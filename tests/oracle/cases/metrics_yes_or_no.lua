-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {4}})
model:add(Dense{units = 1, activation = "sigmoid"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = "binary_crossentropy", metrics = {
  AUC(),
  AUC{name = "few", num_thresholds = 11},
  AUC{name = "least", summation_method = "minoring"},
  AUC{name = "most", summation_method = "majoring"},
  AUC{name = "pr", curve = "PR"},
  AUC{name = "pr_least", curve = "PR", summation_method = "minoring"},
  PrecisionAtRecall{0.6},
  RecallAtPrecision{0.6},
  SensitivityAtSpecificity{0.7},
  SpecificityAtSensitivity{0.7},
  TruePositives(),
  FalsePositives(),
  TrueNegatives{0.3},
  FalseNegatives(),
  Precision(),
  Recall{thresholds = {0.2, 0.6}},
  BinaryAccuracy{threshold = 0.3},
  BinaryIoU{threshold = 0.4},
  "binary_crossentropy",
}}
return model
