-- Written by tests/oracle/make/make.py from its cases.py.
local model = Sequential()
model:add(Input{shape = {9}})
model:add(Embedding{input_dim = 200, output_dim = 16})
model:add(Flatten{})
model:add(Dense{units = 4, activation = "softmax"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = "sparse_categorical_crossentropy"}
return model
