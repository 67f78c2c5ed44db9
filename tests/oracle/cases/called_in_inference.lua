-- Written by tests/oracle/make/make.py from its cases.py.
local base = Sequential{{Dense{4, input_shape = {5, 3}}, BatchNormalization(), Activation("relu")}, name = "base"}
local x = Input{5, 3}
local model = Model(x, Dense(2)(Flatten()(base(x, {training = false}))))
model:compile{optimizer = SGD{learning_rate = 0.2}, loss = "mse"}
return model
