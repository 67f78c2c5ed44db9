-- Do two pictures show the same kind of thing? The same layers look at both (shared weights, a Siamese network: Bromley et al.
-- 1993), and what they make of one is compared with what they make of the other. --data is a folder, or an .npz, with the arrays
-- x_train_left and x_train_right (N, 16, 16) and y_train (N), which is 1 for the same.
--
--   sh examples/make.sh pairs pairs
--   build/cnnc run examples/siamese.lua -- train --data pairs --validation-split 0.2 --save siamese.safetensors

local look = Sequential{
  Conv2D{8, 3, activation = "relu", input_shape = {16, 16, 1}}, MaxPool2D(2),
  Conv2D{16, 3, activation = "relu"}, MaxPool2D(2), Flatten(), Dense{16, activation = "tanh"},
}
local left, right = Input{{16, 16, 1}, name = "left"}, Input{{16, 16, 1}, name = "right"}
local apart = Lambda(function(x) return ops.abs(x) end)(Subtract(){look(left), look(right)})

local model = Model{inputs = {left, right}, outputs = Dense{1, activation = "sigmoid", name = "same"}(apart)}
model:compile{optimizer = Adam(0.003), loss = "binary_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 32, epochs = 15}
return model
