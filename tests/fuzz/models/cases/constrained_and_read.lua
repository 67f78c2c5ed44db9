--! batches=1,2,5 data=3 bytes=0 threads=1,2 many=0 weights=0 generic/train/speed/tcc/-O0
local x1 = Input{shape = {4}}
local x2 = Dense{3, kernel_constraint = MinMaxNorm{0.5, 1, rate = 0.7}, bias_constraint = NonNeg()}(x1)
local model = Model{inputs = x1, outputs = x2}
model:compile{optimizer = Adam{learning_rate = 0.1, use_ema = true, gradient_accumulation_steps = 2}, loss = "mse"}
return model
