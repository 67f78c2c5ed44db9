-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {6}}
local x1 = Dense{units = 5}(input)
local x2 = Lambda(function(x) return ops.leaky_relu(x, 0.3) end)(x1)
local x3 = Dense{units = 5}(input)
local x4 = Lambda(function(x) return ops.elu(x, {alpha = 0.7}) end)(x3)
local x5 = Dense{units = 5}(input)
local x6 = Lambda(function(x) return ops.celu(x, 0.6) end)(x5)
local x7 = Dense{units = 5}(input)
local x8 = Lambda(function(x) return ops.gelu(x, {approximate = true}) end)(x7)
local x9 = Dense{units = 5}(input)
local x10 = Lambda(function(x) return ops.relu(x, {negative_slope = 0.1, max_value = 1, threshold = 0.2}) end)(x9)
local x11 = Dense{units = 5}(input)
local x12 = Lambda(function(x) return ops.squareplus(x, 0.5) end)(x11)
local x13 = Dense{units = 5}(input)
local x14 = Lambda(function(x) return ops.hard_shrink(x, 0.3) end)(x13)
local x15 = Dense{units = 5}(input)
local x16 = Lambda(function(x) return ops.soft_shrink(x, {threshold = 0.2}) end)(x15)
local x17 = Dense{units = 5}(input)
local x18 = Lambda(function(x) return ops.threshold(x, 0.1, -0.7) end)(x17)
local x19 = Dense{units = 5}(input)
local x20 = Lambda(function(x) return ops.sparsemax(x) end)(x19)
local x21 = Dense{units = 5}(input)
local x22 = Lambda(function(x) return ops.sparsemax(ops.multiply(x, 0.1)) end)(x21)
local x23 = Concatenate{}({x2, x4, x6, x8, x10, x12, x14, x16, x18, x20, x22})
local model = Model{inputs = input, outputs = x23}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
