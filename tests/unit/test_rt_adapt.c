/* runtime/train/adapt.c */
#include "rt_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A network of 2x3 inputs. */
static struct cnn_model model_of(const struct cnn_adaptation *adaptation)
{
    return (struct cnn_model){.name = "normal",
                              .n_inputs = 1,
                              .n_outputs = 1,
                              .inputs = {{.name = "input", .rank = 2, .dim = {2, 3}, .count = 6}},
                              .outputs = {{.name = "output", .loss = "mse", .label_count = 1}},
                              .parameter_floats = 20,
                              .n_adaptations = 1,
                              .adaptations = adaptation};
}

static const float inputs[] = {1, 2, 3, 4, 5, 6, 3, 2, -1, 4, 7, 6};
static const float labels[2] = {0};

static struct cnn_dataset set_of(void *values, enum cnn_element element)
{
    return (struct cnn_dataset){.count = 2,
                                .input_counts = {6},
                                .label_counts = {1},
                                .input_elements = {element},
                                .inputs = {values},
                                .labels = {(float *)labels}};
}

static void assert_floats(const float *got, const float *expected, int count)
{
    for (int i = 0; i < count; i++)
        if (fabsf(got[i] - expected[i]) > 1e-6f * fmaxf(1, fabsf(expected[i])))
            fail_msg("number %d is %.9g, not %.9g", i, (double)got[i], (double)expected[i]);
}

static void takes_means_and_variances_along_axes(void **state)
{
    (void)state;
    static const struct {
        int64_t count, inner;
        float mean[6], variance[6];
    } cases[] = {
        {3, 1, {3, 4, 3.5f}, {1.5f, 4.5f, 8.25f}},                  /* the last axis */
        {2, 3, {1.6666666f, 5.3333335f}, {1.8888889f, 1.2222222f}}, /* the first one */
        {6, 1, {2, 2, 1, 4, 6, 6}, {1, 0, 4, 0, 1, 0}},
        {1, 6, {3.5f}, {4.9166665f}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cnn_adaptation adaptation = {.layer = "normalization",
                                            .mean = 2,
                                            .variance = 10,
                                            .count = cases[i].count,
                                            .inner = cases[i].inner,
                                            .scale = 1};
        const struct cnn_model model = model_of(&adaptation);
        struct cnn_dataset set = set_of((void *)inputs, CNN_FLOAT);
        float parameters[20] = {7, 7};
        assert_true(cnn_adapt(&model, &set, parameters, NULL));
        assert_floats(parameters + 2, cases[i].mean, (int)cases[i].count);
        assert_floats(parameters + 10, cases[i].variance, (int)cases[i].count);
        assert_true(parameters[1] == 7 && parameters[2 + cases[i].count] == 0); /* and nothing else */
    }
}

/* As the network gets them: bytes as x/255 unless it rescales itself, then scaled by what stands in front. */
static void takes_the_numbers_that_the_layer_gets(void **state)
{
    (void)state;
    uint8_t bytes[12] = {0, 255, 51, 0, 255, 51, 0, 255, 51, 0, 255, 51};
    struct cnn_adaptation adaptation = {
        .layer = "n", .mean = 0, .variance = 3, .count = 3, .inner = 1, .scale = 2, .offset = -1};
    struct cnn_model model = model_of(&adaptation);
    struct cnn_dataset set = set_of(bytes, CNN_BYTE);
    float parameters[20];
    assert_true(cnn_adapt(&model, &set, parameters, NULL));
    assert_floats(parameters, (const float[]){-1, 1, -0.6f}, 3);
    assert_floats(parameters + 3, (const float[]){0, 0, 0}, 3);
    model.inputs[0].rescales = true;
    assert_true(cnn_adapt(&model, &set, parameters, NULL));
    assert_floats(parameters, (const float[]){-1, 509, 101}, 3);
}

/* Ten million numbers around a thousand, whose variance is a millionth. */
static void keeps_its_digits(void **state)
{
    (void)state;
    enum { ROWS = 1666666 };
    struct cnn_adaptation adaptation = {.layer = "n", .mean = 0, .variance = 1, .count = 1, .inner = 1, .scale = 1};
    const struct cnn_model model = model_of(&adaptation);
    float *values = cnn_alloc_floats(ROWS * 6, NULL), *zeros = cnn_alloc_floats(ROWS, NULL), parameters[20];
    struct cnn_dataset set = set_of(values, CNN_FLOAT);
    set.count = ROWS;
    set.labels[0] = zeros;
    for (int64_t i = 0; i < ROWS * 6; i++)
        values[i] = i % 2 ? 1000.0009765625f : 999.9990234375f;
    assert_true(cnn_adapt(&model, &set, parameters, NULL));
    assert_floats(parameters, (const float[]){1000}, 1);
    if (!(fabsf(parameters[1] * 1048576 - 1) < 1e-6f)) /* 2^-20 */
        fail_msg("the variance is %.9g", (double)parameters[1]);
    free(values);
    free(zeros);
}

static void refuses_what_has_no_mean(void **state)
{
    (void)state;
    struct cnn_adaptation adaptation = {
        .layer = "normalization_1", .mean = 0, .variance = 1, .count = 1, .inner = 1, .scale = 1};
    const struct cnn_model model = model_of(&adaptation);
    float values[12], parameters[20];
    struct cnn_error error;
    memcpy(values, inputs, sizeof values);
    values[7] = NAN;
    struct cnn_dataset set = set_of(values, CNN_FLOAT);
    assert_false(cnn_adapt(&model, &set, parameters, &error));
    assert_string_equal(error.message,
                        "normalization_1 cannot be adapted to the data: they have no finite mean and variance");
    set.input_counts[0] = 5;
    assert_false(cnn_adapt(&model, &set, parameters, &error));
}

static void does_nothing_without_need(void **state)
{
    (void)state;
    struct cnn_model model = model_of(NULL);
    model.n_adaptations = 0;
    struct cnn_dataset set = {0};
    assert_true(cnn_adapt(&model, &set, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_means_and_variances_along_axes),
        cmocka_unit_test(takes_the_numbers_that_the_layer_gets),
        cmocka_unit_test(keeps_its_digits),
        cmocka_unit_test(refuses_what_has_no_mean),
        cmocka_unit_test(does_nothing_without_need),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
