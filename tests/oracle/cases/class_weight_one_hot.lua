-- Written by tests/oracle/make/several.py.
local model = Sequential{Input{6}, Dense{5, activation = "tanh"}, Dense{3, activation = "softmax"}}
model:compile{optimizer = SGD{learning_rate = 0.1, momentum = 0.9}, loss = "categorical_crossentropy"}
model:fit{batch_size = 37, shuffle = false, class_weight = {[0] = 2, [1] = 0, [2] = 0.7}}
return model
