--! batches=1,3,9 data=7 bytes=0 threads=1,3 many=0 weights=1 generic/train/speed/gcc/-O0
local x1 = Input{shape = {5}}
local x2 = BatchNormalization{momentum = 0.5}(x1)
local x3 = Dense{3}(x2)
local model = Model{inputs = x1, outputs = {x3, x2}}
model:compile{optimizer = SGD{learning_rate = 0.1}, loss = {"mse", "mae"}, loss_weights = {1, 0.3}, weighted_metrics = {{"mae"}, {"mse"}}}
return model
