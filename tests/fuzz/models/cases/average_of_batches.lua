--! batches=1,2,5 data=3 bytes=0 threads=1,2 many=0 weights=0 generic/train/speed/tcc/-O0
local x1 = Input{shape = {4}}
local x2 = Dense{3}(x1)
local model = Model{inputs = x1, outputs = x2}
model:compile{optimizer = Adam{learning_rate = CosineDecayRestarts{0.1, first_decay_steps = 2, t_mul = 1.5, m_mul = 0.7, alpha = 0.1}, use_ema = true, ema_overwrite_frequency = 1, gradient_accumulation_steps = 2}, loss = "mse"}
return model
