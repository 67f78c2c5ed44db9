-- Two inputs and two outputs: what a message to the helpdesk says (12 words) and how it is marked (4 marks) tell which of four
-- departments it is for and whether it is urgent. Few are: loss_weights has that count more. --data is a folder, or an .npz, with
-- the arrays x_train_title (N, 12), x_train_marks (N, 4), y_train_department (N) and y_train_urgent (N); 0 is no word.
--
--   sh examples/make.sh helpdesk helpdesk
--   build/cnnc run examples/tickets.lua -- train --data helpdesk --validation-split 0.2 --save tickets.safetensors
--
-- Answers for new ones, as arrays department and urgent of an archive, from files for each input:
--
--   build/cnnc run examples/tickets.lua -- predict --weights tickets.safetensors --input title=title.npy \
--     --input marks=marks.npy --output answers.npz

local title, marks = Input{{12}, name = "title"}, Input{{4}, name = "marks"}
local words = GlobalAveragePooling1D()(Embedding{64, 16}(title))
local known = Concatenate(){words, Flatten()(Embedding{16, 4}(marks))}
local hidden = Dense{32, activation = "relu"}(known)
local department = Dense{4, activation = "softmax", name = "department"}(hidden)
local urgent = Dense{1, activation = "sigmoid", name = "urgent"}(hidden)

local model = Model{inputs = {title, marks}, outputs = {department, urgent}}
model:compile{
  optimizer = Adam(0.005), loss = {department = "sparse_categorical_crossentropy", urgent = "binary_crossentropy"},
  loss_weights = {department = 1, urgent = 2}, metrics = {department = {"accuracy"}, urgent = {"accuracy"}},
}
model:fit{batch_size = 32, epochs = 10}
return model
