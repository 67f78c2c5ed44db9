-- Written by tests/oracle/make/make.py from its cases.py.
local Sums = Layer{name = "Sums", call = function(self, x)
  return (op.scan(function(step, sum)
    local y = op.unary(sum + GRU(3)(step), "tanh")
    return y, y
  end, x, {{3}}))
end}
local model = Sequential{Sums{input_shape = {3, 4, 5}}, Flatten(), Dense(2)}
model:compile{optimizer = SGD{learning_rate = 0.5}, loss = "mse"}
return model
