-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {3, 4}})
model:add(Dense{units = 5, activation = "softmax"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = (function()
  local Mixed = class(Loss, "Mixed")
  function Mixed:init() self.label_shape, self.of_classes = {3}, SparseCategoricalCrossentropy{reduction = None} end
  function Mixed:call(t, y)
    local counts = ops.cast(ops.greater(t, 0), "float32")
    return ops.sum(self.of_classes(t, y) * counts, -1) / ops.maximum(ops.sum(counts, -1), 1)
  end
  return Mixed()
end)(), metrics = {}}
return model
