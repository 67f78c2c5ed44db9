-- captions.lua: texts in pictures, where there is little room. They are quoted for HTML.

local M = {}

-- The characters, of which an entity is one.
local function characters(text)
  local list, at = {}, 1
  while at <= #text do
    local one = string.match(text, "^&[#%w]+;", at) or string.match(text, "^.[\128-\191]*", at)
    list[#list + 1] = one
    at = at + #one
  end
  return list
end

-- The text, or as much of it as `room` characters hold; nothing is better than a few letters.
function M.short(text, room)
  local list = characters(text)
  if #list <= room then return text end
  return room >= 6 and table.concat(list, "", 1, room - 1) .. "…" or ""
end

return M
