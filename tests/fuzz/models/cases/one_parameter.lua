--! batches=1,2,3 data=5 bytes=0 threads=1,2 many=0 weights=0 generic/embedded/speed/gcc/-O0 generic/embedded/size/gcc/-O0
-- All that is prepared for the kernels is one number.
local x1 = Input{1}
local x2 = Dense{1, use_bias = false}(x1)
local model = Model{inputs = x1, outputs = x2}
model:compile{loss = MeanSquaredError{}}
return model
