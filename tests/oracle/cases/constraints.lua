-- Written by tests/oracle/make/make.py from its cases.py.
local model = Sequential()
model:add(Input{shape = {6, 6, 1}})
model:add(Conv2D{filters = 3, kernel_size = {3, 3}, activation = "tanh", kernel_constraint = MaxNorm{max_value = 0.5, axis = {0, 1, 2}}, bias_constraint = NonNeg{}})
model:add(Flatten{})
model:add(Dense{units = 5, activation = "tanh", kernel_constraint = MinMaxNorm{min_value = 1.5, max_value = 1.7, rate = 0.4}})
model:add(Dense{units = 5, activation = "tanh", kernel_constraint = MaxNorm{max_value = 0.9}})
model:add(Dense{units = 4, activation = "softmax", kernel_constraint = UnitNorm{axis = 1}})
model:compile{optimizer = SGD{learning_rate = 0.1, gradient_accumulation_steps = 2}, loss = "sparse_categorical_crossentropy"}
return model
