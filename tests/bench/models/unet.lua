-- A U-Net: transposed convolutions and one upsampling lead back to the size of the image. It ends in classes of the whole
-- image, as the other networks here do.
local function block(x, filters)
  x = Conv2D{filters, 3, padding = "same", activation = "relu"}(x)
  return Conv2D{filters, 3, padding = "same", activation = "relu"}(x)
end
local input = Input{64, 64, 3}
local one = block(input, 16)
local two = block(MaxPool2D()(one), 32)
local three = block(MaxPool2D()(two), 64)
local x = block(MaxPool2D()(three), 128)
x = block(Concatenate()({Conv2DTranspose{64, 2, strides = 2}(x), three}), 64)
x = block(Concatenate()({Conv2DTranspose{32, 3, strides = 2, padding = "same", activation = "relu"}(x), two}), 32)
x = block(Concatenate()({Conv2D{16, 1, activation = "relu"}(UpSampling2D(2)(x)), one}), 16)
x = GlobalAveragePooling2D()(Conv2D{10, 1}(x))
local model = Model{inputs = input, outputs = Activation("softmax")(x)}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 32}
return model
