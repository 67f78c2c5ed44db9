--! batches=1,1,1 data=1292164072 bytes=0 threads=1,1 many=0 weights=0 sse2/train/speed/gcc/-O0
local x1 = Input{5, 5, 1}
local x2 = Conv2D{filters = 6, kernel_size = {1, 1}, padding = "same", }(x1)
local x3 = BatchNormalization{axis = 1, scale = false}(x1)
local x4 = Conv2D{filters = 6, kernel_size = 1, activation = "log_softmax", use_bias = false}(x3)
local x5 = AveragePooling2D{pool_size = 1}(x4)
local x7 = LeakyReLU{}(x5)
local x8 = AveragePooling2D{pool_size = 2, strides = 1, padding = "same"}(x4)
local x9 = Flatten()(x2)
local x10 = Flatten()(x7)
local x11 = Flatten()(x8)
local x12 = Concatenate()({x9, x10, x11})
local x13 = Dense{2}(x12)
local model = Model{inputs = x1, outputs = x13}
model:compile{optimizer = RMSprop{learning_rate = 0.01, momentum = 0.9625}, loss = MeanSquaredError{}}
