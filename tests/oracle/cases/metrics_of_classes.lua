-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {4}})
model:add(Dense{units = 4, activation = "sigmoid"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = (function()
  local Weighed = class(Loss, "Weighed")
  function Weighed:init(of_ones) self.of_ones = of_ones end
  function Weighed:call(y_true, y_pred) return ops.square(y_true - y_pred) * (1 + (self.of_ones - 1) * y_true) end
  return Weighed(3)
end)(), metrics = {
  (function()
    local F1 = class(Metric, "OwnF1")
    function F1:init(threshold)
      self.threshold, self.hits = threshold, self:add_weight{name = "hits", shape = {}, initializer = "zeros"}
      self.said, self.right = self:add_weight("said", {shape = {}}), self:add_variable{shape = {}, initializer = "zeros"}
    end
    function F1:update_state(y_true, y_pred, sample_weight)
      assert(sample_weight == nil)
      local yes = ops.cast(ops.greater(y_pred, self.threshold), "float32")
      self.hits:assign_add(ops.sum(yes * y_true))
      self.said:assign(self.said + ops.sum(yes))
      self.right:assign_add(ops.sum(y_true))
    end
    function F1:result()
      local precision, recall = ops.divide_no_nan(self.hits, self.said), self.hits / ops.maximum(self.right, 1)
      return ops.mean(2 * precision * recall / (precision + recall + ops.epsilon()))
    end
    function F1:reset_state() self.hits:assign(0) end
    return F1(0.4)
  end)(),
  (function()
    local F1 = class(Metric, "OwnMean")
    function F1:init(threshold)
      self.threshold, self.hits = threshold, self:add_weight{name = "hits", shape = {4}, initializer = "zeros"}
      self.said, self.right = self:add_weight("said", {shape = {4}}), self:add_variable{shape = {4}, initializer = "zeros"}
    end
    function F1:update_state(y_true, y_pred, sample_weight)
      assert(sample_weight == nil)
      local yes = ops.cast(ops.greater(y_pred, self.threshold), "float32")
      self.hits:assign_add(ops.sum(yes * y_true, {axis = 0}))
      self.said:assign(self.said + ops.sum(yes, {axis = 0}))
      self.right:assign_add(ops.sum(y_true, {axis = 0}))
    end
    function F1:result()
      local precision, recall = ops.divide_no_nan(self.hits, self.said), self.hits / ops.maximum(self.right, 1)
      return ops.mean(2 * precision * recall / (precision + recall + ops.epsilon()))
    end
    function F1:reset_state() self.hits:assign(0) end
    return F1(0.4)
  end)(),
  (function()
    local Deviation = class(Metric, "deviation")
    function Deviation:init() self.sum, self.squares, self.count = self:add_weight(), self:add_weight(), self:add_weight() end
    function Deviation:update_state(y_true, y_pred)
      local error = y_pred - y_true
      self.sum:assign_add(ops.sum(error) / 4)
      self.squares:assign_add(ops.sum(ops.sum(ops.square(error), -1), {axis = 0}) * 0.25)
      self.count:assign_add(ops.cast(ops.shape(y_true)[0], "float32"))
    end
    function Deviation:result()
      local mean = self.sum / self.count
      return ops.where(ops.greater(self.count, 2), ops.sqrt(self.squares / self.count - mean ^ 2), -1)
    end
    return Deviation()
  end)(),
}}
return model
