-- own.lua: layers of the script's own, for what an operator of the model makes of parameters and no layer of Keras does.

local cnnc = ...
local import = cnnc.import
local text = import.text
local append = text.append
local format, concat = string.format, table.concat

local own = {}
import.own = own

---- The statements that become one ---------------------------------------------------------------------

local function uses_parameter(statement)
  for _, operand in ipairs(statement.operands or {}) do
    if operand and operand.parameter then return true end
  end
  return statement.scan ~= nil
end

-- Statements that follow one another and are of one group, with a parameter among them, are one: {own = {...}, ...}
local function joined(self, run)
  local made = {own = run, ins = {}, outs = {}, parameters = {}, node = run[1].node}
  local inside, seen = {}, {}
  for _, statement in ipairs(run) do
    for _, key in ipairs(statement.ins) do
      if not inside[key] and not seen[key] then made.ins[#made.ins + 1], seen[key] = key, true end
    end
    for _, key in ipairs(statement.outs) do inside[key] = (inside[key] or 0) end
    for _, parameter in ipairs(statement.parameters) do
      if not seen[parameter] then made.parameters[#made.parameters + 1], seen[parameter] = parameter, true end
    end
  end
  for _, statement in ipairs(run) do
    for _, key in ipairs(statement.ins) do inside[key] = inside[key] and inside[key] + 1 end
  end
  for _, statement in ipairs(run) do
    for _, key in ipairs(statement.outs) do
      if (self.uses[key] or 0) > inside[key] then made.outs[#made.outs + 1] = key end
    end
  end
  if #made.ins == 0 then made.ins[1] = self.inputs[1] end -- a layer is called on something
  return made
end

function import.with_own_layers(self)
  local list, run = {}, {}
  local function flush()
    local needed = false
    for _, statement in ipairs(run) do needed = needed or uses_parameter(statement) end
    if needed then list[#list + 1] = joined(self, run) else table.move(run, 1, #run, #list + 1, list) end
    run = {}
  end
  for _, statement in ipairs(self.statements) do
    local is_op = statement.op or statement.scan
    if #run > 0 and (not is_op or statement.group ~= run[1].group) then flush() end
    if is_op then run[#run + 1] = statement else list[#list + 1] = statement end
  end
  flush()
  self.statements = list
end

---- Their text -----------------------------------------------------------------------------------------

local ARGUMENTS <const> = {"x", "y", "z", "u", "v", "w"}
local LONGEST_EXPRESSION <const> = 90

-- Where values are used, within the layer.
local function count_uses(body, statements)
  for _, statement in ipairs(statements) do
    for _, key in ipairs(statement.ins) do body.uses[key] = (body.uses[key] or 0) + 1 end
    if statement.inner then
      count_uses(body, statement.inner)
      for _, result in ipairs(statement.results) do
        if result.key then body.uses[result.key] = (body.uses[result.key] or 0) + 1 end
      end
    end
  end
end

-- Which statement reads a key, of those beside it: what stands in front of a loop stays there.
local function find_readers(body, statements)
  local here = {}
  for _, statement in ipairs(statements) do
    for _, operand in ipairs(statement.operands or {}) do
      if operand and here[operand.key] then body.readers[operand.key] = statement end
    end
    for _, key in ipairs(statement.outs) do here[key] = true end
    if statement.inner then find_readers(body, statement.inner) end
  end
end

local function local_name(body, wanted) return text.identifier(wanted, body.taken, "v") end

local function put(body, ...) append(body.pieces, ...) end

local function put_parameters(body)
  for _, parameter in ipairs(body.made.parameters) do
    local name = local_name(body, parameter.name)
    body.parameters[parameter] = name
    put(body, format("  local %s = layer:add_weight{name = %q, shape = ", name, name),
      {{name = "shape", text = text.literal(cnnc.shape(parameter.tensor))}},
      (parameter.trainable and "" or ", trainable = false") .. "}\n")
  end
end

-- How an operand is named; an expression that nobody else needs stands in its place.
local function name_in(body)
  return function(operand, is_inner)
    if operand.parameter then return body.parameters[operand.parameter] end
    local value = body.values[operand.key]
    if not value then return body.names[operand.key] end
    body.values[operand.key] = nil
    return is_inner and not value.alone and append({"("}, value.pieces, ")") or value.pieces
  end
end

local put_statement

local function listed(list, f)
  local pieces = {}
  for i, entry in ipairs(list) do append(pieces, i > 1 and ", " or "", f(entry, i)) end
  return pieces
end

local function put_scan(body, statement, indent)
  local name_of, options = name_in(body), {}
  local function named(key, i, words)
    body.names[key] = local_name(body, words[math.min(i, #words)])
    return body.names[key]
  end
  local sequences = listed(statement.sequences, function(x) return name_of(x) end)
  local states = listed(statement.states, function(state)
    return state.shape and {{name = "shape", text = text.literal(state.shape)}} or name_of(state)
  end)
  local given = listed(statement.given, function(key, i)
    return named(key, i > #statement.sequences and 2 or 1, {"now", "state"})
  end)
  put(body, indent, "local ", listed(statement.outs, function(key, i) return named(key, i, {"steps", "last"}) end),
    " = op.scan(function(", given, ")\n")
  for _, inner in ipairs(statement.inner) do put_statement(body, inner, indent .. "  ") end
  put(body, indent, "  return ", listed(statement.results, function(result) return name_of(result) end), "\n")
  for _, name in ipairs{"go_backwards", "reverse"} do
    if statement.options[name] then options[#options + 1] = name .. " = true" end
  end
  put(body, indent, "end, {", sequences, "}, {", states, "}", #options > 0 and ", {" .. concat(options, ", ") .. "}" or "", ")\n")
end

-- How often a statement reads a key.
local function reads(statement, key)
  local count = 0
  for _, operand in ipairs(statement.operands or {}) do
    if operand and operand.key == key then count = count + 1 end
  end
  return count
end

function put_statement(body, statement, indent)
  if statement.scan then return put_scan(body, statement, indent) end
  local pieces, alone = text.expression(statement, name_in(body))
  local key = statement.outs[1]
  local reader, length = body.readers[key], #concat(text.plain(pieces))
  local is_result = body.made.outs[1] == key and #body.made.outs == 1 and not body.uses[key]
  local is_short = reader and reads(reader, key) == 1 and length < LONGEST_EXPRESSION
  if is_result or body.uses[key] == 1 and is_short and not body.kept[key] then
    body.values[key] = {pieces = pieces, alone = alone}
    return
  end
  body.names[key] = local_name(body, "v")
  put(body, indent, "local ", body.names[key], " = ", pieces, "\n")
end

-- The text of a layer behind its name, as pieces.
local function pieces_of(made)
  local body = {pieces = {}, names = {}, values = {}, uses = {}, taken = {layer = true}, parameters = {}, made = made,
    readers = {}, kept = {}}
  count_uses(body, made.own)
  find_readers(body, made.own)
  for _, key in ipairs(made.outs) do body.kept[key] = true end
  local inputs = listed(made.ins, function(key, i)
    body.names[key] = local_name(body, ARGUMENTS[i] or "x")
    return body.names[key]
  end)
  put(body, "call = function(layer, ", inputs, ")\n")
  put_parameters(body)
  for _, statement in ipairs(made.own) do put_statement(body, statement, "  ") end
  put(body, "  return ", listed(made.outs, function(key) return name_in(body)({key = key}) end), "\nend}\n")
  return body.pieces
end

---- Alike ----------------------------------------------------------------------------------------------

local MOST_ARGUMENTS <const> = 4

-- Names that arguments cannot have.
local KEPT <const> = {}
for name in string.gmatch("spec type path label home key made_at at calls call input output parameter fail adapt name trainable "
    .. "input_shape input_dim dtype shape_of", "%S+") do
  KEPT[name] = true
end

-- The values in which layers of the same text differ: {{name =, texts = {of each}}, ...}, and by number of the hole which it is.
local function differences(group)
  local columns, of_hole, known = {}, {}, {}
  for h, first in ipairs(group[1].holes) do
    local texts, differs = {}, false
    for i, one in ipairs(group) do
      texts[i] = one.holes[h].text
      differs = differs or texts[i] ~= first.text
    end
    local key = concat(texts, "\1")
    if differs and not known[key] then
      known[key] = {name = first.name, texts = texts}
      columns[#columns + 1] = known[key]
    end
    of_hole[first] = differs and known[key] or nil
  end
  return columns, of_hole
end

local function line_of_arguments(columns)
  if #columns == 0 then return "" end
  local taken, rows = {}, {}
  for i, column in ipairs(columns) do
    local name = KEPT[column.name] and column.name .. "_of" or column.name
    column.name = text.identifier(name, taken, "value")
    rows[i] = format("{%q, \"any\"}", column.name)
  end
  return "arguments = {" .. concat(rows, ", ") .. "}, "
end

-- Gives the layers of a group, which are the same text but for some values, a name. Returns their text.
local function define(group, taken)
  local columns, of_hole = differences(group)
  local node = group[1].statement.node
  local name = node and string.gsub(node.op, "^.*%.", "") or "Part"
  name = text.identifier(cnnc.exports[name] ~= nil and "Own" .. name or name, taken, "Part")
  local count, words = #group[1].statement.ins, {}
  local arguments = line_of_arguments(columns)
  for i, piece in ipairs(group[1].pieces) do
    words[i] = type(piece) == "string" and piece or of_hole[piece] and "layer." .. of_hole[piece].name or piece.text
  end
  for i, one in ipairs(group) do
    one.statement.class, one.statement.args = name, {}
    for j, column in ipairs(columns) do one.statement.args[j] = {name = column.name, text = column.texts[i]} end
  end
  return format("local %s = Layer{name = %q, %s%s%s", name, name, count > 1 and format("inputs = %d, ", count) or "", arguments,
    concat(words))
end

-- Those of one pattern, or, where they differ in too much, of one text.
local function groups_of(self)
  local groups, of_key = {}, {}
  local function add(key, entry)
    if not of_key[key] then
      of_key[key] = {}
      groups[#groups + 1] = of_key[key]
    end
    table.insert(of_key[key], entry)
  end
  for _, statement in ipairs(self.statements) do
    if statement.own then
      local entry, words = {statement = statement, pieces = pieces_of(statement), holes = {}}, {}
      for i, piece in ipairs(entry.pieces) do
        if type(piece) == "table" then entry.holes[#entry.holes + 1] = piece end
        words[i] = type(piece) == "table" and "\1" or piece
      end
      add(concat(words), entry)
    end
  end
  local result = {}
  for _, group in ipairs(groups) do
    if #differences(group) <= MOST_ARGUMENTS then
      result[#result + 1] = group
    else
      groups, of_key = {}, {}
      for _, entry in ipairs(group) do add(concat(text.plain(entry.pieces)), entry) end
      table.move(groups, 1, #groups, #result + 1, result)
    end
  end
  return result
end

-- Gives each such statement a layer, `class`, and what stands in its braces, `args`. Returns the text that makes them, of each.
function own.definitions(self, taken)
  local lines = {}
  for _, group in ipairs(groups_of(self)) do
    lines[#lines + 1] = define(group, taken)
  end
  return lines
end

-- MyLayer{shape = {3}}
function own.call(statement)
  if #statement.args == 0 then return {statement.class, "()"} end
  local pieces = {statement.class, "{"}
  for i, arg in ipairs(statement.args) do
    append(pieces, (i > 1 and ", " or "") .. arg.name .. " = ", {{name = arg.name, text = arg.text}})
  end
  return append(pieces, "}")
end
