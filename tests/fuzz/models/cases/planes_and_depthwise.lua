--! batches=1,1,1 data=1 bytes=0 threads=1,1 many=1 weights=0 avx2/train/speed/gcc/-O1
-- A convolution of few channels may write planes for the next one, but not where that is depthwise.
local x1 = Input{1, 5, 1}
local x4 = Conv2D{filters = 2, kernel_size = 1}(x1)
local x5 = Conv2D{filters = 2, kernel_size = 1, groups = 2}(x4)
local model = Model{inputs = x1, outputs = x5}
return model
