-- Two images in, a class and a position out: several inputs and outputs are for prediction.
local left = Input{shape = {8, 8, 1}, name = "left"}
local right = Input{shape = {8, 8, 1}, name = "right"}
local see = Conv2D{4, 3, activation = "relu"} -- one layer, two calls: the kernel is shared
local both = Concatenate()({see(left), see(right)})
local flat = Flatten()(MaxPool2D(2)(both))
local class = Dense{3, activation = "softmax", name = "class"}(flat)
local position = Dense{2, name = "position"}(flat)
return Model{inputs = {left, right}, outputs = {class, position}}
