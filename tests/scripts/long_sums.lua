-- Sums over 14,400 positions: of batch normalization, a pool, a bias and a loss (tests/generated/sums.c).
local input = Input{120, 120, 1}
local normalized = BatchNormalization{momentum = 0, scale = false, center = false}(input)
local biased = Conv2D{1, {1, 1}, kernel_initializer = "ones"}(normalized)
local pooled = GlobalAveragePooling2D()(input)
local model = Model{inputs = input, outputs = Concatenate(){Flatten()(biased), pooled}}
model:compile{optimizer = SGD{learning_rate = 1}, loss = "mse"}
model:fit{batch_size = 1, epochs = 1}
return model
