--! batches=1,1,1 data=1 bytes=0 threads=1,1 many=0 weights=0 avx512/train/speed/clang/-O0
-- An image so small that no tile of Winograd's lies inside.
local x1 = Input{1, 1, 1}
local x2 = Conv2D{15, 1}(x1)
local x6 = Conv2D{33, 3, padding = "same"}(x2)
local model = Model{inputs = x1, outputs = x6}
return model
