-- emit.lua: from the tables of units (emit.c) to the texts of the two files.
--
-- A unit is one model, and a file has those of one script. Kernels are expanded first, because they decide which vector
-- functions the file needs; identical ones, of whatever model, become one function. What the templates may call beside their
-- own variables is added to `lib` here.

local units, nonlinearity, renamed, mentions, laid_out, tidied = ...
lib.mentions = mentions
local unit = units[1] -- the one whose text is being written
local sharing, places, library = lib.module("sharing"), lib.module("places"), lib.module("library")
local view_of = lib.module("view")
local expression = lib.module("expression")
lib.definitions = library.definitions
lib.agree, lib.argument = sharing.agree, sharing.argument

-- Names and comments ---------------------------------------------------------------------------------

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
local function describe(node)
  local where = node.layer and ("%s (line %d)"):format(node.layer, node.line) or node.op
  local first = node.ins[1]
  return ("%s%s: %s%s -> %s%s"):format(where, node.backward and ", backward" or "", first and shape_text(first) .. " -> " or "",
    ops_text(node), shape_text(last(node).outs[1]), tile_text(node))
end

-- Kernels ----------------------------------------------------------------------------------------------

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

-- Of the variant that is being expanded:
local instances, by_text, taken -- functions in order; the same by their text; names that are taken

local suffixes = {predict = "one", many = "block", evaluate = "block", train = "train"}

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
local function function_text(template, variables)
  return tidied(expand(template, variables), unit.target.lanes)
end

-- That of the function that computes a node.
local function expand_kernel(view)
  return function_text("kernel/" .. view.kernel .. ".c.in", {
    node = view, attr = view.attr, tile = view.tile, ins = view.ins, outs = view.outs, y = view.y, lanes = view.lanes,
    name = "@name@", arguments = "@arguments@", rows = false,
  })
end

-- The name of the function that computes `node`, and what it takes behind the tensors.
local function kernel(node, program)
  if node.calls then return node.calls, node.call_arguments end
  local text, arguments = sharing.kernel_text(node, program)
  local found = by_text[text]
  if not found then
    local name = #arguments > 0 and shared_name(node) or function_name(node, program)
    found = {name = name, users = {}, text = text}
    by_text[text] = found
    instances[#instances + 1] = found
  end
  local user = describe(node)
  if not found.users[user] then
    found.users[user] = true
    found.users[#found.users + 1] = user
  end
  node.calls, node.call_arguments = found.name, arguments
  return found.name, arguments
end

local function kernels_text()
  local parts = {}
  for _, instance in ipairs(instances) do
    parts[#parts + 1] = expand("function.c.in", {
      users = instance.users,
      body = lib.filled(instance.text, "@name@", instance.name),
    })
  end
  return table.concat(parts, "\n")
end

-- The caller's rows -----------------------------------------------------------------------------------

-- The nodes that are computed while their input is loaded, by its id.
local function find_loads(program)
  program.loaded = {}
  for _, node in ipairs(program.nodes) do
    if node.loads then program.loaded[node.ins[1].id] = node end
  end
end

-- The function of that text, which is called `name` where that is free, and the comment above it.
local function named_function(text, name, user)
  if not by_text[text] then
    by_text[text] = {name = free_name(name, name), text = text, users = {user}}
    instances[#instances + 1] = by_text[text]
  end
  return by_text[text].name
end

-- The function that loads input or label `tensor` into a block, the tensors that it writes, and what else it takes.
local function loader(tensor, program)
  local node = program.loaded[tensor.id]
  local scale, offset = node and node.attr.scale or 1, node and node.attr.offset or 0
  local random, pixel_scale = node and node.random, scale * (tensor.rescales and 1 or 1 / 255)
  local pixels = tensor.role == "input" and tensor.element == "float"
  local text = function_text(random and "kernel/augment.c.in" or "kernel/load.c.in", {
    name = "@name@", count = tensor.count, from = tensor.element, to = (node and node.outs[1] or tensor).element,
    pixels = pixels, offset = offset, scale = scale, pixel_scale = pixel_scale, rows = true,
    node = random and view_of(node, program) or false, lanes = program.lanes,
  })
  local about = random and describe(node):gsub("^(.-: )", "%1rows of the caller, ") or
    ("%s %s: rows of the caller, made sample-innermost"):format(tensor.role, shape_text(tensor))
  local name = named_function(text, ("load_%s_%d"):format(tensor.role, tensor.count), about)
  local to = {}
  for i, operand in ipairs(node and operands(node) or {{tensor = tensor}}) do
    if not operand.reads then to[#to + 1] = places.of(operand.tensor, false, program) end
    assert(i == 1 or not operand.reads, "a loader reads nothing but rows")
  end
  return name, to, random and {"random"} or {}
end

-- The function that makes of one image what the part of a chain says, as its template has it.
lib.image_function = function(part)
  local text = function_text("kernel/image.c.in", {
    attr = part.attr, shape = part.ins[1].shape, result = part.outs[1].shape, name = "@name@",
  })
  local what = part.attr["function"]
  return named_function(text, what .. "_image", ("one image %s: %s"):format(shape_text(part.ins[1]), what))
end

-- The function that takes the pixels of an image from other places.
lib.warp_function = function(attr, shape)
  local text = function_text("kernel/warp.c.in", {attr = attr, shape = shape, name = "@name@"})
  local about = ("one image %s from other places, %s; beside it: %s"):format(table.concat(shape, "x"), attr.interpolation,
    attr.fill_mode)
  return named_function(text, "warp_image", about)
end

-- Argument lists ------------------------------------------------------------------------------------------

-- "PREFIXstem" for one tensor, "PREFIXstem_1, PREFIXstem_2" for several. A %s in the prefix is the type of their numbers.
local function list(tensors, prefix, stem)
  local parts = {}
  for i, tensor in ipairs(tensors) do
    parts[i] = prefix:format(tensor.element) .. stem .. (#tensors > 1 and "_" .. i or "")
  end
  return table.concat(parts, ", ")
end

local function pair(prefix_in, stem_in, prefix_out, stem_out)
  return list(unit.inputs, prefix_in, stem_in) .. ", " .. list(unit.outputs, prefix_out, stem_out)
end

-- What prediction reads parameters from: their own array, and what was prepared of them, as far as there is any.
local function of_memory(format)
  local parts = {}
  if unit.reads_parameters then parts[1] = format:format("parameters") end
  if unit.prepared_floats > 0 then parts[#parts + 1] = format:format("prepared") end
  return table.concat(parts)
end

lib.prepares = function() return not unit.embeds and unit.prepared_floats > 0 end
-- Where a function's type names both: what says that one of them is not needed.
lib.unused_memory = function()
  local parts = {}
  if not unit.reads_parameters then parts[1] = "(void)parameters" end
  if unit.prepared_floats == 0 then parts[#parts + 1] = "(void)prepared" end
  return #parts > 0 and table.concat(parts, ", ") .. ";" or ""
end

lib.memory_arguments = function() return of_memory("const float *%s, ") end
-- As the arguments of a call and as members of a block; `places`: where they are, if not in variables of these names.
lib.memory_names = function(places)
  return (of_memory("%s, "):gsub("%w+", places or {}))
end
lib.memory_members = function(places)
  return (of_memory(", .%s = #"):gsub("(%w+) = #", function(name) return name .. " = " .. (places and places[name] or name) end))
end
lib.own_memory = function()
  return lib.memory_names{parameters = "own_parameters", prepared = unit.name .. "_prepared"}
end
-- Has it a state that one call leaves to the next, and what its functions take for that.
lib.state_floats = function() return lib.max("predict", "state_bytes") // 4 end
lib.state_argument = function() return lib.state_floats() > 0 and "float *state, " or "" end
lib.state_name = function(name) return lib.state_floats() > 0 and name .. ", " or "" end
lib.sample_arguments = function() return pair("const %s *", "input", "%s *", "output") end
lib.sample_names = function() return pair("", "input", "", "output") end
lib.many_arguments = function() return pair("const %s *", "inputs", "%s *", "outputs") end
lib.rows_arguments = function() return list(unit.inputs, "const struct rows *", "input") end
lib.rows_names = function() return list(unit.inputs, "", "input") end
lib.rows_addresses = function() return list(unit.inputs, "&", "input") end
lib.output_arguments = function() return list(unit.outputs, "float *", "output") end
lib.output_names = function() return list(unit.outputs, "", "output") end
-- Sample `i` of many.
lib.sample_rows = function(i)
  local parts = {}
  for _, side in ipairs{{unit.inputs, "inputs"}, {unit.outputs, "outputs"}} do
    for k, tensor in ipairs(side[1]) do
      parts[#parts + 1] = ("%s%s + %s"):format(side[2], #side[1] > 1 and "_" .. k or "", expression.product(i, tensor.count))
    end
  end
  return table.concat(parts, ", ")
end
-- "list[0], list[1]": the pointers to as many as `tensors`.
lib.members = function(tensors, list)
  local parts = {}
  for i in ipairs(tensors) do parts[i] = ("%s[%d]"):format(list, i - 1) end
  return table.concat(parts, ", ")
end
lib.many_outputs = function() return list(unit.outputs, "", "outputs") end

-- Those that the rule works on.
lib.slots_of = function(program, arithmetic)
  local list = {}
  for _, slot in ipairs(program.slots) do
    if arithmetic.uses[slot] or arithmetic.assigns[slot] then list[#list + 1] = slot end
  end
  return list
end

local rule = lib.module("rule")

-- How the optimizer goes through the parameters: runs of neighbours whose gradients the groups have in parts, and
-- gradients that a node sums by parameters. One run has one parameter where the norm of its gradient is asked for.
lib.gradient_runs = function(program)
  if program.runs then return program.runs end
  local runs, one_by_one = {}, rule.uses(program.rule, "gradient_norm")
  program.runs = runs
  for _, gradient in ipairs(program.gradients) do
    local previous = runs[#runs]
    if gradient.partial_offset < 0 then
      local run = {parameter_offset = gradient.parameter_offset, count = gradient.count, slot_offset = gradient.slot_offset,
        l1 = gradient.l1, l2 = gradient.l2}
      for _, node in ipairs(program.nodes) do
        if node.outs[1].id == gradient.value.id then run.node = node end
      end
      runs[#runs + 1] = run
    elseif previous and not previous.node and previous.parameter_offset + previous.count == gradient.parameter_offset
      and previous.l1 == gradient.l1 and previous.l2 == gradient.l2 and not one_by_one then
      previous.count = previous.count + gradient.count
    else
      runs[#runs + 1] = {parameter_offset = gradient.parameter_offset, count = gradient.count,
        partial_offset = gradient.partial_offset, slot_offset = gradient.slot_offset, l1 = gradient.l1, l2 = gradient.l2}
    end
  end
  return runs
end

-- In how many parts a run of parameters is gone through, the first time.
lib.count_chunks = function(run)
  local size, chunk = run.count, unit.update_chunk
  if run.node then size, chunk = run.node.outs[1].shape[1], run.node.tile.chunk end
  return (size + chunk - 1) // chunk
end

-- Gives runs their places among the parts of a sum, one for each chunk; returns how many parts there are.
local function count_parts_of_sum(program, name, counts)
  local count = 0
  for _, run in ipairs(lib.gradient_runs(program)) do
    if counts(run) then
      run[name] = count
      count = count + lib.count_chunks(run)
    end
  end
  return count
end

-- Of the sum of what the loss gets for parameters; of that of the gradients' squares.
lib.count_penalties = function(program)
  return count_parts_of_sum(program, "penalties", function(run) return run.l1 > 0 or run.l2 > 0 end)
end
lib.measures_gradients = function(program) return #program.measure > 0 end
lib.count_squares = function(program)
  return count_parts_of_sum(program, "squares", function() return lib.measures_gradients(program) end)
end

-- The text of a loop whose rounds threads share if `parallel`. These are then calls of a function of their own, whose text is
-- added to `parts`: of the body of a parallel loop compilers make a function, but clang 14 not one for our instructions.
--   head          "int i = 0; i < 10; i++"
--   around        names of the variables, int, of loops around that the body reads
--   parameters    those of the kernel's function
--   clauses       of the pragma, if not schedule(static)
--   body          text
lib.shared_loop = function(loop)
  if not loop.parallel then return expand("loop.c.in", loop) end
  local parts, arguments, parameters = loop.parts, {}, loop.parameters
  for _, name in ipairs(loop.around or {}) do parameters = parameters .. ", int " .. name end
  parameters = parameters .. ", " .. loop.head:match("^int [%w_]+")
  for name in (parameters .. ","):gmatch("([%w_]+),") do arguments[#arguments + 1] = name end
  local name = ("@name@_part%d"):format(#parts + 1)
  parts[#parts + 1] = expand("part.c.in", {name = name, parameters = parameters, body = loop.body})
  return expand("shared_loop.c.in", {head = loop.head, clauses = loop.clauses or "schedule(static)",
    body = ("%s(%s);"):format(name, table.concat(arguments, ", "))})
end

-- How many parts the text of a kernel has.
local function count_parts(text)
  local count = 0
  while text:find(("static void @name@_part%d("):format(count + 1), 1, true) do count = count + 1 end
  return count
end

-- Has a program kernels whose work threads can share?
lib.shares_work = function(program)
  for _, node in ipairs(program.nodes) do
    if node.parallel then return true end
  end
  return false
end

-- What templates see -------------------------------------------------------------------------------------

-- A nonlinearity is a table of its function's name and alpha.

-- C for the function of the vector variable `x`.
local function apply(f, x)
  return nonlinearity.forward(f["function"], x, ("vset1(%s)"):format(sharing.argument("alpha", f.alpha)))
end

-- C for dx from the variables `dy` and `saved` (input or output).
local function apply_gradient(f, dy, saved)
  return nonlinearity.gradient(f["function"], dy, saved, ("vset1(%s)"):format(sharing.argument("alpha", f.alpha)))
end

-- Of each small kernel, the first nonlinearity that is fused with it.
local common_nonlinearities

local function find_common_nonlinearities(programs)
  common_nonlinearities = {}
  for _, program in ipairs(programs) do
    for _, node in ipairs(program.nodes) do
      local f = node.epilogue and node.epilogue.nonlinearity
      if f then common_nonlinearities[node.kernel] = common_nonlinearities[node.kernel] or f end
    end
  end
end

-- What becomes of the vector variable `x` in a small kernel whose node has fused the nonlinearity f, or none (false).
-- Nodes with and without the common one share the kernel: an argument tells.
local function apply_shared(node, f, x)
  local common = common_nonlinearities[node.kernel]
  if not common or f and f["function"] ~= common["function"] then return f and apply(f, x) or x end
  local asked = sharing.argument("nonlinear", f and 1 or 0)
  if asked == 0 then return x end
  local y = apply(f or common, x)
  return asked == 1 and y or ("%s ? %s : %s"):format(asked, y, x)
end

-- What direct.c.in takes for a node; columns: of those that the kernel's input has, if it is only a part of a kernel.
local function loops(node, name, columns)
  local nest = lib.module("nest")
  local part = columns ~= nil
  return {s = nest.loops(node, unit.target.lanes, columns), e = not part and node.epilogue or nest.no_epilogue,
    parallel = not part and node.parallel, within = part, name = name}
end

-- C for body(i), a text, for each i below `count`: loop.c.in.
local function loop(variable, count, body)
  return expand("kernel/loop.c.in", {variable = variable, count = count, body = body})
end

-- C for body(first, end), a text, for each run of `size` numbers between `from` and `to`: runs.c.in. Once if that is all known to
-- be one run.
local function runs(variable, from, to, size, body)
  if math.type(from) and math.type(to) and to - from <= size then return body(from, to) end
  return expand("kernel/runs.c.in", {variable = variable, from = from, to = to, size = size, body = body})
end

-- C for body(at, n), a text, for tiles of `size` of `total` numbers: tiles.c.in.
local function tiles(variable, total, size, body, share)
  return expand("kernel/tiles.c.in", {variable = variable, total = total, size = size, body = body, share = share or {}})
end

for name, f in pairs{
  tiles = tiles, loop = loop, runs = runs, loops = loops, unit = unit, kernel = kernel, units = units, loader = loader,
  describe = describe, last = last, operands = operands, places = places, shape_text = shape_text, sorted_keys = sorted_keys,
  apply = apply,
  apply_gradient = apply_gradient, apply_shared = apply_shared, sum_of = expression.sum,
  product = expression.product,
} do
  lib[name] = f
end
lib.module("steps")

-- The largest of a number of the variants' programs.
lib.max = function(program, field)
  local max = 0
  for _, variant in ipairs(unit.variants) do
    if variant[program] then max = math.max(max, variant[program][field]) end
  end
  return max
end

lib.any_whole_inputs = function()
  for _, model in ipairs(units) do
    for _, input in ipairs(model.inputs) do
      if input.element ~= "float" then return true end
    end
  end
  return false
end

lib.many_mode = function() return unit.predicts_many end

-- Floats of workspace that each thread of predict_many takes; one by one, bytes are made floats first.
lib.many_floats = function()
  if lib.many_mode() == "blocks" then return math.max(lib.max("many", "workspace_bytes") // 4, 1) end
  local floats = lib.max("predict", "workspace_bytes") // 4
  for _, input in ipairs(unit.inputs) do floats = floats + (input.element == "float" and input.count or 0) end
  return floats
end

-- The numbers that are summed over the samples: loss and metrics; and of how many blocks evaluation keeps them apart.
lib.count_sums = function()
  if not unit.train then return 0 end
  local count = 1
  for _, tensor in ipairs(unit.train.metrics) do count = count + tensor.count end
  return count
end
lib.EVALUATE_CHUNK = 64

-- The expression for a function of the variant that runs.
lib.dispatch = function(name)
  return #unit.variants == 1 and name or ("variants[best()].%s"):format(name)
end

-- Variants -------------------------------------------------------------------------------------------------

-- How lines that define a name at file scope look, by their first character.
local word = "([%a_][%w_]*)"
local definitions = {
  s = {"^static .-" .. word .. "%(", "^static const .-" .. word .. " =", "^struct " .. word .. " {"},
  t = {"^typedef .-" .. word .. ";"},
  e = {"^enum { " .. word .. " ="},
  ["#"] = {"^#define " .. word},
  [" "] = {"^    (%u[%u%d_]+[%w_]*) = "},
}

local function defined(text)
  local names = {}
  for line in lib.lines(text) do
    for _, pattern in ipairs(definitions[line:sub(1, 1)] or {}) do
      local name = line:match(pattern)
      if name then names[name] = true end
    end
  end
  return names
end

-- The arrays and variables of a text.
local function tables(text)
  local names = {}
  for line in lib.lines(text) do
    local name = line:gsub("^_Alignas%(%d+%) ", ""):match("^static [^(=]-" .. word .. "[%[;]")
    if name then names[name] = true end
  end
  return names
end

-- What the names that a variant defines become, so that several variants fit into one file. Names of vectors get the number of
-- lanes, others the target's name.
local function apart(names, of_vectors, target)
  local new = {}
  for name in pairs(names) do
    local lanes = (name:find("%d$") and "_" or "") .. target.lanes
    new[name] = name .. (of_vectors[name] and lanes or "_" .. target.name)
  end
  return new
end

-- Several models stand in one file: what only one of them names gets its name behind.
local function of_model(model, text, names)
  if #units == 1 then return text end
  local new = {}
  for name in pairs(names) do new[name] = name .. model.suffix end
  return renamed(text, new)
end

-- Several programs that train stand in one file: what the text of the first one defines has no suffix.
lib.train_text = function(number, text)
  if number == 1 then return text end
  local new = {}
  for name in pairs(defined(text)) do new[name] = name .. unit.trains[number].suffix end
  return renamed(text, new)
end

-- Has `unit` be the model, and its programs those for one target.
local function turn_to(model, number)
  local variant = model.variants[number]
  unit, lib.unit = model, model
  model.target, model.trains = variant.target, variant.trains
  for _, kind in ipairs{"predict", "many", "evaluate"} do
    model[kind] = variant[kind] or false
    variant[kind] = model[kind]
  end
  variant.train = variant.trains[1] or false
  model.train = variant.train
  if lib.many_mode() ~= "blocks" then model.many = false end
end

-- The programs of all models for one target.
local function begin_programs(number)
  local all = {}
  for _, model in ipairs(units) do
    turn_to(model, number)
    model.uses_random = false
    local programs = {model.predict, model.many, model.evaluate}
    for i, program in ipairs(model.trains) do
      program.suffix = i > 1 and "_" .. i or ""
      programs[#programs + 1] = program
      for _, node in ipairs(program.nodes) do model.uses_random = model.uses_random or node.random end
    end
    for _, program in ipairs(programs) do
      if program then
        find_loads(program)
        all[#all + 1] = program
      end
    end
  end
  return all
end

-- What the models have of their own for one target, and the names that this defines: {key =, text =, names =}, ...
local function parts_of_models(number)
  local parts = {}
  for i, model in ipairs(units) do
    turn_to(model, number)
    local text = function_text("programs.c.in", model) .. "\n" .. function_text("engine.c.in", model)
    local names = defined(text)
    names.block = true
    model.defines = names
    parts[i] = {key = model.key, text = of_model(model, text, names)}
  end
  return parts
end

local function variant_text(number)
  instances, by_text = {}, {}
  local programs = begin_programs(number)
  taken = places.begin(programs)
  find_common_nonlinearities(programs)
  sharing.begin(unit.small, programs, expand_kernel)
  local models = parts_of_models(number)
  local kernels = kernels_text()
  local texts = {kernels}
  for i, model in ipairs(models) do texts[i + 1] = model.text end
  local vectors = library.definitions({
    "simd/" .. unit.target.name .. ".h.in", "math.h.in", "random.h.in", "normal.h.in", "augment.h.in", "samples.h.in",
  }, texts)
  local function with(some)
    return expand("variant.c.in", {target = unit.target, vectors = vectors, kernels = some, models = models})
  end
  local text = with(kernels)
  if #unit.variants == 1 then return text end
  local names = defined(with(""))
  for _, instance in ipairs(instances) do
    names[instance.name] = true
    for i = 1, count_parts(instance.text) do names[("%s_part%d"):format(instance.name, i)] = true end
  end
  return renamed(text, apart(names, defined(vectors), unit.target))
end

-- The file ---------------------------------------------------------------------------------------------------

local file = {units = units, name = unit.file, texts = {}}
file.header = (unit.output == "-" and file.name or unit.output:match("([^/]*)$"):gsub("%.[^.]*$", "")) .. ".h"
file.guard = file.name:upper() .. "_H"
for _, model in ipairs(units) do
  model.key = model.key or false
  model.header, model.suffix = file.header, model.key and "_" .. model.key or ""
  model.training.loss = model.training.loss or false
  model.whole_target = model.target
end

-- The text of a template about a model. Those of `names` that only this model defines get its name behind.
function lib.text_of(model, template, names)
  unit, lib.unit = model, model
  return of_model(model, expand(template, model), names or {})
end

-- The same of what calls the model's programs, and defines functions and tables itself.
function lib.text_around(model, template)
  local text, names = lib.text_of(model, template), {variants = true}
  for _, list in ipairs{model.defines, defined(text), tables(text)} do
    for name in pairs(list) do names[name] = not name:find("^" .. model.name .. "_") or nil end
  end
  return of_model(model, text, names)
end

-- What the program drives unless it is told another.
file.default = units[1]
for i = #units, 1, -1 do
  if units[i].training.fitted then file.default = units[i] end
end

for i in ipairs(unit.variants) do file.texts[i] = variant_text(i) end
for _, model in ipairs(units) do model.target = model.whole_target end
local source = expand("net.c.in", setmetatable(file, {__index = units[1]}))
local header = expand("net.h.in", file)
return laid_out(source), laid_out(header)
