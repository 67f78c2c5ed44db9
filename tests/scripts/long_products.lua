-- Products over 50,176 numbers, and gradients that sum as many (tests/generated/products.c).
local input = Input{224, 224, 1}
local numbers = Flatten()(input)
local mean = GlobalAveragePooling2D()
local outputs = {
  Dense{1, name = "dot"}(numbers),
  Dense{8, name = "dots"}(numbers), -- by batch, where there is a kernel for that
  mean(Conv2D{1, 1, name = "image"}(input)),
  mean(Conv2D{17, 1, strides = 4, name = "filters"}(input)), -- of 16 samples
  mean(Reshape{224, 224, 1}(Dense{1, name = "row"}(Reshape{50176, 1}(input)))),
  Dense{25088, name = "fan"}(Dense{1, name = "one"}(mean(input))),
  Softmax()(numbers),
}
local model = Model{inputs = input, outputs = Concatenate()(outputs)}
model:compile{optimizer = SGD{learning_rate = 1}, loss = "mse"}
model:fit{batch_size = 16, epochs = 1}
return model
