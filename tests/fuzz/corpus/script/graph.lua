-- A graph: a tensor used by several layers, a layer used twice, Add and Concatenate.
local input = Input{shape = {12, 12, 3}, name = "image"}
local entry = Conv2D{8, 3, padding = "same", activation = "relu"}(input)
local twice = Conv2D{8, 3, padding = "same", name = "twice"}
local x = Activation("relu")(twice(entry))
x = Add()(entry, twice(x))
local left = Conv2D{4, 1, activation = "relu"}(x)
local right = AveragePooling2D{3, strides = 1, padding = "same"}(x)
x = Concatenate()(left, right, entry)
x = MaxPool2D(2)(x)
x = Flatten()(x)
local output = Dense{7, activation = "softmax"}(x)
local model = Model{inputs = input, outputs = output}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model
