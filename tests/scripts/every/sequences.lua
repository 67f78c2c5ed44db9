-- Every layer of sequences and of two tensors; with the other scripts of this folder, every layer that there is.
local input = Input{72}
local x = Reshape{12, 6}(input)
x = Conv1D{8, 3, padding = "causal", dilation_rate = 2, activation = "relu"}(x)
x = SpatialDropout1D(0.2)(SeparableConv1D{8, 3, padding = "same"}(x))
x = LayerNormalization()(DepthwiseConv1D{3, padding = "same"}(x))
x = Add(){x, MultiHeadAttention{2, 4, dropout = 0.1}(x, x)}
x = RMSNormalization()(Average(){x, GroupQueryAttention{4, 4, 2}(x, x)})
x = Cropping1D(1)(ZeroPadding1D{{1, 3}}(x))
x = Conv1DTranspose{6, 2, strides = 2}(MaxPooling1D()(x))
x = AveragePooling1D(2)(UpSampling1D(2)(x))
local less = AdaptiveAveragePooling1D(7)(x)
local more = AdaptiveMaxPooling1D(7)(x)
less = Subtract(){less, Attention{use_scale = true}{less, more}}
more = Multiply(){more, AdditiveAttention{less, more}}
local y = Maximum(){Minimum(){less, more}, EinsumDense{"abc,cd->abd", output_shape = {nil, 6}}(more)}
y = Softmax()(ActivityRegularization{l2 = 0.01}(Activation("gelu")(y)))
y = Concatenate(){GlobalMaxPooling1D()(y), GlobalAveragePooling1D()(y), Dot(1){Flatten()(y), Flatten()(more)}}
local model = Model{inputs = input, outputs = Dense{3, activation = "softmax"}(y)}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy"}
model:fit{batch_size = 100, epochs = 1}
return model
