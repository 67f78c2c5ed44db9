-- An autoencoder: both halves are models of their own, and share their layers with the whole, which is trained.
local encoder = Sequential{
  Input{28, 28, 1},
  Conv2D{8, 3, strides = 2, padding = "same", activation = "relu"},
  Conv2D{4, 3, strides = 2, padding = "same", activation = "relu"},
  Flatten(),
  Dense{16},
  name = "encoder",
}
local decoder = Sequential{
  Input{16},
  Dense{7 * 7 * 4, activation = "relu"},
  Reshape{7, 7, 4},
  Conv2DTranspose{8, 3, strides = 2, padding = "same", activation = "relu"},
  Conv2DTranspose{1, 3, strides = 2, padding = "same", activation = "sigmoid"},
  name = "decoder",
}
local autoencoder = Sequential{encoder, decoder, name = "autoencoder"}
autoencoder:compile{optimizer = "adam", loss = "binary_crossentropy"}
autoencoder:fit{epochs = 5, batch_size = 32}

return {encoder = encoder, decoder = decoder, autoencoder = autoencoder}
