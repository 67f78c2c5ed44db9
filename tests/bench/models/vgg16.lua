-- VGG-16 (Simonyan, Zisserman 2014), to predict.
local model = Sequential()
local input_shape = {224, 224, 3}
for _, stage in ipairs{{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}} do
  for _ = 1, stage[1] do
    model:add(Conv2D{stage[2], 3, padding = "same", activation = "relu", input_shape = input_shape})
    input_shape = nil
  end
  model:add(MaxPool2D(2))
end
model:add(Flatten())
model:add(Dense{4096, activation = "relu"})
model:add(Dense{4096, activation = "relu"})
model:add(Dense{1000, activation = "softmax"})
return model
