-- Images that are augmented while they are loaded, and behind a normalization that is adapted to the data.
local model = Sequential{
  RandomFlip{"horizontal", input_shape = {8, 8, 3}}, RandomRotation{0.1, seed = 7}, Rescaling(1 / 255), RandomCrop{6, 6},
  Normalization(), RandomZoom{0.2, {0, 0.3}, fill_mode = "constant"},
  RandomTranslation{0.1, 0.2, interpolation = "nearest", fill_mode = "wrap"}, RandomContrast{0.2, value_range = {-1, 1}},
  Flatten(), Dense(2),
}
model:compile{loss = "mse"}
return model
