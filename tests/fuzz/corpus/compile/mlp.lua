-- No image at all: vectors in, two hidden layers, one-hot labels.
local model = Sequential{
  Input{20},
  Dense{32, activation = "tanh"},
  Dense{17, activation = "gelu", kernel_initializer = "he_normal"},
  Dense{5, activation = "softmax"},
}
model:compile{optimizer = SGD{learning_rate = 0.05, momentum = 0.9, nesterov = true},
              loss = "categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 16}
return model
