-- Written by tests/oracle/make/make.py from its cases.py.
local x = Input{3, 4, 8}
local y = Conv2D{8, 1}(x)
y = Lambda(function(t) return ops.depth_to_space(t, 2) end)(y)
y = Lambda(function(t) return ops.space_to_depth(t, {block_size = 2}) end)(y)
y = Lambda(function(ts) return ops.multiply(ops.square(ts[1]), ops.exp(-ts[2])) end){y, y}
local model = Model(x, Dense(2)(Flatten()(y)))
model:compile{optimizer = SGD{learning_rate = 0.2}, loss = "mse"}
return model
