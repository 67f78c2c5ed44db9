--! batches=1,1,1 data=1 bytes=0 threads=1,1 many=0 weights=0 sse2/train/speed/clang/-O0
-- A layer called twice, both times in the manner of Winograd: its work is that of both calls.
local x1 = Input{8, 3, 11}
local l2 = Conv2D{filters = 1, kernel_size = 3}
local x3 = l2(x1)
local x4 = l2(x1)
local x5 = Add{}({x4, x4, x3})
local model = Model{inputs = x1, outputs = x5}
model:compile{loss = BinaryCrossentropy{}}
return model
