/* Files of Keras: that what its versions write down becomes the graph that a script of the same network has, that weights become
 * those of the right parameters in the right order, and what is said of files that are not taken. The files are made here. */
#include "import/import.h"
#include "keras_models.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct graph *try_path(struct script_fixture *fixture, const char *path)
{
    const struct import_options options = {.path = path, .limits = fixture->limits, .shapes = &fixture->shapes};
    fixture->diag = (struct diag){.arena = &fixture->arena};
    return import_run(&fixture->arena, &fixture->diag, &options);
}

static struct graph *import(struct script_fixture *fixture, const char *path)
{
    struct graph *graph = try_path(fixture, path);
    if (!graph)
        fail_msg("%s", fixture->diag.message);
    return graph;
}

static void assert_refused(struct script_fixture *fixture, const char *path, const char *message)
{
    if (try_path(fixture, path))
        fail_msg("it is taken, and should not: %s", message);
    if (!strstr(fixture->diag.message, message))
        fail_msg("says \"%s\", not \"%s\"", fixture->diag.message, message);
    assert_string_equal(fixture->diag.at.file, path);
    assert_int_equal(fixture->diag.at.line, 0);
}

/* The graph as text, without the lines of a script. */
static char *dump_of(struct script_fixture *fixture, const struct graph *graph)
{
    char *text = NULL, line[512], *all = arena_alloc(&fixture->arena, 1 << 16);
    size_t size, length = 0;
    FILE *out = open_memstream(&text, &size);
    graph_dump(graph, out);
    fclose(out);
    FILE *in = fmemopen(text, size, "r");
    while (fgets(line, sizeof line, in)) {
        char *end = strstr(line, ", line ");
        if (end)
            strcpy(end, "\n");
        length += (size_t)snprintf(all + length, (1 << 16) - length, "%s", line);
    }
    fclose(in);
    free(text);
    return all;
}

/* The first numbers of a parameter; "..." behind them: it has more. */
static const char *numbers_of(struct script_fixture *fixture, const struct graph *graph, const char *name, int n)
{
    const struct parameter *parameter = script_parameter(graph, name);
    const char *text = "";
    assert_non_null(parameter->values);
    for (int i = 0; i < n && i < shape_count(&parameter->shape); i++)
        text = arena_printf(&fixture->arena, "%s%s%g", text, i ? " " : "", (double)parameter->values[i]);
    return text;
}

/* ---- networks ---- */

/* A configuration. */
#define SEQUENTIAL(layers) "{'class_name': 'Sequential', 'config': {'name': 's', 'layers': [" layers "]}}"

/* `numbers`: "PARAMETER: NUMBER ...; PARAMETER: ...", the first ones of each. Without a version it is an archive of
 * Keras 3.5; where the backend is "archive", of the version. */
struct network {
    const char *what, *version, *backend, *config, *weights, *script, *numbers;
};

static void check_numbers(struct script_fixture *fixture, const struct graph *graph, const char *numbers)
{
    char name[64], wanted[128];
    for (int n = 0; sscanf(numbers, " %63[^:]: %127[^;]%n", name, wanted, &n) == 2;
         numbers += n + (numbers[n] == ';')) {
        int count = 1;
        for (const char *at = wanted; *at; at++)
            count += *at == ' ';
        assert_string_equal(numbers_of(fixture, graph, name, count), wanted);
        n = n ? n : (int)strlen(numbers);
    }
}

static void check_network(struct script_fixture *fixture, const struct network *network, const char *path)
{
    struct graph *graph = import(fixture, path);
    char *dump = dump_of(fixture, graph);
    struct graph *of_script = script_compile(fixture, network->script);
    assert_string_equal(dump, dump_of(fixture, of_script));
    check_numbers(fixture, graph, network->numbers);
}

static void check_networks(void **state, size_t n, const struct network *networks)
{
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < n; i++) {
        const struct network *network = &networks[i];
        print_message("%s\n", network->what);
        bool is_archive = !network->version || (network->backend && strcmp(network->backend, "archive") == 0);
        check_network(fixture, network,
                      is_archive ? keras_write_archive(fixture, "model.keras",
                                                       network->version ? network->version : "3.5.0",
                                                       network->config, network->weights)
                                 : keras_write(fixture, "model.h5", network->version, network->backend,
                                               network->config, network->weights));
    }
}

#define COUNT(list) (sizeof(list) / sizeof *(list))

static void knows_the_names_of_keras_1(void **state)
{
    static const struct network networks[] = {
        {"Convolution2D of Theano's order", "1.2.2", NULL,
         "{'class_name': 'Sequential', 'config': [{'class_name': 'Convolution2D', 'config': {'name': 'conv', "
         "'batch_input_shape': [null, 3, 5, 4], 'nb_filter': 2, 'nb_row': 2, 'nb_col': 1, "
         "'border_mode': 'same', 'subsample': [1, 1], 'dim_ordering': 'th', 'activation': 'relu', "
         "'init': 'glorot_uniform', 'bias': true, 'W_regularizer': {'l2': 0.1, 'l1': 0.0}}}, "
         "{'class_name': 'Dropout', 'config': {'name': 'drop', 'p': 0.25}}, {'class_name': 'Flatten', "
         "'config': {'name': 'flat'}}]}",
         "conv: conv_W:0=2,3,2,1 conv_b:0=2; drop:; flat:",
         "return Sequential{Input{3, 5, 4, name = 'conv_input'}, Conv2D{2, {2, 1}, padding = 'same', activation = 'relu', "
         "data_format = 'channels_first', name = 'conv'}, Dropout{0.25, name = 'drop'}, Flatten{name = 'flat'}}",
         /* kernel[r][c][stack][filter] = W[filter][stack][r][c] */
         "conv/kernel: 100 106 102 108 104 110 101 107; conv/bias: 200 201"},
        {"the same order of TensorFlow, by Theano", "1.2.2", NULL,
         "{'class_name': 'Sequential', 'config': [{'class_name': 'Convolution2D', 'config': {'name': 'conv', "
         "'batch_input_shape': [null, 5, 4, 1], 'nb_filter': 1, 'nb_row': 2, 'nb_col': 3, "
         "'dim_ordering': 'tf', 'bias': false}}]}",
         "conv: conv_W=2,3,1,1",
         "return Sequential{Input{5, 4, 1, name = 'conv_input'}, Conv2D{1, {2, 3}, use_bias = false, name = 'conv'}}",
         "conv/kernel: 105 104 103 102 101 100"},
        {"Convolution1D", "1.2.2", NULL,
         "{'class_name': 'Sequential', 'config': [{'class_name': 'Convolution1D', 'config': {'name': 'conv', "
         "'batch_input_shape': [null, 6, 2], 'nb_filter': 3, 'filter_length': 2, 'subsample_length': 1, "
         "'bias': false}}]}",
         "conv: conv_W:0=3,2,2,1",
         "return Sequential{Input{6, 2, name = 'conv_input'}, Conv1D{3, 2, use_bias = false, name = 'conv'}}",
         /* kernel[step][in][filter] = W[filter][in][step] */
         "conv/kernel: 100 104 108 102 106 110 101 105 109"},
        {"an LSTM of twelve arrays", "1.1.0", NULL,
         "{'class_name': 'Sequential', 'config': [{'class_name': 'LSTM', 'config': {'name': 'lstm', "
         "'batch_input_shape': [null, 4, 2], 'output_dim': 1, 'inner_activation': 'hard_sigmoid', "
         "'activation': 'tanh', 'return_sequences': false, 'forget_bias_init': 'one', "
         "'inner_init': 'orthogonal', 'dropout_U': 0.0, 'dropout_W': 0.0, 'consume_less': 'cpu', "
         "'input_length': 4}}]}",
         "lstm: W_i:0=2,1 U_i:0=1,1 b_i:0=1 W_c:0=2,1 U_c:0=1,1 b_c:0=1 W_f:0=2,1 U_f:0=1,1 b_f:0=1 W_o:0=2,1 U_o:0=1,1 b_o:0=1",
         "return Sequential{Input{4, 2, name = 'lstm_input'}, LSTM{1, recurrent_activation = function(x) return ops.clip(0.2 * x "
         "+ 0.5, 0, 1) end, name = 'lstm'}}",
         /* the gates i, f, c, o side by side */
         "lstm/lstm_cell/kernel: 100 700 400 1000 101 701 401 1001; "
         "lstm/lstm_cell/recurrent_kernel: 200 800 500 1100; lstm/lstm_cell/bias: 300 900 600 1200"},
    };
    check_networks(state, COUNT(networks), networks);
}

static void finds_the_weights_of_layers(void **state)
{
    static const struct network networks[] = {
        {"a layer that is called twice", "2.3.1", "tensorflow",
         "{'class_name': 'Model', 'config': {'name': 'm', 'layers': [{'class_name': 'InputLayer', "
         "'name': 'a', 'config': {'batch_input_shape': [null, 4], 'dtype': 'float32', 'name': 'a'}, "
         "'inbound_nodes': []}, {'class_name': 'InputLayer', 'name': 'b', "
         "'config': {'batch_input_shape': [null, 4], 'dtype': 'float32', 'name': 'b'}, 'inbound_nodes': []}, "
         "{'class_name': 'Dense', 'name': 'dense', 'config': {'name': 'dense', 'units': 3, "
         "'activation': 'linear'}, 'inbound_nodes': [[['a', 0, 0, {}]], [['b', 0, 0, {}]]]}, "
         "{'class_name': 'Subtract', 'name': 'sub', 'config': {'name': 'sub'}, 'inbound_nodes': [[['dense', "
         "1, 0, {}], ['dense', 0, 0, {}]]]}], 'input_layers': [['a', 0, 0], ['b', 0, 0]], "
         "'output_layers': [['sub', 0, 0]]}}",
         "dense: other/bias:0=3 other/kernel:0=4,3",
         "local a, b = Input{4, name = 'a'}, Input{4, name = 'b'}\n"
         "local d = Dense{3, name = 'dense'}\nlocal x, y = d(a), d(b)\n"
         "return Model{inputs = {a, b}, outputs = Subtract{name = 'sub'}(y, x)}",
         "dense/kernel: 200 201; dense/bias: 100 101 102"},
        {"a model that is called twice, and counts its making", "2.2.4", "tensorflow",
         "{'class_name': 'Model', 'config': {'name': 'm', 'layers': ["
         "{'class_name': 'InputLayer', 'name': 'a', 'config': {'batch_input_shape': [null, 4], 'name': 'a'}, 'inbound_nodes': []}, "
         "{'class_name': 'InputLayer', 'name': 'b', 'config': {'batch_input_shape': [null, 4], 'name': 'b'}, 'inbound_nodes': []}, "
         "{'class_name': 'Model', 'name': 'twin', 'config': {'name': 'twin', 'layers': ["
         "{'class_name': 'InputLayer', 'name': 'x', 'config': {'batch_input_shape': [null, 4], 'name': 'x'}, 'inbound_nodes': []}, "
         "{'class_name': 'Dense', 'name': 'd', 'config': {'name': 'd', 'units': 3}, 'inbound_nodes': [[['x', 0, 0, {}]]]}], "
         "'input_layers': [['x', 0, 0]], 'output_layers': [['d', 0, 0]]}, "
         "'inbound_nodes': [[['a', 0, 0, {}]], [['b', 0, 0, {}]]]}, "
         "{'class_name': 'Subtract', 'name': 'sub', 'config': {'name': 'sub'}, "
         "'inbound_nodes': [[['twin', 2, 0, {}], ['twin', 1, 0, {}]]]}], "
         "'input_layers': [['a', 0, 0], ['b', 0, 0]], 'output_layers': [['sub', 0, 0]]}}",
         "twin: d/kernel:0=4,3 d/bias:0=3",
         "local a, b = Input{4, name = 'a'}, Input{4, name = 'b'}\n"
         "local d = Dense{3, name = 'd'}\nlocal x, y = d(a), d(b)\n"
         "return Model{inputs = {a, b}, outputs = Subtract{name = 'sub'}(y, x)}",
         "d/kernel: 100 101; d/bias: 200"},
        {"a model in a model: first what is trained, without names", "3.4.0", "tensorflow",
         "{'class_name': 'Sequential', 'config': {'name': 'outer', 'layers': [{'class_name': 'InputLayer', "
         "'config': {'batch_shape': [null, 3], 'dtype': 'float32', 'name': 'x'}}, "
         "{'class_name': 'Sequential', 'config': {'name': 'inner', "
         "'layers': [{'class_name': 'BatchNormalization', 'config': {'name': 'bn', 'axis': [1], "
         "'dtype': {'class_name': 'DTypePolicy', 'config': {'name': 'float32'}}}}, {'class_name': 'Dense', "
         "'config': {'name': 'dense', 'units': 2, 'kernel_initializer': {'class_name': 'GlorotUniform', "
         "'config': {'seed': null}}}}]}}]}}",
         "inner: gamma=3 beta=3 kernel=3,2 bias=2 moving_mean=3 moving_variance=3",
         "return Sequential{Input{3, name = 'x'}, BatchNormalization{1, name = 'bn'}, Dense{2, name = 'dense'}}",
         "bn/gamma: 100 101; bn/beta: 200; dense/kernel: 300 301; dense/bias: 400; bn/moving_mean: 500; bn/moving_variance: 600"},
        {"cuDNN's memory", "2.2.4-tf", "tensorflow",
         "{'class_name': 'Sequential', 'config': {'name': 's', 'layers': [{'class_name': 'CuDNNLSTM', "
         "'config': {'name': 'lstm', 'batch_input_shape': [null, 4, 3], 'units': 2, "
         "'return_sequences': false}}]}}",
         "lstm: lstm/kernel:0=3,8 lstm/recurrent_kernel:0=2,8 lstm/bias:0=16",
         "return Sequential{Input{4, 3, name = 'lstm_input'}, LSTM{2, name = 'lstm'}}",
         /* a gate of the kernel is 100 101, 108 109, 116 117 in the file; these six, column by column */
         "lstm/lstm_cell/kernel: 100 109 102 111 104 113 106 115 101 116; "
         "lstm/lstm_cell/recurrent_kernel: 200 208 202 210; lstm/lstm_cell/bias: 608 610 612"},
    };
    check_networks(state, COUNT(networks), networks);
}

static void finds_the_paths_of_archives(void **state)
{
    static const struct network networks[] = {
        {"layers of a class in order, and a Bidirectional", NULL, NULL,
         "{'module': 'keras', 'class_name': 'Sequential', 'config': {'name': 's', "
         "'layers': [{'module': 'keras.layers', 'class_name': 'InputLayer', 'config': {'batch_shape': [null, "
         "4, 2], 'dtype': 'float32', 'name': 'x'}}, {'module': 'keras.layers', 'class_name': 'Bidirectional', "
         "'config': {'name': 'both', 'merge_mode': 'concat', 'layer': {'module': 'keras.layers', "
         "'class_name': 'GRU', 'config': {'name': 'gru', 'units': 1, 'reset_after': true, "
         "'recurrent_activation': 'hard_sigmoid'}}}}, {'module': 'keras.layers', 'class_name': 'Dense', "
         "'config': {'name': 'first', 'units': 2}}, {'module': 'keras.layers', 'class_name': 'Dense', "
         "'config': {'name': 'second', 'units': 1}}]}}",
         "layers/bidirectional/forward_layer/cell/vars/0=2,3 layers/bidirectional/forward_layer/cell/vars/1=1,3 "
         "layers/bidirectional/forward_layer/cell/vars/2=2,3 layers/bidirectional/backward_layer/cell/vars/0=2,3 "
         "layers/bidirectional/backward_layer/cell/vars/1=1,3 layers/bidirectional/backward_layer/cell/vars/2=2,3 "
         "layers/bidirectional/forward_layer/cell/seed_generator/vars/0=2 "
         "layers/dense/vars/0=2,2 layers/dense/vars/1=2 layers/dense_1/vars/0=2,1 layers/dense_1/vars/1=1",
         "return Sequential{Input{4, 2, name = 'x'}, Bidirectional{GRU{1, recurrent_activation = 'hard_sigmoid', "
         "name = 'gru'}, name = 'both'}, "
         "Dense{2, name = 'first'}, Dense{1, name = 'second'}}",
         "both/forward_gru/gru_cell/kernel: 100; both/backward_gru/gru_cell/kernel: 400; first/kernel: 800; second/kernel: 1000"},
        {"heads, and a call by keras.ops", NULL, NULL,
         "{'module': 'keras.src.models.functional', 'class_name': 'Functional', 'config': {'name': 'f', "
         "'layers': [{'module': 'keras.layers', 'class_name': 'InputLayer', 'config': {'batch_shape': [null, "
         "4, 2], 'dtype': 'float32', 'name': 'x'}, 'name': 'x', 'inbound_nodes': []}, "
         "{'module': 'keras.layers', 'class_name': 'MultiHeadAttention', 'config': {'name': 'heads', "
         "'num_heads': 1, 'key_dim': 2, 'use_bias': false, 'attention_axes': [1]}, 'name': 'heads', "
         "'inbound_nodes': [{'args': [{'class_name': '__keras_tensor__', 'config': {'keras_history': ['x', 0, "
         "0]}}], 'kwargs': {'value': {'class_name': '__keras_tensor__', 'config': {'keras_history': ['x', 0, "
         "0]}}, 'training': false}}]}, {'module': 'keras.src.ops.numpy', 'class_name': 'Add', "
         "'config': {'name': 'add'}, 'name': 'add', "
         "'inbound_nodes': [{'args': [{'class_name': '__keras_tensor__', "
         "'config': {'keras_history': ['heads', 0, 0]}}, {'class_name': '__keras_tensor__', "
         "'config': {'keras_history': ['x', 0, 0]}}], 'kwargs': {}}]}], 'input_layers': ['x', 0, 0], "
         "'output_layers': ['add', 0, 0]}}",
         "layers/multi_head_attention/query_dense/vars/0=2,1,2 layers/multi_head_attention/value_dense/vars/0=2,1,2 "
         "layers/multi_head_attention/key_dense/vars/0=2,1,2 layers/multi_head_attention/output_dense/vars/0=1,2,2",
         "local x = Input{4, 2, name = 'x'}\n"
         "return Model{inputs = x, outputs = "
         "Add{name = 'add'}(MultiHeadAttention{1, 2, use_bias = false, name = 'heads'}(x, x), x)}",
         "heads/query/kernel: 100; heads/key/kernel: 300; heads/value/kernel: 200; heads/attention_output/kernel: 400"},
        {"layers that Keras has since 3.12, or since 3.9", NULL, NULL,
         "{'module': 'keras', 'class_name': 'Sequential', 'config': {'name': 's', "
         "'layers': [{'module': 'keras.layers', 'class_name': 'InputLayer', 'config': {'batch_shape': [null, "
         "8, 6, 2], 'dtype': 'float32', 'name': 'x'}}, {'module': 'keras.layers', 'class_name': 'RandomShear', "
         "'config': {'name': 'shear', 'x_factor': [0.0, 0.2], 'y_factor': 0.0, 'data_format': 'channels_last', "
         "'interpolation': 'bilinear', 'fill_mode': 'reflect', 'fill_value': 0.0, 'seed': null}}, "
         "{'module': 'keras.layers', 'class_name': 'AdaptiveAveragePooling2D', 'config': {'name': 'mean', "
         "'output_size': [4, 3], 'data_format': 'channels_last'}}, {'module': 'keras.layers', "
         "'class_name': 'AdaptiveMaxPooling2D', 'config': {'name': 'max', 'output_size': 1}}, {'module': "
         "'keras.layers', 'class_name': 'Dense', 'config': {'name': 'd', 'units': 1}}]}}",
         "layers/dense/vars/0=2,1 layers/dense/vars/1=1",
         "return Sequential{Input{8, 6, 2, name = 'x'}, RandomShear{x_factor = {0, 0.2}, name = 'shear'}, "
         "AdaptiveAveragePooling2D{{4, 3}, name = 'mean'}, AdaptiveMaxPooling2D{1, name = 'max'}, Dense{1, name = 'd'}}",
         "d/kernel: 100"},
        {"TensorFlow 2.12's folders, which count layers with weights twice", "2.12.0", "archive",
         "{'class_name': 'Sequential', 'config': {'name': 's', 'layers': [{'class_name': 'InputLayer', "
         "'config': {'batch_input_shape': [null, 3], 'dtype': 'float32', 'name': 'x'}}, "
         "{'class_name': 'Dense', 'config': {'name': 'a', 'units': 2}}, {'class_name': 'Dense', "
         "'config': {'name': 'b', 'units': 2, 'activation': 'hard_sigmoid'}}]}}",
         "_layer_checkpoint_dependencies/dense/vars/0=3,2 _layer_checkpoint_dependencies/dense/vars/1=2 "
         "_layer_checkpoint_dependencies/dense_2/vars/0=2,2 _layer_checkpoint_dependencies/dense_2/vars/1=2",
         "return Sequential{Input{3, name = 'x'}, Dense{2, name = 'a'}, Dense{2, activation = function(x) return "
         "ops.clip(0.2 * x + 0.5, 0, 1) end, name = 'b'}}",
         "a/kernel: 100; b/kernel: 300"},
    };
    check_networks(state, COUNT(networks), networks);
}

static void operators_are_layers_and_ops(void **state)
{
    static const struct network networks[] = {
        {"functions of TensorFlow", "2.10.0", "tensorflow",
         "{'class_name': 'Functional', 'config': {'name': 'f', 'layers': [{'class_name': 'InputLayer', "
         "'config': {'batch_input_shape': [null, 4, 6], 'dtype': 'float32', 'name': 'x'}, 'name': 'x', "
         "'inbound_nodes': []}, {'class_name': 'TFOpLambda', 'config': {'name': 'tf.math.multiply', "
         "'function': 'math.multiply'}, 'name': 'tf.math.multiply', 'inbound_nodes': [['x', 0, 0, {'y': 2.0, "
         "'name': null}]]}, {'class_name': 'TFOpLambda', 'config': {'name': 'tf.concat', "
         "'function': 'concat'}, 'name': 'tf.concat', 'inbound_nodes': [[['x', 0, 0, {'axis': 1}], "
         "['tf.math.multiply', 0, 0, {'axis': 1}]]]}, {'class_name': 'SlicingOpLambda', "
         "'config': {'name': 'cut', 'function': '__operators__.getitem'}, 'name': 'cut', "
         "'inbound_nodes': [['tf.concat', 0, 0, {'slice_spec': [{'start': null, 'stop': null, 'step': null}, "
         "{'start': 1, 'stop': -1, 'step': null}, 0]}]]}], 'input_layers': [['x', 0, 0]], "
         "'output_layers': [['cut', 0, 0]]}}",
         "x:",
         "local Times = Layer{name = 'Times', call = function(_, x) return op.affine(x, {scale = 2, offset = 0}) end}\n"
         "local Cut = Layer{name = 'Cut', call = function(_, x)\n"
         "  x = op.slice(op.slice(x, {axis = 0, begin = 1, count = 6}), {axis = 1, begin = 0, count = 1})\n"
         "  return op.reshape(x, {shape = {6}}) end}\n"
         "local x = Input{4, 6, name = 'x'}\n"
         "local y = Concatenate{1, name = 'tf_concat'}(x, Times{name = 'tf_math_multiply'}(x))\n"
         "return Model{inputs = x, outputs = Cut{name = 'cut'}(y)}",
         ""},
        {"borders", "2.10.0", "tensorflow",
         "{'class_name': 'Functional', 'config': {'name': 'f', 'layers': [{'class_name': 'InputLayer', "
         "'config': {'batch_input_shape': [null, 4, 6], 'dtype': 'float32', 'name': 'x'}, 'name': 'x', "
         "'inbound_nodes': []}, {'class_name': 'TFOpLambda', 'config': {'name': 'a', 'function': 'pad'}, "
         "'name': 'a', 'inbound_nodes': [['x', 0, 0, {'paddings': [[0, 0], [1, 2], [0, 3]], 'mode': 'REFLECT'}]]}, "
         "{'class_name': 'TFOpLambda', 'config': {'name': 'b', 'function': 'pad'}, "
         "'name': 'b', 'inbound_nodes': [['a', 0, 0, {'paddings': [[0, 0], [0, 0], [2, 1]]}]]}], "
         "'input_layers': [['x', 0, 0]], 'output_layers': [['b', 0, 0]]}}",
         "x:",
         "local A = Layer{name = 'A', call = function(_, x)\n"
         "  return op.border(op.border(x, {axis = 0, before = 1, behind = 2, mode = 'reflect'}),\n"
         "    {axis = 1, before = 0, behind = 3, mode = 'reflect'}) end}\n"
         "local B = Layer{name = 'B', call = function(_, x)\n"
         "  x = op.pad2d(op.reshape(x, {shape = {7, 9, 1}}), {padding = {0, 0, 2, 1}})\n"
         "  return op.reshape(x, {shape = {7, 12}}) end}\n"
         "local x = Input{4, 6, name = 'x'}\n"
         "return Model{inputs = x, outputs = B{name = 'b'}(A{name = 'a'}(x))}",
         ""},
        {"steps of a model", "2.3.1", "tensorflow",
         SEQUENTIAL(
             "{'class_name': 'TimeDistributed', 'config': {'name': 'steps', 'batch_input_shape': [null, 3, 4], "
             "'layer': {'class_name': 'Sequential', 'config': {'name': 'inner', "
             "'layers': [{'class_name': 'Dense', 'config': {'name': 'a', 'units': 2, 'batch_input_shape': [null, "
             "4]}}, {'class_name': 'Dense', 'config': {'name': 'b', 'units': 1}}]}}}}"),
         "steps: a/kernel:0=4,2 a/bias:0=2 b/kernel:0=2,1 b/bias:0=1",
         "local x, y = Input{3, 4, name = 'steps_input'}, Input{4, name = 'inner_input'}\n"
         "local inner = Model{inputs = y, outputs = Dense{1, name = 'b'}(Dense{2, name = 'a'}(y))}\n"
         "return Model{inputs = x, outputs = TimeDistributed{inner, name = 'steps'}(x)}",
         "a/kernel: 100; b/kernel: 300"},
    };
    check_networks(state, COUNT(networks), networks);
}

/* A Functional of Keras 3 of an input x of 4 by 3 and a layer. */
#define ON_X(layer)                                                                                                \
    "{'module': 'keras.src.models.functional', 'class_name': 'Functional', 'config': {'name': 'f', 'layers': ["    \
    "{'module': 'keras.layers', 'class_name': 'InputLayer', 'config': {'batch_shape': [null, 4, 3], "              \
    "'dtype': 'float32', 'name': 'x'}, 'registered_name': null, 'name': 'x', 'inbound_nodes': []}, " layer         \
    "], 'input_layers': [['x', 0, 0]], 'output_layers': [['y', 0, 0]]}, 'registered_name': 'Functional'}"
#define X                    "{'class_name': '__keras_tensor__', 'config': {'keras_history': ['x', 0, 0]}}"
#define CALLED(args, kwargs) "'name': 'y', 'inbound_nodes': [{'args': [" args "], 'kwargs': {" kwargs "}}]}"
#define OP(class, config, args, kwargs)                                                                            \
    ON_X("{'module': 'keras.src.ops.nn', 'class_name': '" class "', 'config': {'name': 'y'" config                 \
                                                                "}, 'registered_name': '" class "', " CALLED(      \
                                                                    args, kwargs))
#define LAYER(module, class, config, registered)                                                                   \
    ON_X("{'module': " module ", 'class_name': '" class "', 'config': {'name': 'y'" config                         \
                                                        "}, 'registered_name': " registered ", " CALLED(X, ""))
#define SLICE(begin, end)                                                                                          \
    "{'class_name': '__slice__', 'config': {'start': " begin ", 'stop': " end ", 'step': null}}"

static void arguments_of_ops_count(void **state)
{
    static const struct network networks[] = {
        {"elu's alpha", NULL, NULL, OP("Elu", ", 'alpha': 0.25", X, ""), "",
         "return Sequential{Input{4, 3, name = 'x'}, ELU{0.25, name = 'y'}}", ""},
        {"of each sample the first, in a tuple", NULL, NULL,
         OP("GetItem", "", X ", {'class_name': '__tuple__', 'items': [" SLICE("null", "null") ", 0]}", ""), "",
         "local Y = Layer{name = 'Y', call = function(_, x)\n"
         "  return op.reshape(op.slice(x, {axis = 0, begin = 0, count = 1}), {shape = {3}}) end}\n"
         "return Sequential{Input{4, 3, name = 'x'}, Y{name = 'y'}}",
         ""},
    };
    static const struct {
        const char *config, *message;
    } refused[] = {
        {OP("Max", ", 'axis': -1, 'keepdims': true, 'initial': 0.0", X, ""), "is called with initial = 0.0"},
        {OP("Relu", "", X, "'threshold': 0.5"), "is called with threshold = 0.5"},
        {OP("Tanh", "", X ", 2", ""), "is called with 2 arguments, of which cnnc knows 1"},
        {OP("GetItem", "", X ", " SLICE("0", "1"), ""), "takes a part of the batch"},
        {OP("GetItem", "", X ", [{'class_name': '__ellipsis__', 'config': {}}, 0]", ""),
         "takes a part that cnnc does not know"},
    };
    check_networks(state, COUNT(networks), networks);
    for (size_t i = 0; i < COUNT(refused); i++)
        assert_refused(*state, keras_write_archive(*state, "model.keras", "3.5.0", refused[i].config, ""),
                       refused[i].message);
}

static void weights_that_no_layer_takes_are_refused(void **state)
{
    const char *config = LAYER("'keras.layers'", "Dense", ", 'units': 1", "null");
    assert_non_null(
        import(*state, keras_write_archive(*state, "model.keras", "3.5.0", config,
                                           "layers/dense/vars/0=3,1 layers/dense/vars/1=1 "
                                           "layers/dropout/seed_generator/vars/0=2 optimizer/vars/0=3,1")));
    assert_refused(*state,
                   keras_write_archive(*state, "model.keras", "3.5.0", config,
                                       "layers/dense/vars/0=3,1 layers/dense/vars/1=1 layers/dense_1/vars/0=3,1"),
                   "the file has weights 'layers/dense_1/vars/0', which no layer of the model takes");
}

/* A class of somebody's own may have any name, one of Keras' too, wherever it stands. */
static void classes_of_others_are_not_keras_own(void **state)
{
    static const struct {
        const char *config, *message;
    } cases[] = {
        {LAYER("null", "Softmax", "", "'Softmax'"), "that cnnc does not know: Softmax 'y'"},
        {LAYER("'keras.layers'", "TimeDistributed",
               ", 'layer': {'module': 'mine', 'class_name': 'Flatten', 'config': {'name': 'd'}, "
               "'registered_name': 'mine>Flatten'}",
               "null"),
         "has something of the class mine>Flatten in it"},
        {LAYER("'keras.layers'", "RNN",
               ", 'cell': {'module': 'mine', 'class_name': 'GRUCell', 'config': {'units': 2}, "
               "'registered_name': 'mine>GRUCell'}",
               "null"),
         "has something of the class mine>GRUCell in it"},
        {LAYER("'keras.layers'", "Activation",
               ", 'activation': {'module': 'mine', 'class_name': 'function', 'config': 'relu', "
               "'registered_name': 'mine>relu'}",
               "null"),
         "has an activation that cnnc does not know, \"mine>relu\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_refused(*state, keras_write_archive(*state, "model.keras", "3.5.0", cases[i].config, ""),
                       cases[i].message);
}

static void options_of_onnx_are_refused_with_what_to_do(void **state)
{
    struct script_fixture *fixture = *state;
    const char *config = SEQUENTIAL("{'class_name': 'Flatten', 'config': {'batch_input_shape': [null, 4]}}");
    const struct import_options options = {.path = keras_write_archive(fixture, "model.keras", "3.5.0", config, ""),
                                           .limits = fixture->limits,
                                           .batch = BATCH_KEEP};
    fixture->diag = (struct diag){.arena = &fixture->arena};
    assert_null(import_run(&fixture->arena, &fixture->diag, &options));
    assert_non_null(strstr(fixture->diag.message, "--batch keep is for ONNX"));
    assert_non_null(strstr(fixture->diag.hint, "leave it out"));
}

/* ---- scripts of them ---- */

static void becomes_a_script(void **state)
{
    struct script_fixture *fixture = *state;
    const char *config = SEQUENTIAL(
        "{'class_name': 'TimeDistributed', 'config': {'name': 'steps', 'batch_input_shape': [null, 3, 4], 'layer': "
        "{'class_name': 'Sequential', 'config': {'name': 'inner', 'layers': ["
        "{'class_name': 'Dense', 'config': {'name': 'a', 'units': 2, 'batch_input_shape': [null, 4]}}, "
        "{'class_name': 'Dense', 'config': {'name': 'b', 'units': 1}}]}}}}, "
        "{'class_name': 'SimpleRNN', 'config': {'name': 'rnn', 'units': 1, 'activation': 'hard_sigmoid'}}");
    const struct import_options options = {
        .path =
            keras_write(fixture, "model.h5", "2.3.1", "tensorflow", config,
                        "steps: a/kernel:0=4,2 a/bias:0=2 b/kernel:0=2,1 b/bias:0=1; rnn: k:0=1,1 r:0=1,1 b:0=1"),
        .limits = fixture->limits};
    struct import_script script = {.path = "net.lua", .weights = "net.safetensors"};
    fixture->diag = (struct diag){.arena = &fixture->arena};
    struct graph *graph = import_as_script(&fixture->arena, &fixture->diag, &options, &script);
    if (!graph)
        fail_msg("%s", fixture->diag.message);
    assert_non_null(strstr(script.text, "TimeDistributed(Sequential{Dense(2), Dense(1)})"));
    assert_non_null(
        strstr(script.text, "SimpleRNN{1, activation = function(x) return ops.clip(0.2 * x + 0.5, 0, 1) end}"));
    assert_string_equal(numbers_of(fixture, graph, graph->parameters[0]->name, 2), "100 101");
    assert_string_equal(numbers_of(fixture, graph, graph->parameters[6]->name, 1), "700");
}

/* ---- what is refused ---- */

static void names_all_that_is_missing(void **state)
{
    struct script_fixture *fixture = *state;
    assert_refused(
        fixture,
        keras_write(
            fixture, "model.h5", "2.9.0", "tensorflow",
            SEQUENTIAL(
                "{'class_name': 'Lambda', 'config': {'name': 'code', 'batch_input_shape': [null, 4]}}, "
                "{'class_name': 'Conv9D', 'config': {'name': 'c'}}, {'class_name': 'Dense', 'module': 'my.layers', "
                "'registered_name': 'My>Dense', 'config': {'name': 'mine'}}"),
            ""),
        "layers that cnnc does not know: Lambda 'code', Conv9D 'c', Dense 'mine'");
    assert_non_null(strstr(fixture->diag.hint, "which is never run"));
}

static void says_what_is_wrong(void **state)
{
    struct script_fixture *fixture = *state;
    static const struct {
        const char *config, *weights, *message;
    } cases[] = {
        {NULL, "dense: kernel=4,2", "the file has weights alone"},
        {"{", "", "model_config is no JSON"},
        {"[1]", "", "a layer has no class"},
        {"{'class_name': 'Mine', 'config': {'name': 'm'}}", "", "of a class of its own, Mine 'm'"},
        {SEQUENTIAL("{'class_name': 'Dense', 'config': {'name': 'd', 'units': 2, 'batch_input_shape': [null, 4], "
                    "'sparsity': 3}}"),
         "", "Dense 'd': has sparsity = 3, which cnnc does not know"},
        {SEQUENTIAL("{'class_name': 'Dense', 'config': {'name': 'd', 'units': 2, 'activation': 'magic', "
                    "'batch_input_shape': [null, 4]}}"),
         "", "Dense 'd': has an activation that cnnc does not know, \"magic\""},
        {SEQUENTIAL("{'class_name': 'Dense', 'config': {'name': 'd', 'units': 2, 'batch_input_shape': [null, 4]}}"),
         "d: kernel=4,3 bias=2", "Dense 'd': has weights 'kernel' of 4x2, and the file has 4x3"},
        {SEQUENTIAL("{'class_name': 'Dense', 'config': {'name': 'd', 'units': 2, 'batch_input_shape': [null, 4]}}"),
         "d: kernel=4,2", "Dense 'd': has 2 weights, and the file has 1 for it"},
        {SEQUENTIAL(
             "{'class_name': 'Dense', 'config': {'name': 'd', 'units': 2, 'batch_input_shape': [null, null, 4]}}"),
         "", "leaves lengths open: of the input 'd_input' (?x?x4)"},
        {SEQUENTIAL("{'class_name': 'UpSampling2D', 'config': {'name': 'u', 'interpolation': 'bilinear', "
                    "'batch_input_shape': [null, 4, 4, 1]}}"),
         "", "UpSampling2D 'u' (bilinear, of before Keras 2.3"},
        {"{'class_name': 'Model', 'config': {'layers': [{'class_name': 'InputLayer', 'name': 'x', 'config': "
         "{'name': 'x', 'batch_input_shape': [null, 4]}, 'inbound_nodes': []}, {'class_name': 'ReLU', 'name': 'r', "
         "'config': {'name': 'r'}, 'inbound_nodes': [[['r', 0, 0, {}]]]}], 'input_layers': [['x', 0, 0]], "
         "'output_layers': [['r', 0, 0]]}}",
         "", "ReLU 'r': needs its own result"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_refused(fixture,
                       keras_write(fixture, "model.h5", "2.2.0", "tensorflow", cases[i].config, cases[i].weights),
                       cases[i].message);
}

static void nested_without_end_is_refused(void **state)
{
    struct script_fixture *fixture = *state;
    enum { DEPTH = 500 };
    char *config = arena_alloc(&fixture->arena, 2 * DEPTH + 64);
    strcpy(config, "{'class_name': 'Sequential', 'config': ");
    size_t n = strlen(config);
    memset(config + n, '[', DEPTH);
    memset(config + n + DEPTH, ']', DEPTH);
    strcpy(config + n + 2 * DEPTH, "}");
    assert_refused(fixture, keras_write(fixture, "model.h5", "2.2.0", "tensorflow", config, ""),
                   "nested too deeply");
}

/* ---- files ---- */

static void what_leads_out_of_the_file_is_refused(void **state)
{
    static const char *const messages[] = {[HARM_SOFT_LINK] = "w is a link, which is not followed",
                                           [HARM_EXTERNAL_LINK] = "w is a link, which is not followed",
                                           [HARM_EXTERNAL_STORAGE] = "the dataset w lies in another file",
                                           [HARM_VIRTUAL] = "the dataset w lies in another file",
                                           [HARM_FILTER] = "the dataset w is compressed in a way that is not read",
                                           [HARM_CYCLE] = "its groups are nested too deeply",
                                           [HARM_HUGE] = "the model needs too much memory",
                                           [HARM_RANK] = "the dataset w has too many axes"};
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(messages); i++)
        assert_refused(fixture, keras_write_harmed(fixture, (enum keras_harm)i), messages[i]);
}

static const char *const small =
    SEQUENTIAL("{'class_name': 'Dense', 'config': {'name': 'd', 'units': 2, 'batch_input_shape': [null, 4]}}");

/* Bytes of the file are others in turn, and it ends after each: whatever libhdf5 makes of it, a message or a graph follows. */
static void damaged_files_are_a_message(void **state)
{
    struct script_fixture *fixture = *state;
    const char *path = keras_write(fixture, "model.h5", "2.2.0", "tensorflow", small, "d: d/kernel=4,2 d/bias=2");
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    size_t size = (size_t)status.st_size;
    unsigned char *bytes = arena_alloc(&fixture->arena, size);
    FILE *file = fopen(path, "rb");
    assert_int_equal(fread(bytes, 1, size, file), size);
    fclose(file);
    int refused = 0, taken = 0;
    for (size_t at = 8; at < size; at += size / 24) {
        for (int cut = 0; cut < 2; cut++) {
            file = fopen(path, "wb");
            bytes[at] ^= 0xff;
            fwrite(bytes, 1, cut ? at : size, file);
            bytes[at] ^= 0xff;
            fclose(file);
            bool ok = try_path(fixture, path) != NULL;
            assert_int_equal(ok, !fixture->diag.failed);
            refused += !ok;
            taken += ok;
        }
    }
    assert_true(refused > 24 && taken > 0);
}

static void damaged_archives_are_a_message(void **state)
{
    struct script_fixture *fixture = *state;
    const char *path = keras_write_archive(fixture, "model.keras", "3.5.0", "{}", "x=1");
    assert_refused(fixture, path, "a layer has no class");
    assert_int_equal(truncate(path, 600), 0);
    assert_refused(fixture, path, "not a sound zip archive");
}

static void knows_files_by_their_first_bytes(void **state)
{
    struct script_fixture *fixture = *state;
    const char *path = keras_write(fixture, "hdf5.keras", "2.2.0", "tensorflow", small, "d: d/kernel=4,2 d/bias=2");
    assert_true(import_reads(path));
    assert_string_equal(import(fixture, path)->input_names[0], "d_input");
    assert_refused(fixture, script_write(fixture, "model.h5", "return 1"),
                   "this is no HDF5 file, or it is damaged");
    assert_false(import_reads(script_write(fixture, "model.lua", "return 1")));
}

/* Of what a process of its own does, all but that it is one. */
static void describes_a_file(void **state)
{
    struct script_fixture *fixture = *state;
    const char *path = keras_write(fixture, "model.h5", "2.2.0", NULL, "{}", "d: d/kernel=4,2");
    unsigned char bytes[1 << 16], told[1 << 12];
    uint64_t size;
    FILE *file = fopen(path, "rb"), *out = tmpfile();
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    hdf5_describe((struct import_bytes){bytes, n}, fileno(out));
    rewind(out);
    assert_int_equal(fread(&size, sizeof size, 1, out), 1);
    assert_int_equal(fread(told, 1, sizeof told, out), size);
    fclose(out);
    assert_int_equal(told[0], 'g');
    assert_int_equal(told[size - 1], 'z');
    const float numbers[8] = {100, 101, 102, 103, 104, 105, 106, 107};
    size_t at = 0;
    while (at + sizeof numbers < size && memcmp(told + at, numbers, sizeof numbers) != 0)
        at++;
    assert_true(at + sizeof numbers < size);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(knows_the_names_of_keras_1),
        TEST(finds_the_weights_of_layers),
        TEST(finds_the_paths_of_archives),
        TEST(operators_are_layers_and_ops),
        TEST(arguments_of_ops_count),
        TEST(weights_that_no_layer_takes_are_refused),
        TEST(classes_of_others_are_not_keras_own),
        TEST(options_of_onnx_are_refused_with_what_to_do),
        TEST(becomes_a_script),
        TEST(names_all_that_is_missing),
        TEST(says_what_is_wrong),
        TEST(nested_without_end_is_refused),
        TEST(what_leads_out_of_the_file_is_refused),
        TEST(damaged_files_are_a_message),
        TEST(damaged_archives_are_a_message),
        TEST(knows_files_by_their_first_bytes),
        TEST(describes_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
