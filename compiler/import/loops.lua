-- loops.lua: lines that come again, as loops. Lines are alike that are the same text but for the values in their holes.

local cnnc = ...
local import = cnnc.import
local format, concat = string.format, table.concat

local loops = {}
import.loops = loops

local LONGEST_PERIOD <const> = 80
local MOST_COLUMNS <const> = 4

-- The line with a mark in the place of each value.
local function pattern_of(line)
  local words = {}
  for i, piece in ipairs(line.pieces) do words[i] = type(piece) == "table" and "\1" .. piece.name .. "\1" or piece end
  return concat(words)
end

local function holes_of(line)
  local holes = {}
  for _, piece in ipairs(line.pieces) do
    if type(piece) == "table" then holes[#holes + 1] = piece end
  end
  return holes
end

-- The columns of values that differ between `count` rounds of `period` lines from `first` on: {{name =, texts = {of each round}},
-- ...} and, by hole of the first round, which it is.
local function columns_of(lines, first, period, count)
  local columns, of_hole, known = {}, {}, {}
  for j = 0, period - 1 do
    local rounds = {}
    for r = 0, count - 1 do rounds[r + 1] = holes_of(lines[first + r * period + j]) end
    for h, hole in ipairs(rounds[1]) do
      local texts, differs = {}, false
      for r = 1, count do
        texts[r] = rounds[r][h].text
        differs = differs or texts[r] ~= texts[1]
      end
      local key = concat(texts, "\1")
      if differs and not known[key] then
        columns[#columns + 1] = {name = hole.name, texts = texts}
        known[key] = columns[#columns]
      end
      of_hole[hole] = differs and known[key] or nil
    end
  end
  return columns, of_hole
end

-- How many rounds of `period` lines begin at `first`, whose values differ in few columns.
local function rounds_at(lines, patterns, first, period)
  local count = 1
  while first + (count + 1) * period - 1 <= #lines do
    for j = 0, period - 1 do
      if patterns[first + j] ~= patterns[first + count * period + j] then return count end
    end
    count = count + 1
  end
  return count
end

-- The loop at `first` that saves most lines: period, rounds; nil: none does.
local function best_at(lines, patterns, first, memo)
  if memo[first] then return table.unpack(memo[first], 1, 3) end
  local best, best_period, best_count = 1, nil, nil
  for period = 1, math.min(LONGEST_PERIOD, (#lines - first + 1) // 2) do
    if patterns[first] == patterns[first + period] then
      local count = rounds_at(lines, patterns, first, period)
      while count > 1 and #columns_of(lines, first, period, count) > MOST_COLUMNS do count = count - 1 end
      local columns = count > 1 and #columns_of(lines, first, period, count) or 0
      local saved = (count - 1) * period - 2 - (columns > 1 and 1 or 0)
      if count > 1 and saved > best then best, best_period, best_count = saved, period, count end
    end
  end
  memo[first] = {best_period, best_count, best}
  return best_period, best_count, best
end

-- Does the line make a layer with which a block begins?
local function begins_block(line)
  for _, piece in ipairs(line.pieces) do
    local kind = type(piece) == "string" and string.match(piece, "^%u%w+$")
    if kind then return string.find(kind, "Conv", 1, true) ~= nil or kind == "Dense" or kind == "LSTM" or kind == "GRU" end
  end
  return false
end

-- Where another loop that begins a little later saves more, or begins better, the lines until there stand alone.
local function choose(lines, patterns, first, memo)
  local period, count, saved = best_at(lines, patterns, first, memo)
  if not period then return nil end
  for later = first + 1, math.min(first + period - 1, #lines) do
    local _, _, other = best_at(lines, patterns, later, memo)
    if other > saved or other == saved and begins_block(lines[later]) and not begins_block(lines[first]) then return nil end
  end
  return period, count
end

---- Text ------------------------------------------------------------------------------------------------

-- What a comment of all rounds says: first to last.
local function comment_of(lines, first, period, count)
  local from, to = lines[first].comment, lines[first + (count - 1) * period].comment
  if not from or from == to then return from end
  return to and format("%s to %s", from, to) or from
end

local function with_variables(line, of_hole)
  local pieces = {}
  for i, piece in ipairs(line.pieces) do pieces[i] = of_hole[piece] and of_hole[piece].variable or piece end
  return pieces
end

-- for _, filters in ipairs{16, 32} do
local function head_of(columns, count, indent, taken)
  if #columns == 0 then return {format("%sfor _ = 1, %d do", indent, count)} end
  for _, column in ipairs(columns) do column.variable = import.text.identifier(column.name, taken, "value") end
  if #columns == 1 then
    return {format("%sfor _, %s in ipairs{%s} do", indent, columns[1].variable, concat(columns[1].texts, ", "))}
  end
  local rows, names = {}, {}
  for r = 1, count do
    local row = {}
    for i, column in ipairs(columns) do row[i] = column.texts[r] end
    rows[r] = "{" .. concat(row, ", ") .. "}"
  end
  for i, column in ipairs(columns) do names[i] = column.variable end
  return {format("%sfor _, block in ipairs{%s} do", indent, concat(rows, ", ")),
    format("%s  local %s = table.unpack(block)", indent, concat(names, ", "))}
end

-- Lines, {pieces =, comment =, ...}, as a list of these and of loops: {head = {text, ...}, body = lines, first =, last = of the
-- lines that it stands for}.
function loops.find(lines, taken)
  local patterns, list, memo, at = {}, {}, {}, 1
  for i, line in ipairs(lines) do patterns[i] = pattern_of(line) end
  while at <= #lines do
    local period, count = choose(lines, patterns, at, memo)
    if period then
      local columns, of_hole = columns_of(lines, at, period, count)
      local loop = {body = {}, first = at, last = at + count * period - 1, period = period}
      loop.head = head_of(columns, count, "", setmetatable({}, {__index = taken}))
      for j = 0, period - 1 do
        local line = lines[at + j]
        loop.body[j + 1] = {pieces = with_variables(line, of_hole), comment = comment_of(lines, at + j, period, count),
          targets = line.targets, first = at + j}
      end
      list[#list + 1] = loop
      at = loop.last + 1
    else
      list[#list + 1] = {pieces = lines[at].pieces, comment = lines[at].comment, targets = lines[at].targets, first = at}
      at = at + 1
    end
  end
  return list
end
