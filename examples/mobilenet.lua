-- Is somebody in the picture? MobileNet (Howard et al. 2017) with a quarter of the filters, of 96x96 pixels, as MLPerf Tiny's
-- visual wake words have it. --data is a folder of pictures of any size with a sub-folder a class, background and person say.
--
--   sh examples/make.sh shapes shapes
--   build/cnnc run examples/mobilenet.lua -- train --data shapes --validation-split 0.2 --save mobilenet.safetensors
--   build/cnnc run examples/mobilenet.lua -- predict --weights mobilenet.safetensors photo.jpg

local function normalised(x)
  return ReLU{max_value = 6}(BatchNormalization()(x))
end

local input = Input{96, 96, 3}
local x = Rescaling{1 / 127.5, offset = -1}(input)
x = RandomFlip("horizontal")(x)
x = normalised(Conv2D{8, 3, strides = 2, padding = "same", use_bias = false}(x))
for _, block in ipairs{
  {16, 1}, {32, 2}, {32, 1}, {64, 2}, {64, 1}, {128, 2}, {128, 1}, {128, 1}, {128, 1}, {128, 1}, {128, 1}, {256, 2}, {256, 1},
} do
  local filters, strides = table.unpack(block)
  x = normalised(DepthwiseConv2D{3, strides = strides, padding = "same", use_bias = false}(x))
  x = normalised(Conv2D{filters, 1, use_bias = false}(x))
end
x = GlobalAveragePooling2D()(x)

local model = Model{inputs = input, outputs = Dense{2, activation = "softmax"}(x)}
model:compile{optimizer = Adam(0.001), loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 32, epochs = 30}
return model
