--! batches=1,1,1 data=1 bytes=1 threads=1,1 many=1 weights=0 avx512/train/size/gcc/-O0
-- A pool of one cell keeps its argmax too, which is always 0.
local x1 = Input{1, 1, 1}
local x6 = Conv2D{filters = 1, kernel_size = 1}(x1)
local x7 = MaxPooling2D{pool_size = 1}(x6)
local model = Model{inputs = x1, outputs = x7}
model:compile{loss = BinaryCrossentropy{}}
return model
