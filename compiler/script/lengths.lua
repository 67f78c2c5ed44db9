-- lengths.lua: lengths that a script leaves open, as None in the shape of an input, and that the command line gives.

local cnnc = ...
local fail, fields = cnnc.fail, cnnc.fields
local format, concat = string.format, table.concat

-- In a checked shape.
local OPEN <const> = -1
-- In place of a length that nobody gave, so that the script can go on and its other inputs be told, too: long enough for the
-- windows of most networks.
local PROVISIONAL <const> = 512

local known = {} -- the names of all inputs
local open_inputs = {} -- of which no length was given: {name =, shape =, at =}

local function text(shape)
  local parts = {}
  for i, size in ipairs(shape) do parts[i] = size == OPEN and "None" or tostring(size) end
  return concat(parts, "x")
end

cnnc.open_text = text

-- Does a shape fit one that may have open lengths?
function cnnc.fits(shape, wanted)
  local same = #shape == #wanted
  for i, size in ipairs(wanted) do same = same and (size == OPEN or shape[i] == size) end
  return same
end

-- What --shape says of the input of this name, or of the only one; nil: nothing.
local function given_for(name)
  local of_any
  for _, given in ipairs(cnnc.given_shapes) do
    if given.name == name then return given end
    if given.name == "" then of_any = given end
  end
  return of_any
end

local function is_open(shape)
  for _, size in ipairs(shape) do
    if size == OPEN then return true end
  end
  return false
end

local function fail_of_shape(name, shape, given, at)
  fail(format("the shape of the input '%s' is %s, and cannot be %s, as --shape says", name, text(shape),
    text(given.shape)), {at = at})
end

-- The shape of an input with the lengths that the command line says.
function cnnc.settle_shape(name, shape, at)
  known[name] = true
  local given = given_for(name)
  if given and not cnnc.fits(given.shape, shape) and (given.name ~= "" or is_open(shape)) then
    fail_of_shape(name, shape, given, at)
  end
  if not is_open(shape) then return shape end
  if given then return given.shape end
  open_inputs[#open_inputs + 1] = {name = name, shape = shape, at = at}
  local settled = {}
  for i, size in ipairs(shape) do settled[i] = size == OPEN and PROVISIONAL or size end
  return settled
end

local function option_for(input, is_only)
  local shape = string.gsub(text(input.shape), "None", "100")
  return format("--shape %s%s", is_only and "" or input.name .. "=", shape)
end

-- The message and the hint for the first of the inputs whose lengths nobody gave, of those in the set `names` (nil: of all),
-- and where it was made; nil: there are none.
function cnnc.explain_open(names)
  local list, options, first = {}, {}, nil
  for _, input in ipairs(open_inputs) do
    if not names or names[input.name] then
      first = first or input
      list[#list + 1] = format("'%s' (%s)", input.name, text(input.shape))
    end
  end
  if not first then return nil end
  for _, input in ipairs(open_inputs) do
    if not names or names[input.name] then options[#options + 1] = option_for(input, #list == 1) end
  end
  return format("the script leaves lengths open: of the input%s %s", #list > 1 and "s" or "", concat(list, ", ")),
    format("give %s on the command line: %s, with the right number for 100", #list > 1 and "them" or "it",
      concat(options, " ")), first.at
end

local function fail_of_unknown(given, names)
  fail(format("--shape: there is no input '%s'", given.name),
    {hint = cnnc.arguments.hint(given.name, names), at = {file = cnnc.where().file, line = 0}})
end

-- Stops if the inputs of the finished model and what the command line says of them do not fit together.
function cnnc.check_lengths(inputs)
  local names, of_model, unsettled = {}, {}, 0
  for i, tensor in ipairs(inputs) do
    local layer = fields[cnnc.call_of(tensor).layer]
    names[i], of_model[layer.name] = layer.name, true
    if layer.open_shape then unsettled = unsettled + 1 end
  end
  local message, hint, at = cnnc.explain_open(of_model)
  open_inputs = {} -- what fails from here on is not for want of a length
  for _, given in ipairs(cnnc.given_shapes) do
    if given.name ~= "" and not known[given.name] then fail_of_unknown(given, names) end
  end
  if message then fail(message, {hint = hint, at = at}) end
  for _, given in ipairs(cnnc.given_shapes) do
    if given.name == "" and #inputs == 1 and not cnnc.fits(given.shape, cnnc.shape(inputs[1])) then
      fail_of_shape(names[1], cnnc.shape(inputs[1]), given, cnnc.call_of(inputs[1]).at)
    elseif given.name == "" and unsettled > 1 then
      fail(format("--shape %s: which of the inputs %s?", text(given.shape), concat(names, ", ")),
        {hint = format("give each its own: --shape %s=%s", names[1], text(given.shape)),
         at = {file = cnnc.where().file, line = 0}})
    end
  end
end

-- The shape that the command line gives to a model whose script says none; nil: none.
function cnnc.shape_of_any()
  local given = given_for("")
  return given and given.shape
end
