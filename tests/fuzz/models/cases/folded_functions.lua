--! batches=1,1,1 data=1 bytes=0 threads=1,1 many=0 weights=0 sse2/embedded/size/clang/-O0 sse2/infer/size/clang/-O0
-- With embedded parameters nothing calls the root that folds the variance: it must not be in the file.
local x1 = Input{1, 1, 1}
local x10 = BatchNormalization{}(x1)
local model = Model{inputs = x1, outputs = x10}
model:compile{loss = MeanSquaredError{}}
return model
