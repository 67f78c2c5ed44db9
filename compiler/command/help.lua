-- help.lua: what `cnnc help` prints, on a terminal or as the source of a manual page.
--
-- Everything that has a name is an entry, made from the table that the code itself goes by:
--   {kind =, name =, aliases =, doc =, formula =, example =, call =, rows = {{head =, type =, doc =}, ...},
--    masks = what it does with masks, missing = names of Keras' arguments that cnnc does not offer,
--    limits = what else it has not of Keras,
--    short = another name that it is found by}
-- Those of scripts come from cnnc.catalogue, the others (commands, options, ops, targets, passes) from C as `facts`.

local cnnc, facts, words, as_mdoc = ...
local arguments = cnnc.arguments
local format, rep, lower = string.format, string.rep, string.lower
local gsub, find, sub = string.gsub, string.find, string.sub
local concat, sort = table.concat, table.sort

local WIDTH <const> = 116

-- In the order in which they are listed. `frame`: where an example that is no script by itself stands.
local KINDS = {
  {name = "command", title = "Commands", list = true, column = 46},
  {name = "option", title = "Options", list = true},
  {name = "function", title = "Functions of a model script", list = true},
  {name = "layer", title = "Layers", frame = "return Sequential{%s}"},
  {name = "activation", title = "Activations",
    frame = "return Sequential{Dense{8, activation = %s, input_shape = {4}}}"},
  {name = "initializer", title = "Initializers",
    frame = "return Sequential{Dense{8, kernel_initializer = %s, input_shape = {4}}}"},
  {name = "regularizer", title = "Regularizers", frame = "return Sequential{%s}"},
  {name = "constraint", title = "Constraints", frame = "return Sequential{%s}"},
  {name = "loss", title = "Losses"},
  {name = "metric", title = "Metrics"},
  {name = "optimizer", title = "Optimizers", frame = "local model = Sequential{Dense{1, input_shape = {4}}}\n"
    .. 'model:compile{optimizer = %s, loss = "mse"}\nreturn model'},
  {name = "callback", title = "Callbacks"},
  {name = "schedule", title = "Schedules of learning rates", frame = "local model = Sequential{Dense{1, input_shape = {4}}}\n"
    .. 'model:compile{optimizer = %s, loss = "mse"}\nreturn model'},
  {name = "op", title = "Ops, for layers of a script's own",
    frame = "local x = Input{8, 8, 4}\nreturn Model{inputs = x, outputs = %s}"},
  {name = "target", title = "Targets", list = true},
  {name = "pass", title = "Passes, which --dump shows", list = true},
}
local KIND_OF = {}
for _, kind in ipairs(KINDS) do KIND_OF[kind.name] = kind end
local PLURAL <const> = {loss = "losses", pass = "passes"}

---- Entries ----------------------------------------------------------------------------------------------

-- strides = 1; a row that must be given, or has no value when it is not, is its name alone.
local function head(row)
  if row.default == nil then return row[1] end
  return format("%s = %s", row[1], arguments.show(row.default))
end

-- An argument that takes one value alone.
local function limit_of(row)
  local is_one = row.min and row.min == row.max or type(row[2]) == "table" and #row[2] == 1
  return is_one and format("%s only %s", row[1], arguments.show(row.min or row[2][1])) or nil
end

local function script_rows(described, spec)
  local rows, missing, call, limits = {}, {}, {}, {spec.differs}
  for _, row in ipairs(spec.rows or spec.arguments or {}) do
    if not row.named_only then limits[#limits + 1] = limit_of(row) end
    if row[2] == "unsupported" then
      if not row.named_only then missing[#missing + 1] = row[1] end
    else
      local expects = arguments.type_of(row).expects(row)
      rows[#rows + 1] = {name = row[1], head = head(row), type = expects .. (row.optional and ", or none" or ""), doc = row.doc,
        common = row.named_only and described == "layer"}
      if not row.named_only then call[#call + 1] = head(row) end
    end
  end
  return rows, missing, concat(call, ", "), limits
end

local function example_of(kind, spec)
  if kind == "activation" and not spec.example then return format('"%s"', spec.aliases[1]) end
  return spec.example
end

-- The names of a spec beside the first, in the order of the table.
local function other_names(spec)
  local names = {}
  for _, alias in ipairs(spec.aliases or {}) do
    if alias ~= spec.name then names[#names + 1] = alias end
  end
  return names
end

local function script_entry(described)
  local kind, spec = described.kind, described.spec
  local rows, missing, call, limits = script_rows(kind, spec)
  local entry = {kind = kind, name = spec.name, aliases = other_names(spec), doc = spec.doc, formula = spec.formula,
    example = example_of(kind, spec), rows = rows, missing = missing, limits = limits,
    masks = kind == "layer" and cnnc.masks_doc(spec) or nil}
  if kind == "layer" or kind == "function" and not spec.is_base then entry.call = format("%s{%s}", spec.name, call) end
  return entry
end

local function all_entries()
  local entries = {}
  for _, described in ipairs(cnnc.catalogue) do entries[#entries + 1] = script_entry(described) end
  for _, fact in ipairs(facts) do
    fact.aliases, fact.rows, fact.missing, fact.limits = {}, fact.rows or {}, {}, {}
    if fact.kind ~= "op" or cnnc.offered_ops[fact.short] then entries[#entries + 1] = fact end
  end
  return entries
end

local entries = all_entries()

local function of_kind(name)
  local found = {}
  for _, entry in ipairs(entries) do
    if entry.kind == name then found[#found + 1] = entry end
  end
  return found
end

-- The example as a whole script.
local function script_of(entry)
  local frame = KIND_OF[entry.kind].frame
  if not entry.example or not frame or find(entry.example, "return ", 1, true) then return entry.example end
  return format(frame, entry.example)
end

---- Text for a terminal ----------------------------------------------------------------------------------

local lines = {}
local function put(line) lines[#lines + 1] = line end

-- The words of a text in lines that begin at column `indent`; the first one goes on behind `begin`.
local function put_wrapped(begin, indent, text)
  local line, empty = begin .. rep(" ", indent - #begin), true
  if #begin > 0 and #begin >= indent and sub(begin, -1) ~= " " then line = begin .. " " end
  for word in string.gmatch(text, "%S+") do
    if not empty and #line + 1 + #word > WIDTH then
      put(line)
      line, empty = rep(" ", indent), true
    end
    line, empty = line .. (empty and "" or " ") .. word, false
  end
  put((gsub(line, "%s+$", "")))
end

local function put_indented(indent, text)
  for line in string.gmatch(text, "[^\n]+") do put(rep(" ", indent) .. line) end
end

local function row_text(row)
  return format("%s(%s)", row.doc and row.doc .. " " or "", row.type)
end

local function put_entry(entry)
  local also = #entry.aliases > 0 and ", also " .. concat(entry.aliases, ", ") or ""
  put(format("%s (%s)%s", entry.name, entry.kind, also))
  put_wrapped("  ", 2, entry.doc)
  if entry.formula then
    put("")
    put_wrapped("   ", 6, entry.formula)
  end
  if entry.call then
    put("")
    put_wrapped("   ", 6, entry.call)
  end
  if entry.masks then
    put("")
    put_wrapped("  Masks: ", 4, entry.masks)
  end
  if #entry.rows > 0 then put("") end
  for _, row in ipairs(entry.rows) do
    put_wrapped("  " .. row.head, 34, row_text(row))
  end
  if #entry.missing > 0 then
    put("")
    put_wrapped("  Not offered by this version: ", 4, concat(entry.missing, ", "))
  end
  if entry.example then
    put("")
    put_indented(4, script_of(entry))
  end
end

local function put_list(kind)
  put(kind.title)
  for _, entry in ipairs(of_kind(kind.name)) do
    local name = entry.synopsis or entry.name
    if kind.name == "option" and sub(name, 2, 2) == "-" then name = "    " .. name end
    put_wrapped("  " .. name, kind.column or 32, entry.doc)
  end
end

local function put_names(kind)
  local names = {}
  for _, entry in ipairs(of_kind(kind.name)) do
    local also = concat(entry.aliases, ", ")
    names[#names + 1] = entry.name .. (also ~= "" and format(" (%s)", also) or "")
  end
  put(kind.title)
  put_wrapped("  ", 2, concat(names, ", "))
end

local function put_overview()
  for i, kind in ipairs(KINDS) do
    if i > 1 then put("") end
    if kind.list then put_list(kind) else put_names(kind) end
  end
  put("")
  put("`cnnc help NAME` tells more of each, and of an argument who takes it; `cnnc help keras` what there is of Keras, and what")
  put("not.")
  put("The manual: cnnc(1), cnnc-script(7), cnnc-program(1), cnnrt(3).")
end

-- Who takes an argument of that name, all that take the same in one entry: {row =, names = {...}}.
local function takers(name)
  local found, by_text = {}, {}
  for _, entry in ipairs(entries) do
    for _, row in ipairs(entry.rows) do
      local text = row.name == name and row.head .. row_text(row)
      if text and not by_text[text] then
        by_text[text] = {row = row, names = {}}
        found[#found + 1] = by_text[text]
      end
      if text and not (row.common and by_text[text].all) then
        by_text[text].all = row.common
        table.insert(by_text[text].names, row.common and "every layer" or entry.name)
      end
    end
  end
  return found
end

local function put_argument(name, found)
  put(name .. " (argument)")
  for _, taken in ipairs(found) do
    put_wrapped("  of ", 5, concat(taken.names, ", "))
    put_wrapped("      " .. taken.row.head, 34, row_text(taken.row))
  end
end

---- Source of a manual page --------------------------------------------------------------------------------

-- Text that roff takes as it is: no macro, no escape.
local function escaped(text)
  text = gsub(gsub(text, "\\", "\\e"), "\n([.'])", "\n\\&%1")
  return (gsub(text, "^[.']", "\\&%0"))
end

-- One argument of a macro.
local function quoted(text)
  return format('"\\&%s"', (gsub(escaped(text), '"', "\\(dq")))
end

-- What every layer takes is told once, in front of them.
local function own_rows(entry)
  local own = {}
  for _, row in ipairs(entry.rows) do
    if not row.common then own[#own + 1] = row end
  end
  return own
end

local function put_mdoc_rows(rows)
  if #rows == 0 then return end
  put(".Bl -tag -width Ds -compact")
  for _, row in ipairs(rows) do
    put(".It Li " .. quoted(row.head))
    put(escaped(row_text(row)))
  end
  put(".El")
end

local function put_mdoc_literal(text)
  put(".Bd -literal -offset indent")
  put(escaped(text))
  put(".Ed")
end

local function put_mdoc_missing(entry)
  if #entry.missing == 0 then return end
  if #own_rows(entry) > 0 then put(".Pp") end
  put(format("Not offered by this version: %s.", escaped(concat(entry.missing, ", "))))
end

local function put_mdoc_section(entry)
  put(".Ss " .. quoted(entry.name))
  put(escaped(entry.doc) .. ".")
  if #entry.aliases > 0 then put(format("Also called %s.", escaped(concat(entry.aliases, ", ")))) end
  if entry.formula then put(".Dl " .. quoted(entry.formula)) end
  if entry.masks then put(escaped(format("Masks: %s.", entry.masks))) end
  local rows = own_rows(entry)
  if #rows > 0 then put(".Pp") end
  put_mdoc_rows(rows)
  put_mdoc_missing(entry)
  if entry.example then put_mdoc_literal(script_of(entry)) end
end

local function put_mdoc_item(entry)
  put(".It Li " .. quoted(entry.synopsis or entry.name))
  put(escaped(entry.doc) .. ".")
  if #entry.aliases > 0 then put(format("Also called %s.", escaped(concat(entry.aliases, ", ")))) end
  if entry.formula then put(".Dl " .. quoted(entry.formula)) end
  put_mdoc_rows(entry.rows)
  put_mdoc_missing(entry)
end

-- Layers and what else has arguments of its own are sections, the rest is a list.
local SECTIONS <const> = {layer = true, ["function"] = true, optimizer = true, loss = true, schedule = true, callback = true}

local function put_mdoc(kind)
  if SECTIONS[kind.name] then
    for _, entry in ipairs(of_kind(kind.name)) do put_mdoc_section(entry) end
    return
  end
  put(".Bl -tag -width Ds")
  for _, entry in ipairs(of_kind(kind.name)) do put_mdoc_item(entry) end
  put(".El")
end

---- Keras' names -------------------------------------------------------------------------------------------

-- What an entry has not of Keras' of that name; "": it has all.
local function lack_of(entry)
  local parts = {#entry.missing > 0 and "without " .. concat(entry.missing, ", ") or nil}
  return concat(table.move(entry.limits, 1, #entry.limits, #parts + 1, parts), "; ")
end

-- What is called as Keras calls it: what takes all of Keras' arguments, what does not, and what there is not, with what does
-- instead. `say(begin, text)` puts one of these.
local function tell_of_keras(kind, say)
  local whole = {}
  for _, entry in ipairs(of_kind(kind.name)) do
    if lack_of(entry) == "" then whole[#whole + 1] = entry.name end
  end
  if #whole > 0 then say("as in Keras", concat(whole, ", ")) end
  for _, entry in ipairs(of_kind(kind.name)) do
    if lack_of(entry) ~= "" then say(entry.name, lack_of(entry)) end
  end
  for _, row in ipairs(cnnc.keras.rows) do
    if row[1] == kind.name then say("not " .. gsub(row[2], " ", ", "), row[3]) end
  end
end

local OF_KERAS <const> = {"layer", "activation", "initializer", "regularizer", "constraint", "loss", "metric", "optimizer",
  "schedule", "callback"}

local function put_keras()
  put("What of Keras' names this version knows, and how it differs")
  for _, name in ipairs(OF_KERAS) do
    put("")
    put(KIND_OF[name].title)
    tell_of_keras(KIND_OF[name], function(begin, text)
      local first, rest = string.match(begin .. ": " .. text, "^(%S+) (.*)$")
      put_wrapped("  " .. first .. " ", 4, rest)
    end)
  end
end

local function put_mdoc_keras()
  for _, name in ipairs(OF_KERAS) do
    put(".Ss " .. quoted(KIND_OF[name].title))
    put(".Bl -tag -width Ds")
    tell_of_keras(KIND_OF[name], function(begin, text)
      put(".It " .. quoted(begin))
      put(escaped(text) .. ".")
    end)
    put(".El")
  end
end

---- Finding what was asked for -----------------------------------------------------------------------------

-- batch_normalization, BatchNormalization and --no-tune, no_tune are alike.
local function folded(name) return lower((gsub(name, "[-_]", ""))) end

local function find_kind(word)
  for _, kind in ipairs(KINDS) do
    if word == kind.name or word == (PLURAL[kind.name] or kind.name .. "s") then return kind end
  end
end

local function find_entries(word, same)
  local found = {}
  for _, entry in ipairs(entries) do
    local matches = same(entry.name, word) or (entry.short and same(entry.short, word))
    for _, alias in ipairs(entry.aliases) do matches = matches or same(alias, word) end
    if matches then found[#found + 1] = entry end
  end
  return found
end

local function matching(word)
  local exact = find_entries(word, function(a, b) return a == b end)
  if #exact > 0 then return exact end
  return find_entries(word, function(a, b) return folded(a) == folded(b) end)
end

-- Up to five names that are written much like this one, the nearest first.
local function near(word)
  local ranked, seen = {}, {}
  local function consider(name)
    local a, b = folded(word), folded(name)
    if seen[b] then return end
    seen[b] = true
    local distance = #word <= 64 and arguments.distance(a, b) or 99
    if #a > 2 and find(b, a, 1, true) then distance = distance / 4 end
    if distance <= math.max(1, #a // 3) then ranked[#ranked + 1] = {name = name, distance = distance} end
  end
  for _, entry in ipairs(entries) do
    consider(entry.name)
    for _, alias in ipairs(entry.aliases) do consider(alias) end
  end
  sort(ranked, function(a, b)
    if a.distance ~= b.distance then return a.distance < b.distance end
    return a.name < b.name
  end)
  local names = {}
  for i = 1, math.min(5, #ranked) do names[i] = ranked[i].name end
  return names
end

-- What to say of a word that nothing is called by.
local function refusal(word)
  local lacking = cnnc.keras.find(word)
  if lacking then
    local message, instead = cnnc.keras.explain(lacking)
    return format("%s: %s", message, instead)
  end
  local names = near(word)
  return format("nothing is called `%s`%s; `cnnc help` lists all names", word,
    #names > 0 and "; near are " .. concat(names, ", ") or "")
end

-- The commands of the programs that cnnc makes, whose own --help and manual tell of them.
local PROGRAM <const> = {train = true, evaluate = true, predict = true, info = true, bench = true}

local function put_program(word)
  put(word .. " (command of the program that cnnc makes)")
  put(format("  what it does and its options: `cnnc run model.lua -- %s --help`, `./net %s --help`,", word, word))
  put("  and cnnc-program(1)")
end

-- The text that is asked for; or nil and what is wrong.
if #words == 0 then put_overview() end
for i, word in ipairs(words) do
  if i > 1 and not as_mdoc then put("") end
  local kind = find_kind(word)
  local found = kind and {} or matching(word)
  local taken = not kind and not as_mdoc and takers(word) or {}
  if word == "keras" then
    if as_mdoc then put_mdoc_keras() else put_keras() end
  elseif kind and as_mdoc then
    put_mdoc(kind)
  elseif kind then
    put_list(kind)
  elseif #found == 0 and #taken == 0 and not PROGRAM[word] then
    return nil, refusal(word)
  end
  for j, entry in ipairs(found) do
    if j > 1 then put("") end
    put_entry(entry)
  end
  if #found > 0 and #taken > 0 then put("") end
  if #taken > 0 then put_argument(word, taken) end
  if #found > 0 and PROGRAM[word] then put("") end
  if PROGRAM[word] then put_program(word) end
end
return concat(lines, "\n") .. "\n"
