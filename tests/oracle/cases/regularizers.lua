-- Written by tests/oracle/make/make.py from its cases.py.
local model = Sequential()
model:add(Input{shape = {6, 6, 1}})
model:add(Conv2D{filters = 3, kernel_size = {3, 3}, activation = "tanh", kernel_regularizer = L2{l2 = 0.1}, bias_regularizer = function(w) return 0.3 * op.reduce(w * w, "sum") end, activity_regularizer = L1{l1 = 0.002}})
model:add(Flatten{})
model:add(ActivityRegularization{l1 = 0.001, l2 = 0.002})
model:add(Dense{units = 6, activation = "tanh", kernel_regularizer = OrthogonalRegularizer{factor = 2.0, mode = "columns"}})
model:add(Dense{units = 4, activation = "softmax", activity_regularizer = L1L2{l1 = 0.03, l2 = 0.2}, kernel_regularizer = OrthogonalRegularizer{factor = 0.5}})
model:compile{optimizer = Adam{learning_rate = 0.01, clipnorm = 0.3}, loss = "sparse_categorical_crossentropy"}
return model
