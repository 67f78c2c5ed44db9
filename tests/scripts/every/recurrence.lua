-- Every layer with steps; with the other scripts of this folder, every layer that there is.
local input = Input{72}
local x = Masking()(Reshape{6, 12}(input))
x = Bidirectional(LSTM{4, return_sequences = true, dropout = 0.1, recurrent_dropout = 0.1})(x)
x = GRU{5, return_sequences = true, dropout = 0.1}(TimeDistributed(Dense{6, activation = "tanh"})(x))
x = GRU{6, reset_after = false, return_sequences = true, go_backwards = true}(x)
x = RNN{StackedRNNCells{LSTMCell(4), GRUCell(5), SimpleRNNCell(6)}, return_sequences = true}(x)
local row = SimpleRNN(4)(x)
local image = ConvLSTM2D{2, 2, padding = "same"}(Reshape{3, 4, 3, 2}(input))
local line = ConvLSTM1D{2, 3, recurrent_dropout = 0.1}(Reshape{4, 6, 3}(input))
local again = LSTM(3)(RepeatVector(3)(row))
local y = Concatenate(){row, Flatten()(image), Flatten()(line), again, Identity()(row), Lambda(function(z) return z * 2 end)(row)}
local model = Model{inputs = input, outputs = Dense{3, activation = "softmax"}(y)}
model:compile{optimizer = "rmsprop", loss = "sparse_categorical_crossentropy"}
model:fit{batch_size = 100, epochs = 1}
return model
