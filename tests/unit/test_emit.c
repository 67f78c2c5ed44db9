/* The texts of net.c and net.h: their names, what they embed, and what they leave out. How the code behaves is the
 * matter of tests/kernel, how it reads that of tests/golden. */
#include "build.h"

#include "../../runtime/cnnrt.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct texts {
    struct unit unit;
    const char *source, *header;
};

static struct texts emit(struct build *build, const char *script, struct options options)
{
    struct texts texts = {0};
    struct options *kept = arena_alloc(&build->arena, sizeof *kept);
    *kept = options;
    kept->script = script;
    struct graph *model = build_script(build, script);
    const float *parameters = NULL;
    if (!weights_find(model, kept, &parameters) || !compile_unit(&texts.unit, model, kept) ||
        !weights_embed(&texts.unit, model, parameters) || !emit_unit(&texts.unit, &texts.source, &texts.header))
        fail_msg("%s: %s", script, build->diag.message);
    return texts;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no \"%s\"", part);
}

static void assert_has_not(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" is there", part);
}

static struct options options_for(const char *target, const char *output, const char *name)
{
    return (struct options){.output = output, .name = name, .target = target_find(target)};
}

static void everything_bears_the_name(void **state)
{
    struct texts texts = emit(*state, "examples/mnist.lua", options_for("avx2", "some/where/my-net.c", "digits"));
    assert_has(texts.source, "#include \"my-net.h\"");
    assert_has(texts.header, "#ifndef DIGITS_H\n#define DIGITS_H");
    assert_has(texts.header, "#define DIGITS_INPUT_COUNT 784");
    assert_has(texts.header, "#define DIGITS_OUTPUT_COUNT 10");
    assert_has(texts.header, "#define DIGITS_PARAMETER_COUNT 5386");
    assert_has(texts.header, "void digits_predict(const float *input, float *output);");
    assert_has(texts.header, "extern const struct cnn_model digits_model;");
    assert_has(texts.header, "extern \"C\" {");
    assert_has(texts.source, "for target avx2");
}

static void the_header_names_every_parameter(void **state)
{
    struct texts texts = emit(*state, "examples/mnist.lua", options_for("generic", "net.c", "net"));
    assert_has(texts.header, "#define NET_CONV2D_KERNEL_OFFSET 0 /* conv2d/kernel 5x5x1x8 */");
    assert_has(texts.header, "#define NET_CONV2D_BIAS_OFFSET 200 /* conv2d/bias 8 */");
    assert_has(texts.header, "#define NET_DENSE_BIAS_OFFSET 5376 /* dense/bias 10 */");
}

static void standard_output_includes_by_name(void **state)
{
    struct texts texts = emit(*state, "tests/golden/mlp.lua", options_for("generic", "-", "mlp"));
    assert_has(texts.source, "#include \"mlp.h\"");
}

static void inference_knows_nothing_of_training(void **state)
{
    struct options options = options_for("avx512", "net.c", "net");
    options.emit = EMIT_INFER;
    struct texts texts = emit(*state, "examples/mnist.lua", options);
    static const char *const words[] = {"cnnrt",    "cnn_model", "train",  "loss",
                                        "dropout_", "malloc",    "printf", "stdio"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_has_not(texts.source, words[i]);
        assert_has_not(texts.header, words[i]);
    }
    assert_has(texts.header, "net_set_parameters");
}

/* The same bits, not merely many digits. */
static void embedded_numbers_are_exact(void **state)
{
    struct build *build = *state;
    const char *top = getenv("TOP");
    struct options options = options_for("avx2", "net.c", "net");
    options.weights = arena_printf(&build->arena, "%s/examples/mnist.safetensors", top ? top : ".");
    struct texts texts = emit(build, "examples/mnist.lua", options);
    const char *at = strstr(texts.source, "net_prepared[");
    assert_non_null(at);
    at = strchr(at, '{');
    assert_non_null(at);
    at++;
    for (int64_t i = 0; i < texts.unit.prepared.floats; i++) {
        char *end;
        float value = strtof(at, &end);
        if (value != texts.unit.embedded[i])
            fail_msg("number %d is %a, not %a", (int)i, (double)value, (double)texts.unit.embedded[i]);
        assert_memory_equal(end, "f,", 2);
        at = end + 2;
    }
    at += strspn(at, " \n");
    assert_int_equal(*at, '}');
    /* What is constant cannot be set. */
    assert_has_not(texts.header, "set_parameters");
    assert_has(texts.header, "void net_predict_with(float *workspace, const float *input, float *output);");
}

/* Any bits, also those that no float of a network has: of many numbers these are what is written. */
static void many_embedded_numbers_are_their_bits(void **state)
{
    struct build *build = *state;
    struct options options = options_for("avx2", "net.c", "net");
    struct graph *model = build_script(build, "examples/autoencoder.lua");
    struct unit unit = {0};
    const char *source, *header;
    float *numbers = arena_array(&build->arena, model->parameter_floats, sizeof *numbers);
    for (int64_t i = 0; i < model->parameter_floats; i++) {
        uint32_t bits = (uint32_t)i * 2654435761u;
        memcpy(&numbers[i], &bits, sizeof bits);
    }
    assert_true(compile_unit(&unit, model, &options) && embed_parameters(&unit, numbers) &&
                emit_unit(&unit, &source, &header));
    const char *at = strstr(source, "} net_prepared = {\n");
    assert_non_null(at);
    at = strstr(at, "BITS(");
    for (int64_t i = 0; i < unit.prepared.floats; i++) {
        uint32_t bits;
        memcpy(&bits, &unit.embedded[i], sizeof bits);
        at = strchr(at, '\\');
        if (!at || at[1] != 'x' || strtoul(at + 2, NULL, 16) != bits)
            fail_msg("number %d is not %x", (int)i, (unsigned)bits);
        at++;
    }
    assert_null(strchr(at, '\\'));
    assert_has(source, "net_prepared.values");
}

/* Zeros for the model's parameters, with what a training keeps of its data. */
static const char *save(struct build *build, const struct graph *model, const struct cnn_preprocessing *told)
{
    struct cnn_parameter *table = arena_array(&build->arena, model->n_in_memory, sizeof *table);
    for (int i = 0; i < model->n_in_memory; i++) {
        const struct parameter *of = model->parameters_in_memory[i];
        table[i] = (struct cnn_parameter){
            .name = of->name, .rank = of->shape.rank, .offset = of->offset, .count = shape_count(&of->shape)};
        for (int j = 0; j < of->shape.rank; j++)
            table[i].dim[j] = of->shape.dim[j];
    }
    const struct cnn_model written = {.abi = CNN_ABI,
                                      .name = "m",
                                      .parameters = table,
                                      .n_parameters = model->n_in_memory,
                                      .parameter_floats = model->parameter_floats};
    const float *zeros = arena_array(&build->arena, model->parameter_floats, sizeof *zeros);
    char *path = arena_strdup(&build->arena, "/tmp/cnnc-emit-XXXXXX");
    struct cnn_error error;
    close(mkstemp(path));
    assert_true(cnn_weights_save_with(&written, path, zeros, told, &error));
    return path;
}

/* Who calls the functions must give what the network was trained on, and read its classes. Names are a stranger's. */
static void the_header_says_what_the_weights_were_trained_on(void **state)
{
    const char *script = "tests/golden/mlp.lua";
    struct options options = options_for("generic", "net.c", "net");
    struct texts texts = emit(*state, script, options);
    assert_has_not(texts.header, "trained on");
    char names[] = "cat\0d*/g";
    const struct cnn_preprocessing told = {.scale = CNN_SCALE_PIXELS, .n_classes = 2, .classes = names};
    options.weights = save(*state, texts.unit.model, &told);
    assert_has(emit(*state, script, options).header,
               "/* The weights were trained on pixels, 0 to 255, divided by 255, "
               "and on the classes 0 cat, 1 d_/g. */");
    options.partial = true; /* of a network with other classes, it may be */
    assert_has(emit(*state, script, options).header, "trained on pixels, 0 to 255, divided by 255. */");
    unlink(options.weights);
    char columns[] = "width\0*/";
    const struct cnn_preprocessing of_table = {.scale = CNN_SCALE_NONE, .n_columns = 2, .columns = columns};
    options.partial = false;
    options.weights = save(*state, texts.unit.model, &of_table);
    assert_has(emit(*state, script, options).header, "trained on the columns 0 width, 1 _/. */");
    unlink(options.weights);
}

static void several_inputs_and_outputs_are_numbered(void **state)
{
    struct build *build = *state;
    struct tensor *a = build_input(build, "4"),
                  *b = graph_input(build->graph, "other", build_shape("2x2"), ELEMENT_FLOAT);
    build_output(build, apply(build, "unary", "function=relu", a));
    build_output(build, apply(build, "unary", "function=tanh", b));
    graph_finish(build->graph);
    struct options options = options_for("sse2", "net.c", "net");
    struct unit unit = {0};
    const char *source, *header;
    assert_true(compile_unit(&unit, build->graph, &options) && emit_unit(&unit, &source, &header));
    assert_has(header, "#define NET_INPUT_1_COUNT 4 /* 4 */");
    assert_has(header, "#define NET_INPUT_2_COUNT 4 /* 2x2 */");
    assert_has(header, "#define NET_OUTPUT_2_COUNT 4 /* 2x2 */");
    assert_has(header,
               "void net_predict(const float *input_1, const float *input_2, float *output_1, float *output_2);");
}

static void every_target_has_its_prologue(void **state)
{
    struct build *build = *state;
    for (const struct target *target = target_table; target->name; target++) {
        struct texts texts = emit(build, "tests/golden/mlp.lua", options_for(target->name, "net.c", "net"));
        assert_has(texts.source, arena_printf(&build->arena, "for target %s", target->name));
        assert_has_not(texts.source, "${");
        assert_has_not(texts.source, "\n$");
    }
}

/* Each kernel says which layer asked for it, and on which line of the script. */
static void kernels_name_their_layer(void **state)
{
    struct texts texts = emit(*state, "examples/mnist.lua", options_for("generic", "net.c", "net"));
    static const char *const layers[] = {"conv2d (line 2)", "conv2d_1 (line 4)", "dense (line 8)"};
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++)
        assert_has(texts.source, layers[i]);
}

/* What the programs call in order is what the table of kernels lists; in a file of several targets without theirs. */
static void the_table_lists_the_kernels(void **state)
{
    struct options options = options_for("fat", "net.c", "net");
    assert_has_not(emit(*state, "tests/golden/mlp.lua", options).source, "CNN_PREDICT_ONE");
    options.emit = EMIT_BENCH;
    struct texts texts = emit(*state, "tests/golden/mlp.lua", options);
    assert_has(texts.source, "{CNN_PREDICT_ONE, \"dense_one\", \"dense\", \"matmul\", 1, 144, 72, 432, 0, 1, 1},");
    assert_has(texts.source, "{CNN_PREDICT_MANY, \"dense_block\", \"dense\", \"matmul\", 16, 144, 72, ");
    assert_has(texts.source, "{CNN_PREDICT_MANY, \"dense_block\", \"dense\", \"matmul\", 8, 144, 72, ");
    assert_has(texts.source, "{CNN_TRAIN_STEP, \"weigh\", \"\", \"weigh\", 8, 0, 4, 0, 0, 1, 1},");
    assert_has(texts.source, "case 0: dense_one_avx2(input, ");
}

/* Ten times the steps make numbers longer, tile the columns of a product in another way, and are work enough for threads to share;
 * no line is there for a step. */
static void recurrence_is_a_loop(void **state)
{
    struct options options = options_for("generic", "net.c", "net");
    size_t few = strlen(emit(*state, "tests/scripts/lstm_short.lua", options).source);
    size_t many = strlen(emit(*state, "tests/scripts/lstm_long.lua", options).source);
    assert_in_range(many, few - few / 24, few + few / 24);
    assert_has(emit(*state, "tests/scripts/lstm_long.lua", options).source, "for (int t = 0; t < 400; t++)");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(recurrence_is_a_loop),
        TEST(everything_bears_the_name),
        TEST(the_header_names_every_parameter),
        TEST(standard_output_includes_by_name),
        TEST(inference_knows_nothing_of_training),
        TEST(embedded_numbers_are_exact),
        TEST(many_embedded_numbers_are_their_bits),
        TEST(the_header_says_what_the_weights_were_trained_on),
        TEST(several_inputs_and_outputs_are_numbered),
        TEST(every_target_has_its_prologue),
        TEST(kernels_name_their_layer),
        TEST(the_table_lists_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
