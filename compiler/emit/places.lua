-- places.lua: what tensors are called in the C, and where their memory is.
--
-- A place is one tensor in one memory: {name =, type =, base =, at =, shape =}. Functions declare the places that they
-- name, each in front of the statement that needs it first:
--
--   float *const conv2d = ws + 25600; /* 12x12x8 */
--
-- What a function calls the memories is its context: a table from `base` to C text.

local lib = lib

local places = {}

-- Names that are something else where tensors are named: C's and C++'s, those of functions of blocks, and those of parameters,
-- variables and functions of the templates.
local reserved = lib.module("library").names{"common.h.in", "samples.h.in"}
for word in ([[
  alignas auto bool break case char const constexpr continue default do double else enum extern false float for goto if
  inline int long nullptr register restrict return short signed sizeof static static_assert struct switch thread_local
  true typedef typeof union unsigned void volatile while asm linux unix errno i386 mips arm stdin stdout stderr
  and and_eq bitand bitor catch char8_t char16_t char32_t class compl concept const_cast consteval constinit co_await co_return
  co_yield decltype delete dynamic_cast explicit export friend mutable namespace new noexcept not not_eq operator or or_eq private
  protected public reinterpret_cast requires static_cast template this throw try typeid typename using virtual wchar_t xor xor_eq
  input output label inputs outputs labels b m l n i step group index count blocks threads busy rows row workspace ws
  t state prepared parameters gradients saved partial combined random memory sums rate kernel kernels program data
  add aligned block block_of clear combine divide global_norm gradient_norm measure move norm_of optimize predict
  prepare random update weigh weigh_one load_shares load_weights load_weights_one load_number block_phase group_phase run_phase
  numbers number_batch load_shares_one phase_sums gradient_sums moved_parameters
  memcpy memset memmove int32_t int64_t uint8_t size_t to
]]):gmatch("%S+") do reserved[word] = true end

-- A name that nothing else has, in one program: `stem`, or with a number behind it. Capitals may be a macro.
local function free(taken, stem)
  stem = stem:gsub("[^%w_]", "_"):gsub("^[%d_]", "t%0")
  if reserved[stem] or stem == stem:upper() or stem:find("^[io][nu]t?put_%d+$") or stem:find("^label_%d+$")
    or stem:find("^store_output") then
    stem = stem .. "_values"
  end
  local name, n = stem, 1
  while taken[name] do
    n = n + 1
    name = ("%s_%s%d"):format(stem, stem:find("%d$") and "v" or "", n)
  end
  taken[name] = true
  return name
end

local function parts_of(node)
  return {node, table.unpack(node.fused)}
end

-- Every tensor in memory with the node that makes it: {tensor =, part =, index =}, in order.
local function made(program)
  local list = {}
  for _, node in ipairs(program.nodes) do
    for _, part in ipairs(parts_of(node)) do
      for i, tensor in ipairs(part.outs) do
        if tensor.storage ~= "none" then list[#list + 1] = {tensor = tensor, part = part, index = i} end
      end
    end
  end
  return list
end

-- What a layer gives is called like the layer, what it saves for the gradient or makes on the way says so.
local function stem_of(item, names, last)
  local part, layer = item.part, item.part.layer or item.part.op
  if part.once and #part.ins == 1 and names[part.ins[1].id] then
    return ("%s_%s"):format(names[part.ins[1].id], part.attr["function"] or part.op)
  elseif part.backward then
    return layer .. "_dx"
  elseif item.index > 1 then
    return layer .. "_saved"
  end
  return last[layer] == item and layer or ("%s_%s"):format(layer, part.attr["function"] or part.op:gsub("^loop_", ""))
end

-- The names of a program's tensors by their ids. `taken`: names that no function may have; those given are added.
local function name_all(program, all)
  local names, taken, last = {}, {}, {}
  local function give(tensor, stem)
    if tensor and tensor.storage ~= "none" and not names[tensor.id] then names[tensor.id] = free(taken, stem) end
  end
  for _, tensor in ipairs(program.tensors) do
    if tensor.role ~= "value" and tensor.id == tensor.memory then give(tensor, tensor.name) end
  end
  for _, gradient in ipairs(program.gradients) do give(gradient.value, gradient.parameter .. "_gradient") end
  for _, part in ipairs(program.extra_gradients) do give(part.value, part.parameter .. "_part") end
  local list = made(program)
  for _, item in ipairs(list) do
    if item.index == 1 and not item.part.backward and not item.part.once then last[item.part.layer or item.part.op] = item end
  end
  for _, item in ipairs(list) do give(item.tensor, stem_of(item, names, last)) end
  for _, tensor in ipairs(program.tensors) do -- parts and rows of others
    give(tensor, ("%s_%s"):format(tensor.name, tensor.made_by:gsub("^loop_", "")))
  end
  for name in pairs(taken) do all[name] = true end
  return names
end

-- Names the tensors of some programs; returns the set of the names.
function places.begin(programs)
  local all = {}
  for _, program in ipairs(programs) do program.names = name_all(program, all) end
  return all
end

local caller = {input = "input", label = "label", value = "output"}

-- What the function's caller passes: it has a name there.
local function passed(tensor, program)
  local list = tensor.role == "input" and program.inputs or program.outputs
  if #list == 1 then return {name = caller[tensor.role]} end
  for i, t in ipairs(list) do
    if t.id == tensor.memory then return {name = ("%s_%d"):format(caller[tensor.role], i)} end
  end
  error(tensor.name .. " is nobody's")
end

-- The type of numbers of an element in a workspace, whose memory is that of floats.
function lib.memory_type(element)
  return element == "int32_t" and "whole" or element
end

-- The place of a tensor. `reading`: a batch sum is read where it was combined.
function places.of(tensor, reading, program)
  local base, at = tensor.storage, tensor.offset
  assert(base ~= "none", tensor.name .. " has no memory")
  local moves = tensor.shift ~= 0 or tensor.stride ~= 0
  local whole = base == "caller" and passed(tensor, program)
  if whole and not moves then return whole end
  if base == "partial" and reading then base, at = "combined", tensor.combined_offset end
  local samples = not tensor.shared and program.lanes > 1
  local lanes = samples and program.lanes or 1
  return {
    name = program.names[tensor.id] .. (base == "partial" and tensor.combined_offset >= 0 and "_part" or ""),
    base = base, at = (whole and 0 or at // 4) + tensor.shift * lanes, step = tensor.stride * lanes, steps = tensor.steps,
    from = whole and whole.name, const = whole and tensor.role == "input",
    type = lib.memory_type(tensor.element),
    shape = lib.shape_text(tensor) .. (samples and "xVL" or ""),
  }
end

-- The same in front of a loop, for its first round.
function places.first(place)
  if (place.step or 0) == 0 then return place end
  local first = {}
  for key, value in pairs(place) do first[key] = value end
  first.step, first.name = 0, place.name .. "_first"
  return first
end

-- A place that is no tensor's own: `count` floats at `at` of a memory.
function places.at(name, base, at, count)
  return {name = free({}, name), base = base, at = at, type = "float", shape = tostring(count), writes = true}
end

local constant = {parameter = true, prepared = true}

-- The line that declares a place in a function. That of a loop's round depends on its number, t.
local function declaration(place, context)
  local from, step = place.from or assert(context[place.base], place.base), place.step or 0
  if place.at > 0 then from = ("%s + %d"):format(from, place.at) end
  if place.base == "state" and context.anew then
    from = context.state == "NULL" and "NULL" or ("%s ? %s : NULL"):format(context.state, from)
  end
  if step ~= 0 then
    local round = place.rounds > place.steps and ("(t < %d ? t : %d)"):format(place.steps, place.steps - 1) or "t"
    from = ("%s %s %s * %d"):format(from, step < 0 and "-" or "+", round, math.abs(step))
  end
  if place.type ~= "float" then from = ("(%s *)(%s)"):format(place.type, from) end
  local const = place.const or constant[place.base] and not place.writes and context.writes ~= place.base
  return ("%s%s *const %s = %s; /* %s */"):format(const and "const " or "", place.type, place.name, from, place.shape)
end

-- A function's declarations: returns a function that gives the lines for those of `list` that are not declared yet; moving:
-- for those alone that depend on a loop's round (true), or that do not (false). A name that means two places would be one of
-- them.
function places.declarer(context)
  local declared = {}
  return function(list, other, moving)
    local lines = {}
    for _, place in ipairs(list or {}) do
      local step = place.step or 0
      local where = place.base and ("%s + %d + %d"):format(place.base, place.at, step)
      local asked = moving == nil or moving == (step ~= 0)
      if where and asked and not declared[place.name] then
        declared[place.name] = where
        lines[#lines + 1] = declaration(place, other or context) .. "\n"
      end
      assert(not where or not asked or declared[place.name] == where, place.name)
    end
    return table.concat(lines)
  end
end

return places
