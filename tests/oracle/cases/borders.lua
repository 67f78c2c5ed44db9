-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {6, 5, 2}}
local x1 = Conv2D{filters = 3, kernel_size = {1, 1}}(input)
local x2 = ZeroPadding2D{padding = {{1, 2}, {3, 0}}}(x1)
local x3 = Flatten{}(x2)
local x4 = Cropping2D{cropping = {{0, 1}, {2, 1}}}(x1)
local x5 = Flatten{}(x4)
local x6 = Cropping2D{cropping = 1}(x1)
local x7 = Flatten{}(x6)
local x8 = Reshape{target_shape = {15, 6}}(x1)
local x9 = ZeroPadding1D{padding = {2, 1}}(x8)
local x10 = Cropping1D{cropping = {1, 3}}(x9)
local x11 = UpSampling1D{size = 2}(x10)
local x12 = Cropping1D{cropping = 4}(x11)
local x13 = Flatten{}(x12)
local x14 = Reshape{target_shape = {90}}(x1)
local x15 = Dense{units = 3}(x14)
local x16 = RepeatVector{n = 4}(x15)
local x17 = Conv1D{filters = 2, kernel_size = 3}(x16)
local x18 = Flatten{}(x17)
local x19 = Concatenate{}({x3, x5, x7, x13, x18})
local model = Model{inputs = input, outputs = x19}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
