-- Written by tests/oracle/make/masks.py.
local words = Input{shape = {6}, dtype = "int32"}
local x = Embedding{9, 4, mask_zero = true}(words)
local _, h, c = LSTM{3, return_state = true}(x)
local a = LSTM{3, return_sequences = true}(x, {initial_state = {h, c}})
local b = GRU{3, return_sequences = true, zero_output_for_mask = true}(x, {initial_state = h})
local model = Model{inputs = words, outputs = Dense{4, activation = "softmax"}(Concatenate(){a, b})}
model:compile{optimizer = SGD{learning_rate = 0.3, momentum = 0.5}, loss = "sparse_categorical_crossentropy",
  metrics = {"accuracy", SparseTopKCategoricalAccuracy{2, name = "top"}}}
return model
