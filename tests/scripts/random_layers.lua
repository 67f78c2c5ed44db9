-- What random layers make of one pixel, of an image whose rows hold 0 to 8: metrics tell the mean and the mean square of each.
local still = Layer{name = "Still", call = function(layer, x) return x * layer:parameter("one", {1}, "ones") end}
local input = Input{81}
local image = Reshape{9, 9, 1}(input)
local function pixel(x, row, column) -- counted from the middle
  return op.slice(Flatten()(x), {axis = 0, begin = (4 + row) * 9 + 4 + column, count = 1})
end
local black = image * 0
local values = {
  brightness = pixel(RandomBrightness{0.5, value_range = {-10, 10}}(black), 0, 0),
  contrast = pixel(RandomContrast{0.3, value_range = {-10, 10}}(image), 1, 0),
  translation = pixel(RandomTranslation{0.25, 0}(image), 0, 0),
  flip = pixel(RandomFlip("vertical")(image), 1, 0),
  rotation = pixel(RandomRotation(0.25)(image), 0, 2),
  zoom = pixel(RandomZoom{0.5, 0}(image), 2, 0),
  shear = pixel(RandomShear(0, 0.5)(image), 0, 2),
  crop = op.slice(Flatten()(RandomCrop{5, 5}(image)), {axis = 0, begin = 0, count = 1}),
}
local names, list, metrics = {}, {}, {}
for name in pairs(values) do names[#names + 1] = name end
table.sort(names)
for i, name in ipairs(names) do
  list[i] = values[name]
  metrics[2 * i - 1] = function(_, p) return ops.mean(op.slice(p, {axis = 0, begin = i - 1, count = 1}), -1) end
  metrics[2 * i] = function(_, p) return ops.mean(ops.square(op.slice(p, {axis = 0, begin = i - 1, count = 1})), -1) end
end
local m = Model{inputs = input, outputs = still()(Concatenate()(list))}
m:compile{optimizer = SGD(1e-30), loss = function(_, p) return ops.mean(p, -1) end, metrics = metrics}
m:fit{epochs = 1, batch_size = 100}
return m
