-- The Image of make.py.
local x = Input{6, 6, 3}
local y = Conv2D{4, 3, padding = "same", activation = "relu"}(x)
y = BatchNormalization{epsilon = 1e-5}(y)
y = SeparableConv2D{3, {3, 2}, depth_multiplier = 2, use_bias = false}(y)
y = Conv2DTranspose{2, {2, 3}, strides = 2}(y)
y = Flatten()(PReLU{shared_axes = {1, 2}}(y))
y = BatchNormalization{epsilon = 1e-5, center = false, scale = false}(y)
y = Dense{5, activation = "relu"}(y)
y = Dense{5, activation = "relu"}(y)
return Model{inputs = x, outputs = Dense(5)(y)}
