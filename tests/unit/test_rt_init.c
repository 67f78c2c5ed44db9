/* runtime/train/init.c */
#include "rt_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Initialises one parameter alone. Freed by the caller. */
static float *initialise(struct cnn_parameter parameter, uint64_t seed)
{
    const struct cnn_model model = {.abi = CNN_ABI,
                                    .name = "one",
                                    .n_parameters = 1,
                                    .parameters = &parameter,
                                    .parameter_floats = parameter.count + 3};
    float *values = cnn_alloc_floats(model.parameter_floats, NULL);
    assert_non_null(values);
    for (int64_t i = 0; i < model.parameter_floats; i++)
        values[i] = NAN;
    assert_true(cnn_initialise(&model, seed, values, NULL));
    for (int64_t i = parameter.count; i < model.parameter_floats; i++)
        assert_true(values[i] == 0); /* the gap */
    return values;
}

static void moments(const float *values, int64_t count, double *mean, double *deviation)
{
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)values[i];
    *mean = sum / (double)count;
    for (int64_t i = 0; i < count; i++)
        squares += pow((double)values[i] - *mean, 2);
    *deviation = sqrt(squares / (double)count);
}

enum { MANY = 40000 };

static struct cnn_parameter many(enum cnn_initializer initializer, double a, double b)
{
    return (struct cnn_parameter){"p", 2, {200, 200}, 0, MANY, true, initializer, a, b};
}

static void constants_fill(void **state)
{
    (void)state;
    float *values = initialise(many(CNN_INIT_CONSTANT, 0.25, 0), 1);
    for (int i = 0; i < MANY; i++)
        assert_true(values[i] == 0.25f);
    free(values);
}

static void uniforms_stay_in_their_range(void **state)
{
    (void)state;
    double mean, deviation;
    float *values = initialise(many(CNN_INIT_UNIFORM, -0.5, 1.5), 1);
    for (int i = 0; i < MANY; i++)
        assert_true(values[i] >= -0.5f && values[i] < 1.5f);
    moments(values, MANY, &mean, &deviation);
    assert_true(fabs(mean - 0.5) < 5 * 0.577 / 200 && fabs(deviation - 2 / sqrt(12)) < 0.01);
    free(values);
}

static void normals_have_mean_and_deviation(void **state)
{
    (void)state;
    double mean, deviation;
    float *values = initialise(many(CNN_INIT_NORMAL, 3, 0.5), 1);
    moments(values, MANY, &mean, &deviation);
    assert_true(fabs(mean - 3) < 5 * 0.5 / 200 && fabs(deviation - 0.5) < 5 * 0.5 / 283);
    free(values);
}

static void truncated_normals_end_at_two_deviations(void **state)
{
    (void)state;
    double mean, deviation;
    float *values = initialise(many(CNN_INIT_TRUNCATED_NORMAL, 1, 0.5), 1);
    for (int i = 0; i < MANY; i++)
        assert_true(fabsf(values[i] - 1) <= 1);
    moments(values, MANY, &mean, &deviation);
    /* The deviation of a truncated standard normal is the number that Keras divides by. */
    assert_true(fabs(mean - 1) < 0.012 && fabs(deviation - 0.5 * 0.87962566) < 0.01);
    free(values);
}

/* Product of two rows or columns of a matrix of `columns` columns. */
static double product(const float *matrix, int64_t a, int64_t b, int64_t length, int64_t across, int64_t along)
{
    double sum = 0;
    for (int64_t i = 0; i < length; i++)
        sum += (double)matrix[a * across + i * along] * (double)matrix[b * across + i * along];
    return sum;
}

static void check_orthogonal(struct cnn_parameter parameter)
{
    int64_t columns = parameter.dim[parameter.rank - 1], rows = parameter.count / columns;
    bool tall = rows >= columns;
    float *values = initialise(parameter, 5);
    for (int64_t a = 0; a < (tall ? columns : rows); a++)
        for (int64_t b = 0; b <= a; b++) {
            double found =
                tall ? product(values, a, b, rows, 1, columns) : product(values, a, b, columns, columns, 1);
            double wanted = a == b ? parameter.a * parameter.a : 0;
            assert_true(fabs(found - wanted) < 1e-6 * parameter.a * parameter.a); /* float's rounding */
        }
    free(values);
}

static void orthogonal_matrices_are(void **state)
{
    (void)state;
    check_orthogonal((struct cnn_parameter){"tall", 2, {30, 7}, 0, 210, true, CNN_INIT_ORTHOGONAL, 1, 0});
    check_orthogonal((struct cnn_parameter){"wide", 2, {7, 30}, 0, 210, true, CNN_INIT_ORTHOGONAL, 1, 0});
    check_orthogonal((struct cnn_parameter){"square", 2, {64, 64}, 0, 4096, true, CNN_INIT_ORTHOGONAL, 1, 0});
    check_orthogonal((struct cnn_parameter){"kernel", 4, {3, 3, 4, 8}, 0, 288, true, CNN_INIT_ORTHOGONAL, 2, 0});
    check_orthogonal((struct cnn_parameter){"vector", 1, {9}, 0, 9, true, CNN_INIT_ORTHOGONAL, 1, 0});
}

static void identities_are(void **state)
{
    (void)state;
    float *values = initialise((struct cnn_parameter){"eye", 2, {2, 3}, 0, 6, true, CNN_INIT_IDENTITY, 0.5, 0}, 1);
    assert_memory_equal(values, ((float[]){0.5F, 0, 0, 0, 0.5F, 0}), 6 * sizeof *values);
    free(values);
}

/* 2x2 rotations and reflections must be as likely, and their angle uniform. */
static void orthogonal_matrices_favour_no_direction(void **state)
{
    (void)state;
    enum { TRIALS = 2000 };
    int reflections = 0, quadrant[4] = {0};
    for (uint64_t seed = 0; seed < TRIALS; seed++) {
        float *q = initialise((struct cnn_parameter){"q", 2, {2, 2}, 0, 4, true, CNN_INIT_ORTHOGONAL, 1, 0}, seed);
        reflections += q[0] * q[3] - q[1] * q[2] < 0;
        quadrant[(q[0] < 0) + 2 * (q[2] < 0)]++;
        free(q);
    }
    assert_true(abs(reflections - TRIALS / 2) < 5 * 22);
    for (int i = 0; i < 4; i++)
        assert_true(abs(quadrant[i] - TRIALS / 4) < 5 * 19);
}

static void the_seed_decides(void **state)
{
    (void)state;
    for (int kind = CNN_INIT_UNIFORM; kind <= CNN_INIT_ORTHOGONAL; kind++) {
        struct cnn_parameter parameter = {"p", 2, {5, 4}, 0, 20, true, (enum cnn_initializer)kind, 1, 2};
        float *a = initialise(parameter, 1), *b = initialise(parameter, 1), *c = initialise(parameter, 2);
        assert_memory_equal(a, b, 20 * sizeof *a);
        assert_memory_not_equal(a, c, 20 * sizeof *a);
        free(a);
        free(b);
        free(c);
    }
}

static void parameters_differ_from_each_other(void **state)
{
    (void)state;
    const struct cnn_parameter two[] = {{"a", 1, {8}, 0, 8, true, CNN_INIT_UNIFORM, 0, 1},
                                        {"b", 1, {8}, 16, 8, true, CNN_INIT_UNIFORM, 0, 1}};
    const struct cnn_model model = {.abi = CNN_ABI, .n_parameters = 2, .parameters = two, .parameter_floats = 24};
    float values[24];
    assert_true(cnn_initialise(&model, 0, values, NULL));
    assert_memory_not_equal(values, values + 16, 8 * sizeof *values);
    for (int i = 8; i < 16; i++)
        assert_true(values[i] == 0);
}

static void an_unknown_initializer_is_an_error(void **state)
{
    (void)state;
    const struct cnn_parameter parameter = {"p", 1, {1}, 0, 1, true, (enum cnn_initializer)99, 0, 0};
    const struct cnn_model model = {
        .abi = CNN_ABI, .n_parameters = 1, .parameters = &parameter, .parameter_floats = 1};
    struct cnn_error error;
    float value;
    assert_false(cnn_initialise(&model, 0, &value, &error));
    rt_assert_contains(error.message, "unknown initializer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_fill),
        cmocka_unit_test(uniforms_stay_in_their_range),
        cmocka_unit_test(normals_have_mean_and_deviation),
        cmocka_unit_test(truncated_normals_end_at_two_deviations),
        cmocka_unit_test(identities_are),
        cmocka_unit_test(orthogonal_matrices_are),
        cmocka_unit_test(orthogonal_matrices_favour_no_direction),
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(parameters_differ_from_each_other),
        cmocka_unit_test(an_unknown_initializer_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
