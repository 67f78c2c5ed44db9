-- Written by tests/oracle/make/make.py from its cases.py.
local tower = Sequential({LSTM{4, return_sequences = true}, Dense{3, activation = "tanh"}, GRU(2)}, {name = "tower"})
local x = Input{2, 4, 5}
local y = Reshape{2, 2}(TimeDistributed{TimeDistributed{tower, name = "td"}}(Reshape{1, 2, 4, 5}(x)))
local model = Model{x, Dense(3)(Flatten()(y))}
model:compile{optimizer = SGD{learning_rate = 0.5}, loss = "mse"}
return model
