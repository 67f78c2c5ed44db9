--! batches=1,1,1 data=1 bytes=1 threads=1,1 many=1 weights=0 sse2/train/speed/gcc/-O0
-- Two inputs of as many numbers are loaded by two functions.
local x1 = Input{7, 4, 5}
local x2 = Input{1, 1, 1}
local x3 = Input{14, 10}
local x4 = Rescaling{scale = 0.1}(x3)
local x5 = GlobalAveragePooling2D{}(x2)
local x7 = Conv2D{filters = 1, kernel_size = 1}(x2)
local x8 = Flatten()(x1)
local x9 = Flatten()(x4)
local x10 = Concatenate()({x8, x9})
return Model{inputs = {x1, x2, x3}, outputs = {x5, x7, x10}}
