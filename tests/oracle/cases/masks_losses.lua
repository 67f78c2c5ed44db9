-- Written by tests/oracle/make/masks.py.
local x = Input{5, 3}
local y = Masking()(x)
local size, yes = Dense{2, name = "size"}(y), Dense{3, activation = "sigmoid", name = "yes"}(y)
local model = Model{inputs = x, outputs = {size, yes, Dense{4, activation = "softmax", name = "kind"}(y)}}
model:compile{optimizer = SGD{learning_rate = 0.3, momentum = 0.5}, loss = {"mse", "binary_crossentropy", CategoricalCrossentropy{label_smoothing = 0.1}},
  loss_weights = {0.5, 2, 1}, metrics = {{"mae"}, {"binary_accuracy"}, {"accuracy"}}}
return model
