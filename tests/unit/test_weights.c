/* The compiler reads trained parameters into the order and layout of its own parameter array. */
#include "build.h"

#include "../../runtime/cnnrt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A model with a parameter that is not trained, which lies behind all others, and a file it was saved to. */
static void build_model(struct build *build, int64_t filters)
{
    struct parameter moving = {.name = "norm/moving_mean", .shape = {1, {2}}};
    struct parameter kernel = {.name = "conv2d/kernel", .shape = {4, {1, 2, 1, filters}}, .trainable = true};
    build_reset(build);
    graph_parameter(build->graph, &moving);
    graph_parameter(build->graph, &kernel);
    graph_finish(build->graph);
}

static const char *temporary(struct build *build)
{
    char *path = arena_strdup(&build->arena, "/tmp/cnnc-weights-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    return path;
}

/* Saves kernel 1 2 3 `last` and mean 5 6, in another order than the model's. */
static const char *save_with(struct build *build, float last)
{
    static const struct cnn_parameter table[] = {
        {"norm/moving_mean", 1, {2}, 0, 2, false, CNN_INIT_CONSTANT, 0, 0},
        {"conv2d/kernel", 4, {1, 2, 1, 2}, 2, 4, true, CNN_INIT_CONSTANT, 0, 0}};
    const struct cnn_model model = {
        .abi = CNN_ABI, .name = "m", .parameters = table, .n_parameters = 2, .parameter_floats = 6};
    const char *path = temporary(build);
    struct cnn_error error;
    assert_true(cnn_weights_save(&model, path, (const float[]){5, 6, 1, 2, 3, last}, &error));
    return path;
}

static const char *save(struct build *build) { return save_with(build, 4); }

static void parameters_are_found_by_name(void **state)
{
    struct build *build = *state;
    const char *path = save(build);
    build_model(build, 2);
    const float *parameters = weights_read(build->graph, path);
    assert_non_null(parameters);
    assert_memory_equal(parameters, ((const float[]){1, 2, 3, 4, 5, 6}), 6 * sizeof(float));
    assert_false(build->diag.failed);
    unlink(path);
}

/* The mean is the file's, the kernel, which has fewer filters there, as it begins: 0. */
static void of_other_weights_what_fits_is_taken(void **state)
{
    struct build *build = *state;
    const char *path = save(build);
    char text[200] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    build_model(build, 3);
    const float *parameters = weights_read_some(build->graph, path, 1, out);
    (void)fclose(out);
    assert_non_null(parameters);
    assert_memory_equal(parameters, ((const float[]){0, 0, 0, 0, 0, 0, 5, 6}), 8 * sizeof(float));
    assert_non_null(strstr(text, "Loaded 1 of 2 tensors from "));
    assert_non_null(strstr(text, "of another shape there: conv2d/kernel (1x2x1x2, here 1x2x1x3)"));
    assert_null(weights_read_some(build->graph, "/nonexistent", 1, NULL));
    unlink(path);
}

static void another_shape_is_refused(void **state)
{
    struct build *build = *state;
    const char *path = save(build);
    build_model(build, 3);
    assert_null(weights_read(build->graph, path));
    assert_true(build->diag.failed);
    assert_string_equal(build->diag.at.file, path);
    assert_non_null(strstr(build->diag.message, "conv2d/kernel"));
    assert_non_null(strstr(build->diag.message, "1x2x1x3"));
    assert_non_null(strstr(build->diag.message, "1x2x1x2"));
    unlink(path);
}

static void a_file_that_is_none_is_refused(void **state)
{
    struct build *build = *state;
    build_model(build, 2);
    assert_null(weights_read(build->graph, "/nonexistent/weights.safetensors"));
    assert_non_null(strstr(build->diag.message, "/nonexistent/weights.safetensors"));
    build_forgive(build);
    const char *path = temporary(build);
    assert_null(weights_read(build->graph, path));
    assert_true(build->diag.failed);
    unlink(path);
}

static void a_number_that_is_not_finite_is_refused(void **state)
{
    struct build *build = *state;
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        const char *path = save_with(build, bad[i]);
        build_model(build, 2);
        assert_null(weights_read(build->graph, path));
        assert_non_null(strstr(build->diag.message, "conv2d/kernel has a number that is not finite"));
        build_forgive(build);
        unlink(path);
    }
}

static void the_shipped_weights_fit_the_shipped_script(void **state)
{
    struct build *build = *state;
    const struct graph *model = build_script(build, "examples/mnist.lua");
    const char *top = getenv("TOP");
    const char *path = arena_printf(&build->arena, "%s/examples/mnist.safetensors", top ? top : ".");
    const float *parameters = weights_read(model, path);
    assert_non_null(parameters);
    for (int64_t i = 0; i < model->parameter_floats; i++)
        assert_true(parameters[i] > -4 && parameters[i] < 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(parameters_are_found_by_name),        TEST(another_shape_is_refused),
        TEST(a_file_that_is_none_is_refused),      TEST(a_number_that_is_not_finite_is_refused),
        TEST(of_other_weights_what_fits_is_taken), TEST(the_shipped_weights_fit_the_shipped_script),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
