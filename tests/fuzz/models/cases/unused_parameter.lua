--! batches=1,1,1 data=1 bytes=0 threads=1,1 many=0 weights=0 avx512/infer/speed/gcc/-O0
local x1 = Input{2}
local x2 = Input{1, 1, 1}
local Own3 = Layer{name = "Own3", call = function(layer, x1)
  local y1 = x1 * (x1)
  local y2 = y1 - (layer:parameter("p2", {2}))
  local y3 = x1 + y1
  return y3
end}
local x4 = Own3{}(x1)
local x5 = Activation{"tanh"}(x2)
return Model{inputs = {x1, x2}, outputs = {x5, x4}}
