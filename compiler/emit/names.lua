-- names.lua: what a text defines, and how texts of several targets, models and programs get names of their own in one file.

local names = {}

-- Does C of a text name the word? lib.mentions(text, words) gives those keys of `words` that it does.
function names.has(text, word)
  return #lib.mentions(text, {[word] = true}) > 0
end

-- How lines that define a name at file scope look, by their first character; `kind`: of what the name is.
local word = "([%a_][%w_]*)"
local definitions = {
  s = {{"^static [^(=%[;]-" .. word .. " ?[(=%[;]", kind = "object"}, {"^struct " .. word .. " {", kind = "struct"}},
  t = {{"^typedef .-" .. word .. ";", kind = "type"}},
  e = {{"^enum { " .. word .. " =", kind = "constant"}, {"^extern .-" .. word .. "%(", kind = "object"}},
  F = {{"^FROM_C .-" .. word .. "%(", kind = "object"}},
  ["#"] = {{"^#define " .. word, kind = "macro"}},
  [" "] = {{"^    (%u[%u%d_]+[%w_]*) = ", kind = "constant"}},
}

-- What a text defines: the kind by the name.
function names.defined(text)
  local found = {}
  for _, line in ipairs(lib.definitions_of(text)) do
    line = line:gsub("^[%w_()]+ static ", "static ") -- KERNEL, _Alignas(64)
    for _, definition in ipairs(definitions[line:sub(1, 1)] or {}) do
      local name = line:match(definition[1])
      if name then found[name] = definition.kind end
    end
  end
  return found
end

-- What the names that a variant defines become, so that several variants fit into one file. Names of vectors get the number of
-- lanes, others the target's name.
function names.apart(defined, of_vectors, target)
  local new = {}
  for name in pairs(defined) do
    local lanes = (name:find("%d$") and "_" or "") .. target.lanes
    new[name] = name .. (of_vectors[name] and lanes or "_" .. target.name)
  end
  return new
end

-- Several models stand in one file: what only one of them names gets its name behind.
function names.of_model(model, text, defined)
  if #lib.units == 1 then return text end
  local new = {}
  for name in pairs(defined) do new[name] = name .. model.suffix end
  return lib.renamed(text, new)
end

-- Several programs that train stand in one file: what the text of the first one defines has no suffix.
function names.of_train(number, text)
  if number == 1 then return text end
  local new = {}
  for name in pairs(names.defined(text)) do new[name] = name .. lib.unit.trains[number].suffix end
  return lib.renamed(text, new)
end

return names
