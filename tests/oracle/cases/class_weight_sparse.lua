-- Written by tests/oracle/make/several.py.
local model = Sequential{Input{6}, Dense{5, activation = "tanh"}, Dense{4, activation = "softmax"}}
model:compile{optimizer = SGD{learning_rate = 0.1, momentum = 0.9}, loss = "sparse_categorical_crossentropy"}
model:fit{batch_size = 37, shuffle = false, class_weight = {[0] = 0.5, [2] = 3}}
return model
