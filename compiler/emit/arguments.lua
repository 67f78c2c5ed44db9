-- arguments.lua: what the functions take that a user or another function calls, as parameters and as the arguments of calls.

local lib = lib
local expression = lib.module("expression")

-- "PREFIXstem" for one tensor, "PREFIXstem_1, PREFIXstem_2" for several. A %s in the prefix is the type of their numbers.
local function list(tensors, prefix, stem)
  local parts = {}
  for i, tensor in ipairs(tensors) do
    parts[i] = prefix:format(tensor.element) .. stem .. (#tensors > 1 and "_" .. i or "")
  end
  return table.concat(parts, ", ")
end

local function pair(prefix_in, stem_in, prefix_out, stem_out)
  return list(lib.unit.inputs, prefix_in, stem_in) .. ", " .. list(lib.unit.outputs, prefix_out, stem_out)
end

-- What prediction reads parameters from: their own array, and what was prepared of them, as far as there is any.
local function of_memory(format)
  local parts = {}
  if lib.unit.reads_parameters then parts[1] = format:format("parameters") end
  if lib.unit.prepared_floats > 0 then parts[#parts + 1] = format:format("prepared") end
  return table.concat(parts)
end

lib.prepares = function() return not lib.unit.embeds and lib.unit.prepared_floats > 0 end
-- Where a function's type names both: what says that one of them is not needed.
lib.unused_memory = function()
  local parts = {}
  if not lib.unit.reads_parameters then parts[1] = "(void)parameters" end
  if lib.unit.prepared_floats == 0 then parts[#parts + 1] = "(void)prepared" end
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
  local prepared = lib.unit.name .. "_prepared" .. (lib.unit.has_text and ".values" or "")
  return lib.memory_names{parameters = "own_parameters", prepared = prepared}
end
-- Has it a state that one call leaves to the next, and what its functions take for that.
lib.state_floats = function() return lib.max("predict", "state_bytes") // 4 end
lib.state_argument = function() return lib.state_floats() > 0 and "float *state, " or "" end
lib.state_name = function(name) return lib.state_floats() > 0 and name .. ", " or "" end
lib.sample_arguments = function() return pair("const %s *", "input", "%s *", "output") end
lib.sample_inputs = function() return list(lib.unit.inputs, "const %s *", "input") end
lib.sample_names = function() return pair("", "input", "", "output") end
lib.many_arguments = function() return pair("const %s *", "inputs", "%s *", "outputs") end
lib.rows_arguments = function() return list(lib.unit.inputs, "const struct rows *", "input") end
lib.rows_names = function() return list(lib.unit.inputs, "", "input") end
lib.rows_addresses = function() return list(lib.unit.inputs, "&", "input") end
lib.output_arguments = function() return list(lib.unit.outputs, "float *", "output") end
lib.output_names = function() return list(lib.unit.outputs, "", "output") end
-- Sample `i` of many.
lib.sample_rows = function(i)
  local parts = {}
  for _, side in ipairs{{lib.unit.inputs, "inputs"}, {lib.unit.outputs, "outputs"}} do
    for k, tensor in ipairs(side[1]) do
      parts[#parts + 1] = ("%s%s + %s"):format(side[2], #side[1] > 1 and "_" .. k or "", expression.product(i, tensor.count))
    end
  end
  return table.concat(parts, ", ")
end
-- "list[0], list[1]": the pointers to as many as `tensors`.
lib.members = function(tensors, list)
  local parts = {}
  for i, tensor in ipairs(tensors) do
    local cast = list:find("inputs$") and ("(const %s *)"):format(tensor.element) or "" -- of void *, which C++ asks for
    parts[i] = ("%s%s[%d]"):format(cast, list, i - 1)
  end
  return table.concat(parts, ", ")
end
lib.many_outputs = function() return list(lib.unit.outputs, "", "outputs") end
