-- Written by tests/oracle/make/make.py from its cases.py.
local tower = Sequential{{Dense{6, activation = "tanh", name = "d1", input_shape = {7}}, BatchNormalization{name = "b"}}, name = "tower"}
tower:add(Dense{7, name = "d2"})
local inner = Input{7}
local head = Model(inner, Dense{5, activation = "relu", name = "p"}(inner))
local x = Input{7}
local once = tower(x)
local model = Model(x, Dense{3, name = "out"}(head(add{once, tower(once)})))
model:compile{optimizer = SGD{learning_rate = 0.2}, loss = "mse"}
return model
