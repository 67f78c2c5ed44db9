-- onnx.lua: the graph of an ONNX model: which axis is the batch's, in which order nodes are built, and what is missing.
--
-- An operator is a row, import.rows[NAME] (onnx/*.lua): f(x, node), where x are the inputs' values, by number, and what it returns
-- are the outputs' values. import.fold[NAME] (fold.lua) is the same where all inputs are known arrays. Axes count from 1.

local cnnc = ...
local import, exports = cnnc.import, cnnc.exports
local value = import.value
local format, concat = string.format, table.concat

import.rows = {}

local fail, is_open, dims_text = import.fail_of_file, import.is_open, import.dims_text

---- Inputs ----------------------------------------------------------------------------------------------

local FLOATS <const> = {float32 = true, float64 = true, float16 = true, bfloat16 = true}
local WHOLE <const> = {int32 = true, int64 = true}
-- Of an input, where it is not floats: the type of the array in C.
local DTYPES <const> = {int32 = "int32", int64 = "int32", uint8 = "uint8"}

local function has_dim(input, name)
  for _, size in ipairs(input.dims or {}) do
    if size == name then return true end
  end
  return false
end

-- The symbol of the batch: of those that lead an input's axes, the one that most inputs have.
local function batch_symbol(inputs)
  local best, best_count
  for _, input in ipairs(inputs) do
    local first, count = input.dims and input.dims[1], 0
    if type(first) == "string" then
      for _, other in ipairs(inputs) do count = count + (has_dim(other, first) and 1 or 0) end
      if not best or count > best_count then best, best_count = first, count end
    end
  end
  return best
end

-- Sets import.batch: {name = of the symbol, or nil, size = of the length that the file says, strips = each input's first axis is
-- the batch, strict = operators along it are refused}; nil: arrays are as the file says.
local function decide_batch(inputs, mode)
  import.batch = nil
  if mode == "keep" then return end
  local open, ones, size = false, true, nil
  for _, input in ipairs(inputs) do
    local first = input.dims and input.dims[1]
    if first ~= nil and is_open(first) then
      open = true
    elseif first ~= nil then
      size, ones = size or first, ones and first == 1
    end
  end
  local strips = mode == "strip"
  if strips or open then
    import.batch = {name = batch_symbol(inputs), size = size, strips = strips, strict = strips and size ~= 1 or open}
  elseif ones and size then
    import.batch = {size = 1}
  end
end

-- A length above 1 that leads all inputs and outputs is the batch's, by the looks of it, and an axis for us.
local function tell_fixed_batch(inputs, outputs)
  local size = inputs[1] and inputs[1].dims and inputs[1].dims[1]
  if import.batch or math.type(size) ~= "integer" or size == 1 then return end
  for _, list in ipairs{inputs, outputs} do
    for _, one in ipairs(list) do
      if not one.dims or #one.dims < 2 or one.dims[1] ~= size then return end
    end
  end
  cnnc.warn(format("arrays have an axis of %d in front, as in the file: a batch of %d, by the looks of it", size, size),
    {hint = "--batch strip leaves it out; --batch keep says that it is right so", at = {file = import.path, line = 0}})
end

-- Where the batch is among an input's axes; nil: nowhere.
local function batch_axis_of(input)
  local batch, dims = import.batch, input.dims
  if not batch or not dims or #dims == 0 then return nil end
  if batch.strips then return 1 end
  for i, size in ipairs(dims) do
    if batch.name and size == batch.name then return i end
  end
  return (is_open(dims[1]) or dims[1] == 1) and 1 or nil
end

-- Stops where a number was given for the axis that arrays leave out.
local function check_batch_length(input)
  local axis = input.batch_axis
  local size = axis and input.settled[axis]
  if not size or is_open(size) or size == 1 or import.batch.strips then return end
  fail(format("--shape gives %d for axis %d of the input '%s', which is the batch: arrays leave it out", size, axis, input.name),
    "--batch keep takes it for an axis like others")
end

local function make_input(input)
  local dims, shape = table.move(input.settled, 1, #input.settled, 1, {}), {}
  local axis = input.batch_axis
  if axis then dims[axis] = 1 end
  for i, size in ipairs(dims) do
    if i ~= axis then shape[#shape + 1] = size end
  end
  if #shape == 0 then shape[1] = 1 end
  local tensor = exports.Input{shape = import.fitting(shape), name = import.name_of(input.name, "input"),
    dtype = DTYPES[input.type]}
  return value.of_tensor(tensor, dims, nil, axis)
end

-- A shape of as many axes as a tensor may have: the first ones become one.
function import.fitting(shape)
  local fits = table.move(shape, 1, #shape, 1, {})
  while #fits > cnnc.MAX_RANK do
    fits[2] = fits[1] * fits[2]
    table.remove(fits, 1)
  end
  return fits
end

local function check_type(input)
  if FLOATS[input.type] or DTYPES[input.type] then return end
  fail(format("the input '%s' is of type %s, and an input must be floats or whole numbers", input.name, input.type),
    format("--bind %s=FILE.npy makes it a constant", input.name))
end

local function check_bind(input, known)
  local dims, fits = cnnc.array.dims(known), true
  if not input.dims then return end
  for i, size in ipairs(input.dims) do fits = fits and (is_open(size) or size == dims[i]) end
  if fits and #dims == #input.dims then return end
  fail(format("--bind: the input '%s' is %s, and the file has %s", input.name, dims_text(input.dims), dims_text(dims)))
end

-- Puts the values of the model's inputs, of its weights and of what is bound into `values`, by name. Returns the inputs that are
-- arrays of the C.
local function take_inputs(model, binds, mode, values)
  local inputs = {}
  for name, known in pairs(model.initializers) do values[name], import.initializers[known] = value.of_array(known), true end
  for _, input in ipairs(model.inputs) do
    local known = binds[input.name]
    if known then check_bind(input, known) end
    if known then values[input.name], binds[input.name] = value.of_array(known), nil end
  end
  local unknown = next(binds)
  if unknown then fail(format("--bind: the model has no input '%s'", unknown)) end
  for _, input in ipairs(model.inputs) do
    if not values[input.name] then inputs[#inputs + 1] = input end
  end
  decide_batch(inputs, mode)
  if mode ~= "keep" then tell_fixed_batch(inputs, model.outputs) end
  for _, input in ipairs(inputs) do
    input.settled, input.batch_axis = import.settled_dims(input, #inputs == 1), batch_axis_of(input)
    check_type(input)
    check_batch_length(input)
  end
  import.check_open(inputs)
  for _, input in ipairs(inputs) do
    values[input.name] = make_input(input)
    values[input.name].input = input.name
  end
  return inputs
end

---- The order of nodes ----------------------------------------------------------------------------------

-- What the graphs that a node has as attributes read of the graph around them, by name.
local function captured(node)
  if node.captured then return node.captured end
  local names, seen, attributes = {}, {}, {}
  for name in pairs(node.attributes) do attributes[#attributes + 1] = name end
  table.sort(attributes) -- the order of nodes is that of the names, and no run's own
  for _, attribute in ipairs(attributes) do
    local graph = node.attributes[attribute]
    if type(graph) == "table" and graph.nodes then
      local own = {}
      for _, input in ipairs(graph.inputs) do own[input.name] = true end
      for name in pairs(graph.initializers) do own[name] = true end
      for _, inner in ipairs(graph.nodes) do
        for _, name in ipairs(inner.outputs) do own[name] = true end
      end
      local function take(name)
        if name ~= "" and not own[name] and not seen[name] then names[#names + 1], seen[name] = name, true end
      end
      for _, inner in ipairs(graph.nodes) do
        for _, name in ipairs(inner.inputs) do take(name) end
        for _, name in ipairs(captured(inner)) do take(name) end
      end
      for _, output in ipairs(graph.outputs) do take(output.name) end
    end
  end
  node.captured = names
  return names
end

local function names_read(node)
  local names = table.move(node.inputs, 1, #node.inputs, 1, {})
  return table.move(captured(node), 1, #captured(node), #names + 1, names)
end

-- The nodes that the outputs need, each behind those that it reads. The depth of a model is a stranger's: no recursion.
local function sorted_nodes(model, values)
  local producer, sorted, state = {}, {}, {}
  for _, node in ipairs(model.nodes) do
    for _, name in ipairs(node.outputs) do
      if name ~= "" and producer[name] then
        import.node = node
        import.fail(nil, "makes '%s', which %s makes, too", name, import.node_text(producer[name]))
      end
      producer[name] = name ~= "" and node or nil
    end
  end
  local stack = {}
  for i = #model.outputs, 1, -1 do stack[#stack + 1] = producer[model.outputs[i].name] end
  while #stack > 0 do
    local node = stack[#stack]
    if state[node] then
      table.remove(stack)
      if state[node] == "open" then sorted[#sorted + 1], state[node] = node, "done" end
    else
      state[node] = "open"
      local names = names_read(node)
      for i = #names, 1, -1 do
        local name = names[i]
        local before = not values[name] and producer[name]
        if before and state[before] == "open" then
          import.node = node
          import.fail(nil, "needs its own result, '%s'", name)
        end
        if not before and not values[name] and name ~= "" then
          import.node = node
          import.fail(nil, "reads '%s', which nothing makes", name)
        end
        if before and not state[before] then stack[#stack + 1] = before end
      end
    end
  end
  return sorted
end

---- What is missing -------------------------------------------------------------------------------------

local DEFAULT_DOMAIN <const> = {[""] = true, ["ai.onnx"] = true}

local function row_name(node) return DEFAULT_DOMAIN[node.domain] and node.op or node.domain .. "." .. node.op end

local IN_FLOAT <const> = "export the model in float32, before it is quantised"
local AT_RANDOM <const> = "export the model for inference (model.eval())"
local LISTS <const> = "operators of lists have no arrays in C: export it without them"
local AFTERWARDS <const> = "cut the model in front of it: what picks boxes or texts is done by the program that calls the network"

-- What would help, by operator; others are of the kind that is not known.
import.hints = {
  ["ai.onnx.ml.ZipMap"] = "export with zipmap=False: the scores are an array then",
  RandomNormal = AT_RANDOM, RandomNormalLike = AT_RANDOM, RandomUniform = AT_RANDOM, RandomUniformLike = AT_RANDOM,
  Bernoulli = AT_RANDOM, Multinomial = AT_RANDOM,
  SequenceConstruct = LISTS, SequenceAt = LISTS, SequenceInsert = LISTS, SequenceEmpty = LISTS, SplitToSequence = LISTS,
  ConcatFromSequence = LISTS, SequenceMap = LISTS, Optional = LISTS, OptionalGetElement = LISTS, OptionalHasElement = LISTS,
  NonMaxSuppression = AFTERWARDS, Unique = AFTERWARDS, StringNormalizer = AFTERWARDS, TfIdfVectorizer = AFTERWARDS,
  ["com.microsoft.QAttention"] = IN_FLOAT, ["com.microsoft.MatMulNBits"] = IN_FLOAT,
  NegativeLogLikelihoodLoss = "it is a loss: export the network without it", SoftmaxCrossEntropyLoss =
    "it is a loss: export the network without it",
}

-- All nodes, with those of bodies that are built whatever a condition is.
local function with_bodies(nodes, list)
  for _, node in ipairs(nodes) do
    list[#list + 1] = node
    local body = node.attributes.body
    if type(body) == "table" and body.nodes then with_bodies(body.nodes, list) end
  end
  return list
end

-- Stops with all operators that no row is for.
local function check_operators(nodes)
  local missing, seen, hint = {}, {}, nil
  for _, node in ipairs(with_bodies(nodes, {})) do
    local name = row_name(node)
    if not import.rows[name] and not import.fold[name] then
      hint = hint or import.hints[name]
      if not seen[name] then missing[#missing + 1], seen[name] = name, {node = node, count = 0} end
      seen[name].count = seen[name].count + 1
    end
  end
  if #missing == 0 then return end
  local list = {}
  for i, name in ipairs(missing) do
    local first, more = seen[name].node, seen[name].count > 1 and format(" and %d more", seen[name].count - 1) or ""
    local where = first.name ~= "" and format("'%s'", first.name) or format("output '%s'", import.first_output(first))
    list[i] = format("%s (%s%s)", name, where, more)
  end
  fail(format("operator%s that cnnc does not know: %s", #missing > 1 and "s" or "", concat(list, ", ")), hint)
end

---- Building --------------------------------------------------------------------------------------------

local function inputs_of(node, values)
  local x, all_known = {n = #node.inputs}, true
  for i, name in ipairs(node.inputs) do
    if name ~= "" then
      x[i] = values[name] or import.fail(nil, "reads '%s', which its operator does not make here", name)
      all_known = all_known and x[i].array ~= nil
    end
  end
  return x, all_known
end

-- The names of tensors of whole numbers, by which they are divided otherwise: true, or false; those of a body's are a table of its
-- own, behind which are those around it.
local whole = {}

function import.is_whole(name) return whole[name] or false end

local function set_of(text)
  local set = {}
  for name in string.gmatch(text, "%a+") do set[name] = true end
  return set
end

local KEEPS_TYPE <const> = set_of("Mod Neg Abs Max Min Sum Identity Reshape Flatten Squeeze Unsqueeze Transpose Slice Split Concat "
  .. "Expand Tile Clip Gather ReduceSum ReduceMax ReduceMin")
local OF_ALL <const> = set_of("Add Sub Mul Div")
local MAKES_WHOLE <const> = set_of("ArgMax ArgMin Shape Size")

-- Are the numbers of a node's result i whole?
local function makes_whole(node, i)
  local op, attributes, inputs = node.op, node.attributes, node.inputs
  local body, to = attributes.body or attributes.then_branch, attributes.to
  if type(body) == "table" and body.nodes then
    local output = body.outputs[op == "Loop" and i + 1 or i]
    return output and WHOLE[output.type] or false
  end
  if op == "Cast" then return math.type(to) == "integer" and to >= 2 and to <= 7 end
  if op == "Where" then return whole[inputs[2]] and whole[inputs[3]] end
  if OF_ALL[op] then return node.whole end
  return MAKES_WHOLE[op] or op == "TopK" and i == 2 or KEEPS_TYPE[op] and whole[inputs[1]]
end

-- Notes whether a node's results are whole numbers; import.node.whole: all that it reads are.
local function note_whole(node)
  node.whole = #node.inputs > 0
  for _, name in ipairs(node.inputs) do node.whole = node.whole and (name == "" or whole[name] or false) end
  for i, name in ipairs(node.outputs) do whole[name] = makes_whole(node, i) or false end
end

local function build_node(node, values)
  import.node = node
  import.note(import.node_text(node))
  local name, x, all_known = row_name(node), inputs_of(node, values)
  local make = all_known and import.fold[name] or import.rows[name]
  if not make then import.fail(nil, "cannot be computed of numbers that are known only when the network runs") end
  if all_known and not import.fold[name] then
    import.fail_with("export it with constants folded, or simplify it", "is computed of constants alone, which cnnc does not do")
  end
  note_whole(node)
  local idiom = not all_known and import.idioms[name]
  local instead = idiom and idiom(x, node)
  local results = instead and {instead} or {make(x, node, values)}
  import.note_made(node, x, results)
  for i, output in ipairs(node.outputs) do
    local made = output ~= "" and results[i]
    if made then values[output] = made end
    if made and made.array then whole[output] = cnnc.array.type(made.array) == "int" end
  end
  import.node = nil
  import.note(nil)
end

-- The outputs of a graph within the one that is built: `given` are its inputs, and it sees the values around it.
function import.build_graph(graph, given, around)
  local outer, values, results = import.node, setmetatable({}, {__index = around}), {}
  local outer_whole = whole
  whole = setmetatable({}, {__index = outer_whole})
  for name, known in pairs(graph.initializers) do
    values[name], whole[name] = value.of_array(known), cnnc.array.type(known) == "int"
  end
  for i, input in ipairs(graph.inputs) do
    values[input.name], whole[input.name] = given[i], WHOLE[input.type] or false
  end
  local nodes = sorted_nodes(graph, values)
  check_operators(nodes)
  for _, node in ipairs(nodes) do build_node(node, values) end
  import.node, whole = outer, outer_whole
  import.note(import.node_text(outer))
  for i, output in ipairs(graph.outputs) do
    results[i] = values[output.name] or import.fail(nil, "has a body that does not make its output '%s'", output.name)
  end
  return results
end

-- Which inputs and known arrays are whole numbers.
local function note_types(model, inputs, values)
  for _, input in ipairs(inputs) do whole[input.name] = WHOLE[input.type] end
  for name, known in pairs(model.initializers) do whole[name] = values[name] and cnnc.array.type(known) == "int" or nil end
end

-- The tensor of an output, without the batch axis. taken: by key, those that are one already.
local function output_tensor(output, values, taken)
  local x = values[output.name]
  if not x then fail(format("the output '%s' is made by nothing, or is one of an operator's that is not known", output.name)) end
  if x.array then
    fail(format("the output '%s' does not depend on an input: it is always the same", output.name))
  end
  import.node = {op = "Output", name = output.name, outputs = {output.name}, attributes = {}}
  local axis, groups, shape = import.batch and value.batch_axis(x), {}, {}
  for i, size in ipairs(value.dims(x)) do
    if i ~= axis then groups[#groups + 1], shape[#shape + 1] = {i}, size end
  end
  if #shape == 0 then shape[1] = 1 end
  shape = import.fitting(shape)
  local is_free = value.is_natural(x) and cnnc.producer(x.tensor) and not taken[cnnc.key(x.tensor)]
  if is_free and concat(cnnc.shape(x.tensor), "x") == concat(shape, "x") then
    taken[cnnc.key(x.tensor)] = true
    return x.tensor
  end
  local tensor = import.layer({x}, function()
    local flat = {}
    for _, group in ipairs(groups) do flat[#flat + 1] = group[1] end
    local whole = value.reshaped(value.arrange(x, {flat}), shape)
    local is_input = not cnnc.producer(whole) -- which is no tensor that the caller's memory could be for
    return is_input and cnnc.op.affine(whole, {scale = 1, offset = 0}) or whole
  end)
  import.node = nil
  return tensor
end

local LAST_VERSION <const> = 22

local function version_of(model)
  local version = model.opsets[""] or model.opsets["ai.onnx"] or 1
  if version < 1 or version > LAST_VERSION then
    fail(format("the model is of version %d of ONNX' operators, and cnnc knows 1 to %d", version, LAST_VERSION),
      format("export it with opset_version = %d", LAST_VERSION))
  end
  return version
end

-- Notes weights of types that are not the network's.
local function tell_conversions(model)
  local found = {}
  for _, known in pairs(model.initializers) do found[cnnc.array.element(known) or ""] = true end
  for _, kind in ipairs{"float64", "float16", "bfloat16"} do
    if found[kind] then cnnc.warn(format("weights of type %s are made float32", kind), {at = {file = import.path, line = 0}}) end
  end
end

-- The model of the script language that the file's model, as onnx.c read it, is. options: {path =, batch =, binds =}
function import.build(model, options)
  import.path = options.path
  import.version = version_of(model)
  if model.functions > 0 then fail("the model has functions of its own", "export it with its functions inlined") end
  if model.sparse > 0 then fail("the model has sparse tensors", "export it with dense ones") end
  local values = {}
  tell_conversions(model)
  local inputs = take_inputs(model, options.binds, options.batch, values)
  local nodes = sorted_nodes(model, values)
  check_operators(nodes)
  note_types(model, inputs, values)
  for _, node in ipairs(nodes) do build_node(node, values) end
  local ins, outs = {}, {}
  for i, input in ipairs(inputs) do ins[i] = values[input.name].tensor end
  local taken = {}
  for i, output in ipairs(model.outputs) do outs[i] = output_tensor(output, values, taken) end
  local made, names, among = exports.Model{inputs = ins, outputs = outs}, {}, {}
  for i, output in ipairs(model.outputs) do names[i] = import.name_of(output.name, "output", among) end
  cnnc.fields[made].outputs_named = names
  return made
end
