-- resample.lua: how much each number along an axis counts for each that the axis has in another size, as tables in C.

local resample = {}

local function sinc(x) return x == 0 and 1 or math.sin(math.pi * x) / (math.pi * x) end

local function lanczos(radius)
  return {radius = radius, at = function(d) return sinc(d) * sinc(d / radius) end}
end

local KERNELS = {
  bilinear = {radius = 1, at = function(d) return 1 - d end},
  bicubic = {radius = 2, at = function(d) -- Keys (1981), a = -1/2
    return d < 1 and (1.5 * d - 2.5) * d * d + 1 or ((-0.5 * d + 2.5) * d - 4) * d + 2
  end},
  lanczos3 = lanczos(3), lanczos5 = lanczos(5),
}

-- What rounding leaves where a function is zero.
local NOTHING <const> = 1e-12

-- For each place of y: {first = of x's places, from 0, weights...}.
local function shares(attr, places)
  local kernel, list = KERNELS[attr.interpolation], {}
  local distance = places / attr.size
  local width = attr.antialias and math.max(distance, 1.0) or 1.0
  for i = 0, attr.size - 1 do
    local middle, sum = (i + 0.5) * distance - 0.5, 0.0
    local first, share = nil, {}
    for j = math.max(0, math.ceil(middle - kernel.radius * width)),
      math.min(places - 1, math.floor(middle + kernel.radius * width)) do
      local weight = kernel.at(math.abs(middle - j) / width)
      if math.abs(weight) < NOTHING then weight = 0.0 end
      if weight ~= 0 and not first then first = j end
      if first then share[#share + 1] = weight end
      sum = sum + weight
    end
    while share[#share] == 0 do share[#share] = nil end
    for n, weight in ipairs(share) do share[n] = weight / sum end
    share.first = first
    list[#list + 1] = share
  end
  return list
end

-- The same numbers, for each place of x by the places of y.
local function turned(list, places)
  local result = {}
  for j = 1, places do result[j] = {} end
  for i, share in ipairs(list) do
    for n, weight in ipairs(share) do
      local column = result[share.first + n]
      column.first = column.first or i - 1
      while #column < i - 1 - column.first do column[#column + 1] = 0.0 end
      column[#column + 1] = weight
    end
  end
  return result
end

-- As many weights of each place, which begin so early that none lies behind the `places` there are.
local function even(list, places)
  local taps = 1
  for _, share in ipairs(list) do taps = math.max(taps, #share) end
  local firsts, weights = {}, {}
  for i, share in ipairs(list) do
    local first = math.min(share.first or 0, places - taps)
    local before, row = (share.first or 0) - first, {}
    for t = 1, taps do row[t] = share[t - before] or 0.0 end
    firsts[i], weights[i] = first, row
  end
  return {taps = taps, size = #list, firsts = firsts, weights = weights}
end

-- y as a sum of x along an axis of so many places; dx as one of dy.
function resample.forward(attr, places) return even(shares(attr, places), places) end
function resample.backward(attr, places) return even(turned(shares(attr, places), places), attr.size) end

-- A list of texts, in lines.
local function filled(texts)
  local lines, line = {}, ""
  for i, text in ipairs(texts) do
    text = text .. (i < #texts and "," or "")
    if #line + 1 + #text > 110 then lines[#lines + 1], line = line, "" end
    line = line .. (line == "" and "" or " ") .. text
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

local function number(x)
  local text = ("%.9g"):format(x)
  return text .. (text:find("[.en]") and "f" or ".0f")
end

function resample.firsts(shares_of) return filled(shares_of.firsts) end

function resample.weights(shares_of)
  local rows = {}
  for i, row in ipairs(shares_of.weights) do
    local texts = {}
    for t, weight in ipairs(row) do texts[t] = number(weight) end
    rows[i] = "{" .. table.concat(texts, ", ") .. "}"
  end
  return filled(rows)
end

return resample
