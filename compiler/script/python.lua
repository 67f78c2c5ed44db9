-- python.lua: what a user of Keras or PyTorch types first, and how it is written here.
--
-- explain() finds the first row of ROWS, or the name of NAMES, that a line of the script shows, and says what to change,
-- with the line translated where it is simple enough. A translation is an offer: it is shown, never run.

local cnnc = ...
local torch = cnnc.torch
local format, match, find, sub, gsub = string.format, string.match, string.find, string.sub, string.gsub
local concat = table.concat

local python = {}
cnnc.python = python

python.DATA = "the data set is given to the program: ./net train --data DIR"

---- Lines into tokens and brackets -------------------------------------------------------------------------

local LONGEST_LINE <const> = 400
local CLOSING <const> = {["("] = ")", ["["] = "]", ["{"] = "}"}
local OPERATORS <const> = {"**=", "//=", "**", "//", "+=", "-=", "*=", "/=", "==", "!=", "<=", ">=", "->", ":=", "..", "~="}

local function quoted(text, first)
  local quote = sub(text, first, first)
  local at = first + 1
  while at <= #text and sub(text, at, at) ~= quote do
    at = at + (sub(text, at, at) == "\\" and 2 or 1)
  end
  return at <= #text and at or nil
end

local function operator(text, at)
  for _, word in ipairs(OPERATORS) do
    if sub(text, at, at + #word - 1) == word then return word end
  end
  return sub(text, at, at)
end

-- {kind = "name", "number", "string", "comment" or "operator", text =}, ...; nil: no end of a string.
local function tokenise(text)
  local tokens, at = {}, match(text, "^%s*()")
  while at <= #text do
    local kind, stop = "name", match(text, "^[%a_][%w_]*()", at)
    if not stop then kind, stop = "number", match(text, "^%.?%d[%d.]*[eE][-+]?%d+()", at) end
    if not stop then stop = match(text, "^%.?%d[%w_.]*()", at) end
    if not stop and find(text, "^[\"']", at) then
      local last = quoted(text, at)
      if not last then return nil end
      kind, stop = "string", last + 1
    end
    if not stop and sub(text, at, at) == "#" then kind, stop = "comment", #text + 1 end
    if not stop then kind, stop = "operator", at + #operator(text, at) end
    tokens[#tokens + 1] = {kind = kind, text = sub(text, at, stop - 1)}
    at = match(text, "^%s*()", stop)
  end
  return tokens
end

-- Tokens as a tree: a bracket is {open = "(", closed =, and its tokens}. nil: one is closed that this line did not open.
local function nest(tokens)
  local root = {}
  local stack = {root}
  for _, token in ipairs(tokens) do
    local top = stack[#stack]
    if token.kind == "operator" and CLOSING[token.text] then
      local group = {open = token.text}
      top[#top + 1] = group
      stack[#stack + 1] = group
    elseif token.kind == "operator" and find(token.text, "^[)%]}]$") then
      if CLOSING[top.open or ""] ~= token.text then return nil end
      top.closed = true
      stack[#stack] = nil
    else
      top[#top + 1] = token
    end
  end
  return root
end

local function is(token, text)
  return token ~= nil and token.kind == "operator" and token.text == text
end

-- The tokens of a bracket between its commas.
local function split_arguments(group)
  local all, current = {}, {}
  for _, token in ipairs(group) do
    if is(token, ",") then
      all[#all + 1] = current
      current = {}
    else
      current[#current + 1] = token
    end
  end
  if #current > 0 then all[#all + 1] = current end
  return all, #group > 0 and is(group[#group], ",")
end

---- Translation --------------------------------------------------------------------------------------------

local WORDS <const> = {True = "true", False = "false"}
local SYMBOLS <const> = {["**"] = "^", ["!="] = "~="}
local KEYWORDS <const> = {["and"] = true, ["or"] = true, ["not"] = true, ["return"] = true, ["in"] = true}
-- What stands in front of a dot and is a module there.
local MODULES <const> = {}
for name in string.gmatch("tf tensorflow keras layers models nn torch optim F activations losses metrics optimizers "
    .. "initializers callbacks regularizers constraints schedules utils datasets functional", "%a+") do
  MODULES[name] = true
end
local METHODS <const> = {add = true, compile = true, fit = true, summary = true, evaluate = true, save = true,
                         predict = true, save_weights = true}

local render

local function argument_text(tokens)
  if tokens[1] and tokens[1].kind == "name" and is(tokens[2], "=") then
    local value = render(table.move(tokens, 3, #tokens, 1, {}))
    return tokens[1].text, value
  end
  return nil, render(tokens)
end

-- The arguments of a bracket: {name = or nil, text =}, ...
local function rendered_arguments(group)
  local list = {}
  for i, tokens in ipairs((split_arguments(group))) do
    local name, text = argument_text(tokens)
    list[i] = {name = name, text = text}
  end
  return list
end

local function join(list)
  local texts, named = {}, false
  for i, argument in ipairs(list) do
    named = named or argument.name ~= nil
    texts[i] = argument.name and format("%s = %s", argument.name, argument.text) or argument.text
  end
  return concat(texts, ", "), named
end

-- fit's data, and all that evaluate takes, are given to the program.
local DATA_ARGUMENTS <const> = {x = true, y = true, validation_data = true}
local function without_data(method, list)
  local kept = {}
  for _, argument in ipairs(list) do
    if method == "fit" and argument.name and not DATA_ARGUMENTS[argument.name] then kept[#kept + 1] = argument end
  end
  return kept
end

local function is_only_list(group)
  return #group == 1 and group[1].open == "["
end

-- MaxPooling2D((3, 2)): in braces of its own the list is one value.
local function is_list_of_layer(name, group)
  local inner = #group == 1 and group[1]
  if not inner or not inner.closed or #inner < 3 then return false end
  for _, entry in ipairs(cnnc.catalogue) do
    local spec = entry.spec
    if entry.kind == "layer" and (spec.name == name or rawget(cnnc.exports, name) == rawget(cnnc.exports, spec.name)) then
      return cnnc.arguments.begins_with_list(spec.rows) ~= nil
    end
  end
  return false
end

-- The bracket behind `name` (nil: behind what another call returned).
local function call(name, group)
  local of_torch = name and group.closed and torch.call(name, rendered_arguments(group))
  if of_torch then return of_torch end
  if is_list_of_layer(name, group) then
    return format("%s{{%s}%s", name, join(rendered_arguments(group[1])), group.closed and "}" or ",")
  end
  if is_only_list(group) then
    local inner = join(rendered_arguments(group[1]))
    local complete = group[1].closed
    if not name then return format("({%s%s", inner, complete and "})" or "") end
    return format("%s{%s%s", name, inner, complete and "}" or "")
  end
  local list = rendered_arguments(group)
  if name == "fit" or name == "evaluate" then list = without_data(name, list) end
  local text, named = join(list)
  local _, more = split_arguments(group)
  local open, close = named and "{" or "(", named and "}" or ")"
  return format("%s%s%s%s", name or "", open, text, group.closed and close or (more and "," or ""))
end

local function tuple(group)
  local list, comma = split_arguments(group)
  if #list <= 1 and not comma then return format("(%s%s", render(group), group.closed and ")" or "") end
  return format("{%s%s", (join(rendered_arguments(group))), group.closed and "}" or ",")
end

local function dictionary(group)
  local texts = {}
  for i, tokens in ipairs((split_arguments(group))) do
    if is(tokens[2], ":") then
      local key = tokens[1].kind == "string" and match(tokens[1].text, "^['\"]([%a_][%w_]*)['\"]$")
      local value = render(table.move(tokens, 3, #tokens, 1, {}))
      texts[i] = format("%s = %s", key or format("[%s]", tokens[1].text), value)
    else
      texts[i] = render(tokens)
    end
  end
  return format("{%s%s", concat(texts, ", "), group.closed and "}" or ",")
end

-- Is a dot here, or a method's colon, behind which a name goes on?
local function joins(tokens, at)
  local name, behind = tokens[at + 1], tokens[at + 2]
  if not name or name.kind ~= "name" then return false end
  return is(tokens[at], ".") or (is(tokens[at], ":") and behind ~= nil and (behind.open == "(" or behind.open == "{"))
end

-- TensorFlow's names of functions that Keras has, too.
local OF_TENSORFLOW <const> = {reduce_mean = "mean", reduce_sum = "sum", reduce_max = "max", reduce_min = "min",
                               reduce_prod = "prod", concat = "concatenate"}

-- A function of a module, as it is called here.
local function of_module(name)
  local op = OF_TENSORFLOW[name] or name
  local here = rawget(cnnc.exports, op)
  local is_called = here ~= nil and (cnnc.word_of(here) == nil or cnnc.is_activation(op)) -- mean is a word for a metric, too
  return not is_called and cnnc.ops[op] ~= nil and "ops." .. op or op
end

-- The name at `at` with the modules in front of it taken away, and where it ends.
local function dotted(tokens, at)
  local last = at
  while joins(tokens, last + 1) do last = last + 2 end
  local name = tokens[last].text
  if last == at then return WORDS[name] or name, last end
  if MODULES[tokens[at].text] then
    local is_word = find(name, "^%l") and not (tokens[last + 1] and tokens[last + 1].open)
    return is_word and format('"%s"', name) or of_module(name), last
  end
  local parts = {}
  for i = at, last do parts[#parts + 1] = tokens[i].text end
  if METHODS[name] and tokens[last + 1] and tokens[last + 1].open == "(" then parts[#parts - 1] = ":" end
  return concat(parts), last, name
end

-- What stands between two pieces.
local function blank(before, token)
  if before == "" or is(token, ".") or is(token, ",") or is(token, ":") or is(token, ";") then return "" end
  if find(before, "[.(]$") or find(before, "^[-]$") or find(before, "[=({,] %-$") then return "" end
  return " "
end

function render(tokens)
  local text, at, before = "", 1, nil -- before: the last token, if a bracket behind it is a call of it
  while at <= #tokens do
    local token, piece, is_call = tokens[at], nil, nil
    if token.open == "(" and before then
      text, piece = text .. call(nil, token), ""
      is_call = true
    elseif token.open == "(" then piece = tuple(token)
    elseif token.open == "[" and before then text, piece = format("%s[%s]", text, render(token)), ""
    elseif token.open == "[" then
      piece = format("{%s%s", (join(rendered_arguments(token))), token.closed and "}" or ",")
    elseif token.open == "{" and before then text, piece = text .. dictionary(token), ""
    elseif token.open == "{" then piece = dictionary(token)
    elseif token.kind == "name" then
      local name, last, method = dotted(tokens, at)
      local group = tokens[last + 1]
      if group and group.open == "(" and not KEYWORDS[name] then
        local head = method and sub(name, 1, #name - #method) or ""
        piece, last = head .. call(method or name, group), last + 1
      end
      at, is_call, piece = last, not KEYWORDS[name], piece or name
    elseif token.kind == "comment" then piece = "--" .. sub(token.text, 2)
    else piece = SYMBOLS[token.text] or token.text end
    if piece ~= "" then text = text .. blank(text, token) .. piece end
    before, at = is_call and token or nil, at + 1
  end
  return text
end

local function translated(line)
  local tokens = #line <= LONGEST_LINE and tokenise(line)
  local tree = tokens and nest(tokens)
  return tree and render(tree) or nil
end

---- Statements ---------------------------------------------------------------------------------------------

-- "range(2, n)" as the bounds of a loop.
local function bounds(text)
  local list = {}
  for part in string.gmatch(text .. ",", "%s*([^,]*),") do list[#list + 1] = part end
  local first, last, step = "0", list[1], list[3]
  if #list > 1 then first, last = list[1], list[2] end
  local number = math.tointeger(last)
  last = number and tostring(number - 1) or last .. " - 1"
  return format("%s, %s%s", first, last, step and ", " .. step or "")
end

local function loop(line)
  local name, range = match(line, "^for%s+([%a_][%w_]*)%s+in%s+range%s*%(([^()]*)%)%s*:")
  if name then return format("for %s = %s do ... end", name, bounds(range)) end
  local index, value, list = match(line, "^for%s+([%a_][%w_]*)%s*,%s*([%a_][%w_]*)%s+in%s+enumerate%s*%((.*)%)%s*:")
  if index then return format("for %s, %s in ipairs(%s) do ... end", index, value, translated(list) or list) end
  value, list = match(line, "^for%s+([%a_][%w_]*)%s+in%s+(.-)%s*:%s*$")
  return value and format("for _, %s in ipairs(%s) do ... end", value, translated(list) or list)
end

local function condition(lua_word, ending)
  return function(line)
    local text = match(line, "^%a+%s+(.-)%s*:")
    text = text and gsub(gsub(gsub(text, "%f[%w]is%s+not%f[%W]", "~="), "%f[%w]is%f[%W]", "=="), "%f[%w]None%f[%W]", "nil")
    return text and format("%s %s %s", lua_word, translated(text) or text, ending)
  end
end

local function definition(line)
  local name, list = match(line, "^def%s+([%a_][%w_]*)%s*%((.-)%)")
  return name and format("local function %s(%s) ... end", name, list)
end

local function assignment(line)
  local name, sign, value = match(line, "^([%a_][%w_.]*)%s*([-+*/])=%s*(.+)$")
  return name and format("%s = %s %s %s", name, name, sign, translated(value) or value)
end

---- The rows -----------------------------------------------------------------------------------------------

local NO_CLASS <const> = "a class is written: local Mine = class(Model), and function Mine:call(x) ... end"

-- {a pattern of the line, what to say, a function that gives the line as it is written here, or false, example = what to
-- show where there is no translation, near = at which character Lua must have stopped}. The first that fits is taken.
local ROWS <const> = {
  {"load_data%s*%(", python.DATA, false},
  {"^from%s+[%w_.]+%s+import%f[%W]", "leave this line out: what it imports is here already", false},
  {"^import%s+[%a_]", "leave this line out: what it imports is here already", false},
  {"^class%s+[%a_]", NO_CLASS, false},
  {"^def%s", "functions are written", definition, example = "local function block(x) ... end"},
  {"^for%s.+%sin%s.*:", "loops are written", loop, example = "for i = 0, 2 do ... end"},
  {"^if%s.*:", "conditions are written", condition("if", "then ... end")},
  {"^elif%s.*:", "conditions are written", condition("elseif", "then")},
  {"^while%s.*:", "loops are written", condition("while", "do ... end")},
  {"^else%s*:", "conditions are written: if ... then ... else ... end", false},
  {"^pass%s*$", "an empty block needs no word: leave this line out", false},
  {"^continue%s*$", "loops have no continue: goto, or an if around the rest", false},
  {"^try%s*:", "errors are caught with pcall(function() ... end)", false},
  {"^with%s.*:", "there is no with: leave this line out", false},
  {"^assert%s+[^(]", "what is asserted stands in brackets", false, example = "assert(#list == 0)"},
  {"^@[%a_]", "there are no decorators: leave this line out", false},
  {'^"""', "comments begin with --", false},
  {"%f[%w_]f\"", 'numbers are put into text with string.format("conv%d", i), or "conv" .. i', false},
  {"%f[%w_]f'", 'numbers are put into text with string.format("conv%d", i), or "conv" .. i', false},
  {"%f[%w_]lambda%f[%W]", "functions without a name are written: function(x) return ... end", false},
  {"%[.*%sfor%s.+%sin%s.*%]", "lists are filled in a loop: for i = 1, n do list[i] = ... end", false},
  {"=%s*.+%sif%s.+%selse%s", "a choice between two values is written: condition and one or other", false},
  {"^[%a_][%w_.]*%s*[-+*/]=", "there is no +=, -=, *= or /=", assignment},
  {"%.fit%s*%(", python.DATA .. ". Without it this line is", translated},
  {"%.evaluate%s*%(", python.DATA .. ". Without it this line is", translated},
  {"^#", "comments begin with --", translated},
  {"%(.*[%a_][%w_]*%s*=[^=]", "arguments with names stand in braces", translated,
   example = 'Dense{3, activation = "relu"}', near = "="},
  {"^[%a_][%w_]*%s*=[^=].*[,)]%s*$", "arguments with names stand in braces", false,
   example = 'Dense{3, activation = "relu"}', near = "="},
  {"[%w_)]%[[^%]]*:[^%]]*%]", "a part of a tensor is op.slice(x, {axis = 0, begin = 2, count = 3}), whose axes do not count the "
    .. "batch; the last step alone is what a recurrent layer gives without return_sequences", false},
  {"%[.*[%],]", "lists stand in braces", translated, example = "{x, y}", near = "["},
  {"^%]", "lists stand in braces, and end with }", false, near = "]"},
  {"%[%s*$", "lists stand in braces", translated, example = "Sequential{...}", near = "["},
  {"%([^()]*,", "lists stand in braces", translated, example = "{28, 28, 1}", near = ","},
  {"{.*:", "in tables the names stand in front of =", translated, near = ":"},
  {"@", "products of matrices are ops.matmul(x, y)", false, near = "@"},
  {"%f[%w]is%f[%W]", "equal is written ==, and unequal ~=", false, near = "is'"},
  {"%f[%w]is%s+not%f[%W]", "equal is written ==, and unequal ~=", false, near = "not'"},
  {"%f[%w]is%s+None%f[%W]", "equal is written ==, and what is not there is nil", false, near = "None'"},
  {"%*%*", "powers are written with ^", translated, near = "*"},
  {"!=", "unequal is written ~=", translated, near = "!"},
  {"#", "comments begin with --", translated, near = "#"},
}

-- Names of Python and of its libraries.
local LOWER_CASE <const> = "true, false and nil are written in lower case"
local NO_MODULES <const> = "layers have no module in front of their name"
local NAMES <const> = {
  True = LOWER_CASE, False = LOWER_CASE,
  f = 'numbers are put into text with string.format("conv%d", i), or "conv" .. i',
  range = "loops are written: for i = 0, 2 do ... end", enumerate = "lists are gone through with ipairs(list)",
  len = "the length of a list is #list", self = NO_CLASS,
  super = NO_CLASS, append = "table.insert(list, value)",
  null = "nil stands for nothing",
  int = "a whole number is math.tointeger(x), or x // 1", float = "a number of a text is tonumber(text)",
  str = "the text of a number is tostring(x)", np = "there is no NumPy: math has sqrt, floor, ...",
  numpy = "there is no NumPy: math has sqrt, floor, ...", lambda = "function(x) return ... end",
  fit = "it is a method of the model: model:fit{epochs = 5}; " .. python.DATA,
  input_shape = "the argument is given in braces: Conv2D{8, 3, input_shape = {28, 28, 1}}",
}
for name in pairs(MODULES) do NAMES[name] = NO_MODULES end
-- Data, as examples call it.
for name in string.gmatch("x_train y_train x_test y_test X_train Y_train X_test Y_test x_val y_val X_val train_images "
    .. "train_labels test_images test_labels train_data test_data train_ds val_ds test_ds train_dataset test_dataset "
    .. "train_generator validation_generator train_loader test_loader", "%S+") do
  NAMES[name] = python.DATA
end

local function trimmed(line)
  return match(line or "", "^%s*(.-)%s*$")
end

local function hint_of(said, line, translate, example)
  local text = translate and translate(line)
  if text and text ~= "" and gsub(text, "%s", "") ~= gsub(line, "%s", "") then return format("%s: %s", said, text) end
  return example and format("%s: %s", said, example) or said
end

-- The hint for a line at which Lua stopped with a message; nil: nothing of it is Python's.
local function explain(line, message)
  for _, row in ipairs(ROWS) do
    if find(line, row[1]) and (not row.near or find(message, "near '" .. row.near, 1, true)) then
      return hint_of(row[2], line, row[3], row.example)
    end
  end
end

-- What a module of PyTorch is here: the line with all of them, if each can be told.
local function explain_module(name, line)
  local text = translated(line)
  local is_told = text and not find(" " .. text .. " ", "%f[%w_]" .. name .. "%f[^%w_]")
  return format("%s is PyTorch's; here it is %s", name, is_told and "written: " .. text or torch.here(name))
end

-- The hint for a name that nobody defined, in a line; nil: it is none of Python's.
function python.explain_name(name, line)
  local said = NAMES[name]
  line = trimmed(line)
  if torch.here(name) then return explain_module(name, line) end
  if not said then return nil end
  if find(line, "load_data%s*%(") then return python.DATA end
  local shown = said == LOWER_CASE or said == NO_MODULES
  return hint_of(said, line, shown and translated)
end

-- The line as it is written here; nil: it is written so already, or that is not simple.
function python.translated(line)
  line = trimmed(line)
  local text = translated(line)
  return text ~= line and text or nil
end

-- A hint for a line of a file at which Lua stopped with a message, and the line that it is of: Lua sees the end of the head
-- of a Python block only in the next line. nil: there is none.
function cnnc.explain_syntax(file, number, message)
  local line, before = cnnc.line(file, number), number - 1
  while before > 0 and trimmed(cnnc.line(file, before)) == "" do before = before - 1 end
  local head = before > 0 and trimmed(cnnc.line(file, before)) or ""
  local block = match(head, "^(%l+)%f[^%l].*:%s*%S") -- what it does stands in the same line
  local is_head = block == "if" or block == "for" or block == "while" or find(head, ":%s*$") or find(head, ":%s*pass$")
  if is_head or head == "pass" or head == "continue" then
    local hint = explain(head, message)
    if hint then return hint, before end
  end
  return explain(trimmed(line), message), number
end
