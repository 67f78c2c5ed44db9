-- shrink.lua: makes a case small that differs, so that it still does.
--
--   text     the case
--   differs  tries a text
--   most     tries
--
-- Works on the text alone: a line is a layer, its last parentheses hold its inputs. What is no script any more does not
-- differ, so nothing here needs to know what is valid.
local text, differs, max = ...

local tries = 0
-- Takes the new text if it still differs.
local function try(new)
  if new == text or tries >= max then return false end
  tries = tries + 1
  if not differs(new) then return false end
  text = new
  return true
end

local function lines_of(whole)
  local lines = {}
  for line in string.gmatch(whole, "[^\n]+") do lines[#lines + 1] = line end
  return lines
end

local function without_line(number)
  local lines = lines_of(text)
  table.remove(lines, number)
  return table.concat(lines, "\n") .. "\n"
end

-- The text without a layer: who read it reads one of its inputs.
local function drop_layers()
  local changed = false
  for number = #lines_of(text), 2, -1 do
    local line = lines_of(text)[number]
    local name, inputs = string.match(line, "^local (%w+) = .*(%b())$")
    if name then
      for input in string.gmatch(inputs, "x%d+") do
        local new = string.gsub(without_line(number), "%f[%w]" .. name .. "%f[%W]", input)
        if try(new) then
          changed = true
          break
        end
      end
    else
      changed = try(without_line(number)) or changed
    end
  end
  return changed
end

-- Replaces what a pattern finds, one place after the other. replacements(found) lists what to put there.
local function replace_each(pattern, replacements)
  local changed, position = false, 1
  while true do
    local first, last = string.find(text, pattern, position)
    if not first then return changed end
    local done = false
    for _, new in ipairs(replacements(string.sub(text, first, last))) do
      if try(string.sub(text, 1, first - 1) .. new .. string.sub(text, last + 1)) then
        done = true
        break
      end
    end
    changed = changed or done
    position = done and first or last + 1
  end
end

local function nothing() return {""} end

local function drop_arguments()
  local changed = false
  for _, value in ipairs{"%b{}", "%w+%b{}", '"[^"]*"', "[%w.-]+"} do
    changed = replace_each(", %l[%w_]* = " .. value, nothing) or changed
    changed = replace_each("%l[%w_]* = " .. value .. ",? ?", nothing) or changed
  end
  return replace_each(" %w+/%l+/%l+/%l+/%-O%d", nothing) or changed
end

local function lower_numbers()
  return replace_each("%f[%w]%d+%f[^%w.]", function(digits)
    local number = tonumber(digits)
    if number <= 1 then return {} end
    return {"1", tostring(number // 2), tostring(number - 1)}
  end)
end

repeat
  local changed = drop_layers()
  changed = drop_arguments() or changed
  changed = lower_numbers() or changed
until not changed or tries >= max
return text
