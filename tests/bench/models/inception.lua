-- Three blocks of four branches each, in the manner of Szegedy et al. (2014).
local function convolution(x, filters, size)
  return Conv2D{filters, size, padding = "same", activation = "relu"}(x)
end
local function block(x, a, b, c, d)
  return Concatenate()({
    convolution(x, a, 1),
    convolution(convolution(x, b // 2, 1), b, 3),
    convolution(convolution(x, c // 2, 1), c, 5),
    convolution(MaxPooling2D{3, strides = 1, padding = "same"}(x), d, 1)})
end
local input = Input{28, 28, 3}
local x = MaxPooling2D(2)(convolution(input, 16, 3))
x = block(x, 8, 16, 8, 8)
x = MaxPooling2D(2)(block(x, 16, 24, 8, 16))
x = block(x, 24, 32, 16, 24)
local model = Model{inputs = input, outputs = Dense{10, activation = "softmax"}(GlobalAveragePooling2D()(x))}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 64}
return model
