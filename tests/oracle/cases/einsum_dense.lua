-- Written by tests/oracle/make/make.py from its cases.py.
local input = Input{shape = {4, 3, 5}}
local x1 = EinsumDense{equation = "abcd,de->abce", output_shape = {None, None, 7}, bias_axes = "e", activation = "tanh"}(input)
local x2 = Flatten{}(x1)
local x3 = EinsumDense{equation = "abcd,cde->abe", output_shape = {4, 6}, bias_axes = "e"}(input)
local x4 = Flatten{}(x3)
local x5 = EinsumDense{equation = "abcd,ecb->ade", output_shape = {None, 6}, bias_axes = "d"}(input)
local x6 = Flatten{}(x5)
local x7 = EinsumDense{equation = "...x,xy->...y", output_shape = 4, bias_axes = "y"}(input)
local x8 = Flatten{}(x7)
local x9 = EinsumDense{equation = "abcd,cdhk->abhck", output_shape = {None, 2, 3, 4}, bias_axes = "hk"}(input)
local x10 = Flatten{}(x9)
local x11 = EinsumDense{equation = "abcd,bde->ace", output_shape = {None, 2}}(input)
local x12 = Flatten{}(x11)
local x13 = Concatenate{}({x2, x4, x6, x8, x10, x12})
local model = Model{inputs = input, outputs = x13}
model:compile{optimizer = SGD{learning_rate = 20.0}, loss = "mse"}
return model
