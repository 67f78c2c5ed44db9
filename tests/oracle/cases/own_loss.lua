-- Written by tests/oracle/make/make.py from its cases.py.
local model = Sequential()
model:add(Input{shape = {5}})
model:add(Dense{units = 6, activation = "tanh"})
model:add(Dense{units = 3})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = function(label, output) local e = ops.abs(label - output) return ops.where(ops.less_equal(e, 0.5), 0.5*e*e, 0.5*e - 0.125) end}
return model
