-- lengths.lua: the lengths of a model's inputs, of which the file may leave some open, and the command line gives them.
--
-- An input is {name =, dims = lengths with the batch, or nil, settled = the same as they are in the end, batch_axis = where the
-- batch is among them, or nil}. A length that is no integer is open.

local cnnc = ...
local import = cnnc.import
local format, concat = string.format, table.concat

function import.fail_of_file(message, hint) cnnc.fail(message, {at = {file = import.path, line = 0}, hint = hint}) end

local fail = import.fail_of_file

local function is_open(size) return math.type(size) ~= "integer" end

local function dims_text(dims)
  local parts = {}
  for i, size in ipairs(dims or {}) do parts[i] = size and tostring(size) or "?" end
  return concat(parts, "x")
end

-- The lengths of an input, with those that the command line gives.
function import.settled_dims(input, only)
  local dims = input.dims and table.move(input.dims, 1, #input.dims, 1, {}) or nil
  for _, given in ipairs(cnnc.given_shapes) do
    if given.name == input.name or given.name == "" and only then
      given.used = true
      if dims and #dims ~= #given.shape then
        fail(format("--shape %s: the input '%s' is %s", dims_text(given.shape), input.name, dims_text(dims)),
          "all of its axes are given, the batch included")
      end
      for i, size in ipairs(given.shape) do
        if dims and math.type(dims[i]) == "integer" and dims[i] ~= size then
          fail(format("--shape %s: the input '%s' is %s", dims_text(given.shape), input.name, dims_text(dims)))
        end
      end
      dims = table.move(given.shape, 1, #given.shape, 1, {})
    end
  end
  return dims
end

local function check_given()
  for _, given in ipairs(cnnc.given_shapes) do
    if not given.used then fail(format("--shape: there is no input '%s'", given.name)) end
  end
  cnnc.given_shapes = {} -- they were of the file's axes
end

-- Stops with all of the inputs whose lengths nobody said, and where the command line says something of others.
function import.check_open(inputs)
  local list, options = {}, {}
  for _, input in ipairs(inputs) do
    local is_unknown = not input.settled
    for i, size in ipairs(input.settled or {}) do is_unknown = is_unknown or is_open(size) and i ~= input.batch_axis end
    if is_unknown then
      local shape = {}
      for i, size in ipairs(input.dims or {}) do shape[i] = i == input.batch_axis and 1 or is_open(size) and 100 or size end
      list[#list + 1] = format("'%s' (%s)", input.name, input.dims and dims_text(input.dims) or "of unknown shape")
      options[#options + 1] = format("--shape %s=%s", input.name, #shape > 0 and concat(shape, "x") or "1x100")
    end
  end
  if #list == 0 then return check_given() end
  fail(format("the model leaves lengths open: of the input%s %s", #list > 1 and "s" or "", concat(list, ", ")),
    format("give %s: %s, with the right numbers for 100", #list > 1 and "them" or "it", concat(options, " ")))
end

import.is_open, import.dims_text = is_open, dims_text
