-- Written by tests/oracle/make/several.py.
local left, right = Input{{6}, name = "left"}, Input{{4}, name = "right"}
local both = Dense{8, activation = "tanh", name = "both"}(Concatenate(){Dense{5, activation = "tanh"}(left), Dense{5, activation = "tanh"}(right)})
local kind, size = Dense{3, activation = "softmax", name = "kind"}(both), Dense{2, name = "size"}(both)
local model = Model{inputs = {left, right}, outputs = {kind, size}}
model:compile{optimizer = SGD{learning_rate = 0.1, momentum = 0.9}, loss = {SparseCategoricalCrossentropy{reduction = "sum"}, MeanSquaredError{reduction = "mean_with_sample_weight"}},
  loss_weights = {0.02, 1.6}}
return model
