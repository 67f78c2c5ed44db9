-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {5, 7, 2}}
local x1 = Conv2D{filters = 3, kernel_size = {1, 1}}(input)
local x2 = Resizing{height = 8, width = 4}(x1)
local x3 = Flatten{}(x2)
local x4 = Resizing{height = 3, width = 9, interpolation = "nearest"}(x1)
local x5 = Flatten{}(x4)
local x6 = Resizing{height = 6, width = 4, crop_to_aspect_ratio = true}(x1)
local x7 = Flatten{}(x6)
local x8 = Resizing{height = 2, width = 7, crop_to_aspect_ratio = true}(x1)
local x9 = Flatten{}(x8)
local x10 = Resizing{height = 6, width = 4, pad_to_aspect_ratio = true, fill_value = 0.5}(x1)
local x11 = Flatten{}(x10)
local x12 = Resizing{height = 3, width = 9, pad_to_aspect_ratio = true}(x1)
local x13 = Flatten{}(x12)
local x14 = CenterCrop{height = 2, width = 4}(x1)
local x15 = Flatten{}(x14)
local x16 = CenterCrop{height = 6, width = 4}(x1)
local x17 = Flatten{}(x16)
local x18 = Concatenate{}({x3, x5, x7, x9, x11, x13, x15, x17})
local model = Model{inputs = input, outputs = x18}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
