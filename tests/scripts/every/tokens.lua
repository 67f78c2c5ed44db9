-- Every layer of whole numbers; with the other scripts of this folder, every layer that there is.
local input = Input{shape = {72}, dtype = "int32"}
local words = GlobalAveragePooling1D()(Embedding{100, 6}(input))
local counts = CategoryEncoding{num_tokens = 100, output_mode = "count"}(input)
local model = Model{inputs = input, outputs = Dense{3, activation = "softmax"}(Concatenate(){words, Dense(4)(counts)})}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy"}
model:fit{batch_size = 100, epochs = 1}
return model
