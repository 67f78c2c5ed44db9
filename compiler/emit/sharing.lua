-- sharing.lua: how layers share the functions of their kernels when size counts, and those of kernels that say so in any case
-- (struct kernel, `shared`): what differs between them is an argument.
--
-- A template takes a number with argument(NAME, NUMBER) and prints what it gets: NAME, a parameter of the function, or the
-- number itself where all who share the function have the same, or nobody shares it. Its function takes
-- ${arguments} behind the tensors, which become the parameters that its text names, and the call passes their numbers.
-- So whatever a number decides in a template must be asked of what argument() or agree() gave.
--
-- Each kernel is expanded twice: first as if no two nodes agreed, to find who shares it.

local sharing = {}

local view_of = lib.module("view")

local small     -- does size count, so that all kernels are shared?
local expand    -- the text of a node's kernel, as a function of its view
local kernels   -- what kernel_text() made, by the view's key: text, arguments
local sharers   -- what the nodes of a kernel agree on, by kernel and first text: values and differs, by name
local expansion -- what was told to agree() in the one that runs: values by name, names in order; agreed: an entry of sharers;
                -- false: of what is not shared

local function literal(value)
  return math.type(value) == "float" and lib.hex(value) or value
end

-- The value of all who share the function; nil if it differs, or is not known yet.
function sharing.agree(name, value)
  if not expansion then return value end
  if expansion.values[name] == nil then table.insert(expansion.names, name) end
  expansion.values[name] = value
  local agreed = expansion.agreed
  if agreed and not agreed.differs[name] then return agreed.values[name] end
end

-- C for a number: an integer or a float.
function sharing.argument(name, value)
  local agreed = sharing.agree(name, value)
  if agreed == nil then return name end
  return literal(agreed)
end

local function is_shared(view) return small or view.shares end

local function run(view, agreed)
  expansion = {values = {}, names = {}, agreed = agreed}
  return expand(view), expansion
end

local function key(view, text)
  return view.kernel .. "\n" .. text
end

-- First expansion.
local function join(view)
  local text, made = run(view)
  local entry = sharers[key(view, text)] or {values = made.values, differs = {}}
  sharers[key(view, text)] = entry
  for name, value in pairs(made.values) do
    if entry.values[name] ~= value then entry.differs[name] = true end
  end
end

-- Begins with the programs of which kernel_text() will be asked.
function sharing.begin(is_small, programs, expand_kernel)
  small, expand, sharers, kernels = is_small, expand_kernel, {}, {}
  local joined = {}
  for _, program in ipairs(programs) do
    for _, node in ipairs(program.nodes) do
      local view = (small or node.shares) and view_of(node, program)
      if view and is_shared(view) and not joined[view.key] then
        join(view)
        joined[view.key] = true
      end
    end
  end
end

-- What the text of the kernel takes behind the tensors: its parameters, and for this view C.
local function own_arguments(text, made)
  local parameters, arguments, named = {}, {}, {}
  for _, name in ipairs(lib.mentions(text, made.values)) do named[name] = true end
  for _, name in ipairs(made.names) do
    if named[name] then
      local value = made.values[name]
      table.insert(parameters, (math.type(value) == "float" and ", float " or ", int ") .. name)
      table.insert(arguments, tostring(literal(value)))
    end
  end
  return parameters, arguments
end

local function make(view)
  if not is_shared(view) then
    expansion = false
    return {text = lib.filled(expand(view), "@arguments@", ""), arguments = {}}
  end
  local text = run(view)
  local shared, made = run(view, sharers[key(view, text)])
  local parameters, arguments = own_arguments(shared, made)
  return {text = lib.filled(shared, "@arguments@", table.concat(parameters)), arguments = arguments}
end

-- The text of a node's kernel, and its own arguments as C.
function sharing.kernel_text(node, program)
  local view = view_of(node, program)
  local made = kernels[view.key] or make(view)
  kernels[view.key] = made
  return made.text, made.arguments
end

return sharing
