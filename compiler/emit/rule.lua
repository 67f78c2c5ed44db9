-- rule.lua: arithmetic that the script wrote down (struct rule_line of graph.h) as C: an optimizer's, and that of the log's
-- columns.
--
-- What depends on the step alone is computed once for a call, in double; the rest for each vector. A product that is added or
-- subtracted becomes one FMA with that. Columns are computed in double.

local rule = {}

-- C of double: how tightly the form binds, and what its operands, %s, must bind at least.
local CHOICE <const>, COMPARISON <const>, SUM <const>, PRODUCT <const>, UNARY <const>, ATOM <const> = 1, 2, 3, 4, 5, 6
local double_forms = {
  choose = {"%s ? %s : %s", CHOICE, {COMPARISON, COMPARISON, CHOICE}}, less = {"%s < %s", COMPARISON, {SUM, SUM}},
  equal = {"%s == %s", COMPARISON, {SUM, SUM}},
  add = {"%s + %s", SUM, {SUM, PRODUCT}}, subtract = {"%s - %s", SUM, {SUM, PRODUCT}},
  multiply = {"%s * %s", PRODUCT, {PRODUCT, UNARY}}, divide = {"%s / %s", PRODUCT, {PRODUCT, UNARY}},
  negative = {"-%s", UNARY, {UNARY}},
}
for op, form in pairs{power = "pow(%s, %s)", modulo = "fmod(%s, %s)", sqrt = "sqrt(%s)", abs = "fabs(%s)", floor = "floor(%s)",
                      exp = "exp(%s)", log = "log(%s)", cos = "cos(%s)", maximum = "fmax(%s, %s)", minimum = "fmin(%s, %s)",
                      pochhammer = "pochhammer(%s, %s, %s)", quotient = "quotient(%s, %s)"} do
  double_forms[op] = {form, ATOM, {CHOICE, CHOICE, CHOICE}}
end

-- C of vec. `choose` has a bool in front.
local vector_forms = {
  add = "vadd(%s, %s)", subtract = "vsub(%s, %s)", multiply = "vmul(%s, %s)", divide = "vdiv(%s, %s)", negative = "vneg(%s)",
  sqrt = "vsqrt(%s)", abs = "vabs(%s)", exp = "vexp(%s)", log = "vlog(%s)", maximum = "vmax(%s, %s)", minimum = "vmin(%s, %s)",
  sign = "vsign(%s)", choose = "%s ? %s : %s",
}

-- The variables that are the same for all numbers, and what a vector of them is called.
local OF_STEP <const> = {learning_rate = "rate", steps = "steps_made", l1 = "l1_of_all", l2 = "l2_of_all",
  gradient_norm = "norm_of_all", global_norm = "norm_of_all"}

-- What is known of each line: `scalar`, it is the same for all numbers; `readers`, how many lines use it.
local function examine(lines)
  for _, line in ipairs(lines) do
    line.readers, line.scalar = 0, line.op == "constant" or line.op == "variable" and OF_STEP[line.name] ~= nil
    if line.op ~= "constant" and line.op ~= "variable" and line.op ~= "assign" then line.scalar = true end
    for _, i in ipairs(line.operands) do
      lines[i].readers = lines[i].readers + 1
      line.scalar = line.scalar and lines[i].scalar
    end
  end
end

local function operands(lines, line, text)
  local texts = {}
  for i, operand in ipairs(line.operands) do texts[i] = text(lines[operand], i) end
  return table.unpack(texts)
end

-- The shortest that reads back as the same number.
local function number_text(value)
  if value == math.floor(value) and math.abs(value) < 1e15 then return ("%d"):format(value) end
  for digits = 1, 17 do
    local text = ("%%.%dg"):format(digits):format(value)
    if tonumber(text) == value then return text end
  end
end

-- One number may be wanted as a double and as a vector.
local function free_name(name, state)
  while state.taken[name] do name = name .. "_too" end
  state.taken[name] = true
  return name
end

-- What depends on the step alone, in C that binds as tightly as `least`. One with a name is put in front.
local function double_text(lines, line, state, least)
  if line.op == "constant" then return number_text(line.value) end
  if line.op == "variable" then return line.name end
  if state.names[line] then return state.names[line] end
  local form, binds, operands_bind = table.unpack(double_forms[line.op])
  local text = form:format(operands(lines, line, function(operand, i)
    return double_text(lines, operand, state, operands_bind[i])
  end))
  if line.name and least then
    state.names[line] = free_name(line.name, state)
    state.constants[#state.constants + 1] = ("const double %s = %s;"):format(state.names[line], text)
    return state.names[line]
  end
  return binds < (least or CHOICE) and "(" .. text .. ")" or text
end

-- A vector of a number that is the same in all of them. Those that depend on the step are put in front.
local function constant_text(lines, line, state)
  if line.op == "constant" and not line.name then
    return line.value == 0 and "vzero()" or ("vset1(%s)"):format(lib.hex(line.value))
  end
  if not state.vectors[line] then
    state.count = state.count + 1
    local name = line.op == "variable" and OF_STEP[line.name] or line.name or "number_" .. state.count
    name = free_name(name, state)
    local value = line.op == "constant" and lib.hex(line.value) or line.op == "variable" and line.name ~= "steps" and line.name
    if not value then
      local text = double_text(lines, line, state)
      value = text:find("^[%w_]+$") and "(float)" .. text or "(float)(" .. text .. ")"
    end
    state.vectors[line] = name
    state.constants[#state.constants + 1] = ("const vec %s = vset1(%s);"):format(name, value)
  end
  return state.vectors[line]
end

-- A condition, which is the same for all numbers.
local function bool_text(lines, line, state)
  if not state.bools[line] then
    local text = double_text(lines, line, state) -- may put others in front
    state.bools[line] = free_name(line.name or "is_" .. line.op, state)
    state.constants[#state.constants + 1] = ("const bool %s = %s;"):format(state.bools[line], text)
  end
  return state.bools[line]
end

local vector_text

local function product(line) return line.op == "multiply" and not line.scalar and line.readers == 1 and not line.name end

local function fused(lines, line, state)
  local a, b = lines[line.operands[1]], lines[line.operands[2]]
  local function factors(term) return operands(lines, term, function(part) return vector_text(lines, part, state) end) end
  if line.op == "add" and product(a) then
    local x, y = factors(a)
    return ("vfma(%s, %s, %s)"):format(x, y, vector_text(lines, b, state))
  elseif (line.op == "add" or line.op == "subtract") and product(b) then
    local x, y = factors(b)
    return ("%s(%s, %s, %s)"):format(line.op == "add" and "vfma" or "vfnma", x, y, vector_text(lines, a, state))
  end
end

function vector_text(lines, line, state)
  if line.scalar then return constant_text(lines, line, state) end
  if line.op == "variable" then return line.name end
  if state.names[line] then return state.names[line] end
  local text = fused(lines, line, state)
    or vector_forms[line.op]:format(operands(lines, line, function(operand, i)
      local text_of = line.op == "choose" and i == 1 and bool_text or vector_text
      return text_of(lines, operand, state)
    end))
  if not line.name and line.readers == 1 then return text end
  state.count = state.count + 1
  state.names[line] = line.name or "term_" .. state.count
  state.statements[#state.statements + 1] = ("const vec %s = %s;"):format(state.names[line], text)
  return state.names[line]
end

-- {constants = lines of C in front of a loop over vectors, statements = those that change the vectors w and the slots, given the
-- vector g; uses, assigns = sets of variables}
function rule.text(lines)
  examine(lines)
  local state = {names = {}, taken = {}, vectors = {}, bools = {}, constants = {}, statements = {}, count = 0, uses = {},
    assigns = {}}
  for _, line in ipairs(lines) do
    if line.op == "variable" then state.uses[line.name] = true end
    if line.op == "assign" then
      state.assigns[line.name] = true
      local text = vector_text(lines, lines[line.operands[1]], state)
      state.statements[#state.statements + 1] = ("%s = %s;"):format(line.name, text)
    end
  end
  return state
end

---- Columns ---------------------------------------------------------------------------------------------

-- Which rounds of loops a line is of: a set of their "index" lines.
local function rounds_of(lines, line)
  if not line.rounds then
    line.rounds = {}
    if line.op == "index" then line.rounds[line] = true end
    for _, i in ipairs(line.operands) do
      for index in pairs(rounds_of(lines, lines[i])) do line.rounds[index] = true end
    end
    if line.op == "sum" or line.op == "max" then line.rounds[lines[line.operands[1]]] = nil end
  end
  return line.rounds
end

-- The block of statements, of those that are open, where a line is computed.
local function block_of(lines, line, state)
  local rounds = rounds_of(lines, line)
  for i = #state.open, 2, -1 do
    if rounds[state.open[i].index] then return state.open[i] end
  end
  return state.open[1]
end

local column_text

local function numbered(name, state)
  state.count = state.count + 1
  return name .. "_" .. state.count
end

-- A loop, in front of the block's next statement; returns the name of its result.
local function loop_text(lines, line, state)
  local block, index = block_of(lines, line, state), lines[line.operands[1]]
  local name = free_name(line.name or numbered(line.op, state), state)
  index.text = ("ijk"):sub(#state.open, #state.open)
  local body = {index = index}
  table.insert(state.open, body)
  local value = column_text(lines, lines[line.operands[2]], state, line.op == "sum" and CHOICE or COMPARISON)
  table.remove(state.open)
  block[#block + 1] = ("double %s = 0;"):format(name)
  block[#block + 1] = ("for (int %s = 0; %s < %d; %s++) {"):format(index.text, index.text, line.value, index.text)
  for _, statement in ipairs(body) do block[#block + 1] = "    " .. statement end
  block[#block + 1] = line.op == "sum" and ("    %s += %s;"):format(name, value)
    or ("    %s = fmax(%s, %s);"):format(name, name, value)
  block[#block + 1] = "}"
  return name
end

-- The number of a round, or one at a distance: the place of an element.
local function is_place(lines, line)
  if line.op == "index" or line.op == "constant" then return true end
  return line.op == "add" and is_place(lines, lines[line.operands[1]]) and is_place(lines, lines[line.operands[2]])
end

local function element_text(lines, line, state)
  local first = ("%d"):format(line.value)
  if #line.operands == 0 then return ("sums[%s]"):format(first) end
  local index = column_text(lines, lines[line.operands[1]], state, SUM)
  return ("sums[%s]"):format(first == "0" and index or first .. " + " .. index)
end

-- C that binds as tightly as `least`. What is named or needed several times is put in front.
function column_text(lines, line, state, least)
  if line.op == "constant" then return number_text(line.value) end
  if line.op == "variable" then return line.name end
  if line.op == "index" then return line.text end
  if line.op == "element" then return element_text(lines, line, state) end
  if state.names[line] then return state.names[line] end
  if line.op == "sum" or line.op == "max" then
    state.names[line] = loop_text(lines, line, state)
    return state.names[line]
  end
  local form, binds, operands_bind = table.unpack(double_forms[line.op])
  local text = form:format(operands(lines, line, function(operand, i)
    return column_text(lines, operand, state, operands_bind[i])
  end))
  if (line.name or line.readers > 1) and not is_place(lines, line) then
    local block = block_of(lines, line, state)
    state.names[line] = free_name(line.name or numbered("term", state), state)
    block[#block + 1] = ("const double %s = %s;"):format(state.names[line], text)
    return state.names[line]
  end
  return binds < least and "(" .. text .. ")" or text
end

-- The statements that make to[0], to[1], ... of sums[0], ... over `count` samples; `names`: of the columns.
function rule.columns(lines, names)
  local state = {count = 0, names = {}, taken = {sums = true, to = true, count = true, i = true, j = true, k = true}, open = {{}}}
  local block = state.open[1]
  examine(lines)
  for _, line in ipairs(lines) do
    if line.op == "assign" then
      local text = column_text(lines, lines[line.operands[1]], state, CHOICE)
      block[#block + 1] = ("to[%s] = %s; /* %s */"):format(line.name, text, names[math.tointeger(line.name) + 1])
    end
  end
  return table.concat(block, "\n")
end

return rule
