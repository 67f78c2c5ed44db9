-- Written by tests/oracle/make/several.py.
local left, right = Input{{6}, name = "left"}, Input{{6}, name = "right"}
local dense = Dense{5, activation = "tanh"}
local both = Dense{8, activation = "tanh", name = "both"}(Concatenate(){dense(left), dense(right)})
local kind, size = Dense{3, activation = "softmax", name = "kind"}(both), Dense{2, name = "size"}(both)
local model = Model{inputs = {left, right}, outputs = {kind, size}}
model:compile{optimizer = SGD{learning_rate = 0.1, momentum = 0.9}, loss = {"sparse_categorical_crossentropy", "mse"}, loss_weights = {size = 0.25, kind = 2}, metrics = {{"accuracy"}, {"mae"}}}
return model
