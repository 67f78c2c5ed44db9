/* cases.c -- the networks that the kernels are tested on; one line adds one. */
#include "kernel.h"

#include <stdlib.h>
#include <string.h>

#define SPARSE      "loss = 'sparse_categorical_crossentropy', metrics = {'accuracy'}"
#define CATEGORICAL "loss = 'categorical_crossentropy', metrics = {'accuracy'}"
#define BINARY      "loss = 'binary_crossentropy', metrics = {'accuracy'}"

const struct plan usual_plan = {.batch_sizes = {1, 5, 33}, .seed = 17, .threads = {1, 2, 3, 8}, .many_rows = 300};

/* clang-format off */
const struct kernel_case kernel_cases[] = {
    /* convolution: channels, kernels, borders */
    {"conv_1_to_1", "5, 5, 1", "Conv2D{1, {3, 3}}", NULL, false},
    {"conv_1_to_8", "9, 11, 1", "Conv2D{8, {5, 5}, activation = 'relu'}", NULL, false},
    {"conv_3_to_5", "7, 9, 3", "Conv2D{5, {3, 2}}", NULL, false},
    {"conv_16_to_17", "4, 5, 16", "Conv2D{17, {2, 2}, activation = 'tanh'}", NULL, false},
    {"conv_20_to_3", "5, 4, 20", "Conv2D{3, {3, 3}}", NULL, false},
    {"conv_as_large_as_input", "6, 7, 2", "Conv2D{4, {6, 7}}", NULL, false},
    {"conv_pointwise", "5, 6, 7", "Conv2D{9, {1, 1}, activation = 'sigmoid', use_bias = false}", NULL, false},
    {"conv_wide", "3, 37, 2", "Conv2D{3, {3, 5}, padding = 'same'}", NULL, false},
    {"conv_tall", "33, 2, 2", "Conv2D{3, {7, 1}, padding = 'same'}", NULL, false},
    {"conv_same", "7, 6, 2", "Conv2D{6, {3, 3}, padding = 'same', activation = 'relu'}", NULL, false},
    {"conv_same_even", "5, 7, 3", "Conv2D{4, {2, 4}, padding = 'same'}", NULL, false},
    {"conv_same_larger_than_input", "3, 2, 2", "Conv2D{3, {5, 5}, padding = 'same'}", NULL, false},
    {"conv_stride_2", "9, 8, 3", "Conv2D{6, {3, 3}, strides = 2}", NULL, false},
    {"conv_stride_3_1", "10, 7, 2", "Conv2D{4, {2, 3}, strides = {3, 1}}", NULL, false},
    {"conv_stride_same", "6, 9, 2", "Conv2D{5, {3, 3}, strides = {2, 3}, padding = 'same'}", NULL, false},
    {"conv_stride_past_kernel", "9, 9, 2", "Conv2D{3, {1, 2}, strides = {4, 3}}", NULL, false},
    {"conv_dilated", "9, 8, 2", "Conv2D{3, {3, 3}, dilation_rate = {2, 3}}", NULL, false},
    {"conv_dilated_same", "7, 7, 3", "Conv2D{4, {3, 2}, dilation_rate = 2, padding = 'same'}", NULL, false},
    {"conv_groups", "6, 6, 4", "Conv2D{6, {3, 3}, groups = 2}", NULL, false},
    {"conv_depthwise", "6, 5, 9", "Conv2D{9, {3, 3}, groups = 9, padding = 'same'}", NULL, false},
    {"conv_depthwise_pool", "7, 8, 20", "Conv2D{20, {3, 3}, groups = 20, padding = 'same', activation = 'relu'}, MaxPool2D(),"
                                        "Conv2D{20, {3, 2}, groups = 20, strides = 2, use_bias = false}", NULL, false},
    {"conv_many_weights", "5, 6, 64", "Conv2D{40, {3, 3}, padding = 'same', activation = 'relu'}, MaxPool2D()", NULL, false},
    {"winograd_rests", "9, 8, 37", "Conv2D{53, {3, 3}, activation = 'relu'}, Conv2D{2, {1, 1}}", NULL, false},
    {"winograd_max_pool", "7, 6, 36", "Conv2D{40, {3, 3}, padding = 'same', activation = 'relu'}, MaxPool2D()", NULL, false},
    {"winograd_average_pool", "6, 7, 32", "Conv2D{32, {3, 3}, padding = 'same', use_bias = false}, AveragePooling2D{2}", NULL, false},
    {"winograd_training", "6, 7, 3", "Conv2D{66, {1, 2}}, Conv2D{72, {3, 3}, padding = 'same', activation = 'relu'}, MaxPool2D()", NULL, false},
    {"winograd_training_valid", "7, 8, 3", "Conv2D{64, {2, 1}}, Conv2D{64, {3, 3}, activation = 'tanh'}", NULL, false},
    {"winograd_as_small_as_can_be", "2, 3, 64", "Conv2D{64, {3, 3}, padding = 'same'}", NULL, false},
    {"conv_groups_strided", "7, 7, 6", "Conv2D{12, {3, 3}, groups = 3, strides = 2, padding = 'same'}", NULL, false},
    {"conv_groups_17", "4, 4, 34", "Conv2D{34, {2, 2}, groups = 2}", NULL, false},
    {"conv_channels_first", "2, 7, 6", "Conv2D{5, {3, 3}, data_format = 'channels_first', activation = 'relu'}", NULL, false},
    {"conv_chain", "9, 9, 2", "Conv2D{4, {3, 3}, activation = 'relu'}, Conv2D{5, {3, 3}, padding = 'same', activation = 'relu'},"
                              "Conv2D{3, {2, 2}, strides = 2}", NULL, false},

    {"conv_explicit", "6, 5, 3", "ZeroPadding2D{{{0, 3}, {2, 1}}}, Conv2D{5, {3, 2}, strides = 2, activation = 'relu'}, Conv2D{2, {1, 1}}", NULL, false},

    /* transposed convolution: one tap for a stride and less, windows that overlap, rows and columns without any tap */
    {"transpose", "4, 5, 3", "Conv2DTranspose{7, {3, 2}, activation = 'relu'}, Conv2D{2, {1, 1}}", NULL, false},
    {"transpose_stride_2", "5, 6, 20", "Conv2DTranspose{19, {2, 2}, strides = 2}, BatchNormalization(), Activation('relu'), Conv2D{2, {1, 1}}", NULL, false},
    {"transpose_same", "5, 4, 9", "Conv2DTranspose{17, {3, 3}, strides = 2, padding = 'same', activation = 'tanh'}, MaxPool2D(), Conv2D{2, {1, 1}}", NULL, false},
    {"transpose_same_even", "3, 7, 4", "Conv2DTranspose{5, {4, 5}, strides = {2, 3}, padding = 'same', use_bias = false}", NULL, false},
    {"transpose_output_padding", "3, 4, 2", "Conv2DTranspose{33, {2, 3}, strides = {3, 2}, output_padding = {2, 1}}, Conv2D{2, {1, 1}}", NULL, false},
    {"transpose_dilated", "4, 5, 3", "Conv2DTranspose{4, {3, 2}, dilation_rate = {2, 3}, padding = 'same'}", NULL, false},
    {"transpose_past_kernel", "3, 2, 3", "Conv2DTranspose{5, {1, 2}, strides = {3, 4}}, Conv2D{3, {2, 2}}", NULL, false},
    {"transpose_to_1", "7, 3, 33", "Conv2DTranspose{1, {5, 5}, strides = 2, padding = 'same', activation = 'sigmoid'}", NULL, false},
    {"transpose_first", "3, 4, 5", "Conv2DTranspose{4, {3, 3}, strides = 2, padding = 'same', data_format = 'channels_first'}", NULL, false},
    {"transpose_winograd", "5, 6, 64", "Conv2DTranspose{64, {3, 3}, padding = 'same', activation = 'relu'}, Conv2DTranspose{64, {3, 3}}", NULL, false},
    {"transpose_chain", "1, 1, 30", "Conv2DTranspose{16, {4, 4}, activation = 'relu'}, Conv2DTranspose{8, {4, 4}, strides = 2, padding = 'same', activation = 'relu'},"
                                    "Conv2DTranspose{3, {4, 4}, strides = 2, padding = 'same', activation = 'tanh'}", NULL, false},

    /* several filters for each channel, separable convolutions */
    {"depthwise_multiplier", "6, 5, 10", "DepthwiseConv2D{3, depth_multiplier = 2, padding = 'same', activation = 'relu'}, DepthwiseConv2D{{2, 3}, depth_multiplier = 3}", NULL, false},
    {"depthwise_dilated", "7, 8, 17", "DepthwiseConv2D{{3, 2}, dilation_rate = {1, 3}, use_bias = false}, DepthwiseConv2D{3, strides = {2, 1}, padding = 'same'}", NULL, false},
    {"separable", "7, 6, 5", "SeparableConv2D{9, {3, 3}, strides = 2, padding = 'same', depth_multiplier = 2, activation = 'relu'}, SeparableConv2D{4, 2}", NULL, false},

    /* sequences */
    {"sequence", "37, 1", "Conv1D{16, 5, activation = 'relu'}, BatchNormalization(), MaxPooling1D(), Conv1D{17, 3, padding = 'causal', dilation_rate = 2}, "
                          "Activation('relu'), AveragePooling1D{3}, GlobalMaxPooling1D(), Dense{3}", NULL, false},
    {"sequence_strided", "23, 5", "Conv1D{8, 4, strides = 3, padding = 'same'}, SeparableConv1D{9, 3, depth_multiplier = 2}, GlobalAveragePooling1D()", NULL, false},
    {"sequence_transposed", "6, 20", "Conv1DTranspose{18, 4, strides = 2, padding = 'same', activation = 'relu'}, Conv1DTranspose{3, 3}", NULL, false},
    {"sequence_channels_first", "3, 19", "Conv1D{6, 3, data_format = 'channels_first', activation = 'relu'}, MaxPooling1D{2, data_format = 'channels_first'},"
                                         "DepthwiseConv1D{3, data_format = 'channels_first'}", NULL, false},
    {"long_global_max", "300, 5", "Conv1D{5, 1}, GlobalMaxPooling1D(), Dense{2}", NULL, false},

    /* other sizes */
    {"up_sampling", "4, 3, 5", "Conv2D{17, {1, 1}}, UpSampling2D{{2, 3}}, Conv2D{2, {2, 2}}", NULL, false},
    {"up_sampling_bilinear", "4, 3, 5", "Conv2D{17, {1, 1}}, UpSampling2D{2, interpolation = 'bilinear'}, Conv2D{2, {2, 2}}", NULL, false},
    {"resizing", "5, 7, 3", "Conv2D{6, {1, 1}}, Resizing{8, 3}, Conv2D{3, {1, 1}}, Resizing{3, 5, 'nearest'}, Conv2D{2, {1, 1}}", NULL, false},
    {"resizing_smooth", "5, 7, 3", "Conv2D{6, {1, 1}}, Resizing{8, 3, 'bicubic'}, Conv2D{3, {1, 1}}, Resizing{3, 5, 'lanczos3', antialias = true}, Conv2D{17, {1, 1}}, "
                                   "UpSampling2D{{2, 1}, interpolation = 'lanczos5'}, Conv2D{2, {1, 1}}", NULL, false},
    {"resizing_down", "40, 3, 2", "Conv2D{3, {1, 1}}, Resizing{4, 1, antialias = true}, Conv2D{2, {1, 1}}", NULL, false},
    {"up_sampling_steps", "5, 9", "Dense{3}, UpSampling1D{3}, Cropping1D{{1, 2}}, ZeroPadding1D{{2, 0}}, Conv1D{4, 2}", NULL, false},
    {"repeat_vector", "7", "Dense{5}, RepeatVector{4}, Conv1D{3, 2}", NULL, false},

    /* few channels in, split in columns for the pool or the strides: what lies left of the image takes part of a column, and
       17 columns leave one behind the vectors */
    {"conv_columns_pool_same", "9, 34, 1", "Conv2D{7, {3, 5}, padding = 'same', activation = 'relu'}, MaxPool2D(), Conv2D{6, {2, 2}}", NULL, false},
    {"conv_columns_stride_same", "9, 37, 2", "Conv2D{5, {3, 6}, strides = {1, 2}, padding = 'same'}, Conv2D{6, {2, 2}}", NULL, false},

    /* many filters, whose gradient is computed in panels; only the last row of windows reaches below the image */
    {"conv_panels_of_one_vector", "24, 25, 3", "Conv2D{48, 1}, Conv2D{12, {1, 3}, padding = 'same'}, GlobalAveragePooling2D()", NULL, false},
    {"conv_panels_of_7_filters", "24, 25, 3", "Conv2D{50, 1}, Conv2D{7, {1, 2}, padding = 'same'}, GlobalAveragePooling2D()", NULL, false},
    {"conv_panels_stride_same", "6, 7, 8", "Conv2D{17, {3, 3}, strides = 2, padding = 'same'}", NULL, false},

    /* what is frozen moves nothing, and a frozen batch normalization runs as in inference, below and above what is trained */
    {"frozen", "7, 6, 3", "Conv2D{5, {3, 3}, trainable = false}, BatchNormalization{trainable = false}, Conv2D{4, {2, 2}},"
                          "BatchNormalization{trainable = false}, Activation('relu'), BatchNormalization(), Flatten(),"
                          "Dense{3, trainable = false}", NULL, false},

    /* a gradient that is summed by parameters, in tiles that leave a row */
    {"dense_many_weights", "149", "Dense{131, activation = 'relu'}, Dense{130}", NULL, false},
    {"dense_many_weights_behind_flatten", "5, 6, 5", "Flatten(), Dense{112}, Dense{16}", NULL, false},

    /* pools, alone and behind a convolution that may take them in */
    {"max_pool", "6, 8, 3", "MaxPool2D(), Dense{2}", NULL, false},
    {"max_pool_behind_conv", "11, 9, 2", "Conv2D{7, {3, 3}, activation = 'relu'}, MaxPool2D(), Conv2D{2, {2, 2}}", NULL, false},
    {"max_pool_behind_same", "9, 6, 2", "Conv2D{5, {3, 3}, padding = 'same', activation = 'relu'}, MaxPool2D(), Conv2D{2, {1, 1}}", NULL, false},
    {"max_pool_cut", "8, 8, 1", "Conv2D{4, {2, 2}, activation = 'relu'}, MaxPool2D(), Conv2D{2, {2, 2}}", NULL, false},
    {"max_pool_3_2", "9, 10, 2", "Conv2D{5, {2, 2}}, MaxPool2D{{3, 2}}, Conv2D{2, {1, 1}}", NULL, false},
    {"max_pool_overlapping", "9, 8, 2", "Conv2D{5, {2, 2}, activation = 'tanh'}, MaxPool2D{3, strides = 2}, Conv2D{3, {1, 2}}", NULL, false},
    {"max_pool_overlapping_1", "6, 7, 3", "Conv2D{3, {1, 1}}, MaxPool2D{2, strides = 1}", NULL, false},
    {"max_pool_same", "7, 5, 2", "Conv2D{4, {3, 3}, padding = 'same', activation = 'relu'}, MaxPool2D{2, padding = 'same'}", NULL, false},
    {"max_pool_same_overlapping", "7, 8, 2", "Conv2D{3, {1, 1}}, MaxPool2D{3, strides = {2, 1}, padding = 'same'}", NULL, false},
    {"max_pool_sparse", "9, 9, 2", "Conv2D{3, {1, 1}}, MaxPool2D{2, strides = 3}", NULL, false},
    {"max_pool_before_silu", "6, 6, 2", "Conv2D{3, {3, 3}, activation = 'silu'}, MaxPool2D(), Conv2D{2, {1, 1}}", NULL, false},
    {"max_pool_channels_first", "2, 8, 6", "Conv2D{4, {3, 3}, data_format = 'channels_first'}, MaxPool2D{2, data_format = 'channels_first'}", NULL, false},
    {"average_pool", "6, 8, 3", "Conv2D{5, {1, 1}}, AveragePooling2D{2}", NULL, false},
    {"average_pool_bent", "9, 41, 1", "Conv2D{5, {3, 2}, activation = 'tanh'}, AveragePooling2D{2}, Conv2D{17, {2, 2}, activation = 'relu'},"
                                      "AveragePooling2D{{1, 3}}", NULL, false},
    {"average_pool_overlapping", "7, 9, 2", "Conv2D{4, {2, 2}}, AveragePooling2D{3, strides = {2, 1}}", NULL, false},
    {"average_pool_same", "7, 5, 2", "Conv2D{4, {2, 2}, padding = 'same'}, AveragePooling2D{{3, 2}, strides = 2, padding = 'same'}", NULL, false},
    {"average_pool_whole", "5, 6, 2", "Conv2D{9, {2, 2}}, AveragePooling2D{{4, 5}}, Flatten(), Dense{3}", NULL, false},

    /* dense */
    {"dense_1_to_1", "1", "Dense{1}", NULL, false},
    {"dense_7_to_10", "7", "Dense{10, activation = 'relu'}", NULL, false},
    {"dense_100_to_33", "100", "Dense{33}", NULL, false},
    {"dense_last_axis", "3, 4, 5", "Dense{6, activation = 'tanh'}, Dense{2}", NULL, false},
    {"dense_chain", "19", "Dense{17, activation = 'relu'}, Dense{16, activation = 'relu'}, Dense{1, use_bias = false}", NULL, false},
    {"dense_behind_conv", "6, 6, 3", "Conv2D{5, {3, 3}, activation = 'relu'}, Flatten(), Dense{7, activation = 'softmax'}", SPARSE, false},

    /* nonlinearities, with values on both sides of every bend */
    {"relu", "40", "Rescaling{9}, Dense{19, activation = 'relu'}", NULL, false},
    {"relu6", "40", "Rescaling{9}, Dense{19, activation = 'relu6'}", NULL, false},
    {"leaky_relu", "40", "Rescaling{9}, Dense{19, activation = 'leaky_relu'}", NULL, false},
    {"elu", "40", "Rescaling{9}, Dense{19, activation = 'elu'}", NULL, false},
    {"selu", "40", "Rescaling{9}, Dense{19, activation = 'selu'}", NULL, false},
    {"celu", "40", "Rescaling{9}, Dense{19, activation = 'celu'}", NULL, false},
    {"softplus", "40", "Rescaling{9}, Dense{19, activation = 'softplus'}", NULL, false},
    {"softsign", "40", "Rescaling{9}, Dense{19, activation = 'softsign'}", NULL, false},
    {"silu", "40", "Rescaling{9}, Dense{19, activation = 'silu'}", NULL, false},
    {"gelu", "40", "Rescaling{9}, Dense{19, activation = 'gelu'}", NULL, false},
    {"gelu_tanh", "40", "Rescaling{9}, Dense{19, activation = function(x) return op.unary(x, {['function'] = 'gelu_tanh'}) end}", NULL, false},
    {"tanh", "40", "Rescaling{9}, Dense{19, activation = 'tanh'}", NULL, false},
    {"sigmoid", "40", "Rescaling{9}, Dense{19, activation = 'sigmoid'}", NULL, false},
    {"exponential", "40", "Rescaling{3}, Dense{19, activation = 'exponential'}", NULL, false},
    {"hard_sigmoid", "40", "Rescaling{9}, Dense{19, activation = 'hard_sigmoid'}", NULL, false},
    {"hard_silu", "40", "Rescaling{9}, Dense{19, activation = 'hard_silu'}", NULL, false},
    {"hard_tanh", "40", "Rescaling{9}, Dense{19, activation = 'hard_tanh'}", NULL, false},
    {"mish", "40", "Rescaling{9}, Dense{19, activation = 'mish'}", NULL, false},
    {"softmax", "3, 7", "Rescaling{9}, Dense{6, activation = 'softmax'}", NULL, false},
    {"log_softmax", "3, 7", "Rescaling{9}, Dense{6, activation = 'log_softmax'}", NULL, false},
    {"exotic", "5", "Dense{18}, Activation(function(x) local u = function(f, y) return op.unary(y, {['function'] = f}) end "
                    "local s = op.affine(u('square', x), {scale = 1, offset = 0.5}) "
                    "return op.concat(u('log', s), u('sqrt', s), u('rsqrt', s), u('abs', x), u('negative', x), {axis = 0}) end)", NULL, false},
    {"circular", "6", "Rescaling{9}, Dense{21}, Activation(function(x) local u = function(f, y) return op.unary(y, {['function'] = f}) end "
                      "return op.concat(u('sin', x), u('cos', x), u('tan', x * 0.05), u('cos', x * -3), {axis = 0}) end)", NULL, false},
    {"whole", "6", "Rescaling{9}, Dense{21}, Activation(function(x) local u = function(f, y) return op.unary(y, {['function'] = f}) end "
                   "return op.concat(x * u('floor', x), x * u('ceil', x), x * u('round', x), x * u('sign', x), {axis = 0}) end)", NULL, false},
    {"near_one", "6", "Dense{21}, Activation(function(x) local u = function(f, y) return op.unary(y, {['function'] = f}) end "
                      "local s = op.affine(u('square', x), {scale = 1, offset = 0.5}) "
                      "return op.concat(u('expm1', x), u('log1p', s), u('erf', x), u('reciprocal', s), {axis = 0}) end)", NULL, false},

    /* recurrence */
    {"rnn", "7, 5", "SimpleRNN{6}, Dense{3}", NULL, false},
    {"rnn_sequences", "6, 3", "SimpleRNN{17, return_sequences = true, activation = 'relu'}, SimpleRNN{4, go_backwards = true}", NULL, false},
    {"rnn_one_step", "1, 1", "SimpleRNN{1}", NULL, false},
    {"lstm", "7, 5", "LSTM{6}, Dense{3, activation = 'softmax'}", SPARSE, false},
    {"lstm_sequences", "5, 4", "LSTM{17, return_sequences = true}, LSTM{16, return_sequences = true, use_bias = false}, Flatten(), Dense{2}", NULL, false},
    {"lstm_output_sequences", "4, 3", "LSTM{5, return_sequences = true, activation = 'softsign', recurrent_activation = 'hard_sigmoid'}", NULL, false},
    {"lstm_one_step", "1, 2", "LSTM{1}", NULL, false},
    {"lstm_backwards", "6, 3", "Dense{4}, LSTM{5, go_backwards = true, return_sequences = true}, BatchNormalization(), Flatten(), Dense{2}", NULL, false},
    {"gru", "7, 5", "GRU{6}, Dense{3}", NULL, false},
    {"gru_sequences", "5, 4", "GRU{17, return_sequences = true}, GRU{3, use_bias = false}", NULL, false},
    {"gru_reset_before", "5, 4", "GRU{9, return_sequences = true, reset_after = false}, GRU{3, reset_after = false, go_backwards = true}", NULL, false},

    {"rnn_dropout", "6, 5", "SimpleRNN{7, dropout = 0.3, recurrent_dropout = 0.4}, Dense{2}", NULL, false},
    {"lstm_dropout", "5, 4", "LSTM{9, dropout = 0.5, seed = 3, return_sequences = true}, LSTM{6, dropout = 0.2, recurrent_dropout = 0.3}", NULL, false},
    {"gru_dropout", "4, 3", "GRU{5, dropout = 0.5, recurrent_dropout = 0.2, return_sequences = true},"
                            "GRU{6, recurrent_dropout = 0.3, reset_after = false, seed = 1}", NULL, false},
    {"steps_dropout", "3, 5, 5, 1", "TimeDistributed(Sequential{RandomFlip{seed = 3}, RandomZoom(0.3), Conv2D(3, 3), Dropout(0.5), GaussianDropout(0.3), SpatialDropout2D{0.4, seed = 2}, GaussianNoise{0.1, seed = 4}, Flatten()}),"
                                    "LSTM{4, dropout = 0.2}, Dense{2}", NULL, false},
    {"gru_stateful", "5, 4", "GRU{9, stateful = true, return_sequences = true}, LSTM{3, stateful = true}", NULL, false},
    {"bidirectional", "6, 5", "Bidirectional{LSTM{4, return_sequences = true}}, Bidirectional{GRU{3}, merge_mode = 'ave'}", NULL, false},
    {"bidirectional_sum", "5, 4", "Bidirectional{SimpleRNN{9, return_sequences = true}, merge_mode = 'sum'},"
                                  "Bidirectional{LSTM{4, return_sequences = true}, merge_mode = 'mul'}, Flatten(), Dense{2}", NULL, false},
    {"rnn_cells", "5, 4", "RNN{{LSTMCell{3}, GRUCell{9}, SimpleRNNCell{4}}, return_sequences = true, go_backwards = true}, Flatten(), Dense{2}", NULL, false},
    {"rnn_states", "6, 3", /* states that go on, and what a scan reads in every step */
     "local input = Input{6, 3} "
     "local s, h, c = LSTM{4, return_sequences = true, return_state = true}(input) "
     "local z = LSTM{4, go_backwards = true}(s, {initial_state = {h, c}}) "
     "local sums, last, other = op.scan(function(x, y, a, b) "
     "  local n = op.unary(x * z + a, 'tanh') return n + y, b, n end, {s, s}, {h, {4}}, {go_backwards = true}) "
     "local y = Concatenate()({Flatten()(sums), last, other, c, z}) "
     "local model = Model{inputs = input, outputs = Dense{3}(y)} "
     "model:compile{optimizer = SGD{learning_rate = 1}, loss = 'mse'} return model", NULL, false},

    /* losses */
    {"loss_sparse", "9", "Dense{10, activation = 'softmax'}", SPARSE, false},
    {"loss_sparse_logits", "9", "Dense{17}", "loss = SparseCategoricalCrossentropy{from_logits = true}, metrics = {'accuracy'}", false},
    {"loss_sparse_clipped", "9", "Dense{5, activation = 'sigmoid'}", SPARSE, false},
    {"loss_categorical", "9", "Dense{10, activation = 'softmax'}", CATEGORICAL, false},
    {"loss_categorical_smoothed", "9", "Dense{4, activation = 'softmax'}", "loss = CategoricalCrossentropy{label_smoothing = 0.2}", false},
    {"loss_binary", "9", "Dense{1, activation = 'sigmoid'}", BINARY, false},
    {"loss_binary_5", "9", "Dense{5, activation = 'sigmoid'}", BINARY, false},
    {"loss_binary_clipped", "9", "Dense{5, activation = 'hard_sigmoid'}", BINARY, false},
    {"loss_binary_logits", "9", "Dense{3}", "loss = BinaryCrossentropy{from_logits = true}", false},
    {"loss_mse_image", "3, 4, 2", "Conv2D{3, {2, 2}}", NULL, false},

    /* numbers so large that exp overflows and differences vanish */
    {"huge_logits", "9", "Rescaling{2000}, Dense{6}", "loss = SparseCategoricalCrossentropy{from_logits = true}, metrics = {'accuracy'}", false},
    {"huge_logits_labels", "9", "Rescaling{2000}, Dense{6}", "loss = CategoricalCrossentropy{from_logits = true, label_smoothing = 0.1}", false},
    {"huge_binary_logits", "9", "Rescaling{2000}, Dense{6}", "loss = BinaryCrossentropy{from_logits = true}", false},
    {"huge_softmax", "9", "Rescaling{2000}, Dense{6, activation = 'softmax'}, Dense{2}", NULL, false},
    {"huge_log_softmax", "9", "Rescaling{200}, Dense{6, activation = 'log_softmax'}", NULL, false},
    {"huge_tanh", "9", "Rescaling{30}, Dense{6, activation = 'tanh'}", NULL, false},
    {"huge_softplus", "9", "Rescaling{200}, Dense{6, activation = 'softplus'}", NULL, false},
    {"huge_silu", "9", "Rescaling{200}, Dense{6, activation = 'silu'}", NULL, false},
    {"huge_gelu", "9", "Rescaling{200}, Dense{6, activation = 'gelu'}", NULL, false},
    {"huge_mish", "9", "Rescaling{200}, Dense{6, activation = 'mish'}", NULL, false},
    {"huge_elu", "9", "Rescaling{200}, Dense{6, activation = 'elu'}", NULL, false},
    {"constant_batch", "4", "Rescaling{0, 3}, BatchNormalization(), Dense{3}", NULL, false},

    /* batch normalisation, dropout, movement, graphs */
    {"batch_norm", "6, 7, 2", "Conv2D{5, {3, 3}}, BatchNormalization{momentum = 0.9}, Activation('relu'), Flatten(), Dense{3}", NULL, false},
    {"batch_norm_first", "4, 1", "BatchNormalization(), Dense{4}", NULL, false},
    {"batch_norm_last", "7", "Dense{65}, BatchNormalization{scale = false, momentum = 0.5}", NULL, false},
    {"batch_norm_twice", "5, 5, 2", "Conv2D{4, {2, 2}, use_bias = false}, BatchNormalization(), Activation('relu'), MaxPool2D(),"
                                    "Conv2D{3, {1, 1}}, BatchNormalization{center = false}, Flatten(), Dense{3, activation = 'softmax'}", SPARSE, false},
    {"batch_norm_axis_1", "3, 5, 4", "Conv2D{4, {2, 2}, data_format = 'channels_first'}, BatchNormalization{axis = 1}", NULL, false},
    {"batch_norm_behind_relu", "5, 5, 2", "Conv2D{4, {3, 3}, activation = 'relu'}, BatchNormalization(), Conv2D{3, {2, 2}, padding = 'same'}", NULL, false},
    {"long_sums", "33, 37, 2", "Conv2D{3, {1, 1}}, BatchNormalization(), Conv2D{7, {1, 1}}, GlobalAveragePooling2D(), Dense{2}", NULL, false},
    {"long_loss", "30", "Dense{1100}", NULL, false},
    /* more numbers than are added one after the other */
    {"long_dense", "2111", "Dense{9, activation = 'relu'}, Dense{3}", NULL, false},
    {"long_dense_parts", "10000", "Dense{2}", NULL, false},
    {"long_dense_outputs", "3", "Dense{7}, Dense{1100}", NULL, false},
    {"long_dense_far", "2", "Dense{1100}, Dense{260, activation = 'tanh'}, Dense{1090}", NULL, false},
    {"long_positions", "1100, 3", "Dense{5}", NULL, false},
    {"long_conv", "4, 5, 130", "Conv2D{5, {3, 3}, padding = 'same', activation = 'relu'}, MaxPool2D()", NULL, false},
    {"long_conv_channels", "3, 3, 600", "Conv2D{3, {2, 2}, padding = 'same', activation = 'relu'}", NULL, false},
    {"long_conv_outputs", "7, 7, 3", "Conv2D{4, {1, 1}}, Conv2D{1030, {2, 2}, strides = 2}", NULL, false},
    {"long_depthwise", "34, 33, 5", "Conv2D{5, {33, 33}, groups = 5}", NULL, false},
    {"long_depthwise_rows", "35, 34, 17", "DepthwiseConv2D{5, padding = 'same'}, DepthwiseConv2D{2, strides = 5}", NULL, false},
    {"long_winograd", "3, 3, 1100", "Conv2D{33, {3, 3}, padding = 'same'}", NULL, false},
    {"long_image", "33, 37, 2", "Conv2D{3, {3, 3}, padding = 'same'}, Conv2D{2, {2, 2}, strides = 5}", NULL, false},
    {"long_image_filters", "33, 37, 2", "Conv2D{17, {3, 2}}, Conv2D{2, {2, 2}, strides = 5}", NULL, false},
    {"long_row", "2, 1100, 1", "Conv2D{2, {1, 3}, padding = 'same'}, Conv2D{2, {2, 2}, strides = 5}", NULL, false},
    {"long_softmax", "2", "Dense{17000, activation = 'softmax'}, Dense{2}", NULL, false},
    {"long_log_softmax", "2", "Dense{1100, activation = 'log_softmax'}, Dense{2}", NULL, false},
    {"long_classes", "3", "Dense{1100, activation = 'softmax'}", SPARSE, false},
    {"long_classes_clipped", "3", "Dense{1100, activation = 'sigmoid'}", CATEGORICAL, false},
    {"long_classes_smoothed", "3", "Dense{1100}", "loss = CategoricalCrossentropy{from_logits = true, label_smoothing = 0.2}", false},
    {"long_binary", "3", "Dense{1100, activation = 'sigmoid'}", BINARY, false},
    {"conv_beside_image", "4, 1, 3", "Conv2D{6, {3, 2}, padding = 'same', dilation_rate = {1, 2}, activation = 'relu'}, Dense{2}", NULL, false},
    {"conv_below_image", "1, 4, 3", "Conv2D{6, {2, 3}, padding = 'same', dilation_rate = {2, 1}}, Conv2D{5, 3, padding = 'same'}", NULL, false},
    {"depthwise_beside_image", "3, 1, 9", "Conv2D{9, {3, 2}, groups = 9, padding = 'same', dilation_rate = {1, 2}}, Dense{2}", NULL, false},
    {"conv_wide_strides", "20, 37, 1", "Conv2D{2, {1, 2}}, Conv2D{2, {3, 3}, strides = {2, 17}}", NULL, false},
    {"parameter_function", "3, 4", /* a node that runs once a step, and its gradient */
     "local Gate = Layer{name = 'Gate', call = function(layer, x) "
     "local gate = op.unary(layer:parameter('gate', {x.shape[#x.shape]}, RandomNormal()), 'sigmoid') "
     "return op.binary(x, gate, {['function'] = 'multiply'}) end} "
     "local input = Input{3, 4} "
     "local x = Gate()(Dense{5}(Gate()(input))) "
     "local model = Model{inputs = input, outputs = Flatten()(x)} "
     "model:compile{optimizer = SGD{learning_rate = 1}, loss = 'mse'} return model", NULL, false},
    {"batch_norm_beside", "4, 4, 2", /* its input is read before and after the batch is known */
     "local input = Input{shape = {4, 4, 2}} "
     "local x = BatchNormalization{center = false, scale = false}(input) "
     "local z = Concatenate()({x, Activation('tanh')(input)}) "
     "local model = Model{inputs = input, outputs = Dense{3}(Flatten()(z))} "
     "model:compile{optimizer = SGD{learning_rate = 1}, loss = 'mse'} return model", NULL, false},

    /* broadcasting: axes of 1 on either side, other ranks, parameters and samples on either side, in front of and behind what
       is trained; vectors that end inside an axis */
    {"broadcast", "5, 6, 7",
     "local L = Layer{name = 'L', call = function(layer, x) "
     "local p = function(...) return layer:parameter('p' .. table.concat({...}, '_'), {...}, RandomNormal()) end "
     "local y = p(6, 1) * x + p(5, 1, 7) - p(1) * op.reduce(x, {axes = {2}, keepdims = true}) "
     "y = p(7) / (y * y + op.reduce(x * x, {['function'] = 'max', axes = {0}}) + 1) "
     "local z = op.reduce(x, {axes = {0, 1}, ['function'] = 'mean'}) * op.reduce(x, {axes = {1, 2}, keepdims = true}) "
     "return op.concat(op.binary(y, z, 'add'), op.binary(op.broadcast(z, {shape = {5, 6, 7}}), p(5, 1, 1), 'add'), "
     "{axis = 2}) end} "
     "local input = Input{5, 6, 7} "
     "local model = Model{inputs = input, outputs = Dense{3}(Flatten()(L()(Conv2D{7, 1}(input))))} "
     "model:compile{optimizer = SGD{learning_rate = 1}, loss = 'mse'} return model", NULL, false},
    {"reduce", "3, 4, 5, 18",
     "local f = function(x, name, ...) return op.reshape(op.reduce(x, {['function'] = name, axes = {...}}), {shape = {-1}}) end "
     "local L = Layer{name = 'L', call = function(layer, x) local all = {} "
     "for _, name in ipairs{'sum', 'mean', 'max', 'min', 'product'} do "
     "for _, axes in ipairs{{0, 1, 2, 3}, {3}, {0}, {1}, {0, 2}, {1, 3}, {0, 1, 2}, {2, 3}} do "
     "local y = op.reduce(x, {['function'] = name, axes = axes, keepdims = true}) "
     "all[#all + 1] = Flatten()(y) end end "
     "all[#all + 1] = {axis = 0} return op.concat(table.unpack(all)) end} "
     "local input = Input{3, 4, 5, 18} "
     "local model = Model{inputs = input, outputs = Dense{3}(L()(Dense{18, activation = 'tanh'}(input)))} "
     "model:compile{optimizer = SGD{learning_rate = 1}, loss = 'mse'} return model", NULL, false},
    {"reduce_long", "37, 57, 2",
     "local input = Input{37, 57, 2} "
     "local r = function(x, ...) return op.reduce(x, {axes = {...}}) end "
     "local x = Dense{2}(input) "
     "local y = op.concat(op.reduce(x, {axes = {0, 1, 2}, keepdims = true}), op.reduce(x, {axes = {0, 1}, keepdims = true}), "
     "op.reduce(op.reshape(x, {shape = {2, 2109, 1}}), {axes = {0, 1}, keepdims = true}), {axis = 2}) "
     "local model = Model{inputs = input, outputs = Dense{2}(Flatten()(y))} "
     "model:compile{optimizer = SGD{learning_rate = 1}, loss = 'mse'} return model", NULL, false},
    {"choose", "4, 19",
     "local L = Layer{name = 'L', call = function(layer, x) "
     "local c = layer:parameter('c', {19}, RandomNormal()) local all = {} "
     "for i, name in ipairs{'equal', 'not_equal', 'greater', 'greater_equal', 'less', 'less_equal'} do "
     "local whole = op.unary(x * 3, 'relu6') "
     "all[i] = op.select(op.binary(whole, i % 2 == 0 and c or 0, name), x * c, op.binary(c, 2, 'power')) end "
     "all[7] = op.select(op.binary(x, op.reduce(x, {['function'] = 'max', axes = {1}, keepdims = true}), 'equal'), x) "
     "all[8] = op.select(c, nil, x) "
     "all[9] = op.binary(op.unary(x, 'abs') + 0.1, c, 'power') + op.stop_gradient(x * x) "
     "all[10] = {axis = 0} return op.concat(table.unpack(all)) end} "
     "local input = Input{4, 19} "
     "local model = Model{inputs = input, outputs = Dense{3}(Flatten()(L()(Dense{19}(input))))} "
     "model:compile{optimizer = SGD{learning_rate = 1}, loss = 'mse'} return model", NULL, false},

    {"dropout_of_channels", "4, 5, 11", "Conv2D{11, 2}, SpatialDropout2D{0.4}, Reshape{{12, 11}}, SpatialDropout1D{0.3, data_format = 'channels_first'}, Dense{2}", NULL, false},
    {"dropout", "50", "Dense{40, activation = 'relu'}, Dropout(0.25), Dense{7}", NULL, false},
    {"dropout_twice", "6, 6, 1", "Conv2D{5, {3, 3}}, Dropout(0.5), MaxPool2D(), Dropout(0.1), Flatten(), Dense{3}", NULL, false},
    {"flips", "5, 7, 3", "RandomFlip('horizontal'), RandomFlip('vertical'), RandomFlip{seed = 3}, Conv2D{2, {5, 7}}", NULL, false},
    {"flip_bytes", "8, 6, 1", "RandomFlip(), Conv2D{3, {8, 6}}", NULL, true},
    {"translation", "7, 5, 2", "RandomTranslation{0.3, {-0.4, 0.2}}, Conv2D{2, {7, 5}}", NULL, false},
    {"translation_constant", "7, 5, 2", "RandomTranslation{1, 1, fill_mode = 'constant', fill_value = 0.75}, Conv2D{2, {7, 5}}", NULL, false},
    {"translation_nearest", "6, 9, 1", "RandomTranslation{0.5, 0.5, fill_mode = 'wrap', interpolation = 'nearest'}, Conv2D{2, {6, 9}}", NULL, false},
    {"rotation", "7, 8, 3", "RandomRotation{1, fill_mode = 'wrap'}, Conv2D{2, {7, 8}}", NULL, false},
    {"rotation_of_row", "1, 9, 2", "RandomRotation{0.3}, Conv2D{2, {1, 9}}", NULL, false},
    {"rotation_of_column", "6, 1, 1", "RandomRotation{0.3, fill_mode = 'constant'}, RandomZoom{0.5}, Conv2D{2, {6, 1}}", NULL, false},
    {"rotation_constant", "5, 5, 1", "RandomRotation{{0.1, 0.2}, fill_mode = 'constant', interpolation = 'nearest', fill_value = -1}, Conv2D{2, {5, 5}}", NULL, false},
    {"zoom", "9, 6, 2", "RandomZoom{0.4, fill_mode = 'nearest'}, Conv2D{2, {9, 6}}", NULL, false},
    {"zoom_both", "4, 6, 2", "RandomZoom{{-1, -0.5}, {0.5, 1}}, RandomZoom{1, interpolation = 'nearest', fill_mode = 'nearest'}, Conv2D{2, {4, 6}}", NULL, false},
    {"shear", "6, 5, 2", "RandomShear{0.5, 1}, RandomShear{{0.2, 0.3}, fill_mode = 'constant', fill_value = 0.5}, Conv2D{2, {6, 5}}", NULL, false},
    {"colours", "6, 5, 3", "RandomContrast{0.9, value_range = {-0.5, 0.8}}, RandomBrightness{0.4, value_range = {-0.5, 0.8}}, Conv2D{2, {6, 5}}", NULL, false},
    {"crops", "8, 9, 3", "RandomCrop{6, 5}, RandomFlip(), Rescaling(2), RandomCrop{5, 4}, Conv2D{2, {5, 4}}", NULL, false},
    {"crop_first", "3, 8, 7", "Rescaling(0.5), RandomCrop{7, 5, data_format = 'channels_first', seed = 4}, Conv2D{2, {7, 5}, data_format = 'channels_first'}", NULL, false},
    {"crop_bytes", "9, 10, 1", "RandomCrop{4, 6}, RandomCrop{4, 5}, Conv2D{3, {4, 5}}", NULL, true},
    {"augmented_first", "3, 6, 5", /* channels first */
     "RandomFlip{data_format = 'channels_first'}, RandomRotation{0.2, data_format = 'channels_first'}, RandomContrast{0.5, data_format = 'channels_first'},"
     "RandomZoom{0.2, data_format = 'channels_first', fill_mode = 'constant', interpolation = 'nearest'}, Conv2D{2, {6, 5}, data_format = 'channels_first'}", NULL, false},
    {"augmented_bytes", "9, 8, 3", "Rescaling(1 / 255), RandomFlip('horizontal'), Rescaling{2, -1}, RandomRotation(0.1), Rescaling(0.5), Conv2D{4, {9, 8}, activation = 'relu'}, Flatten(), Dense{5, activation = 'softmax'}", SPARSE, true},
    {"augmented_inside", "6, 7, 2", /* not while it is loaded: something else reads the input too */
     "local input = Input{shape = {6, 7, 2}} "
     "local x = RandomTranslation{0.2, 0.2}(RandomFlip{seed = 1}(input)) "
     "local y = Conv2D{3, {2, 2}}(Concatenate(){x, input, RandomRotation(0.5)(MaxPool2D{1}(input))}) "
     "local model = Model{inputs = input, outputs = Dense{4}(Flatten()(y))} "
     "model:compile{optimizer = SGD{learning_rate = 1}, loss = 'mse'} return model", NULL, false},
    {"normalization", "5, 4, 3", "Normalization(), Conv2D{2, {2, 2}}", NULL, false},
    {"normalization_axes", "5, 4, 3", "Rescaling(2), Normalization{axis = {1, 2}}, Conv2D{2, {2, 2}}", NULL, false},
    {"normalization_of_all", "5, 4, 3", "RandomFlip(), Normalization{axis = {}}, Conv2D{2, {2, 2}}", NULL, false},
    {"normalization_given", "5, 4, 3", "Normalization{mean = {0.1, 0.2, -0.3}, variance = {1, 0.25, 4}}, RandomZoom(0.3), Normalization{mean = 0.5, variance = 2}, Conv2D{2, {2, 2}},"
                                       "Normalization{axis = 1, mean = {1, 2, 3, 4}, variance = {1, 2, 3, 4}, invert = true}", NULL, false},
    {"normalization_bytes", "21", "Normalization(), Dense{5}", NULL, true},
    {"reshape", "3, 4, 2", "Reshape{{6, 4}}, Dense{5}, Reshape{{5, 6}}, Dense{2}", NULL, false},
    {"flatten_last", "2, 3", "Dense{3}, Flatten()", NULL, false},
    {"dropout_seeds", "40", "Dropout{0.5, seed = 1}, Dense{40, activation = 'relu'}, Dropout(0.25), Dropout{0.3, seed = 7}, Dense{7}", NULL, false},
    {"dropout_last", "6", "Dense{3}, Dropout(0.5)", NULL, false},
    {"flatten_channels_first", "2, 4, 5", "Conv2D{3, {2, 2}, data_format = 'channels_first'}, Flatten('channels_first'), Dense{4}", NULL, false},
    /* many taps in a row: runs of them are loops */
    {"conv_audio", "1, 90, 2", "Conv2D{3, {1, 40}, strides = {1, 2}, padding = 'same'}, Conv2D{5, {1, 36}, padding = 'same', activation = 'relu'}", NULL, false},
    {"slice", "4, 5, 3", "Conv2D{7, {1, 1}}, Activation(function(x) return op.slice(x, {axis = 2, begin = 2, count = 3})"
              "* op.slice(x, {axis = 2, begin = 4, count = 3}) end), Conv2D{2, {1, 1}}", NULL, false},
    {"permute", "4, 5, 3", "Conv2D{7, {1, 1}}, Permute{{2, 3, 1}}, Conv2D{3, {2, 2}}, Permute{{2, 1, 3}}, Conv2D{2, {1, 1}}", NULL, false},
    {"concat_rows", "4, 5, 3", "Conv2D{7, {1, 1}}, Activation(function(x) return op.concat(x, op.affine(x, {scale = 2}), x, {axis = 0}) end)", NULL, false},
    {"concat_columns", "4, 5, 3", "Conv2D{7, {1, 1}}, Activation(function(x) return op.concat(x, op.affine(x, {scale = 2}), x, {axis = 1}) end)", NULL, false},
    {"concat_channels", "4, 5, 3", "Conv2D{7, {1, 1}}, Activation(function(x) return op.concat(x, op.affine(x, {scale = 2}), x, {axis = 2}) end)", NULL, false},
    {"pad", "4, 5, 3", "Conv2D{7, {1, 1}}, Activation(function(x) return op.pad2d(x, {padding = {1, 2, 0, 3}}) end), Conv2D{2, {2, 2}}", NULL, false},
    {"crop", "6, 7, 3", "Conv2D{7, {1, 1}}, Activation(function(x) return op.pad2d(x, {padding = {-1, 2, -2, -1}}) end), Conv2D{2, {2, 2}}", NULL, false},
    {"border", "4, 5, 3", "Conv2D{7, {1, 1}}, Activation(function(x) return op.border(op.border(x, {axis = 0, before = 3, behind = 2, mode = 'reflect'}),"
               "{axis = 1, before = 1, behind = 1, mode = 'edge'}) end), Conv2D{2, {2, 2}}", NULL, false},
    {"border_turned", "4, 5, 3", "Conv2D{7, {1, 1}}, Activation(function(x) return op.border(op.border(op.border(x, {axis = 1, before = 5, behind = -5, mode = 'symmetric'}),"
                      "{axis = 0, before = 2, behind = -2, mode = 'wrap'}), {axis = 2, before = 1, behind = 3, mode = 'symmetric'})"
                      "+ op.border(op.border(x, {axis = 2, before = -7, behind = 11, mode = 'edge'}), {axis = 0, before = 1, behind = -1, mode = 'reflect'}) end), Conv2D{2, {2, 2}}", NULL, false},
    {"softmax_inside", "6, 7, 3", "Conv2D{17, {1, 1}, activation = 'softmax'}, Conv2D{5, {1, 1}, activation = 'log_softmax'}, Conv2D{2, {1, 1}}", NULL, false},
    {"repeated_row", "6, 5", /* a row of the image multiplies every row */
     "Dense{5}, Activation(function(x) local image = op.reshape(x, {shape = {6, 5, 1}}) "
     "local row = op.reshape(op.pad2d(image, {padding = {0, -5, 0, 0}}), {shape = {5}}) "
     "return op.binary(op.binary(x, row, {['function'] = 'multiply'}), row, {['function'] = 'divide'}) end)", NULL, false},
    {"repeated_number", "6, 5",
     "Dense{5}, Activation(function(x) local image = op.reshape(x, {shape = {6, 5, 1}}) "
     "local corner = op.reshape(op.pad2d(image, {padding = {0, -5, -4, 0}}), {shape = {1}}) "
     "return op.binary(op.reshape(x, {shape = {30, 1}}), corner, {['function'] = 'multiply'}) end)", NULL, false},
    {"between", "6, 5",
     "Dense{5}, Activation(function(x) local y = op.affine(op.unary(x, {['function'] = 'square'}), {scale = 1, offset = -0.5}) "
     "local most = op.binary(x, y, {['function'] = 'maximum'}) "
     "return op.binary(most, op.unary(x, {['function'] = 'tanh'}), {['function'] = 'minimum'}) end)", NULL, false},
    {"rescaling", "5, 5, 2", "Rescaling{1 / 255, -0.5}, Conv2D{3, {2, 2}}", NULL, false},
    {"bytes", "7, 7, 1", "Conv2D{4, {3, 3}, activation = 'relu'}, Flatten(), Dense{5, activation = 'softmax'}", SPARSE, true},
    {"bytes_rescaled", "7, 7, 1", "Rescaling(1 / 255), Conv2D{4, {3, 3}, padding = 'same'}, Flatten(), Dense{5, activation = 'softmax'}", SPARSE, true},
    {"bytes_dense", "21", "Dense{5}", NULL, true},
    {"residual", "6, 6, 3",
     "local input = Input{shape = {6, 6, 3}} "
     "local x = Conv2D{3, {3, 3}, padding = 'same', activation = 'relu'}(input) "
     "local y = Add()({Conv2D{3, {3, 3}, padding = 'same'}(x), input, x}) "
     "local z = Concatenate()({MaxPool2D()(y), AveragePooling2D{2}(x)}) "
     "local model = Model{inputs = input, outputs = Dense{4, activation = 'softmax'}(Flatten()(z))} "
     "model:compile{optimizer = SGD{learning_rate = 1}, " SPARSE "} return model", NULL, false},
    {"twice", "8",
     "local input = Input{shape = {8}} "
     "local x = Dense{5, activation = 'tanh'}(input) "
     "local y = Multiply()({x, Dense{5}(x)}) "
     "local model = Model{inputs = input, outputs = Concatenate()({y, Subtract()({y, x}), Maximum()({x, y}), x})} "
     "model:compile{optimizer = SGD{learning_rate = 1}, loss = 'mse'} return model", NULL, false},
    {"lesson", "28, 28, 1",
     "Conv2D{8, {5, 5}, activation = 'relu'}, MaxPool2D{{2, 2}}, Conv2D{16, {3, 3}, activation = 'relu'},"
     "MaxPool2D{{2, 2}, strides = {2, 2}}, Dropout(0.25), Flatten(), Dense{10, activation = 'softmax'}", SPARSE, true},
    /* numbers at random: in training others for each sample, in prediction the same */
    {"noise", "37", "Dense{19}, GaussianNoise{0.5}, Dense{33}, GaussianDropout{0.3}, AlphaDropout{0.4, seed = 3}, Dense{3}", NULL, false},
    {"random_numbers", "7, 3", /* a layer that samples, as a variational autoencoder's */
     "Dense{10}, Activation(function(x) local mean, spread = op.slice(x, {axis = 1, begin = 0, count = 5}), op.slice(x, {axis = 1, begin = 5, count = 5}) "
     "return mean + op.unary(spread * 0.5, 'exponential') * op.random_normal(mean) + op.in_training(op.random_uniform(x, {shape = {7, 5}, minval = -1, seed = 4}), mean) end),"
     "Dense{4}", NULL, false},

    /* products of two tensors: all ways to transpose them, sizes that leave rests, sums in parts */
    {"products", "7, 5", "Dense{18}, Activation(function(x) local p = op.batch_matmul(x, x, {transpose_b = true}) "
                         "local q = op.batch_matmul(p, x, {transpose_a = true}) return op.tril(q * 0.1, {diagonal = 1, fill = 0.5}) end), Dense{2}", NULL, false},
    {"products_transposed", "3, 20, 9", "Dense{19}, Activation(function(x) local p = op.batch_matmul(x, x, {transpose_a = true}) "
                         "return op.batch_matmul(x * 0.1, p, {transpose_a = false, transpose_b = true}) end), "
                         "Activation(function(x) return op.batch_matmul(x, op.reshape(x, {shape = {3, 19, 20}}), {transpose_a = true, transpose_b = true}) * 0.1 end), Dense{2}", NULL, false},
    {"products_long", "2, 150", "Dense{150, activation = 'tanh'}, Activation(function(x) return op.batch_matmul(x, x, {transpose_b = true}) end), Dense{3}", NULL, false},
    {"products_of_one", "1, 3", "Dense{1}, Activation(function(x) return op.batch_matmul(x, x) end), Dense{2}", NULL, false},

    /* whole numbers */
    {"embedding", "7", "Embedding{40, 18}, Dense{5, activation = 'tanh'}, Flatten(), Dense{3}", NULL, false},
    {"embedding_rows", "9", "Embedding{200, 11}, Flatten(), Dense{4, activation = 'softmax'}", SPARSE, false},
    {"embedding_twice", "4, 5",
     "local input = Input{shape = {4, 5}, dtype = 'int32'} local e = Embedding{100, 16} "
     "local y = Concatenate()({e(input), e(Reshape{{4, 5}}(Flatten()(input)))}) "
     "local model = Model{inputs = input, outputs = Dense{3}(Flatten()(y))} "
     "model:compile{optimizer = SGD{learning_rate = 1}, loss = 'mse'} return model", NULL, false},
    {"whole_numbers", "5, 3", /* read as numbers, as they are and scaled */
     "local input = Input{shape = {5, 3}, dtype = 'int32'} "
     "local y = Concatenate()({Dense{4}(input * 0.1), Dense{3, activation = 'tanh'}(input)}) "
     "local model = Model{inputs = input, outputs = y} "
     "model:compile{optimizer = SGD{learning_rate = 1}, loss = 'mse'} return model", NULL, false},
    {"bytes_as_they_are", "6, 7, 1",
     "local input = Input{shape = {6, 7, 1}, dtype = 'uint8'} "
     "local y = Conv2D{4, {3, 3}}(Rescaling{1 / 255, -0.5}(input)) "
     "local model = Model{inputs = input, outputs = Dense{3}(Flatten()(y))} "
     "model:compile{optimizer = SGD{learning_rate = 1}, loss = 'mse'} return model", NULL, false},
    {"bytes_read_twice", "19",
     "local input = Input{shape = {19}, dtype = 'uint8'} "
     "local y = Concatenate()({Dense{3}(input * 0.01), Flatten()(Embedding{256, 3}(input))}) "
     "local model = Model{inputs = input, outputs = y} "
     "model:compile{optimizer = SGD{learning_rate = 1}, loss = 'mse'} return model", NULL, false},
    {"gather_of_sample", "6, 5",
     "Dense{17}, Activation(function(x) return op.gather(op.cast(op.slice(x, {axis = 1, begin = 0, count = 9}) * 5 + 2.5, 'int32'), x) end),"
     "Flatten(), Dense{2}", NULL, false},
    {"one_hot", "6, 5",
     "Activation(function(x) local i = op.cast(x * 4 + 2, 'int32') return op.concat(op.one_hot(i, {depth = 5}),"
     "op.reshape(op.one_hot(i, {depth = 5, mode = 'any'}), {shape = {6, 1, 5}}), op.reshape(op.one_hot(i, {depth = 5, mode = 'count'}), {shape = {6, 1, 5}}),"
     "{axis = 1}) end), Flatten(), Dense{3}", NULL, false},

    /* kernels that are read once for a batch */
    {"dense_far", "3", "Dense{509}, Dense{517, activation = 'tanh'}", NULL, false},
    /* so much work that threads share it where a batch has few blocks */
    {"shared_work", "6, 6, 24", "Conv2D{70, {3, 3}, padding = 'same', activation = 'relu'}, Conv2D{16, {3, 3}, padding = 'same'}", NULL, false},
    {NULL, NULL, NULL, NULL, false}};

const struct kernel_case large_cases[] = {
    /* 16 of them do not fit in a block's workspace, one does in a thread's */
    {"large_samples", "120, 121, 1", "Conv2D{10, {3, 3}, activation = 'tanh'}, AveragePooling2D{5}, Flatten(), Dense{3}", NULL, false},
    /* nor does one: its rows are shared out among the threads */
    {"large_sequence", "251, 260, 1", "Conv2D{9, {3, 3}, padding = 'same', activation = 'relu'}, MaxPool2D{3, strides = 1},"
                                      "Conv2D{5, {2, 2}, strides = 2}, AveragePooling2D{25}, Flatten(), Dense{3}", NULL, false},
    {"large_rows", "200, 300, 3", "Conv2D{8, {3, 3}, activation = 'relu'}, MaxPool2D(), Conv2D{8, {3, 3}, activation = 'relu'}, MaxPool2D{7}", NULL, false},
    {NULL, NULL, NULL, NULL, false}};

/* clang-format on */

static void write_script(FILE *file, const struct kernel_case *row)
{
    if (strstr(row->layers, "return model"))
        fprintf(file, "%s\n", row->layers);
    else
        fprintf(file,
                "local model = Sequential()\n"
                "model:add(Input{shape = {%s}})\n"
                "for _, layer in ipairs{%s} do model:add(layer) end\n"
                "model:compile{optimizer = SGD{learning_rate = 1}, %s}\n"
                "return model\n",
                row->input, row->layers, row->loss ? row->loss : "loss = 'mse'");
}

void cases_write(const struct kernel_case *const *rows, int count, const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file) {
        fprintf(stderr, "cannot write %s\n", path);
        exit(1);
    }
    if (count == 1)
        write_script(file, rows[0]);
    else {
        fputs("local models = {}\n", file);
        for (int i = 0; i < count; i++) {
            fprintf(file, "models.%s = (function()\n", rows[i]->name);
            write_script(file, rows[i]);
            fputs("end)()\n", file);
        }
        fputs("return models\n", file);
    }
    fclose(file);
}
