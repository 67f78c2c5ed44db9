-- Which pixels are it? A small U-Net (Ronneberger et al. 2015): on the way up each size meets what the way down knew of it.
-- --data is a folder images beside a folder masks, with a grey picture of the same name for each: 255 where it is, else 0.
--
--   sh examples/make.sh masks masks
--   build/cnnc run examples/unet.lua -- train --data masks --validation-split 0.2 --save unet.safetensors

local function convs(x, filters)
  for _ = 1, 2 do
    x = Conv2D{filters, 3, padding = "same", activation = "relu", kernel_initializer = "he_normal"}(x)
  end
  return x
end

local input = Input{64, 64, 1}
local x, sides = input, {}
for i, filters in ipairs{8, 16, 32} do
  sides[i] = convs(x, filters)
  x = MaxPool2D(2)(sides[i])
end
x = Dropout(0.5)(convs(x, 64))
for i = 3, 1, -1 do
  local filters = 4 << i
  x = Conv2D{filters, 2, padding = "same", activation = "relu"}(UpSampling2D(2)(x))
  x = convs(Concatenate(){sides[i], x}, filters)
end

local model = Model{inputs = input, outputs = Conv2D{1, 1, activation = "sigmoid"}(x)}
model:compile{optimizer = Adam(0.001), loss = "binary_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 8, epochs = 20}
return model
