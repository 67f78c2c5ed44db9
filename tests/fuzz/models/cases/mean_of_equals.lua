--! batches=1,1,1 data=888145546 bytes=0 threads=1,1 many=0 weights=0 generic/train/speed/tcc/-O0 generic/train/size/gcc/-O1
local x1 = Input{14, 4, 5, 12}
local x2 = BatchNormalization{}(x1)
local x4 = BatchNormalization{}(x2)
local x6 = Subtract{}({x4, x4})
local x7 = BatchNormalization{}(x6)
local x8 = BatchNormalization{}(x7)
local x9 = Flatten()(x8)
local x10 = Dense{2}(x9)
local model = Model{inputs = x1, outputs = x10}
model:compile{loss = SparseCategoricalCrossentropy{}}
