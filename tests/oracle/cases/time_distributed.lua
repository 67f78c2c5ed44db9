-- Written by tests/oracle/make/make.py from its cases.py.
local tower = Sequential({Conv2D{3, 3, activation = "relu", name = "c"}, MaxPool2D(), Flatten()}, {name = "tower"})
tower:add(Dense{4, activation = "tanh", name = "d"})
local model = Sequential{TimeDistributed{tower, name = "td", input_shape = {5, 6, 6, 2}}, Flatten(), Dense(3)}
model:compile{optimizer = SGD{learning_rate = 0.5}, loss = "mse"}
return model
