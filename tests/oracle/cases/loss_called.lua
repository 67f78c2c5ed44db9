-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {4}})
model:add(Dense{units = 4, activation = "softmax"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = (function()
  local Mixed = class(Loss, "Mixed")
  function Mixed:call(t, y)
    local each = CategoricalCrossentropy{reduction = "none"}(t, y) + 3 * Huber{delta = 0.4, reduction = "none"}(t, y)
    return 2 * each + 0.5 * MeanSquaredError()(t, y)
  end
  return Mixed()
end)(), metrics = {}}
return model
