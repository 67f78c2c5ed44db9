-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {5, 6, 2}}
local x1 = Dense{units = 5}(input)
local x2 = Lambda(function(x) return ops.image.extract_patches(x, 2) end)(x1)
local x3 = Flatten{}(x2)
local x4 = Dense{units = 5}(input)
local x5 = Lambda(function(x) return ops.image.extract_patches(x, {2, 3}) end)(x4)
local x6 = Flatten{}(x5)
local x7 = Dense{units = 5}(input)
local x8 = Lambda(function(x) return ops.image.extract_patches(x, {size = {3, 3}, strides = {1, 1}, padding = 'same'}) end)(x7)
local x9 = Flatten{}(x8)
local x10 = Dense{units = 5}(input)
local x11 = Lambda(function(x) return ops.image.extract_patches(x, 2, 2, 2) end)(x10)
local x12 = Flatten{}(x11)
local x13 = Dense{units = 5}(input)
local x14 = Lambda(function(x) return ops.image.extract_patches(x, {size = 3, strides = {2, 4}, padding = 'SAME'}) end)(x13)
local x15 = Flatten{}(x14)
local x16 = Concatenate{}({x3, x6, x9, x12, x15})
local model = Model{inputs = input, outputs = x16}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
