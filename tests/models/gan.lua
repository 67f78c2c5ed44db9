-- A GAN without dropout, whose masks no other framework draws alike. Frozen, the discriminator's BatchNormalization runs in
-- inference mode.
local generator = Sequential{
  Input{4},
  Dense{2 * 2 * 4, use_bias = false},
  BatchNormalization(),
  LeakyReLU(0.2),
  Reshape{2, 2, 4},
  Conv2DTranspose{4, 4, strides = 2, padding = "same"},
  LeakyReLU(0.2),
  Conv2DTranspose{1, 4, strides = 2, padding = "same", activation = "sigmoid"},
  name = "generator",
}
local discriminator = Sequential{
  Input{8, 8, 1},
  Conv2D{4, 4, strides = 2, padding = "same"},
  LeakyReLU(0.2),
  BatchNormalization(),
  Conv2D{4, 4, strides = 2, padding = "same", activation = "relu"},
  Flatten(),
  Dense{1, activation = "sigmoid"},
  name = "discriminator",
}
discriminator:compile{optimizer = Adam{0.01, beta_1 = 0.5}, loss = "binary_crossentropy", metrics = {"accuracy"}}
discriminator.trainable = false
local gan = Sequential{generator, discriminator, name = "gan"}
gan:compile{optimizer = Adam{0.02, beta_1 = 0.5}, loss = "binary_crossentropy"}
return {generator = generator, discriminator = discriminator, gan = gan}
