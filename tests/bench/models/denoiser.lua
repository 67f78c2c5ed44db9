-- Eight layers of 3x3 at the full size of an image, as networks that remove noise have them. It ends in classes of the whole image,
-- as the other networks here do.
local model = Sequential()
model:add(Conv2D{48, 3, padding = "same", activation = "relu", input_shape = {64, 64, 1}})
for _ = 1, 6 do
  model:add(Conv2D{48, 3, padding = "same", activation = "relu"})
end
model:add(Conv2D{10, 3, padding = "same"})
model:add(GlobalAveragePooling2D())
model:add(Activation("softmax"))
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 8}
return model
