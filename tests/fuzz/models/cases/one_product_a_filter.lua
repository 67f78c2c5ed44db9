--! batches=1,1,3 data=1 bytes=0 threads=1,1 many=0 weights=0 avx2/train/size/gcc/-O0 avx2/train/size/clang/-O1
local x1 = Input{3, 2}
local x2 = DepthwiseConv1D{kernel_size = 1, depth_multiplier = 2}(x1)
local x3 = GlobalAveragePooling1D()(x2)
local x4 = Reshape{4, 1}(x3)
local x5 = Conv1D{33, 1}(x4)
local model = Model{inputs = x1, outputs = x5}
model:compile{loss = MeanSquaredError{}}
return model
