-- pretrained.lua: layers whose parameters begin with those of a file that another training wrote.

local cnnc = ...
local fields = cnnc.fields

local loads = {} -- {layer =, file =, at =}, in the order of the script

cnnc.describe("function", {
  name = "layer:load_weights",
  rows = {{"filepath", "weights_name", doc = cnnc.LOADED}, cnnc.LOAD[2]},
  doc = "training begins with this file's values for the layer's parameters, or for all of a model that is used as a layer; the "
    .. "program reads the file when it runs. Tensors are found by their names, those of a model also as they are called in a "
    .. "file of its own; --weights takes the place of all of it",
  example = [[
local base = Sequential{Dense{8, activation = "relu", input_shape = {4}}}
local head = Dense{3, activation = "softmax"}
base:load_weights("base.safetensors")
base.trainable = false
local model = Sequential{base, head}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{epochs = 5}
return model]],
})

function cnnc.note_load(layer, file) loads[#loads + 1] = {layer = layer, file = file, at = cnnc.where()} end

local function begins_with(text, start) return string.sub(text, 1, #start) == start end

-- Where the names of its parameters go on as they would if it stood by itself.
local function prefix_of(layer)
  local own = fields[layer]
  if cnnc.is_model(layer) then return own.prefix or "" end
  return string.sub(own.path, 1, #own.path - #own.label)
end

-- Calls f for each parameter of a layer, or of the layers of a model.
local function each_parameter(layer, f)
  for _, tensor in ipairs(cnnc.owned[layer]) do f(tensor) end
  if not cnnc.is_model(layer) then return end
  for _, inner in ipairs(cnnc.layers_of(fields[layer])) do each_parameter(inner, f) end
end

-- Tells the compiler, as long as parameters have the names that they were made with. What a script returns loads all of its file
-- by itself: `returned`, a set.
function cnnc.load_layers(returned)
  for _, load in ipairs(loads) do
    if not returned[load.layer] then
      local prefix, count = prefix_of(load.layer), 0
      each_parameter(load.layer, function(tensor)
        local name = cnnc.parameter_name(tensor)
        count = count + 1
        cnnc.load_parameter(tensor, load.file, begins_with(name, prefix) and string.sub(name, #prefix + 1) or name)
      end)
      if count == 0 then
        cnnc.warn("load_weights: this has no parameters, and so nothing is loaded",
          {hint = "it is called on a tensor, or added to a model, somewhere in the script", at = load.at})
      end
    end
  end
end
