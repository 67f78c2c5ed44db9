--! batches=1,1,2 data=1 bytes=1 threads=1,1 many=0 weights=0 generic/train/speed/tcc/-O0
local x1 = Input{3, 6, 30}
local x2 = Conv2D{63, 1}(x1)
local l8 = Conv2D{filters = 48, kernel_size = 2}
local x9 = l8(x2)
local x12 = GlobalAveragePooling2D()(x9)
local x15 = Dense{3}(x12)
local model = Model{inputs = x1, outputs = x15}
model:compile{optimizer = Adam{beta_1 = 0.1}, loss = BinaryCrossentropy{}}
