-- library.lua: files of small C definitions, of which a network's file gets those that it needs.
--
-- A library is a template without Lua: paragraphs, with an empty line between two. A paragraph begins with a comment on all
-- of it, or none, and is a sequence of definitions: a line, a function up to its closing brace, or what stands from an #if
-- to its #endif. A paragraph that defines nothing heads the library.

local library = {}

local defined = lib.module("names").defined
local mentions = lib.mentions -- mentions(text, names) gives those keys of `names` that are words of the text

-- Is the definition that begins with the first line whole at `line`?
local function is_end(first, line)
  if first:find("^#if") then return line == "#endif" end
  local one_line = line:find("^#define") or line:gsub("/%*.-%*/", ""):find(";", 1, true)
  return first == line and one_line or line:find("^}") ~= nil
end

-- What texts mention where they use a definition: one of a structure with the word `struct` in front, for variables may be
-- called as it is.
local function names_of(text)
  local names = {}
  for name, kind in pairs(defined(text)) do names[#names + 1] = kind == "struct" and "struct " .. name or name end
  table.sort(names)
  return names
end

-- {comment = text, {text =, names =}, ...}
local function paragraph(text)
  local result, open, first, in_comment = {comment = ""}, {}, nil, false
  for line in lib.lines(text) do
    if #result == 0 and not first and (in_comment or line:find("^/%*")) then
      result.comment = result.comment .. line .. "\n"
      in_comment = not line:find("*/", 1, true)
    else
      first = first or line
      open[#open + 1] = line .. "\n"
      if is_end(first, line) then
        local definition = table.concat(open)
        result[#result + 1] = {text = definition, names = names_of(definition)}
        open, first = {}, nil
      end
    end
  end
  assert(not first, first)
  return result
end

local function paragraphs(text)
  local list, open = {}, {}
  local function close()
    if #open > 0 then list[#list + 1] = paragraph(table.concat(open)) end
    open = {}
  end
  for line in lib.lines(text) do
    if line == "" then
      close()
    else
      open[#open + 1] = line .. "\n"
    end
  end
  close()
  return list
end

-- What each name of some libraries stands for: its definition.
local function all_names(libraries)
  local names = {}
  for _, list in ipairs(libraries) do
    for _, one in ipairs(list) do
      for _, definition in ipairs(one) do
        for _, name in ipairs(definition.names) do names[name] = definition end
      end
    end
  end
  return names
end

-- The set of definitions that texts need, and that these need.
local function need(texts, names)
  local needed = {}
  while #texts > 0 do
    local found = mentions(table.concat(texts, "\n"), names)
    texts = {}
    for _, name in ipairs(found) do
      local definition = names[name]
      if not needed[definition] then
        needed[definition] = true
        texts[#texts + 1] = definition.text
      end
    end
  end
  return needed
end

-- The text of those definitions of a library that are needed.
local function text_of(list, needed)
  local parts, heading, any = {}, "", false
  for _, one in ipairs(list) do
    local open = {}
    for _, definition in ipairs(one) do
      if needed[definition] or #definition.names == 0 then open[#open + 1] = definition.text end
      any = any or needed[definition]
    end
    if #one == 0 then
      heading = one.comment .. "\n"
    elseif #open > 0 then
      parts[#parts + 1] = one.comment .. table.concat(open) .. "\n"
    end
  end
  return any and heading .. table.concat(parts) or ""
end

local function read(templates)
  local libraries = {}
  for i, template in ipairs(templates) do libraries[i] = paragraphs(expand(template, {})) end
  return libraries
end

-- The names that some libraries, by their templates, define: the keys of a table.
function library.names(templates)
  return all_names(read(templates))
end

-- The definitions of some libraries that `texts` need.
function library.definitions(templates, texts)
  local libraries, parts = read(templates), {}
  local needed = need(texts, all_names(libraries))
  for i, list in ipairs(libraries) do parts[i] = text_of(list, needed) end
  return table.concat(parts)
end

return library
