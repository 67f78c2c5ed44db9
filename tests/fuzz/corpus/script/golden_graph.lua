-- A graph: a tensor that several layers read, Add, Concatenate, and a BatchNormalization that training cannot fold.
local input = Input{shape = {8, 8, 2}, name = "image"}
local x = Conv2D{4, 3, padding = "same", use_bias = false}(input)
x = Activation("relu")(BatchNormalization()(x))
local y = Conv2D{4, 3, padding = "same"}(x)
x = Concatenate()(Add()(x, y), y)
x = Dropout(0.5)(MaxPool2D(2)(x))
local output = Dense{3, activation = "softmax"}(Flatten()(x))
local model = Model{inputs = input, outputs = output}
model:compile{optimizer = "rmsprop", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model
