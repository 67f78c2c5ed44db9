--! batches=1,1,1 data=1 bytes=0 threads=1,1 many=0 weights=0 avx512/train/size/clang/-O1
local x1 = Input{1, 1, 1}
local x2 = Input{2}
local Own3 = Layer{name = "Own3", call = function(layer, x1)
  local y1 = op.binary(x1, op.unary(layer:parameter("p10", {2}), "tanh"), {["function"] = "subtract"})
  local y5 = op.softmax(x1, {["log"] = true})
  return y5
end}
local x4 = Own3{}(x2)
local x7 = Flatten()(x1)
local x8 = Concatenate()({x7, x4})
return Model{inputs = {x1, x2}, outputs = {x8}}
