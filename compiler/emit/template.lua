-- template.lua: C text with Lua in it.
--
--   $ for i = 0, n - 1 do          a line whose first character, but for blanks, is $ is Lua
--   total${i} += x[${i}];          ${expression} splices a value into any other line
--   $ end
--     ${body}                      alone on its line: every line of the value takes this indentation,
--                                  and an empty value leaves no line
--   f(${i});  $ for i = 1, n       a line with its own loop or condition: once for each round
--   g();      $ if n > 2           or only if that holds
--   $ local function twice(x)      text inside a function goes wherever the output is when it is called,
--   $ local text = capture(function()     or into a string
--   $ block row(oy)                what follows, up to the next block, is a function that returns its text as a string
--
-- A template with blocks prints the first of them; all see each other and what stands in front of the first. So loops can stand in
-- the order in which they run: ${row("oy")} where a row is computed, the block below.
--
-- A template becomes one Lua function with as many lines, so Lua's own messages name the template's
-- lines. Text must come out the same every day: a splice refuses nil, tables and functions (whose
-- printed form is an address) and floats that would print as "8.0", "inf" or "nan".

-- template.c: the text of an embedded file; "file:line: " of a caller; a text behind an indentation
local find, where, indented = ...

local output, written = {}, 0 -- pieces of text, and how many: a capture's lie behind those of the one around it
local lib = {}    -- what every template can name, beside its variables; emit.lua adds to it

local function path(name)
  return "templates/" .. name
end

-- Large texts are searched for plain strings only: a pattern is tried at every character.

-- The lines of a text, without their ends.
local function lines(text)
  local from = 1
  return function()
    if from > #text then return nil end
    local stop = text:find("\n", from, true) or #text + 1
    local line = text:sub(from, stop - 1)
    from = stop + 1
    return line
  end
end

-- The text with `value` in place of `mark` wherever it is.
local function filled(text, mark, value)
  local pieces, begin = {}, 1
  local from, to = text:find(mark, 1, true)
  while from do
    table.move({text:sub(begin, from - 1), value}, 1, 2, #pieces + 1, pieces)
    begin = to + 1
    from, to = text:find(mark, begin, true)
  end
  return table.concat(pieces) .. text:sub(begin)
end

-- What splices call ---------------------------------------------------------------------------------

local function put(text)
  written = written + 1
  output[written] = text
end

local printable = {string = true, boolean = true, integer = true, float = true}
local type, tostring, math_type = type, tostring, math.type

local function value(v, expression)
  if type(v) == "string" then return v end
  local kind = math_type(v) or type(v)
  if not printable[kind] and not (getmetatable(v) or {}).__tostring then
    error(("${%s} is a %s, which has no text"):format(expression, kind), 2)
  elseif kind == "float" and (v ~= v or v == math.floor(v)) then
    error(("${%s} is the float %s: format it, with hex() or string.format()"):format(expression, v), 2)
  end
  return tostring(v)
end

-- A value that stands alone on its line: what needs neither indentation nor a look for lines that begin with # is left as it is.
local function block(indent, text)
  if indent ~= "" or text:find("#", 1, true) then return put(indented(text, indent)) end
  if text == "" then return end
  put(text)
  if text:byte(-1) ~= 10 then put("\n") end
end

-- From template to Lua ------------------------------------------------------------------------------

local function spliced(braced)
  local expression = braced:sub(2, -2)
  return ("_value((%s), %q)"):format(expression, expression)
end

-- One line of text with splices as a Lua statement; nil if a splice does not end.
local function translate(line)
  local indent, alone = line:match("^(%s*)%$(%b{})%s*$")
  if alone then
    return ("_indented(%q, %s)"):format(indent, spliced(alone))
  end
  local parts, from = {}, 1
  while true do
    local open = line:find("${", from, true)
    parts[#parts + 1] = ("%q"):format(line:sub(from, (open or 0) - 1))
    if not open then break end
    local braced = line:match("^%b{}", open + 1)
    if not braced then return nil end
    parts[#parts + 1] = spliced(braced)
    from = open + 1 + #braced
  end
  return "_put(" .. table.concat(parts, " .. ") .. " .. '\\n')"
end

-- The Lua of a line that is no text, without its $; nil: it is text.
local function directive(line)
  return line:match("^%s*%$([^{].*)") or line:match("^%s*%$$") and ""
end

-- "row", "oy" of the line of a block.
local function block_head(code)
  return code:match("^ block ([%a_][%w_]*)(%b())%s*$")
end

local function block_names(text)
  local names = {}
  for line in lines(text) do
    names[#names + 1] = block_head(directive(line) or "")
  end
  return names
end

-- The text of a line, and the loop or condition behind it as Lua, if there is one.
local function modifier(line)
  local text, head = line:match("^(.-)%s+%$ (for .+)$")
  if head then return text, head .. " do" end
  text, head = line:match("^(.-)%s+%$ (if .+)$")
  if head then return text, head .. " then" end
  return line
end

-- A line that is no plain text, as a Lua statement; nil if a splice does not end.
local function statement(line)
  local text, head = modifier(line)
  local put_line = translate(text)
  return put_line and (head and ("%s %s end"):format(head, put_line) or put_line)
end

-- Runs of plain lines are one statement. It ends on the line behind them, as %q keeps every line end.
local function compile(name, text)
  local lua, plain, number = {"local _ENV, _put, _value, _indented, _block = ... "}, {}, 0
  local names = block_names(text)
  local close = #names > 0 and ("local %s "):format(table.concat(names, ", "))
  local function end_plain()
    if #plain == 0 then return end
    lua[#lua + 1] = ("_put(%q) "):format(table.concat(plain, "\n") .. "\n")
    plain = {}
  end
  for line in lines(text) do
    number = number + 1
    local code = directive(line)
    if code or line:find("${", 1, true) or line:find("$ ", 1, true) then
      end_plain()
      local block, parameters = block_head(code or "")
      if block then
        code = ("%sfunction %s%s return _block(function()"):format(close, block, parameters)
        close = "end) end "
      end
      lua[#lua + 1] = code or statement(line) or error(("%s:%d: '${' without its '}'"):format(path(name), number), 0)
      lua[#lua + 1] = "\n"
    else
      plain[#plain + 1] = line
    end
  end
  end_plain()
  if #names > 0 then lua[#lua + 1] = ("%s_indented(%q, %s())"):format(close, "", names[1]) end
  local template, message = load(table.concat(lua), "@" .. path(name), "t")
  return template or error(message, 0)
end

local templates = setmetatable({}, {__index = function(cache, name)
  cache[name] = compile(name, find(name) or error("no template is called " .. path(name), 0))
  return cache[name]
end})

-- Expansion -----------------------------------------------------------------------------------------

-- The names that a template sees. A misspelt one is an error, and so is a variable that lacks `local`.
local function environment(variables)
  local seen = setmetatable({}, {__index = function(seen, name)
    local v = variables[name]
    if v == nil then v = lib[name] end
    if v == nil and name == "variables" then v = variables end
    if v == nil then error(("unknown name '%s'"):format(name), 2) end
    seen[name] = v
    return v
  end})
  return setmetatable({}, {__index = seen, __newindex = function(_, name)
    error(("'%s' is assigned but not declared: write local"):format(name), 2)
  end})
end

-- What was written behind the first `before` pieces, which stay, as a string.
local function taken(before)
  local text = written == before + 1 and output[written] or table.concat(output, "", before + 1, written)
  written = before
  return text
end

-- What `f` writes, as a string.
local function capture(f, ...)
  local before = written
  f(...)
  return taken(before)
end

-- The same of a block, without its last line's end: so it can stand within a line, too.
local function block_text(f)
  local before = written
  f()
  local last = written > before and output[written]
  if last and last:byte(-1) == 10 then output[written] = last:sub(1, -2) end
  return taken(before)
end

-- The text of template `name`. Inside, the fields of `variables` are names. With `text`, that is the
-- template and `name` is only what messages call it.
function expand(name, variables, text)
  local template = text and compile(name, text) or templates[name]
  return capture(template, environment(variables or {}), put, value, block, block_text)
end

-- The same from inside a template: an error also tells the line that included, but for Lua's own when it is out of memory.
local function include(name, variables)
  local ok, text = pcall(expand, name, variables)
  if not ok and text == "not enough memory" then error(text, 0) end
  if not ok then
    error(("%s\n  included from %s"):format(text, where(2):gsub(": $", "")), 0)
  end
  return text
end

-- What compiler/emit/NAME.lua returned when it ran, once.
local modules = {}
local function module(name)
  if modules[name] == nil then
    local file = "emit/" .. name .. ".lua"
    local text = find(file) or error(("there is no compiler/%s"):format(file), 2)
    modules[name] = assert(load(text, file, "b"))()
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
lib.lines, lib.filled = lines, filled
_G.lib = lib
