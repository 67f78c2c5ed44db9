-- 3x3 convolutions, some of which are computed in the manner of Winograd: with odd and even rows, borders, pools, filters that
-- are not whole vectors; and the first, the last three, which are not.
local input = Input{13, 12, 3}
local x = Conv2D{32, 3, padding = "same", activation = "relu"}(input)
x = Conv2D{40, 3, padding = "same", activation = "relu"}(x)
local y = Conv2D{40, 3, padding = "same"}(x)
x = ReLU()(Add()({BatchNormalization()(y), x}))
x = MaxPool2D()(Conv2D{72, 3, padding = "same", activation = "relu"}(x))
x = Conv2D{64, 3, activation = "tanh", use_bias = false}(x)
x = Conv2D{64, 3, padding = "same", strides = 2}(x)
x = Conv2D{64, 3, padding = "same", groups = 4}(x)
x = Conv2D{64, {1, 3}, padding = "same"}(x)
local model = Model{input, Dense{3, activation = "softmax"}(GlobalAveragePooling2D()(x))}
model:compile{optimizer = "sgd", loss = "sparse_categorical_crossentropy"}
return model
