-- weights.lua: which of a file's arrays are whose, and giving them to the parameters of layers.
--
-- HDF5 has a group for each layer of the model, and of a model in it all weights in one list. An archive has a path for each
-- layer: its class in snake case, with a number, under those of the models around it. A row's `weights`, f(list, config), makes of
-- the arrays those of the layer's parameters; its `parts` are what an archive's paths go on with, in the order of parameters.

local cnnc = ...
local array, import = cnnc.array, cnnc.import
local keras = import.keras
local format, concat, sort = string.format, table.concat, table.sort

local function last_of(path) return string.match(path, "([^/]*)$") end

-- "dense_1/kernel:0" -> "kernel"
local function leaf_of(name) return string.gsub(last_of(name), ":%d+$", "") end

local function shape_text(dims) return #dims == 0 and "a number" or concat(dims, "x") end

---- Giving ----------------------------------------------------------------------------------------------

local function same_lists(a, b)
  local same = #a == #b
  for i = 1, #a do same = same and a[i] == b[i] end
  return same
end

-- The same numbers of other lengths, where axes of 1 alone make the difference.
local function without_ones(dims)
  local list = {}
  for _, size in ipairs(dims) do
    if size ~= 1 then list[#list + 1] = size end
  end
  return list
end

local function give_one(tensor, known)
  local dims, shape = array.dims(known), cnnc.shape(tensor)
  if not same_lists(without_ones(dims), without_ones(shape)) then
    import.fail(nil, "has weights '%s' of %s, and the file has %s", last_of(cnnc.parameter_name(tensor)), shape_text(shape),
      shape_text(dims))
  end
  if array.type(known) ~= "float" then known = array.cast(known, "float") end
  array.give(tensor, known)
  import.record.parameter(tensor, last_of(cnnc.parameter_name(tensor)), known)
end

-- By what the file calls them, where these are the names of the parameters, each once; else in their order.
local function by_names(parameters, list)
  local of_name, result = {}, {}
  for _, entry in ipairs(list) do
    local name = leaf_of(entry.name)
    if of_name[name] then return nil end
    of_name[name] = entry
  end
  for i, tensor in ipairs(parameters) do
    result[i] = of_name[last_of(cnnc.parameter_name(tensor))]
    if not result[i] then return nil end
  end
  return result
end

local function entries(list, known)
  local made = {}
  for i, one in ipairs(known) do made[i] = {name = list[i] and list[i].name or "", array = one} end
  return made
end

-- Gives an instance the arrays of a list, {{name =, array =}, ...}.
local function give(instance, list)
  local parameters, row = cnnc.owned[instance.layer] or {}, instance.row
  keras.about(instance)
  if row.weights and #list > 0 then
    local known = {}
    for i, entry in ipairs(list) do known[i] = entry.array end
    list = entries(list, row.weights(known, instance.config, instance))
  end
  if #list ~= #parameters then
    import.fail(nil, "has %d weights, and the file has %d for it", #parameters, #list)
  end
  list = by_names(parameters, list) or list
  for i, tensor in ipairs(parameters) do give_one(tensor, list[i].array) end
  keras.about(nil)
end

-- The instances in a model that have layers, in order.
local function leaves_of(instance, list)
  for _, child in ipairs(instance.children or {instance.inner}) do
    if child.children then
      leaves_of(child, list)
    elseif child.inner then
      leaves_of(child.inner, list)
    elseif child.layer then
      list[#list + 1] = child
    end
  end
  return list
end

---- HDF5 ------------------------------------------------------------------------------------------------

-- A list of texts, which Keras cuts in parts if it is long.
local function texts(attributes, name)
  local list = attributes and attributes[name]
  if list or not attributes then return list end
  local i = 0
  while attributes[name .. i] do
    list = list or {}
    table.move(attributes[name .. i], 1, #attributes[name .. i], #list + 1, list)
    i = i + 1
  end
  return list
end

-- The weights in a layer's group.
local function list_in(file, group)
  local list = {}
  for i, name in ipairs(texts(file.attributes[group], "weight_names") or {}) do
    local known = file.arrays[group .. "/" .. name]
    if not known then import.fail_of_file(format("the file has no weights '%s', which it lists", name)) end
    list[i] = {name = name, array = known}
  end
  return list
end

local NOT_TRAINED <const> = keras.set("moving_mean moving_variance mean variance")

-- The places of the parameters of instances in a model's list, {leaf =, tensor =}: first those that are trained.
local function places(leaves)
  local trained, rest = {}, {}
  for _, leaf in ipairs(leaves) do
    for _, tensor in ipairs(cnnc.owned[leaf.layer]) do
      local still = leaf.config.trainable == false or NOT_TRAINED[last_of(cnnc.parameter_name(tensor))]
      local list = still and rest or trained
      list[#list + 1] = {leaf = leaf, tensor = tensor}
    end
  end
  return table.move(rest, 1, #rest, #trained + 1, trained)
end

-- The instance whose name is a part of a weight's, or in Keras 1 its beginning; nil: none.
local function owner_of(name, leaves)
  local found, length
  for _, leaf in ipairs(leaves) do
    for part in string.gmatch(name, "[^/]+") do
      local is_one = part == leaf.name and part ~= name or string.sub(name, 1, #leaf.name + 1) == leaf.name .. "_"
      if is_one and (not found or #leaf.name > length) then found, length = leaf, #leaf.name end
    end
  end
  return found
end

local function by_owner(leaves, list)
  local lists = {}
  for _, leaf in ipairs(leaves) do lists[leaf] = {} end
  for _, entry in ipairs(list) do
    local owner = owner_of(entry.name, leaves)
    if not owner then return nil end
    table.insert(lists[owner], entry)
  end
  return lists
end

-- What of a list is whose: its places say so, as for Keras itself, where shapes agree; else names.
local function shared_out(instance, leaves, list)
  local order, lists = places(leaves), {}
  local fits = #order == #list
  for _, leaf in ipairs(leaves) do lists[leaf] = {} end
  for i, place in ipairs(fits and order or {}) do
    fits = fits and same_lists(without_ones(array.dims(list[i].array)), without_ones(cnnc.shape(place.tensor)))
    table.insert(lists[place.leaf], list[i])
  end
  lists = fits and lists or by_owner(leaves, list)
  if lists then return lists end
  keras.about(instance)
  import.fail(nil, "has %d weights, and the file has %d for it, or of other shapes", #order, #list)
end

local function give_list(instance, list)
  if instance.layer and not instance.inner then return give(instance, list) end
  local leaves = leaves_of(instance, {})
  local lists = shared_out(instance, leaves, list)
  for _, leaf in ipairs(leaves) do give(leaf, lists[leaf]) end
end

-- The names that the file has of layers are the configuration's.
local function give_hdf5(instance, file)
  local root = file.attributes.model_weights and "model_weights" or ""
  local known = {}
  for _, name in ipairs(texts(file.attributes[root], "layer_names") or {}) do known[name] = true end
  for _, child in ipairs(instance.children) do
    if child.layer or child.children then
      local group = root == "" and child.name or root .. "/" .. child.name
      give_list(child, known[child.name] and list_in(file, group) or {})
    end
  end
end

---- Archives ----------------------------------------------------------------------------------------------

-- The arrays under a path, in order: of the parts of a row, and within them by number. They are `taken` from then on.
local function arrays_under(file, path, parts, taken)
  local list, place = {}, {}
  for i, part in ipairs(parts or {}) do place[part] = i end
  for name, known in pairs(file.arrays) do
    local rest = string.sub(name, 1, #path + 1) == path .. "/" and string.sub(name, #path + 2)
    local within, number = string.match(rest or "", "^(.-)/?vars/(%d+)$")
    if within and not string.find(within, "seed_generator", 1, true) then
      local part = place[within] or place[string.match(within, "^[^/]*")] or 0
      list[#list + 1] = {name = "", array = known, part = part, within = within, number = tonumber(number)}
      taken[name] = true
    end
  end
  sort(list, function(a, b)
    if a.part ~= b.part then return a.part < b.part end
    if a.within ~= b.within then return a.within < b.within end
    return a.number < b.number
  end)
  return list
end

-- Numbers of the paths CLASS, CLASS_1, ... that have something in them, in order.
local function paths_of(file, folder, class)
  local numbers, seen = {}, {}
  for name in pairs(file.arrays) do
    local part = string.sub(name, 1, #folder + 1) == folder .. "/" and string.match(name, "^[^/]+", #folder + 2)
    if part and not seen[part] then
      seen[part] = true
      local number = part == class and 0
        or string.sub(part, 1, #class + 1) == class .. "_" and tonumber(string.sub(part, #class + 2))
      if number then numbers[#numbers + 1] = {number = number, path = folder .. "/" .. part} end
    end
  end
  sort(numbers, function(a, b) return a.number < b.number end)
  return numbers
end

local function has_weights(instance)
  if instance.layer and not instance.inner then return #cnnc.owned[instance.layer] > 0 end
  for _, leaf in ipairs(leaves_of(instance, {})) do
    if has_weights(leaf) then return true end
  end
  return false
end

local give_archive

local function give_path(instance, file, path, taken)
  if instance.children then return give_archive(instance, file, path, taken) end
  if instance.inner then return give_archive(instance.inner, file, path .. "/layer", taken) end
  local parts = instance.row.parts
  give(instance, arrays_under(file, path, type(parts) == "function" and parts(instance.config) or parts, taken))
end

-- Of the layers of one class that have weights each is the next path.
function give_archive(instance, file, path, taken)
  local prefix, of_class = path == "" and "" or path .. "/", {}
  local folder = prefix .. (file.attributes[prefix .. "layers"] and "layers" or "_layer_checkpoint_dependencies")
  for _, child in ipairs(instance.children) do
    if (child.layer or child.children) and has_weights(child) then
      local class = cnnc.snake_case(child.class)
      of_class[class] = of_class[class] or {at = 0, list = paths_of(file, folder, class)}
      of_class[class].at = of_class[class].at + 1
      local found = of_class[class].list[of_class[class].at]
      if not found then
        keras.about(child)
        import.fail(nil, "has weights, and the file has none for it")
      end
      give_path(child, file, found.path, taken)
    end
  end
end

-- Weights of layers that nobody took tell that the file's paths were not understood, and then others may have gone astray, too.
-- Seeds are no weights, and what a training kept beside the layers is not asked for.
local function check_all_taken(file, taken)
  for _, name in ipairs(keras.sorted_names(file.arrays)) do
    local is_of_layer = string.find(name, "^layers/") or string.find(name, "^_layer_checkpoint_dependencies/")
    if is_of_layer and string.find(name, "/vars/%d+$") and not string.find(name, "generator", 1, true) and not taken[name] then
      import.fail_of_file(format("the file has weights '%s', which no layer of the model takes", name))
    end
  end
end

function keras.give_weights(instance, file)
  if not file.config then return give_hdf5(instance, file) end
  local taken = {}
  give_archive(instance, file, "", taken)
  check_all_taken(file, taken)
end

---- Arrays in other orders -------------------------------------------------------------------------------

local function strides_of(dims)
  local strides, step = {}, 1
  for i = #dims, 1, -1 do strides[i], step = step, step * dims[i] end
  return strides
end

-- The array with its axes in another order, counted from 1.
function keras.permuted(known, order)
  local dims, strides, to, steps = array.dims(known), strides_of(array.dims(known)), {}, {}
  for i, axis in ipairs(order) do to[i], steps[i] = dims[axis], strides[axis] end
  return array.strided(known, to, steps, 0)
end

-- The array with its first `n` axes from their ends on.
function keras.flipped(known, n)
  local dims, strides, offset = array.dims(known), strides_of(array.dims(known)), 0
  for i = 1, n do
    offset = offset + strides[i] * (dims[i] - 1)
    strides[i] = -strides[i]
  end
  return array.strided(known, dims, strides, offset)
end

function keras.reshaped(known, dims) return array.strided(known, dims, strides_of(dims), 0) end

-- The columns of the last axis from `begin` on.
function keras.columns(known, begin, count)
  local dims = array.dims(known)
  local strides = strides_of(dims)
  dims[#dims] = count
  return array.strided(known, dims, strides, begin)
end
