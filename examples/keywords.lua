-- Twelve spoken words with a DS-CNN (Zhang et al.: Hello Edge, 2017), as MLPerf Tiny has it: a second of sound comes as 49
-- frames of 10 MFCCs, from any program that computes them: x_train.npy (N, 49, 10), y_train.npy (N), or a table of 490 columns
-- and the word.
--
--   sh examples/make.sh keywords keywords.csv
--   build/cnnc run examples/keywords.lua -- train --data keywords.csv --validation-split 0.1

local function separable(x)
  x = DepthwiseConv2D{3, padding = "same", use_bias = false}(x)
  x = Activation("relu")(BatchNormalization()(x))
  x = Conv2D{64, 1, use_bias = false}(x)
  return Activation("relu")(BatchNormalization()(x))
end

local input = Input{49, 10, 1}
local x = Conv2D{64, {10, 4}, strides = 2, padding = "same", use_bias = false}(input)
x = Dropout(0.2)(Activation("relu")(BatchNormalization()(x)))
for _ = 1, 4 do
  x = separable(x)
end
x = GlobalAveragePooling2D()(Dropout(0.4)(x))

local model = Model{inputs = input, outputs = Dense{12, activation = "softmax"}(x)}
model:compile{optimizer = Adam(0.0005), loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 100, epochs = 36}
return model
