-- text.lua: statements (flow.lua, forms.lua) as text of Lua. Names are a stranger's: they come into comments alone, and there
-- without what could end one.
--
-- A text is a list of pieces, for who looks for lines that are alike (loops.lua): words, and *holes*, {name =, text =}, the values
-- in which such lines may differ.

local cnnc = ...
local import = cnnc.import
local format, concat = string.format, table.concat

local text = {}
import.text = text

---- Values ----------------------------------------------------------------------------------------------

local FLOAT_MAX <const> = 0x1.fffffep127 -- beyond it a script may have none

local function as_float(number) return (string.unpack("f", string.pack("f", number))) end

-- The shortest number that is the same float, or, of what is none, the same number.
local function number_text(number)
  if math.type(number) == "integer" then return format("%d", number) end
  if number == math.floor(number) and math.abs(number) < 1e15 then return format("%.0f", number) end
  local is_float = as_float(number) == number
  for digits = 1, 17 do
    local short = format("%." .. digits .. "g", number)
    local read = tonumber(short)
    local is_held = is_float and math.abs(read) <= FLOAT_MAX and as_float(read) == number
    if read == number or is_held then return short end
  end
  return format("%.17g", number)
end

local literal

local function list_text(list)
  local parts = {}
  for i, value in ipairs(list) do parts[i] = literal(value) end
  local names = {}
  for name in pairs(list) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local key = string.find(name, "^%a[%w_]*$") and name ~= "function" and name or format("[%q]", name)
    parts[#parts + 1] = format("%s = %s", key, literal(list[name]))
  end
  return "{" .. concat(parts, ", ") .. "}"
end

function literal(value)
  if type(value) == "number" then return number_text(value) end
  if type(value) == "string" then return format("%q", value) end
  if type(value) == "boolean" then return tostring(value) end
  local known = import.record.texts[value]
  if known then return type(known) == "function" and known() or known end
  if import.record.made[value] then
    local made = import.record.made[value]
    return concat(text.plain(text.call(made.kind, made.args)))
  end
  if not cnnc.arguments.is_plain_table(value) then
    import.fail(nil, "has an argument that no script is written of yet, %s", cnnc.arguments.show(value))
  end
  return list_text(value)
end
text.literal = literal

-- {3, 3} as 3, where an argument is the same along both axes.
local function as_short(row, value)
  local is_list = type(value) == "table" and not import.record.made[value] and cnnc.arguments.is_plain_table(value)
  if not is_list or row[2] ~= "pair" and row[2] ~= "single" or value[1] ~= (value[2] or value[1]) then return value end
  return math.type(value[1]) == "integer" and value[1] or value
end

local function hole(name, value) return {name = name, text = literal(value)} end

-- Pieces as words alone.
function text.plain(pieces)
  local words = {}
  for i, piece in ipairs(pieces) do words[i] = type(piece) == "table" and piece.text or piece end
  return words
end

---- Calls -----------------------------------------------------------------------------------------------

local function is_default(row, value)
  if row.default == nil then return false end
  return value == row.default or type(value) == "table" and cnnc.arguments.is_plain_table(value) and
    literal(value) == literal(row.default)
end

-- Conv2D{8, 3, strides = 2}: what must be given stands in front, and so does a first argument that is no axis.
function text.call(name, args)
  local pieces, count, in_order, is_named = {name, "{"}, 0, true, false
  for i, row in ipairs(cnnc.layer_specs[name].rows) do
    local value, needed = as_short(row, args[row[1]]), row.default == nil and not row.optional
    local is_first = i == 1 and row[1] ~= "axis" -- which is said in any case, as the size of a pool
    local shows = value ~= nil and (needed or is_first or not is_default(row, value))
    in_order = in_order and shows and (needed or is_first) and not row.named_only
    if shows then
      count, is_named = count + 1, is_named or not in_order
      pieces[#pieces + 1] = (count > 1 and ", " or "") .. (in_order and "" or row[1] .. " = ")
      pieces[#pieces + 1] = hole(row[1], value)
    end
  end
  if count == 0 then return {name, "()"} end
  local is_bare = count == 1 and not is_named and not string.find(pieces[4].text, "^{")
  if is_bare then pieces[2] = "(" end
  pieces[#pieces + 1] = is_bare and ")" or "}"
  return pieces
end

---- Expressions ----------------------------------------------------------------------------------------

local SIGNS <const> = {add = " + ", subtract = " - ", multiply = " * ", divide = " / "}

-- Puts words, and lists of pieces, behind others.
local function append(pieces, ...)
  for _, more in ipairs{...} do
    if type(more) == "table" and not more.text then
      table.move(more, 1, #more, #pieces + 1, pieces)
    else
      pieces[#pieces + 1] = more
    end
  end
  return pieces
end
text.append = append

-- What stands for an operand: its name or number. `is_inner`: among operators, where another expression needs brackets.
local function operand_piece(operand, name_of, is_inner)
  if not operand then return "nil" end
  if operand.number then return hole("number", operand.number) end
  return name_of(operand, is_inner)
end

local function affine_pieces(statement, name_of)
  local scale, offset = statement.attributes.scale or 1, statement.attributes.offset or 0
  local function x() return operand_piece(statement.operands[1], name_of, true) end
  if offset == 0 and scale == -1 then return append({"-"}, x()) end
  if offset == 0 and scale ~= 1 then return append({}, x(), " * ", hole("factor", scale)) end
  if scale == 1 and offset ~= 0 then return append({}, x(), offset < 0 and " - " or " + ", hole("offset", math.abs(offset))) end
  if scale == -1 then return append({hole("offset", offset)}, " - ", x()) end
end

local WORD_FIRST <const> = {unary = true, binary = true, cast = true}

local function attribute_pieces(statement)
  local names, pieces = cnnc.arguments.sorted_names(statement.attributes), {", {"}
  if statement.name and #names <= 1 and WORD_FIRST[statement.op] then return {", ", hole("name", statement.name)} end
  if #names == 0 then return {} end
  for i, name in ipairs(names) do
    append(pieces, (i > 1 and ", " or "") .. (name == "function" and '["function"]' or name) .. " = ",
      hole(name, statement.attributes[name]))
  end
  return append(pieces, "}")
end

-- op.NAME(operands, {attributes}), or a function of that name.
local function op_pieces(statement, name_of)
  local function_name = statement.op == "unary" and not statement.attributes.alpha and statement.name
  local known = function_name and (cnnc.op_of_unary[function_name] and "ops." .. cnnc.op_of_unary[function_name] or
    cnnc.is_activation(function_name) and function_name)
  local pieces = known and {known, "("} or {"op.", statement.op, "("}
  for i, operand in ipairs(statement.operands) do
    append(pieces, i > 1 and ", " or "", operand_piece(operand, name_of))
  end
  return append(pieces, known and {} or attribute_pieces(statement), ")")
end

-- What an op makes. Returns true behind it where it needs no brackets among operators.
function text.expression(statement, name_of)
  local a, b = statement.operands[1], statement.operands[2]
  local affine = statement.op == "affine" and affine_pieces(statement, name_of)
  if affine then return affine, false end
  if statement.op == "binary" and SIGNS[statement.name] and a and b and not a.number and not b.number then
    return append({}, operand_piece(a, name_of, true), SIGNS[statement.name], operand_piece(b, name_of, true)), false
  end
  return op_pieces(statement, name_of), true
end

---- Comments -------------------------------------------------------------------------------------------

local LONGEST_NAME <const> = 60

-- The name in the file of what a statement stands for, or nil.
function text.comment(node)
  if not node then return nil end
  local name = type(node) == "table" and (node.name ~= "" and node.name or import.first_output(node)) or node
  name = string.gsub(name, "[^\32-\126]", "?")
  if #name > LONGEST_NAME then name = string.sub(name, 1, LONGEST_NAME - 3) .. "..." end
  return name ~= "" and name or nil
end

---- Names ----------------------------------------------------------------------------------------------

local RESERVED <const> = {}
for word in string.gmatch("and break do else elseif end false for function goto if in local nil not or repeat return then true "
    .. "until while table math string model self layer", "%a+") do
  RESERVED[word] = true
end

-- A name of Lua's like this one, that nothing else has.
function text.identifier(name, taken, otherwise)
  name = string.gsub(string.gsub(name, "[^%w_]+", "_"), "^_+", "")
  name = string.gsub(string.sub(name, 1, 40), "_+$", "")
  if not string.find(name, "^%a") then name = otherwise .. (name ~= "" and "_" .. name or "") end
  local number, unique = 1, name
  while RESERVED[unique] or cnnc.exports[unique] ~= nil or taken[unique] do
    number = number + 1
    unique = format("%s_%d", name, number)
  end
  taken[unique] = true
  return unique
end
