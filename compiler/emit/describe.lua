-- describe.lua: what a node is, for comments and for those who call its kernel.

local describe = {}

local function shape_text(tensor)
  return #tensor.shape == 0 and "1" or table.concat(tensor.shape, "x")
end

-- "conv2d, add, max_pool2d, relu": what a kernel computes.
local function ops_text(node)
  local names = {}
  for _, part in ipairs{node, table.unpack(node.fused)} do
    names[#names + 1] = part.attr["function"] or part.op
  end
  return table.concat(names, ", ")
end

local function last(node)
  return node.fused[#node.fused] or node
end

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local function tile_text(node)
  local parts = {}
  for _, key in ipairs(sorted_keys(node.tile or {})) do
    parts[#parts + 1] = ("%d %s"):format(node.tile[key], key)
  end
  return #parts > 0 and "; tile " .. table.concat(parts, " x ") or ""
end

-- One line on what a node is: layer, script line, shapes, tile.
local function of(node)
  local where = node.layer or node.op
  if node.layer and node.line > 0 then where = ("%s (line %d)"):format(node.layer, node.line) end -- an imported model has none
  local first = node.ins[1]
  return ("%s%s: %s%s -> %s%s"):format(where, node.backward and ", backward" or "", first and shape_text(first) .. " -> " or "",
    ops_text(node), shape_text(last(node).outs[1]), tile_text(node))
end

-- What a kernel function takes, in order: the inputs of its nodes, then y, then other stored outputs.
local function operands(node)
  local list = {}
  for _, tensor in ipairs(node.ins) do
    if tensor then list[#list + 1] = {tensor = tensor, reads = true} end
  end
  for _, part in ipairs(node.fused) do
    for i = 2, #part.ins do
      if part.ins[i] then list[#list + 1] = {tensor = part.ins[i], reads = true} end
    end
  end
  local y = last(node).outs[1]
  list[#list + 1] = {tensor = y}
  for _, part in ipairs{node, table.unpack(node.fused)} do
    for i = 2, #part.outs do
      if part.outs[i].storage ~= "none" then list[#list + 1] = {tensor = part.outs[i]} end
    end
  end
  return list
end

for name, f in pairs{of = of, shape_text = shape_text, last = last, sorted_keys = sorted_keys, operands = operands} do
  describe[name] = f
end
return describe
