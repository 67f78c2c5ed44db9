-- Written by tests/oracle/make/make.py from its cases.py.
local model = Sequential()
model:add(Input{shape = {6, 6, 1}})
model:add(Conv2D{filters = 3, kernel_size = {3, 3}, activation = "tanh", kernel_regularizer = L2{l2 = 0.1}, bias_regularizer = L1{l1 = 0.05}})
model:add(Flatten{})
model:add(Dense{units = 4, activation = "softmax", kernel_regularizer = L1L2{l1 = 0.02, l2 = 0.03}})
model:compile{optimizer = SGD{learning_rate = 0.1, clipnorm = 0.2}, loss = "sparse_categorical_crossentropy"}
return model
