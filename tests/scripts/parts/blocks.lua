-- What ../modules.lua requires.
local blocks = {}

function blocks.conv_blocks(widths)
  local layers = {}
  for _, width in ipairs(widths) do
    table.insert(layers, Conv2D{width, 3, padding = "same", activation = "relu"})
    table.insert(layers, MaxPool2D(2))
  end
  return layers
end

return blocks
