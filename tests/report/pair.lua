-- Two pictures, each with layers of its own.
local left, right = Input{{16, 16, 1}, name = "left"}, Input{{16, 16, 1}, name = "right"}
local sides = {Flatten()(Conv2D{2, 5, strides = 2, name = "at_left"}(left)), Flatten()(Conv2D{2, 3, name = "at_right"}(right))}
local model = Model{inputs = {left, right}, outputs = Dense{1, activation = "sigmoid"}(Concatenate()(sides))}
model:compile{optimizer = "adam", loss = "binary_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 64, epochs = 1, validation_split = 0.2}
return model
