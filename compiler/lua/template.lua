-- template.lua: C text with Lua in it.
--
--   $ for i = 0, n - 1 do          a line that starts with $ is Lua
--   total${i} += x[${i}];          ${expression} splices a value into any other line
--   $ end
--     ${body}                      alone on its line: every line of the value takes this indentation,
--                                  and an empty value leaves no line
--   $ local function twice(x)      text inside a function goes wherever the output is when it is called,
--   $ local text = capture(function()     or into a string
--
-- A template becomes one Lua function with as many lines, so Lua's own messages name the template's
-- lines. Text must come out the same every day: a splice refuses nil, tables and functions (whose
-- printed form is an address) and floats that would print as "8.0", "inf" or "nan".

local find, where = ... -- template.c: the text of an embedded file; "file:line: " of a caller

local output = {} -- pieces of text; replaced while a capture runs
local lib = {}    -- what every template can name, beside its variables; emit.c adds to it

local function path(name)
  return "templates/" .. name
end

-- What splices call ---------------------------------------------------------------------------------

local function put(text)
  output[#output + 1] = text
end

local printable = {string = true, boolean = true, integer = true, float = true}

local function value(v, expression)
  local kind = math.type(v) or type(v)
  if not printable[kind] and not (getmetatable(v) or {}).__tostring then
    error(("${%s} is a %s, which has no text"):format(expression, kind), 2)
  elseif kind == "float" and (v ~= v or v == math.floor(v)) then
    error(("${%s} is the float %s: format it, with hex() or string.format()"):format(expression, v), 2)
  end
  return tostring(v)
end

-- A value that stands alone on its line. Directives of the preprocessor stay at the margin.
local function block(indent, text)
  if text == "" then return end
  text = text:gsub("\n$", "")
  text = indent .. text:gsub("\n", "\n" .. indent) .. "\n"
  text = text:gsub("\n[ \t]+\n", "\n\n"):gsub("^[ \t]+#", "#"):gsub("\n[ \t]+#", "\n#")
  put(text)
end

-- From template to Lua ------------------------------------------------------------------------------

-- One line of text as a Lua statement.
local function translate(line, position)
  local indent, alone = line:match("^(%s*)%$(%b{})%s*$")
  local function spliced(braced)
    local expression = braced:sub(2, -2)
    return ("_value((%s), %q)"):format(expression, expression)
  end
  if alone then
    return ("_block(%q, %s)"):format(indent, spliced(alone))
  end
  local parts, from = {}, 1
  while true do
    local open = line:find("${", from, true)
    parts[#parts + 1] = ("%q"):format(line:sub(from, (open or 0) - 1))
    if not open then break end
    local braced = line:match("^%b{}", open + 1) or error(position .. "'${' without its '}'", 0)
    parts[#parts + 1] = spliced(braced)
    from = open + 1 + #braced
  end
  return "_put(" .. table.concat(parts, " .. ") .. " .. '\\n')"
end

local function compile(name, text)
  local lines = {}
  for line in text:gsub("\n$", ""):gmatch("([^\n]*)\n?") do
    local lua = line:match("^%$([^{].*)") or line == "$" and ""
    lines[#lines + 1] = lua or translate(line, ("%s:%d: "):format(path(name), #lines + 1))
  end
  local source = "local _ENV, _put, _value, _block = ... " .. table.concat(lines, "\n")
  local template, message = load(source, "@" .. path(name), "t")
  return template or error(message, 0)
end

local templates = setmetatable({}, {__index = function(cache, name)
  cache[name] = compile(name, find(name) or error("no template is called " .. path(name), 0))
  return cache[name]
end})

-- Expansion -----------------------------------------------------------------------------------------

-- The names that a template sees. A misspelt one is an error, and so is a variable that lacks `local`.
local function environment(variables)
  return setmetatable({}, {
    __index = function(_, name)
      local v = variables[name]
      if v == nil then v = lib[name] end
      if v == nil and name == "variables" then v = variables end
      if v == nil then error(("unknown name '%s'"):format(name), 2) end
      return v
    end,
    __newindex = function(_, name)
      error(("'%s' is assigned but not declared: write local"):format(name), 2)
    end,
  })
end

-- What `f` writes, as a string.
local function capture(f, ...)
  local outer = output
  output = {}
  local ok, message = pcall(f, ...)
  local text = table.concat(output)
  output = outer
  if not ok then error(message, 0) end
  return text
end

-- The text of template `name`. Inside, the fields of `variables` are names. With `text`, that is the
-- template and `name` is only what messages call it.
function expand(name, variables, text)
  local template = text and compile(name, text) or templates[name]
  return capture(template, environment(variables or {}), put, value, block)
end

-- The same from inside a template: an error also tells the line that included.
local function include(name, variables)
  local ok, text = pcall(expand, name, variables)
  if not ok then
    error(("%s\n  included from %s"):format(text, where(2):gsub(": $", "")), 0)
  end
  return text
end

-- What compiler/lua/NAME.lua returned when it ran, once.
local modules = {}
local function module(name)
  if modules[name] == nil then
    local file = name .. ".lua"
    local text = find(file) or error(("there is no compiler/lua/%s"):format(file), 2)
    modules[name] = assert(load(text, "@compiler/lua/" .. file, "t"))()
  end
  return modules[name]
end

-- A C float literal with the very bits of `number` rounded to float.
local function hex(number)
  local x = string.unpack("f", string.pack("f", number))
  if x ~= x then return "NAN" end
  if x == math.huge then return "INFINITY" end
  if x == -math.huge then return "-INFINITY" end
  return ("%af"):format(x)
end

for _, name in ipairs{"assert", "error", "ipairs", "math", "next", "pairs", "select", "string", "table", "tonumber",
  "tostring", "type"} do
  lib[name] = _G[name]
end
lib.capture, lib.hex, lib.include, lib.module, lib.lib = capture, hex, include, module, lib
_G.lib = lib
