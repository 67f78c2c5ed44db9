-- Written by tests/oracle/make/make.py from its cases.py.
local model = Sequential()
model:add(Input{shape = {28, 9}})
model:add(LSTM{units = 20, return_sequences = true})
model:add(Flatten{})
model:add(Dense{units = 10, activation = "softmax"})
model:compile{optimizer = SGD{learning_rate = 0.5, momentum = 0.9}, loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model
