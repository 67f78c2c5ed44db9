-- rows.lua: the layers of a model as they are shown: the rows of `cnnc summary`, and the boxes of `cnnc graph`.

local cnnc = ...
local fields, is_model, is_layer = cnnc.fields, cnnc.is_model, cnnc.is_layer
local format, concat = string.format, table.concat

---- What a layer says of itself in a few words ------------------------------------------------------------

local function number(value) return format(math.type(value) == "integer" and "%d" or "%g", value) end

-- 3x3, of a size that may be one number or several.
local function size(value)
  if type(value) == "number" then return number(value) end
  local parts = {}
  for i, length in ipairs(value) do parts[i] = tostring(length) end
  return concat(parts, "x")
end

-- stride 2, which is that of all axes, if it is the same.
local function one_size(value)
  local text = size(value)
  local first = string.match(text, "^%d+")
  return first and string.gsub(text, "x" .. first, "") == first and first or text -- GroupNormalization has groups of -1, too
end

-- In the words of `pattern`, unless it is what nobody would ask for.
local function size_unless(plain, pattern)
  return function(value)
    local text = one_size(value)
    return text ~= plain and format(pattern, text) or nil
  end
end

-- A pool's is its own size as a rule.
local function stride(value, values)
  local text = one_size(value)
  return text ~= (values.pool_size and one_size(values.pool_size) or "1") and "stride " .. text or nil
end

local function word_unless(plain)
  return function(value) return value ~= plain and value or nil end
end

local function flag(text)
  return function(value) return value and text or nil end
end

-- By argument, in the order in which they are said: of which type of Lua's it must be, and the words.
local NOTES <const> = {
  {"layer", "layer", function(inner) return fields[inner].type end},
  {"kernel_size", "size", size}, {"pool_size", "size", size}, {"size", "size", size_unless("1", "times %s")},
  {"strides", "size", stride}, {"padding", "string", word_unless("valid")},
  {"padding", "size", function(value) return (string.gsub(size(value), "x", " ")) end},
  {"dilation_rate", "size", size_unless("1", "dilation %s")}, {"groups", "number", size_unless("1", "%s groups")},
  {"depth_multiplier", "number", size_unless("1", "multiplier %s")}, {"rate", "number", number},
  {"num_heads", "number", function(value) return format("%d heads", value) end},
  {"interpolation", "string", word_unless("nearest")}, {"merge_mode", "string", word_unless("concat")},
  {"return_sequences", "boolean", flag("all steps")}, {"go_backwards", "boolean", flag("backwards")},
  {"stateful", "boolean", flag("stateful")}, {"activation", "named", word_unless("linear")},
}

-- Of an activation and the like, what it is called.
local function name_of(value)
  local spec = type(value) == "table" and fields[value] and fields[value].spec
  return spec and (spec.aliases and spec.aliases[1] or spec.name)
end

local function kind_of(value)
  if is_layer(value) then return "layer" end
  if name_of(value) then return "named" end
  if type(value) ~= "table" then return math.type(value) == "integer" and "number" or type(value) end
  for i = 1, #value do
    if math.type(value[i]) ~= "integer" then return "table" end
  end
  return #value > 0 and #value <= 8 and "size" or "table"
end

-- "3x3, stride 2, same, relu"
local function note_of(layer)
  local parts, own = {}, fields[layer]
  local values = own.shown or own
  for _, row in ipairs(own.shown and NOTES or is_model(layer) and {} or NOTES) do
    local value = values[row[1]]
    local kind = kind_of(value)
    if value ~= nil and (kind == row[2] or kind == "number" and row[2] == "size") then
      parts[#parts + 1] = row[3](kind == "named" and name_of(value) or value, values)
    end
  end
  return string.sub(concat(parts, ", "), 1, 64)
end

---- Rows ------------------------------------------------------------------------------------------------

local function index_of(list, sought)
  for i, value in ipairs(list) do
    if value == sought then return i - 1 end
  end
  return 0
end

-- Which output of which row a tensor is; nil: of none, as a Sequential's input.
local function source_of(tensor, index)
  local call = cnnc.call_of(tensor)
  return index[call.layer] and {layer = index[call.layer], output = index_of(call.outputs, tensor)}
end

-- What feeds a layer, in the order of its inputs.
local function connections_of(row, index)
  local list = {}
  for _, call in ipairs(row.calls) do
    for i, tensor in ipairs(call.inputs) do
      local source = source_of(tensor, index)
      if source then
        source.input = i - 1
        list[#list + 1] = source
      end
    end
  end
  return list
end

-- The calls of a model, given by its fields; a Model shows its inputs, too.
local function calls_to_show(own)
  local calls = {}
  if not own.layer_list then
    for i, input in ipairs(own.inputs) do calls[i] = cnnc.call_of(input) end
  end
  table.move(own.network, 1, #own.network, #calls + 1, calls)
  table.sort(calls, function(a, b) return a.order < b.order end)
  return calls
end

-- A row by itself, without what feeds it.
local function row_of(shown)
  local layer, calls = fields[shown.layer], shown.calls
  return {
    layer = shown.layer, name = layer.name, type = layer.type, line = layer.made_at.line, outputs = calls[#calls].outputs,
    neurons = calls[#calls].neurons or 0, parameters = cnnc.owned[shown.layer], calls = #calls, note = note_of(shown.layer),
    inside = is_model(shown.layer) and layer.network and cnnc.rows_of(layer) or nil,
  }
end

-- Of a layer of the script's own, in which others are called: {inputs =, outputs =, layers = rows that have what they are called on
-- as `uses`}; nil: it is none. model.c finds out what feeds what.
local function block_of(layer)
  local block = cnnc.blocks[layer]
  if not block or is_model(layer) or cnnc.layer_specs[fields[layer].type] == fields[layer].spec then return nil end
  local rows = {}
  for i, shown in ipairs(cnnc.layers_of_calls(block.parts)) do
    rows[i] = row_of(shown)
    rows[i].name, rows[i].connections, rows[i].uses = fields[shown.layer].label or rows[i].name, {}, shown.calls
    rows[i].block = block_of(shown.layer)
  end
  return {inputs = block.inputs, outputs = block.outputs, layers = rows}
end

-- {layers = rows, inputs = the index of the row that stands for each; -1: none does, outputs = what each is of, so many}. As in
-- Keras, the input is a row of a Model, not of a Sequential.
function cnnc.rows_of(own)
  local rows, index, inputs, outputs = {}, {}, {}, {}
  local shown = cnnc.layers_of_calls(calls_to_show(own))
  for i, row in ipairs(shown) do index[row.layer] = i - 1 end
  for i, row in ipairs(shown) do
    rows[i] = row_of(row)
    rows[i].connections, rows[i].block = connections_of(row, index), block_of(row.layer)
  end
  for i, input in ipairs(own.inputs) do inputs[i] = index[cnnc.call_of(input).layer] or -1 end
  for i, output in ipairs(own.outputs) do outputs[i] = source_of(output, index) or {layer = -1, output = 0} end
  return {layers = rows, inputs = inputs, outputs = outputs}
end
