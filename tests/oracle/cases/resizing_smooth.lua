-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {5, 7, 2}}
local x1 = Conv2D{filters = 3, kernel_size = {1, 1}}(input)
local x2 = UpSampling2D{size = 2, interpolation = "bicubic"}(x1)
local x3 = Flatten{}(x2)
local x4 = UpSampling2D{size = {1, 3}, interpolation = "lanczos3"}(x1)
local x5 = Flatten{}(x4)
local x6 = Resizing{height = 8, width = 4, interpolation = "bicubic"}(x1)
local x7 = Flatten{}(x6)
local x8 = Resizing{height = 9, width = 15, interpolation = "lanczos5"}(x1)
local x9 = Flatten{}(x8)
local x10 = Resizing{height = 3, width = 2, interpolation = "lanczos3", antialias = true}(x1)
local x11 = Flatten{}(x10)
local x12 = Resizing{height = 3, width = 9, interpolation = "bicubic", antialias = true}(x1)
local x13 = Flatten{}(x12)
local x14 = Resizing{height = 2, width = 4, antialias = true}(x1)
local x15 = Flatten{}(x14)
local x16 = Resizing{height = 2, width = 7, crop_to_aspect_ratio = true, interpolation = "bicubic", antialias = true}(x1)
local x17 = Flatten{}(x16)
local x18 = Concatenate{}({x3, x5, x7, x9, x11, x13, x15, x17})
local model = Model{inputs = input, outputs = x18}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
