-- emit.lua: from the tables of units (unit.c) to the texts of the two files.
--
-- A unit is one model, and a file has those of one script. Kernels are expanded first, because they decide which vector
-- functions the file needs; identical ones, of whatever model, become one function. What the templates may call beside their
-- own variables is added to `lib` here.

local units, renamed, mentions, laid_out, tidied, definitions_of = ...
lib.units, lib.unit = units, units[1] -- `unit`: the one whose text is being written
lib.renamed, lib.mentions, lib.tidied, lib.definitions_of = renamed, mentions, tidied, definitions_of

local functions, rows, apply, names = lib.module("functions"), lib.module("rows"), lib.module("apply"), lib.module("names")
local library, expression, sharing = lib.module("library"), lib.module("expression"), lib.module("sharing")
local describe = lib.module("describe")

for name, f in pairs(lib.module("loops")) do lib[name] = f end
for name, f in pairs{
  kernel = functions.kernel, loader = rows.loader, image_function = rows.image_function, warp_function = rows.warp_function,
  definitions = library.definitions, train_text = names.of_train, names = names.has, places = lib.module("places"),
  describe = describe.of, last = describe.last, operands = describe.operands, shape_text = describe.shape_text,
  sorted_keys = describe.sorted_keys, agree = sharing.agree, argument = sharing.argument, apply = apply.forward,
  apply_gradient = apply.gradient, apply_shared = apply.shared, sum_of = expression.sum, product = expression.product,
} do
  lib[name] = f
end
lib.module("arguments")
lib.module("updates")
lib.module("statements")

-- Of the programs ------------------------------------------------------------------------------------------

-- Has a program kernels whose work threads can share?
lib.shares_work = function(program)
  for _, node in ipairs(program.nodes) do
    if node.parallel then return true end
  end
  return false
end

-- The same of a program of any variant.
lib.shares_any_work = function(program)
  for _, variant in ipairs(lib.unit.variants) do
    if variant[program] and lib.shares_work(variant[program]) then return true end
  end
  return false
end

-- C for how many samples a block of a program has, "VL" or 1, and for how many blocks so many samples are.
lib.samples_of = function(program) return program.lanes == lib.unit.target.lanes and "VL" or 1 end
lib.blocks_of = function(program, count)
  return lib.samples_of(program) == 1 and count or ("(%s + VL - 1) / VL"):format(count)
end

-- The largest of a number of the variants' programs.
lib.max = function(program, field)
  local max = 0
  for _, variant in ipairs(lib.unit.variants) do
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

lib.many_mode = function() return lib.unit.predicts_many end

-- Floats of workspace that each thread of predict_many takes; one by one, bytes are made floats first.
lib.many_floats = function()
  if lib.many_mode() == "blocks" then return math.max(lib.max("many", "workspace_bytes") // 4, 1) end
  local floats = lib.max("predict", "workspace_bytes") // 4
  for _, input in ipairs(lib.unit.inputs) do floats = floats + (input.element == "float" and input.count or 0) end
  return floats
end

-- Floats of what the program that watches has for a workspace; what is prepared behind it is aligned.
lib.watch_floats = function() return (lib.max("watch", "workspace_bytes") // 4 + 15) // 16 * 16 end

-- The numbers that are summed over the samples: loss and metrics; and of how many blocks evaluation keeps them apart.
lib.count_sums = function() return lib.unit.train and lib.unit.train.n_sums or 0 end
lib.EVALUATE_CHUNK = 64

-- Those with which training begins as a file has them.
lib.count_pretrained = function(parameters)
  local count = 0
  for _, parameter in ipairs(parameters) do count = count + (parameter.file and 1 or 0) end
  return count
end

-- The expression for a function of the variant that runs.
lib.dispatch = function(name)
  return #lib.unit.variants == 1 and name or ("variants[best()].%s"):format(name)
end

-- Variants -------------------------------------------------------------------------------------------------

-- Has `unit` be the model, and its programs those for one target.
local function turn_to(model, number)
  local variant = model.variants[number]
  lib.unit = model
  model.target, model.trains = variant.target, variant.trains
  for _, kind in ipairs{"predict", "many", "evaluate", "watch"} do
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
    local programs = {model.predict, model.many, model.evaluate, model.watch}
    for i, program in ipairs(model.trains) do
      program.suffix = i > 1 and "_" .. i or ""
      programs[#programs + 1] = program
      for _, node in ipairs(program.nodes) do model.uses_random = model.uses_random or node.random end
    end
    for _, program in ipairs(programs) do
      if program then
        rows.find_loads(program)
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
    local text = functions.text("programs.c.in", model) .. "\n" .. functions.text("engine.c.in", model)
    model.defines = names.defined(text)
    model.defines.block = true
    parts[i] = {key = model.key, text = names.of_model(model, text, model.defines)}
  end
  return parts
end

local function variant_text(number)
  local programs = begin_programs(number)
  apply.begin(programs)
  functions.begin(programs, lib.module("places").begin(programs), lib.unit.small)
  local models = parts_of_models(number)
  local kernels = functions.all_text()
  local texts = {kernels}
  for i, model in ipairs(models) do texts[i + 1] = model.text end
  local vectors = tidied(library.definitions({
    "simd/" .. lib.unit.target.name .. ".h.in", "math.h.in", "random.h.in", "normal.h.in", "augment.h.in", "samples.h.in",
  }, texts), lib.unit.target.lanes)
  local text = expand("variant.c.in", {target = lib.unit.target, vectors = vectors, kernels = kernels, models = models})
  if #lib.unit.variants == 1 then return text end
  return renamed(text, names.apart(names.defined(text), names.defined(vectors), lib.unit.target))
end

-- The file ---------------------------------------------------------------------------------------------------

local file = {units = units, name = lib.unit.file, texts = {}}
file.header = (lib.unit.output == "-" and file.name or lib.unit.output:match("([^/]*)$"):gsub("%.[^.]*$", "")) .. ".h"
file.guard = file.name:upper() .. "_H"
for _, model in ipairs(units) do
  model.key = model.key or false
  model.header, model.suffix = file.header, #units > 1 and "_" .. model.key or ""
  model.training.loss = model.training.loss or false
  model.whole_target = model.target
end

-- The text of a template about a model. Those of `defined` that only this model defines get its name behind.
function lib.text_of(model, template, defined)
  lib.unit = model
  return names.of_model(model, expand(template, model), defined or {})
end

-- The same of what calls the model's programs, and defines functions and tables itself.
function lib.text_around(model, template)
  local text, own = lib.text_of(model, template), {variants = true}
  for _, list in ipairs{model.defines, names.defined(text)} do
    for name in pairs(list) do own[name] = not name:find("^" .. model.name .. "_") or nil end
  end
  return names.of_model(model, text, own)
end

-- What the program drives unless it is told another.
file.default = units[1]
for i = #units, 1, -1 do
  if units[i].training.fitted then file.default = units[i] end
end

for i in ipairs(lib.unit.variants) do file.texts[i] = variant_text(i) end
for _, model in ipairs(units) do model.target = model.whole_target end
local source = expand("net.c.in", setmetatable(file, {__index = units[1]}))
local header = expand("net.h.in", file)
return laid_out(source), laid_out(header)
