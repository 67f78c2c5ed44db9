-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {3, 4, 2}}
local x1 = Conv2D{filters = 3, kernel_size = {1, 1}}(input)
local x2 = UpSampling2D{}(x1)
local x3 = Flatten{}(x2)
local x4 = UpSampling2D{size = {3, 2}}(x1)
local x5 = Flatten{}(x4)
local x6 = UpSampling2D{size = {2, 3}, interpolation = "bilinear"}(x1)
local x7 = Flatten{}(x6)
local x8 = Concatenate{}({x3, x5, x7})
local model = Model{inputs = input, outputs = x8}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
