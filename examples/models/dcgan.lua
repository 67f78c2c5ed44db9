-- A deep convolutional GAN: a generator makes digits of noise, and a discriminator tells them from real ones.
local generator = Sequential{
  Input{32},
  Dense{7 * 7 * 16, use_bias = false},
  BatchNormalization(),
  LeakyReLU(0.2),
  Reshape{7, 7, 16},
  Conv2DTranspose{8, 4, strides = 2, padding = "same", use_bias = false},
  BatchNormalization(),
  LeakyReLU(0.2),
  Conv2DTranspose{1, 4, strides = 2, padding = "same", activation = "sigmoid"},
  name = "generator",
}

local discriminator = Sequential{
  Input{28, 28, 1},
  Conv2D{8, 4, strides = 2, padding = "same"},
  LeakyReLU(0.2),
  Conv2D{16, 4, strides = 2, padding = "same"},
  LeakyReLU(0.2),
  Dropout(0.3),
  Flatten(),
  Dense{1, activation = "sigmoid"},
  name = "discriminator",
}
discriminator:compile{optimizer = Adam{2e-4, beta_1 = 0.5}, loss = "binary_crossentropy", metrics = {"accuracy"}}

-- Both, one behind the other. What is not trainable when compile is called is not trained by this model; the discriminator,
-- compiled before, goes on training itself.
discriminator.trainable = false
local gan = Sequential{generator, discriminator, name = "gan"}
gan:compile{optimizer = Adam{2e-4, beta_1 = 0.5}, loss = "binary_crossentropy"}

return {generator = generator, discriminator = discriminator, gan = gan}
