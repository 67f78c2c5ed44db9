-- view.lua: what the template of a kernel sees of its node: what is to be computed, not for whom.
--
-- Layer, names and memory are left out, so nodes whose views are equal have the same text, which is expanded once. `key` holds
-- all of a view.

local concat = table.concat

-- A field that views leave out must not be taken for one that is false.
local strict = {__index = function(_, name)
  error(("a kernel's template does not see '%s': add it to view.lua"):format(name), 2)
end}

-- Equal tables give equal texts; should the order of their keys differ, a text is only expanded once more.
local function note(key, t)
  for name, value in pairs(t) do
    key[#key + 1] = name
    key[#key + 1] = type(value) == "table" and concat(value, " ") or tostring(value)
  end
end

-- Operands; an absent one is false. Storage is "none" for what nobody reads.
local function tensors_view(list, key)
  local views = {}
  for i, tensor in ipairs(list) do
    local stored = tensor and tensor.storage ~= "none"
    views[i] = tensor and setmetatable({
      shape = tensor.shape, count = tensor.count, element = tensor.element, shared = tensor.shared, planar = tensor.planar,
      storage = stored and "some" or "none",
    }, strict)
    key[#key + 1] = tensor and concat(tensor.shape, "x") or "-"
    if tensor then
      key[#key + 1] = tensor.element .. (tensor.shared and "s" or "") .. (tensor.planar and "p" or "") .. (stored and "" or "n")
    end
  end
  key[#key + 1] = ";"
  return views
end

-- A nest or an epilogue; false: the node has none.
local function struct_view(fields, key)
  if not fields then return false end
  key[#key + 1] = ":"
  for name, value in pairs(fields) do
    local names = type(value) == "table" and #value == 0
    note(key, names and value or {[name] = value})
  end
  return setmetatable(fields, strict)
end

local function node_view(node, key)
  key[#key + 1] = node.op
  note(key, node.attr)
  return setmetatable({
    op = node.op, attr = node.attr, ins = tensors_view(node.ins, key), outs = tensors_view(node.outs, key),
  }, strict)
end

return function(node, program)
  local lanes = node.once and 1 or program.lanes
  local key = {node.kernel, lanes, node.work, tostring(node.parallel)}
  local view = node_view(node, key)
  view.shares = node.shares and lanes == lib.unit.target.lanes
  view.kernel, view.lanes, view.work, view.parallel, view.tile = node.kernel, lanes, node.work, node.parallel, node.tile
  note(key, node.tile)
  view.nest, view.epilogue = struct_view(node.nest, key), struct_view(node.epilogue, key)
  view.fused = {}
  for i, part in ipairs(view.nest and {} or node.fused) do view.fused[i] = node_view(part, key) end
  view.y = tensors_view({(node.fused[#node.fused] or node).outs[1]}, key)[1]
  view.key = concat(key, ",")
  return view
end
