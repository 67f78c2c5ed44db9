-- A cell like SimpleRNN's, whose bias is one number for all units: none that ONNX' RNN has.
local Cell = class(Layer)
function Cell:init() self.state_size = 3 end
function Cell:build()
  self.kernel = self:add_weight{name = "kernel", shape = {2, 3}, initializer = "glorot_uniform"}
  self.bias = self:add_weight{name = "bias", shape = {1}, initializer = "ones"}
  self.recurrent = self:add_weight{name = "recurrent", shape = {3, 3}, initializer = "glorot_uniform"}
end
function Cell:call(x, states)
  local h = ops.tanh(ops.matmul(x, self.kernel) + self.bias + ops.matmul(states, self.recurrent))
  return h, h
end
local x = Input{shape = {4, 2}}
return Model{inputs = x, outputs = RNN{Cell()}(x)}
