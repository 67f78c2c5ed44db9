-- functions.lua: the functions of a file's kernels, those of one text only once.
--
-- Kernels are expanded when a program asks for the names of their functions.

local functions = {}

local sharing, describe = lib.module("sharing"), lib.module("describe")

-- Of the variant that is being expanded:
local instances, by_text, taken -- functions in order; the same by their text; names that are taken

local suffixes = {predict = "one", many = "block", evaluate = "block", train = "train", watch = "watch"}

-- The first free one of: short, long, long_2, long_3, ...
local function free_name(short, long)
  local name, n = short, 1
  if taken[name] then name = long end
  while taken[name] do
    n = n + 1
    name = ("%s_%d"):format(long, n)
  end
  taken[name] = true
  return name
end

-- conv2d_one, conv2d_block, conv2d_train, conv2d_grad_kernel, conv2d_pack, ...: short where that is free.
local function function_name(node, program)
  local layer, op = node.layer or "model", node.op
  local short = node.once and op or node.backward and op:match("grad.*") or suffixes[program.kind]
  local long = node.once and op or node.backward and op or op .. "_" .. suffixes[program.kind]
  return free_name(layer .. "_" .. (short or op), layer .. "_" .. long)
end

-- shared_conv2d, shared_relu, shared_relu_grad, ...: of what several layers call.
local function shared_name(node)
  local f = node.attr["function"]
  local name = "shared_" .. (f and f .. (node.op:match("_.*") or "") or node.op)
  return free_name(name, name)
end

-- The text of functions, as their template has it, without what their numbers make needless.
function functions.text(template, variables)
  return lib.tidied(expand(template, variables), lib.unit.target.lanes)
end

-- That of the function that computes a node.
local function expand_kernel(view)
  return functions.text("kernel/" .. view.kernel .. ".c.in", {
    node = view, attr = view.attr, tile = view.tile, ins = view.ins, outs = view.outs, y = view.y, lanes = view.lanes,
    name = "@name@", arguments = "@arguments@", rows = false,
  })
end

-- The name of the function that computes `node`, and what it takes behind the tensors.
function functions.kernel(node, program)
  if node.calls then return node.calls, node.call_arguments end
  local text, arguments = sharing.kernel_text(node, program)
  local found = by_text[text]
  if not found then
    local name = #arguments > 0 and shared_name(node) or function_name(node, program)
    found = {name = name, users = {}, text = text}
    by_text[text] = found
    instances[#instances + 1] = found
  end
  local user = describe.of(node)
  if not found.users[user] then
    found.users[user] = true
    found.users[#found.users + 1] = user
  end
  node.calls, node.call_arguments = found.name, arguments
  return found.name, arguments
end

-- All functions.
function functions.all_text()
  local parts = {}
  for _, instance in ipairs(instances) do
    parts[#parts + 1] = expand("function.c.in", {
      users = instance.users,
      body = lib.filled(instance.text, "@name@", instance.name),
    })
  end
  return table.concat(parts, "\n")
end

-- The function of that text, which is called `name` where that is free, and the comment above it.
function functions.named(text, name, user)
  if not by_text[text] then
    by_text[text] = {name = free_name(name, name), text = text, users = {user}}
    instances[#instances + 1] = by_text[text]
  end
  return by_text[text].name
end

-- Begins with the programs of a target; `names`: what is no longer free.
function functions.begin(programs, names, small)
  instances, by_text, taken = {}, {}, names
  sharing.begin(small, programs, expand_kernel)
end

return functions
