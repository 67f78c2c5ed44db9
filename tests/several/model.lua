local left, right = Input{{6}, name = "left"}, Input{{4}, name = "right"}
local both = Concatenate(){Dense{8, activation = "tanh"}(left), Dropout(0.2)(Dense{8, activation = "tanh"}(right))}
local kind, size = Dense{3, activation = "softmax", name = "kind"}(both), Dense{2, name = "size"}(both)
local model = Model{inputs = {left, right}, outputs = {kind, size}}
model:compile{optimizer = "adam", loss = {kind = "sparse_categorical_crossentropy", size = "mse"}, loss_weights = {1, 0.5},
  metrics = {kind = {"accuracy"}, size = {"mae"}}, weighted_metrics = {kind = {"accuracy"}, size = {}}}
model:fit{batch_size = 16, epochs = 4}
return model
