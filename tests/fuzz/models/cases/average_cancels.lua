--! batches=1,2,10 data=679558329 bytes=0 threads=1,8 many=0 weights=0 generic/train/speed/tcc/-O0
local x1 = Input{shape = {6}}
local x2 = Rescaling{scale = -0.6169}(x1)
local x3 = EinsumDense{equation = "ab,bz->az", output_shape = 10, kernel_initializer = TruncatedNormal{stddev = 0.5}, kernel_regularizer = L1L2{l1 = 0.3238}, activity_regularizer = L2{l2 = 0.6437}}(x2)
local x4 = Permute{dims = {1}}(x3)
local x5 = Dense{10, activation = "tanh"}(x4)
local x6 = Dense{10, activation = "tanh"}(x4)
local x7 = Activation{"softsign"}(x4)
local x8 = Dense{10, activation = "tanh"}(x4)
local x9 = Activation{"softsign"}(x4)
local x10 = Dense{10, activation = "tanh"}(x4)
local x11 = Activation{"softsign"}(x4)
local x12 = Maximum{trainable = false}({x4, x10})
local x13 = Concatenate()({x5, x6, x7, x12})
local x14 = Dense{3, activation = "softmax"}(x13)
local model = Model{inputs = x1, outputs = x14}
model:compile{optimizer = Adamax{learning_rate = 0.1, decay = 0.6603, global_clipnorm = 0.05386, use_ema = true, ema_momentum = 0.7203}, loss = BinaryCrossentropy{axis = -1}, metrics = {"accuracy", "false_positives", SpecificityAtSensitivity{0.8}, "auc", F1Score{average = "macro"}, "cosine_similarity"}}
return model
