-- write.lua: an imported network as a script that a person would have written.

local cnnc = ...
local import, fields = cnnc.import, cnnc.fields
local text, loops, own = import.text, import.loops, import.own
local append = text.append
local format, concat = string.format, table.concat

local WIDTH <const> = 120

---- Variables -------------------------------------------------------------------------------------------

local FLOW <const> = {"x", "y", "z", "u", "v", "w", "p", "q", "r", "s", "a", "b", "c", "d", "e", "f", "g", "h"}
local MOST_LOCALS <const> = 150 -- of which Lua has 200 in a function

-- The name of variable number i of what flows.
local function flow_name(i)
  if i <= #FLOW then return FLOW[i] end
  return i <= MOST_LOCALS and "x" .. i or format("more[%d]", i - MOST_LOCALS)
end

-- Which statement reads each key last; an output is read behind all.
local function last_reads(self)
  local last = {}
  for i, statement in ipairs(self.statements) do
    for _, key in ipairs(statement.ins) do last[key] = i end
  end
  for _, key in ipairs(self.outputs) do last[key] = math.huge end
  return last
end

-- Names for what statements make: what one reads for the last time lends its name. Lines that are alike so have the same names.
local function name_values(self)
  local last, names, number, free, count = last_reads(self), {}, {}, {}, 0
  for i, key in ipairs(self.inputs) do names[key] = self.input_names[i] end
  local function take()
    table.sort(free)
    local taken = table.remove(free, 1)
    if taken then return taken end
    count = count + 1
    return count
  end
  for i, statement in ipairs(self.statements) do
    for _, key in ipairs(statement.ins) do
      if last[key] == i and number[key] then free[#free + 1], number[key] = number[key], nil end
    end
    for _, key in ipairs(statement.outs) do
      number[key] = take()
      names[key] = flow_name(number[key])
    end
    for _, key in ipairs(statement.outs) do
      if not last[key] then free[#free + 1] = number[key] end
    end
  end
  self.names, self.last = names, last
  self.has_more = count > MOST_LOCALS
end

---- Lines -----------------------------------------------------------------------------------------------

local function names_of(self, keys)
  local names = {}
  for i, key in ipairs(keys) do names[i] = self.names[key] end
  return concat(names, ", ")
end

local function given_keys(statement)
  local keys = {}
  for i, operand in ipairs(statement.given) do keys[i] = operand.key end
  return keys
end

-- add{x, y}, concatenate{x, y, axis = 1}
local function merge_pieces(self, name, keys, args)
  local pieces = {name, "{", names_of(self, keys)}
  for _, arg in ipairs(cnnc.arguments.sorted_names(args)) do
    append(pieces, ", " .. arg .. " = ", {{name = arg, text = text.literal(args[arg])}})
  end
  return append(pieces, "}")
end

-- ops.mean(x, {axis = {1, 2}, keepdims = true})
local function function_pieces(name, x, args)
  local pieces, before = {"ops.", name, "(", x, ", "}, "{"
  for _, arg in ipairs(cnnc.arguments.sorted_names(args)) do
    append(pieces, before .. arg .. " = ", {{name = arg, text = text.literal(args[arg])}})
    before = ", "
  end
  return append(pieces, "})")
end

-- What makes the layer of a statement; nil: it has none.
local function layer_pieces(statement)
  local form, made = statement.form, statement.layer and import.record.made[statement.layer]
  if form and form.call then return text.call(form.call, form.args) end
  if statement.class then return own.call(statement) end
  return made and text.call(made.kind, made.args) or nil
end

local function value_pieces(self, statement)
  local made = statement.layer and import.record.made[statement.layer]
  local merge = made and cnnc.layer_specs[made.kind].function_name
  if statement.form and statement.form.merge then
    return merge_pieces(self, statement.form.merge, statement.ins, statement.form.args)
  elseif statement.form and statement.form.of_ops then
    return function_pieces(statement.form.of_ops, self.names[statement.form.from], statement.form.args)
  elseif merge and #statement.given > 1 then
    return merge_pieces(self, merge, given_keys(statement), made.args)
  end
  local layer = statement.shared and {statement.shared} or layer_pieces(statement)
  if layer then
    return append(layer, "(", names_of(self, statement.given and given_keys(statement) or statement.ins), ")")
  end
  return (text.expression(statement, function(operand) return self.names[operand.key] end))
end

-- What is equal for statements that call one layer; nil: that makes no difference.
local function instance_of(statement, numbers)
  if statement.layer then return statement.layer end
  if #statement.parameters == 0 then return nil end
  local parts = text.plain(layer_pieces(statement))
  for _, parameter in ipairs(statement.parameters) do
    numbers[parameter] = numbers[parameter] or #parts + numbers.count
    numbers.count = numbers.count + 1000
    parts[#parts + 1] = format("@%d", numbers[parameter])
  end
  return concat(parts)
end

-- Layers that are called more than once have a name. The first of their calls has the parameters.
local function name_shared(self)
  local first, numbers = {}, {count = 0}
  for _, statement in ipairs(self.statements) do
    local instance = instance_of(statement, numbers)
    local other = instance and first[instance]
    if other then
      local kind = statement.class or statement.form and statement.form.call or import.record.made[statement.layer].kind
      other.shared = other.shared or text.identifier(cnnc.snake_case(kind), self.taken, "shared")
      other.defines, statement.shared, statement.parameters = true, other.shared, {}
    elseif instance then
      first[instance] = statement
    end
  end
end

-- The name of the node that a statement stands for, or is the last of.
local function comment_of(self, i)
  local node, behind = self.statements[i].node, self.statements[i + 1]
  return not (behind and behind.node == node) and text.comment(node) or nil
end

local function flow_lines(self)
  local lines = {}
  for i, statement in ipairs(self.statements) do
    if statement.defines then
      lines[#lines + 1] = {pieces = append({"local ", statement.shared, " = "}, layer_pieces(statement)), at = i}
    end
    local targets = {}
    for j, key in ipairs(statement.outs) do targets[j] = self.names[key] end
    lines[#lines + 1] = {pieces = append({concat(targets, ", "), " = "}, value_pieces(self, statement)), targets = targets,
      at = i, comment = comment_of(self, i)}
  end
  return lines
end

---- A chain ---------------------------------------------------------------------------------------------

-- Is it layer behind layer?
local function is_chain(self)
  local key = self.inputs[1]
  if #self.inputs ~= 1 or #self.outputs ~= 1 then return false end
  for _, statement in ipairs(self.statements) do
    local is_one = layer_pieces(statement) and #statement.ins == 1 and #statement.outs == 1 and statement.ins[1] == key
    if not is_one or statement.shared then return false end
    key = statement.outs[1]
    if self.uses[key] ~= 1 then return false end
  end
  return key == self.outputs[1] and #self.statements > 0
end

local function chain_lines(self)
  local lines = {}
  for i, statement in ipairs(self.statements) do
    lines[i] = {pieces = append({"model:add("}, layer_pieces(statement), ")"), comment = comment_of(self, i), at = i}
  end
  return lines
end

---- The script ------------------------------------------------------------------------------------------

-- The variables whose value, behind statement i, is read later: as a set.
local function live_behind(self, i)
  local live = {}
  for j, statement in ipairs(self.statements) do
    for _, key in ipairs(statement.outs) do
      if j <= i and (self.last[key] or 0) > i then live[self.names[key]] = true end
    end
  end
  return live
end

local LONGEST_LINE <const> = 132

-- A line that is too long goes on in the next one, behind a comma.
local function wrapped(lines, line, indent)
  while #line > LONGEST_LINE do
    local cut
    for at in string.gmatch(string.sub(line, 1, LONGEST_LINE), "(), ") do cut = at end
    if not cut or cut <= #indent then return line end
    lines[#lines + 1] = string.sub(line, 1, cut)
    line = indent .. "  " .. string.sub(line, cut + 2)
  end
  return line
end

local function put(lines, indent, words, comment)
  local line = wrapped(lines, indent .. words, indent)
  if comment and #line + #comment + 4 > WIDTH then
    lines[#lines + 1] = format("%s-- %s", indent, comment)
    comment = nil
  end
  lines[#lines + 1] = comment and format("%s -- %s", line, comment) or line
end

-- "local " in front of what is declared nowhere yet.
local function declared(line, known)
  local words, new = concat(text.plain(line.pieces)), 0
  for _, target in ipairs(line.targets or {}) do new = new + (known[target] and 0 or 1) end
  if not line.targets or new == 0 or string.find(line.targets[1], "[", 1, true) then return words end
  for _, target in ipairs(line.targets) do known[target] = true end
  return "local " .. words
end

-- Variables that rounds of a loop hand on, or that are read behind it, are declared in front of it.
local function declare_for_loop(self, loop, lines, result, known)
  local wanted = {}
  local function want(live)
    for name in pairs(live) do wanted[name] = not known[name] and not string.find(name, "[", 1, true) or nil end
  end
  for at = loop.first + loop.period - 1, loop.last, loop.period do want(live_behind(self, lines[at].at)) end
  local made = {}
  for _, line in ipairs(loop.body) do
    for _, target in ipairs(line.targets or {}) do
      if wanted[target] then made[#made + 1], wanted[target], known[target] = target, nil, true end
    end
  end
  if #made > 0 then result[#result + 1] = "local " .. concat(made, ", ") end
end

local function print_lines(self, lines, result)
  local known = {}
  for _, entry in ipairs(loops.find(lines, self.taken)) do
    if entry.body then
      if lines[1].targets then declare_for_loop(self, entry, lines, result, known) end
      for _, line in ipairs(entry.head) do put(result, "", line) end
      local inner = setmetatable({}, {__index = known})
      for _, line in ipairs(entry.body) do put(result, "  ", declared(line, inner), line.comment) end
      result[#result + 1] = "end"
    else
      put(result, "", declared(entry, known), entry.comment)
    end
  end
end

local function printable(name) return (string.gsub(name, "[^\32-\126]", "?")) end

-- What the file is, and how it is trained on.
local function head_lines(weights)
  local path = printable(string.match(import.path, "[^/]*$"))
  return {
    format("-- Imported from %s; the weights are in %s.", path, printable(weights)),
    format('-- To train on: model:load_weights("%s"), model:compile{...}, model:fit{...}',
      (string.gsub(printable(weights), '["\\]', "?"))),
    "",
  }
end

local function input_text(key, self, name)
  local layer = fields[cnnc.call_of(self.input_tensors[key]).layer]
  local args = {shape = layer.open_shape or layer.shape, name = name, dtype = layer.dtype}
  local rest = {"shape = " .. text.literal(args.shape)}
  for _, field in ipairs{"dtype", "name"} do
    if args[field] then rest[#rest + 1] = format("%s = %q", field, args[field]) end
  end
  return "Input{" .. concat(rest, ", ") .. "}"
end

local function list_or_one(names) return #names == 1 and names[1] or "{" .. concat(names, ", ") .. "}" end

local function functional(self, result)
  name_values(self)
  local outputs = {}
  for i, key in ipairs(self.inputs) do
    local layer = fields[cnnc.call_of(self.input_tensors[key]).layer]
    result[#result + 1] = format("local %s = %s", self.input_names[i], input_text(key, self, layer.name))
  end
  if self.has_more then result[#result + 1] = "local more = {}" end
  print_lines(self, flow_lines(self), result)
  for i, key in ipairs(self.outputs) do outputs[i] = self.names[key] end
  result[#result + 1] = ""
  result[#result + 1] = format("local model = Model{inputs = %s, outputs = %s}", list_or_one(self.input_names),
    list_or_one(outputs))
end

local function sequential(self, result)
  result[#result + 1] = "local model = Sequential()"
  result[#result + 1] = format("model:add(%s)", input_text(self.inputs[1], self))
  print_lines(self, chain_lines(self), result)
end

local function name_inputs(self, tensors)
  self.input_names, self.input_tensors = {}, {}
  for _, name in ipairs(FLOW) do self.taken[name] = true end
  for i, tensor in ipairs(tensors) do
    self.input_tensors[cnnc.key(tensor)] = tensor
    self.input_names[i] = text.identifier(fields[cnnc.call_of(tensor).layer].name, self.taken, "input")
  end
end

-- Could a layer without a name of its own be called so?
local function is_of_kind(name)
  local base = string.gsub(name, "_%d+$", "")
  for kind in pairs(cnnc.layer_specs) do
    if cnnc.snake_case(kind) == base then return true end
  end
  return false
end

-- Of several outputs the layers that make them keep the names, by which data come and go.
local function name_outputs(self, outputs, named)
  local taken = {}
  for _, tensor in pairs(self.input_tensors) do taken[fields[cnnc.call_of(tensor).layer].name] = true end
  if #outputs < 2 then return end
  for i, tensor in ipairs(outputs) do
    local name = named and named[i] or fields[cnnc.call_of(tensor).layer].name
    for _, statement in ipairs(self.statements) do
      local is_it = statement.outs[1] == self.outputs[i] and #statement.outs == 1
      local takes_name = is_it and not statement.shared and not is_of_kind(name) and not taken[name]
      taken[name] = taken[name] or takes_name or nil
      if takes_name and statement.form and not statement.form.of_ops then statement.form.args.name = name end
      if takes_name and statement.class then table.insert(statement.args, {name = "name", text = text.literal(name)}) end
    end
  end
end

-- The script of a model; `weights`: the name of the file with its numbers. Returns its text and its parameters in the order in
-- which the script makes them: each a list of tensors, which are one behind the other in it.
function import.write(model, weights)
  local inputs, outputs = fields[model].inputs, fields[model].outputs
  local self, parameters = import.flow.of_record(inputs, outputs), {}
  self.taken = {more = true, block = true}
  name_inputs(self, inputs)
  import.sink_reshapes(self)
  import.as_layers(self)
  import.with_own_outputs(self)
  import.with_own_layers(self)
  local result, definitions = head_lines(weights), own.definitions(self, self.taken)
  name_shared(self)
  name_outputs(self, outputs, fields[model].outputs_named)
  table.move(definitions, 1, #definitions, #result + 1, result)
  if is_chain(self) then sequential(self, result) else functional(self, result) end
  for _, statement in ipairs(self.statements) do
    for _, parameter in ipairs(statement.parameters) do
      local tensors = {}
      for i, part in ipairs(parameter.parts or {parameter}) do tensors[i] = part.tensor end
      parameters[#parameters + 1] = tensors
    end
  end
  result[#result + 1] = "return model"
  return concat(result, "\n") .. "\n", parameters
end
