/* Weights of PyTorch become those of the same network in a script: with them the reference computes what PyTorch does. */
#include "weights/weights.h"

#include "naive/naive.h"
#include "onnx_models.h"
#include "script_support.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *file_of(struct script_fixture *fixture, const char *name)
{
    const char *top = getenv("TOP");
    return arena_printf(&fixture->arena, "%s/tests/unit/pytorch/%s", top ? top : ".", name);
}

/* NULL after an error; `map`: what is printed. */
static float *read_weights(struct script_fixture *fixture, const struct graph *graph, const char *path,
                           bool partial, char **map)
{
    const struct pytorch_options options = {.path = path, .limits = limits_default, .partial = partial};
    float *parameters = arena_array(&fixture->arena, graph->parameter_floats + 1, sizeof *parameters);
    size_t length;
    FILE *out = open_memstream(map, &length);
    bool ok = pytorch_read(graph, &options, parameters, out);
    (void)fclose(out);
    return ok ? parameters : NULL;
}

static const double *widened(struct arena *arena, const float *values, int64_t count)
{
    double *wide = arena_array(arena, count + 1, sizeof *wide);
    for (int64_t i = 0; i < count; i++)
        wide[i] = (double)values[i];
    return wide;
}

static const struct array *array_of(struct script_fixture *fixture, const char *name, const char *suffix)
{
    const struct array *array;
    struct diag diag = {.arena = &fixture->arena};
    const char *path = file_of(fixture, arena_printf(&fixture->arena, "%s%s", name, suffix));
    if (!import_array(&fixture->arena, &diag, limits_default, path, &array))
        fail_msg("%s", diag.message);
    return array;
}

/* NAME.lua with NAME.safetensors says of NAME.x.npy what is in NAME.y.npy. */
static void assert_same_numbers(struct script_fixture *fixture, const char *name)
{
    struct arena *arena = &fixture->arena;
    const struct graph *graph = script_run_file(fixture, file_of(fixture, arena_printf(arena, "%s.lua", name)));
    char *map;
    const float *parameters =
        read_weights(fixture, graph, file_of(fixture, arena_printf(arena, "%s.safetensors", name)), false, &map);
    free(map);
    if (!parameters)
        fail_msg("%s", graph->diag->message);
    assert_int_equal(graph->diag->n_warnings, 0);
    const struct array *x = array_of(fixture, name, ".x.npy"), *y = array_of(fixture, name, ".y.npy");
    int64_t in = shape_count(&graph->inputs[0]->shape), out = shape_count(&graph->outputs[0]->shape);
    const double *wide = widened(arena, parameters, graph->parameter_floats);
    assert_int_equal(x->count / in, y->count / out);
    for (int64_t s = 0; s < y->count / out; s++) {
        double *values = arena_array(arena, in, sizeof *values);
        for (int64_t i = 0; i < in; i++)
            values[i] = x->floats ? (double)x->floats[s * in + i] : (double)x->whole[s * in + i];
        const double *inputs[] = {values};
        const struct naive_data given = {.count = 1, .inputs = inputs, .parameters = wide};
        struct naive naive;
        assert_true(naive_run(&naive, graph, &given));
        for (int64_t i = 0; i < out;
             i++) /* both are in double; what is stored is rounded to float, and is below 16 */
            assert_true(fabs(naive_value(&naive, graph->outputs[0])[i] - (double)y->floats[s * out + i]) < 1e-6);
        naive_free(&naive);
    }
}

static void images_are_those_of_pytorch(void **state) { assert_same_numbers(*state, "image"); }
static void words_are_those_of_pytorch(void **state) { assert_same_numbers(*state, "words"); }

static void the_map_says_which_is_which(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = script_run_file(fixture, file_of(fixture, "image.lua"));
    char *map;
    assert_non_null(read_weights(fixture, graph, file_of(fixture, "image.safetensors"), false, &map));
    assert_non_null(strstr(map, "separable_conv2d/depthwise_kernel 3x2x4x2 <- depthwise.weight 8x1x3x2\n"));
    assert_non_null(strstr(map, "dense/kernel 176x5 <- fc1.weight 5x176, its columns from channels first\n"));
    assert_non_null(strstr(map, "dense_2/kernel 5x5 <- fc10.weight 5x5\n")); /* behind fc2 */
    free(map);
}

#define IMAGE(layers) "local m = Sequential{Input{6, 6, 3}, " layers "}\nreturn m"

static void all_that_does_not_fit_is_named(void **state)
{
    struct script_fixture *fixture = *state;
    const char *path = file_of(fixture, "image.safetensors");
    const struct graph *graph = script_compile(
        fixture,
        "local Scale = Layer{name = 'Scale', call = function(self, x) return x * self:parameter('s', {1}, 'ones') end}\n" IMAGE(
            "Conv2D{4, 3}, Dense{7, use_bias = false}, Scale()"));
    char *map;
    assert_null(read_weights(fixture, graph, path, false, &map));
    free(map);
    assert_non_null(
        strstr(graph->diag->message,
               "Not in the file: dense (of weight 7x4); scale, which PyTorch has not. Left over in "
               "the file: bn1 (bias 4, running_mean 4, running_var 4, weight 4); depthwise (weight 8x1x3x2); "
               "fc1 (bias 5, weight 5x176); "));
    graph = script_compile(fixture, IMAGE("Conv2D{4, 3}, Dense{7, use_bias = false}"));
    const float *parameters = read_weights(fixture, graph, path, true, &map);
    assert_non_null(parameters);
    assert_true(parameters[0] != 0);
    assert_true(parameters[script_parameter(graph, "dense/kernel")->offset] == 0); /* as it was */
    assert_non_null(strstr(map, "1 of 2 layers\n"));
    assert_non_null(strstr(map, "  not in the file: dense (of weight 7x4)\n"));
    free(map);
}

/* Of a file that is sorted by names nobody knows in which order layers of the same shapes stand, unless the script says it. */
static void an_order_that_is_not_known_is_not_guessed(void **state)
{
    struct script_fixture *fixture = *state;
    static const struct cnn_parameter table[] = {
        {"decoder.weight", 2, {2, 2}, 0, 4, true, CNN_INIT_CONSTANT, 0, 0},
        {"encoder.weight", 2, {2, 2}, 4, 4, true, CNN_INIT_CONSTANT, 0, 0}};
    const struct cnn_model model = {
        .abi = CNN_ABI, .name = "m", .parameters = table, .n_parameters = 2, .parameter_floats = 8};
    const char *path = arena_printf(&fixture->arena, "%s/w.safetensors", fixture->folder);
    struct cnn_error error;
    char *map;
    assert_true(cnn_weights_save(&model, path, (const float[]){1, 2, 3, 4, 5, 6, 7, 8}, &error));
    const struct graph *graph = script_compile(
        fixture, "return Sequential{Dense{2, use_bias = false, input_shape = {2}}, Dense{2, use_bias = false}}");
    assert_null(read_weights(fixture, graph, path, false, &map));
    free(map);
    assert_non_null(
        strstr(graph->diag->message, "dense may be 'decoder' or 'encoder', which have the same shapes"));
    graph = script_compile(fixture,
                           "return Sequential{Dense{2, use_bias = false, input_shape = {2}, name = 'encoder'}, "
                           "Dense{2, use_bias = false}}");
    const float *parameters = read_weights(fixture, graph, path, false, &map);
    free(map);
    assert_non_null(parameters);
    assert_memory_equal(parameters, ((const float[]){5, 7, 6, 8, 1, 3, 2, 4}), 8 * sizeof(float));
}

/* There the nodes tell the order, whatever that of the initializers is. */
static void of_onnx_the_order_is_that_of_its_nodes(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model onnx;
    onnx_begin(&onnx, &fixture->arena, 13);
    onnx_input(&onnx, "x", "1,2");
    onnx_weights(&onnx, "a.weight", "2,2")->float_data[0] = 3;
    onnx_weights(&onnx, "b.weight", "2,2")->float_data[0] = 5;
    onnx_node(&onnx, "Gemm", "x,b.weight", "y", "transB=1");
    onnx_node(&onnx, "Gemm", "y,a.weight", "z", "transB=1");
    onnx_output(&onnx, "z");
    const char *path = onnx_write(&onnx, fixture->folder, "w.onnx");
    const struct graph *graph = script_compile(
        fixture, "return Sequential{Dense{2, use_bias = false, input_shape = {2}}, Dense{2, use_bias = false}}");
    char *map;
    const float *parameters = read_weights(fixture, graph, path, false, &map);
    free(map);
    assert_non_null(parameters);
    assert_true(parameters[0] == 5 && parameters[4] == 3);
}

/* What weights cannot say, and Keras and PyTorch take for granted, each another. */
static void another_epsilon_is_warned_of(void **state)
{
    struct script_fixture *fixture = *state;
    const char *path = file_of(fixture, "image.safetensors");
    const struct graph *graph = script_compile(
        fixture,
        IMAGE("Conv2D{4, 3}, BatchNormalization(), LayerNormalization{epsilon = 1e-5}, GroupNormalization(2)"));
    char *map;
    assert_non_null(read_weights(fixture, graph, path, true, &map));
    free(map);
    assert_int_equal(graph->diag->n_warnings, 2);
    assert_non_null(strstr(graph->diag->warnings[0].message, "batch_normalization has epsilon = 0.001"));
    assert_non_null(strstr(graph->diag->warnings[1].message, "group_normalization has epsilon = 0.001"));
}

/* PyTorch's GRU has its reset gate behind the product with the state; from channels first alone a Flatten is another. */
static void what_pytorch_does_otherwise_is_refused_or_left(void **state)
{
    struct script_fixture *fixture = *state;
    const char *path = file_of(fixture, "words.safetensors");
    const char *script = "local m = Sequential{Input{5, 6}, GRU{4%s}}\nreturn m";
    char *map;
    const struct graph *graph =
        script_compile(fixture, arena_printf(&fixture->arena, script, ", reset_after = false"));
    assert_null(read_weights(fixture, graph, path, true, &map));
    free(map);
    graph = script_compile(fixture, arena_printf(&fixture->arena, script, ""));
    assert_non_null(read_weights(fixture, graph, path, true, &map));
    free(map);
    /* its own order, of features */
    graph =
        script_compile(fixture, "return Sequential{Input{5, 3}, Dense{3, use_bias = false}, Flatten(), Dense(3)}");
    assert_non_null(read_weights(fixture, graph, path, true, &map));
    assert_non_null(strstr(map, "dense_1/kernel 15x3 <- fc.weight 3x15\n"));
    free(map);
    /* the script itself has them first */
    graph =
        script_compile(fixture, "return Sequential{Input{5, 3}, Conv1D{3, 1}, Permute{2, 1}, Flatten(), Dense(3)}");
    assert_non_null(read_weights(fixture, graph, path, true, &map));
    assert_non_null(strstr(map, "dense/kernel 15x3 <- fc.weight 3x15\n"));
    free(map);
}

/* Writes 1, 2, 3... by the names and shapes of PyTorch, "conv.weight 2,3,1,1" each; NULL behind the last. */
static const char *write_tensors(struct script_fixture *fixture, const char *const *tensors)
{
    struct cnn_parameter table[8] = {{0}};
    struct cnn_model model = {.abi = CNN_ABI, .name = "m", .parameters = table};
    for (; *tensors; tensors++) {
        struct cnn_parameter *p = &table[model.n_parameters++];
        const char *dims = strchr(*tensors, ' ');
        *p = (struct cnn_parameter){.offset = model.parameter_floats, .count = 1, .trainable = true};
        p->name = arena_printf(&fixture->arena, "%.*s", (int)(dims - *tensors), *tensors);
        for (char *end; *dims; dims = end, p->count *= p->dim[p->rank++])
            p->dim[p->rank] = strtol(dims + 1, &end, 10);
        model.parameter_floats += p->count;
    }
    float *values = arena_array(&fixture->arena, model.parameter_floats, sizeof *values);
    for (int64_t i = 0; i < model.parameter_floats; i++)
        values[i] = (float)(1 + i);
    const char *path = arena_printf(&fixture->arena, "%s/counted.safetensors", fixture->folder);
    struct cnn_error error;
    assert_true(cnn_weights_save(&model, path, values, &error));
    return path;
}

/* The line of the map for fc, or the error. */
static const char *fate_of(struct script_fixture *fixture, const char *path, const char *layers)
{
    const char *script = arena_printf(&fixture->arena,
                                      "local x = Input{4, 4, 3}\nlocal c = Conv2D{2, 1, name = 'conv'}(x)\n"
                                      "local y = %s\n"
                                      "return Model{inputs = x, outputs = Dense{3, name = 'fc'}(y)}",
                                      layers);
    const struct graph *graph = script_compile(fixture, script);
    char *map;
    bool ok = read_weights(fixture, graph, path, false, &map) != NULL;
    const char *line = ok ? strstr(map, "fc/kernel") : NULL;
    line = line ? arena_printf(&fixture->arena, "%.*s", (int)strcspn(line, "\n"), line) : graph->diag->message;
    free(map);
    return line;
}

/* What a gate, a mean or a sum leaves of images is flattened by PyTorch as they are; features that are mixed in leave no order. */
static void channels_are_followed_or_asked_for(void **state)
{
    struct script_fixture *fixture = *state;
    static const char *const whole[] = {"conv.bias 2", "conv.weight 2,3,1,1", "fc.bias 3", "fc.weight 3,32", NULL};
    static const char *const part[] = {"conv.bias 2", "conv.weight 2,3,1,1", "fc.bias 3", "fc.weight 3,8", NULL};
    static const char *const gated[] = {
        "multiply{c, GlobalAveragePooling2D{keepdims = true}(c)}",
        "multiply{GlobalAveragePooling2D{keepdims = true}(c), c}", "GlobalAveragePooling2D{keepdims = true}(c) * c",
        "Concatenate()({ops.sum(c, {axis = -1, keepdims = true}), ops.sum(c, {axis = -1, keepdims = true})})",
        "ops.sum(c, {axis = 2, keepdims = true}) * ops.sum(c, {axis = 1, keepdims = true})"};
    const char *path = write_tensors(fixture, whole);
    for (size_t i = 0; i < sizeof gated / sizeof *gated; i++)
        assert_string_equal(fate_of(fixture, path, arena_printf(&fixture->arena, "Flatten()(%s)", gated[i])),
                            "fc/kernel 32x3 <- fc.weight 3x32, its columns from channels first");
    assert_non_null(
        strstr(fate_of(fixture, path, "Flatten()(c) * Flatten()(Cropping2D{{0, 0}}(Permute{3, 1, 2}(c)))"),
               "fc: in which order PyTorch, which has channels first, has the numbers that fc/kernel"));
    path = write_tensors(fixture, part);
    assert_string_equal(fate_of(fixture, path, "Flatten()(ops.mean(c, {axis = 1}))"),
                        "fc/kernel 8x3 <- fc.weight 3x8, its columns from channels first");
    assert_non_null(strstr(fate_of(fixture, path, "Reshape{4, 8}(Permute{2, 1, 3}(c))"), "not known"));
}

/* A vector that becomes an image is viewed as channels, rows, columns by PyTorch, and made so. */
static void units_of_images_stand_channels_first(void **state)
{
    struct script_fixture *fixture = *state;
    static const char *const tensors[] = {"fc.weight 8,1", "fc.bias 8", "conv.weight 1,2,1,1", "conv.bias 1", NULL};
    static const int64_t moved[] = {0, 4, 1, 5, 2, 6, 3, 7};
    const char *path = write_tensors(fixture, tensors);
    const char *script = "local x = Input{1}\nlocal y = Dense{8, name = 'fc'}(x)\n"
                         "return Model{inputs = x, outputs = Conv2D{1, 1, name = 'conv'}(Reshape{2, 2, 2}(%s))}";
    const struct graph *graph =
        script_compile(fixture, arena_printf(&fixture->arena, script, "Activation('relu')(y)"));
    char *map;
    const float *values = read_weights(fixture, graph, path, false, &map);
    free(map);
    assert_non_null(values);
    const float *kernel = values + script_parameter(graph, "fc/kernel")->offset;
    const float *bias = values + script_parameter(graph, "fc/bias")->offset;
    for (int u = 0; u < 8; u++)
        assert_true(kernel[u] == (float)(1 + moved[u]) && bias[u] == (float)(9 + moved[u]));
    script = "local x = Input{1}\nlocal y = Dense{8, name = 'fc'}(x)\n"
             "return Model{inputs = x, outputs = Conv2D{1, 1, name = 'conv'}(Reshape{4, 2, 2}(concatenate{y, y}))}";
    graph = script_compile(fixture, script);
    assert_null(read_weights(fixture, graph, path, false, &map));
    free(map);
    assert_non_null(strstr(graph->diag->message, "fc: in which order PyTorch"));
}

static void damaged_files_are_refused(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = script_compile(fixture, IMAGE("Conv2D{4, 3}"));
    char *map;
    assert_null(read_weights(fixture, graph, "/nonexistent", false, &map));
    free(map);
    graph = script_compile(fixture, IMAGE("Conv2D{4, 3}"));
    const char *path = script_write(
        fixture, "short.safetensors",
        "\x48\x01\1\1\1\1\1\1{\"a.weight\":{\"dtype\":\"F32\",\"shape\":[4,3,3,3],\"data_offsets\":[0,432]}}        ");
    assert_null(read_weights(fixture, graph, path, true, &map));
    free(map);
}

/* Of zeros behind the header. */
static const char *write_safetensors(struct script_fixture *fixture, const char *header, size_t bytes)
{
    static const char zeros[64];
    const char *path = arena_printf(&fixture->arena, "%s/header.safetensors", fixture->folder);
    const unsigned char length[8] = {(unsigned char)(strlen(header) & 255), (unsigned char)(strlen(header) >> 8)};
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fwrite(length, 1, 8, file) == 8 && fputs(header, file) >= 0);
    assert_true(fwrite(zeros, 1, bytes, file) == bytes && fclose(file) == 0);
    return path;
}

static const char *error_of(struct script_fixture *fixture, const char *path)
{
    const struct graph *graph = script_compile(
        fixture, "return Sequential{Dense{2, use_bias = false, input_shape = {2}}, Dense{2, use_bias = false}, "
                 "Dense{3, use_bias = false}}");
    char *map;
    assert_null(read_weights(fixture, graph, path, false, &map));
    free(map);
    return graph->diag->message;
}

/* The length of the header comes first, and its first byte is that of ONNX, of a pickle... */
static void no_length_of_a_header_is_another_format(void **state)
{
    struct script_fixture *fixture = *state;
    const char *tensor = "{\"a.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}";
    const int lengths[] = {0x108, 0x180};
    for (int i = 0; i < 2; i++) {
        const struct graph *graph =
            script_compile(fixture, "return Sequential{Dense{2, use_bias = false, input_shape = {2}}}");
        const char *path =
            write_safetensors(fixture, arena_printf(&fixture->arena, "%-*s", lengths[i], tensor), 16);
        char *map;
        assert_non_null(read_weights(fixture, graph, path, false, &map));
        free(map);
    }
}

/* A bias that torch.onnx.export() has made of those of a convolution and its BatchNormalization has no layer's name. */
static void what_was_folded_is_named_with_what_to_do(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model onnx;
    char *map;
    onnx_begin(&onnx, &fixture->arena, 13);
    onnx_input(&onnx, "x", "1,2,3,3");
    onnx_weights(&onnx, "onnx::Conv_4", "4,2,3,3");
    onnx_weights(&onnx, "onnx::Conv_5", "4");
    onnx_node(&onnx, "Conv", "x,onnx::Conv_4,onnx::Conv_5", "y", "");
    onnx_output(&onnx, "y");
    const char *path = onnx_write(&onnx, fixture->folder, "w.onnx");
    const struct graph *graph = script_compile(fixture, "return Sequential{Input{3, 3, 2}, Conv2D{4, 3}}");
    assert_null(read_weights(fixture, graph, path, false, &map));
    free(map);
    assert_non_null(strstr(graph->diag->message, "Left over in the file: onnx::Conv_4 4x2x3x3, onnx::Conv_5 4"));
    assert_non_null(strstr(graph->diag->hint, "training=torch.onnx.TrainingMode.PRESERVE"));
}

/* A writer sorts by type before it does by name, and that is no order of the network's either. */
static void files_that_tell_no_order_or_no_numbers_are_refused(void **state)
{
    struct script_fixture *fixture = *state;
    const char *mixed = "{\"decoder.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
                        "\"encoder.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[16,32]},"
                        "\"aaa.weight\":{\"dtype\":\"F16\",\"shape\":[3,2],\"data_offsets\":[32,44]}}";
    const char *overlap = "{\"a.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
                          "\"b.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}";
    assert_non_null(strstr(error_of(fixture, write_safetensors(fixture, mixed, 44)),
                           "dense may be 'decoder' or 'encoder', which have the same shapes"));
    assert_non_null(strstr(error_of(fixture, write_safetensors(fixture, overlap, 16)), "tensors overlap"));
    const char *own = "{\"dense/kernel\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}";
    assert_non_null(strstr(error_of(fixture, write_safetensors(fixture, own, 16)),
                           "dense/kernel is called as cnnc calls weights, not as PyTorch does"));
    assert_non_null(strstr(error_of(fixture, script_write(fixture, "w.pt", "PK\3\4 of torch.save()")),
                           "not what torch.save() or Keras writes"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(images_are_those_of_pytorch),
        TEST(words_are_those_of_pytorch),
        TEST(the_map_says_which_is_which),
        TEST(all_that_does_not_fit_is_named),
        TEST(an_order_that_is_not_known_is_not_guessed),
        TEST(of_onnx_the_order_is_that_of_its_nodes),
        TEST(another_epsilon_is_warned_of),
        TEST(what_pytorch_does_otherwise_is_refused_or_left),
        TEST(channels_are_followed_or_asked_for),
        TEST(units_of_images_stand_channels_first),
        TEST(what_was_folded_is_named_with_what_to_do),
        TEST(files_that_tell_no_order_or_no_numbers_are_refused),
        TEST(no_length_of_a_header_is_another_format),
        TEST(damaged_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
