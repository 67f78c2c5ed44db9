-- A network that is only predicted with: no compile.
local input = Input{6, 6, 2}
local x = ZeroPadding2D{{{1, 0}, {0, 2}}}(input)
x = Conv2D{3, 2}(x)
x = LeakyReLU(0.1)(x)
x = Permute{2, 1, 3}(x)
x = Reshape{-1, 3}(x)
return Model(input, Softmax()(x))
