--! batches=1,7,8 data=833557082 bytes=0 threads=1,8 many=0 weights=0 generic/train/size/tcc/-O0
-- The gradient of a loss is a probability less its label, and almost nothing of it is left.
local model = Sequential()
model:add(Input{8})
model:add(Activation{activation = "softsign"})
model:add(Reshape{target_shape = {1, 8}})
model:add(Flatten())
model:add(Dense{2})
model:compile{optimizer = SGD{learning_rate = 0.01}, loss = SparseCategoricalCrossentropy{}, metrics = {"accuracy"}}
return model
