--! batches=1,1,1 data=1 bytes=1 threads=1,1 many=0 weights=0 generic/train/speed/tcc/-O1
-- The affine is done while loading where the dropout is gone, but not in training: two loaders of one input.
local x1 = Input{1, 1, 1}
local x2 = Dropout{rate = 0.1}(x1)
local Own3 = Layer{name = "Own3", call = function(layer, x1)
  local y1 = x1 * -0.1
  return y1
end}
local x4 = Own3{}(x2)
local x5 = Dense{units = 1}(x4)
local model = Model{inputs = x1, outputs = x5}
model:compile{loss = BinaryCrossentropy{}}
return model
