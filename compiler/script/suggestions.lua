-- suggestions.lua: which name may have been meant by one that there is not.

local cnnc = ...
local format, lower, gsub, byte = string.format, string.lower, string.gsub, string.byte
local concat, arguments = table.concat, cnnc.arguments

-- Levenshtein's distance, with a swap of neighbours as one step.
local function distance(a, b)
  local before, row = {}, {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local new = {[0] = i}
    for j = 1, #b do
      local cost = byte(a, i) == byte(b, j) and 0 or 1
      new[j] = math.min(row[j] + 1, new[j - 1] + 1, row[j - 1] + cost)
      if i > 1 and j > 1 and byte(a, i) == byte(b, j - 1) and byte(a, i - 1) == byte(b, j) then
        new[j] = math.min(new[j], before[j - 2] + 1)
      end
    end
    before, row = row, new
  end
  return row[#b]
end

arguments.distance = distance

-- The words of batch_norm or BatchNorm, in lower case.
local function words_of(name)
  local words = {}
  for word in string.gmatch(lower(gsub(name, "(%l)(%u)", "%1_%2")), "[^_]+") do words[#words + 1] = word end
  return words
end

-- More than any name that is near: one that has words beside those of the name comes behind them.
local LEFT_OUT <const> = 100

local function tolerance(word) return math.max(1, #word // 3) end

-- How far the names are apart, nil: too far. In names of as many words each word must be near: LayerNormalization is no
-- misspelt BatchNormalization.
local function apart(name, candidate)
  local a, b = words_of(name), words_of(candidate)
  local d = distance(lower(name), lower(candidate))
  if d > tolerance(name) then return nil end
  for i = 1, #a == #b and #a or 0 do
    if distance(a[i], b[i]) > tolerance(a[i]) then return nil end
  end
  return d
end

-- Does the candidate have all words of the name? Then some were left out: sparse_crossentropy.
local function has_words(name, candidate)
  local own, has = words_of(name), {}
  for _, word in ipairs(words_of(candidate)) do has[word] = true end
  for _, word in ipairs(own) do
    if not has[word] then return false end
  end
  return #own > 1
end

local function has_capital(name) return string.find(name, "%u") ~= nil end

-- The nearest of `names`, a list; nil: none is near.
function arguments.nearest(name, names)
  if #name > 64 then return nil end
  local best, nearest = math.huge, nil
  for _, candidate in ipairs(names) do
    -- The case of letters decides between names that are equally near without it, and first whether there are capitals.
    local d = apart(name, candidate) or (has_words(name, candidate) and LEFT_OUT) or nil
    if d and has_capital(name) ~= has_capital(candidate) then d = d + 0.5 end
    if d and d < best then d = d + distance(name, candidate) / 1000 end
    if d and d < best then best, nearest = d, candidate end
  end
  return nearest
end

-- "did you mean 'filters'?", or nil when nothing is near. `names` is a list.
function arguments.suggest(name, names)
  local nearest = arguments.nearest(name, names)
  return nearest and format("did you mean '%s'?", nearest)
end

local function joined(list, more)
  return table.move(more, 1, #more, #list + 1, table.move(list, 1, #list, 1, {}))
end

-- What Keras has of this name, or of one that is nearer than any of `names`; nil: nothing. `kind` as in keras.lua.
function arguments.of_keras(name, names, kind)
  local exact = cnnc.keras.find(name, kind)
  if exact then return exact end
  local nearest = arguments.nearest(name, joined(names, cnnc.keras.names(kind)))
  return nearest and cnnc.keras.named(nearest, kind)
end

-- Names as a message lists them.
function arguments.listed(names)
  if #names > 24 then return concat(names, ", ", 1, 24) .. ", ..." end
  return concat(names, ", ")
end

-- A hint for a name that is not among `names`.
function arguments.hint(name, names)
  return arguments.suggest(name, names) or (#names > 0 and "known are: " .. arguments.listed(names) or nil)
end

-- What arguments of Keras were called before, or are elsewhere.
local FORMER <const> = {
  lr = "learning_rate", nb_epoch = "epochs", num_epochs = "epochs", nb_filter = "filters",
  out_channels = "filters", kernel = "kernel_size", stride = "strides", subsample = "strides", border_mode = "padding",
  pool = "pool_size", p = "rate", init = "kernel_initializer", bias = "use_bias", input = "inputs", output = "outputs",
  objective = "loss", metric = "metrics", callback = "callbacks", out_features = "units",
}

-- Which call has an argument of this name.
local ELSEWHERE <const> = {learning_rate = "the optimizer has it: optimizer = Adam{learning_rate = 0.01}"}
for call, list in pairs{
  ["model:compile"] = "optimizer loss loss_weights metrics weighted_metrics",
  ["model:fit"] = "epochs callbacks validation_split class_weight initial_epoch steps_per_epoch",
} do
  for name in string.gmatch(list, "%S+") do ELSEWHERE[name] = format("%s has it: %s{..., %s = ...}", call, call, name) end
end

-- A hint for an argument that is not among `names`.
function arguments.argument_hint(name, names)
  local now = FORMER[name]
  for _, known in ipairs(names) do
    if known == now then return format("it is called %s: %s = ...", now, now) end
  end
  return arguments.suggest(name, names) or ELSEWHERE[name] or arguments.hint(name, names)
end
