-- rows.lua: the functions that load the caller's rows into blocks, and what these do with the images of rows.

local rows = {}

local functions, describe = lib.module("functions"), lib.module("describe")
local places, view_of = lib.module("places"), lib.module("view")

-- The nodes that are computed while their input is loaded, by its id.
function rows.find_loads(program)
  program.loaded = {}
  for _, node in ipairs(program.nodes) do
    if node.loads then program.loaded[node.ins[1].id] = node end
  end
end

-- The function that loads input or label `tensor` into a block, the tensors that it writes, and what else it takes.
function rows.loader(tensor, program)
  local node = program.loaded[tensor.id]
  local scale, offset = node and node.attr.scale or 1, node and node.attr.offset or 0
  local random, pixel_scale = node and node.random, scale * (tensor.rescales and 1 or 1 / 255)
  local pixels = tensor.role == "input" and tensor.element == "float"
  local text = functions.text(random and "kernel/augment.c.in" or "kernel/load.c.in", {
    name = "@name@", count = tensor.count, from = tensor.element, to = (node and node.outs[1] or tensor).element,
    pixels = pixels, offset = offset, scale = scale, pixel_scale = pixel_scale, rows = true,
    node = random and view_of(node, program) or false, lanes = program.lanes,
  })
  local about = random and describe.of(node):gsub("^(.-: )", "%1rows of the caller, ") or
    ("%s %s: rows of the caller%s"):format(tensor.role, describe.shape_text(tensor),
      program.lanes == lib.unit.target.lanes and ", made sample-innermost" or "")
  local name = functions.named(text, ("load_%s_%d"):format(tensor.role, tensor.count), about)
  local to = {}
  for i, operand in ipairs(node and describe.operands(node) or {{tensor = tensor}}) do
    if not operand.reads then to[#to + 1] = places.of(operand.tensor, false, program) end
    assert(i == 1 or not operand.reads, "a loader reads nothing but rows")
  end
  return name, to, random and {"random"} or {}
end

-- The function that makes of one image what the part of a chain says, as its template has it.
function rows.image_function(part)
  local text = functions.text("kernel/image.c.in", {
    attr = part.attr, shape = part.ins[1].shape, result = part.outs[1].shape, name = "@name@",
  })
  local what = part.attr["function"]
  return functions.named(text, what .. "_image", ("one image %s: %s"):format(describe.shape_text(part.ins[1]), what))
end

-- The function that takes the pixels of an image from other places.
function rows.warp_function(attr, shape)
  local text = functions.text("kernel/warp.c.in", {attr = attr, shape = shape, name = "@name@"})
  local about = ("one image %s from other places, %s; beside it: %s"):format(table.concat(shape, "x"), attr.interpolation,
    attr.fill_mode)
  return functions.named(text, "warp_image", about)
end

return rows
