-- Layers that come from a file in a folder beside the script.
local blocks = require "parts.blocks"
local model = Sequential()
model:add(Input{16, 16, 1})
for _, layer in ipairs(blocks.conv_blocks{4, 8}) do
  model:add(layer)
end
model:add(Flatten())
model:add(Dense{3, activation = "softmax"})
model:compile{loss = SparseCategoricalCrossentropy(), metrics = "accuracy"}
return model
