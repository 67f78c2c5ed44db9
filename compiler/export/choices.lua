-- choices.lua: ops that choose by whole numbers.

local cnnc = ...
local export = cnnc.export
local rows, make, part = export.rows, export.make, export.part

local FLOAT <const> = 1

-- Indices that a table lacks, of which ours takes the nearest, are an error in ONNX.
function rows.gather(node)
  local table_of, index = node.inputs[2], export.last(node.inputs[1])
  if table_of.shared then return make(node.outputs[1], "Gather", {export.last(table_of), index}, {axis = 0}) end
  local wide = part("Unsqueeze", {part("Cast", {index}, {to = 7}), export.integers{-1}})
  make(node.outputs[1], "GatherND", {export.last(table_of), wide}, {batch_dims = 1})
end

function rows.one_hot(node)
  local places = {}
  for i = 1, node.depth do places[i] = i - 1 end
  local index = part("Unsqueeze", {export.last(node.inputs[1]), export.integers{-1}})
  local equal = part("Equal", {index, export.constant("int32", {node.depth}, places)})
  if node.mode == "each" then return make(node.outputs[1], "Cast", {equal}, {to = FLOAT}) end
  local ones = part("Cast", {equal}, {to = FLOAT})
  if node.mode == "count" then return make(node.outputs[1], "ReduceSum", {ones, export.integers{-2}}, {keepdims = 0}) end
  make(node.outputs[1], "ReduceMax", {ones}, {axes = {-2}, keepdims = 0})
end
