--! batches=1,2,9 data=538494838 bytes=0 threads=1,8 many=0 weights=0 avx512/train/speed/clang/-O0
-- An output alone that has no loss reads the first input: the function that measures kernels of training had it for nothing.
local x1 = Input{3}
local x2 = Input{4}
local x3 = Dense{2}(x2)
local model = Model{inputs = {x1, x2}, outputs = {Concatenate()({x1, x3}), x3}}
model:compile{optimizer = "sgd", loss = {None, "mse"}}
return {model = model}
