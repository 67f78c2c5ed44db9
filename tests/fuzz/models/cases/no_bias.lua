--! batches=1,1,1 data=1 bytes=1 threads=1,1 many=0 weights=0 generic/train/speed/clang/-O0
-- The only gradient is that of a large kernel, which is summed where it is used: nothing is summed over groups.
local x1 = Input{6, 5, 3, 16}
local x2 = Flatten{}(x1)
local x6 = Dense{units = 12, use_bias = false}(x2)
local model = Model{inputs = x1, outputs = x6}
model:compile{loss = MeanSquaredError{}}
return model
