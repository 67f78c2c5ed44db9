-- Every layer of images, augmentation among them. With the other scripts of this folder: every layer that there is.
local model = Sequential{
  InputLayer{input_shape = {72}}, Reshape{6, 6, 2}, Rescaling(0.5, 0.1), Normalization{mean = {0.1, 0.2}, variance = {1, 2}},
  RandomFlip(), RandomTranslation(0.1, 0.1), RandomRotation(0.1), RandomZoom(0.1), RandomShear(0.1, 0.1),
  RandomContrast{0.1, value_range = {-2, 2}}, RandomBrightness{0.1, value_range = {-2, 2}}, RandomCrop{5, 5}, Resizing{6, 6},
  Conv2D{4, 3, padding = "same", activation = "relu"}, BatchNormalization(), MaxPooling2D(), UpSampling2D(2),
  DepthwiseConv2D{3, depth_multiplier = 2}, SpatialDropout2D(0.2), PReLU{shared_axes = {1, 2}}, ZeroPadding2D(1),
  SeparableConv2D{4, 3}, GaussianNoise(0.1), LeakyReLU(), AveragePooling2D{2, strides = 1},
  Conv2DTranspose{4, 2, strides = 2}, GaussianDropout(0.1), Cropping2D(1), CenterCrop{3, 3}, GroupNormalization(2), ELU(),
  AlphaDropout(0.1), AdaptiveMaxPooling2D{{3, 1}}, AdaptiveAveragePooling2D{{1, 1}}, UnitNormalization(), ReLU{6, 0.1, 0.1},
}
local seen = model.output
local both = Concatenate(){GlobalMaxPooling2D()(seen), GlobalAveragePooling2D()(seen), Flatten()(Permute{2, 1, 3}(seen))}
local classes = Dense{3, activation = "softmax"}(Dropout(0.25)(both))
model = Model{inputs = model.inputs, outputs = classes}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy"}
model:fit{batch_size = 100, epochs = 1}
return model
