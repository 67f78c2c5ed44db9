-- An imported network, trained on: README.md.
local model = require("digits")
model:compile{optimizer = Adam{learning_rate = 3e-4}, loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 128, epochs = 1}
return model
