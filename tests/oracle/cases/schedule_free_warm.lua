-- Written by tests/oracle/make/make.py from its cases.py.
local model = Sequential()
model:add(Input{shape = {6, 6, 1}})
model:add(Conv2D{filters = 3, kernel_size = {3, 3}, activation = "tanh"})
model:add(AveragePooling2D{pool_size = {2, 2}})
model:add(Flatten{})
model:add(Dense{units = 4, activation = "softmax"})
model:compile{optimizer = ScheduleFreeAdamW{learning_rate = 0.02, beta_1 = 0.8, beta_2 = 0.95, epsilon = 0.001, warmup_steps = 4, weight_decay = 0.1}, loss = "sparse_categorical_crossentropy"}
return model
