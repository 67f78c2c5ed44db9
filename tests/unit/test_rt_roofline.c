/* runtime/program/roofline.c */
#include "rt_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../runtime/program/program.h"

/* A program of two phases: a kernel once, two for each block, one once, one for each block. */
static const struct cnn_kernel table[] = {
    {CNN_PREDICT_ONE, "one", "layer", "op", 1, 1000, 100, 20, 0, 0, 0},
    {CNN_TRAIN_STEP, "begin", "", "clear", 0, 0, 0, 64, 0, 0, 0},
    {CNN_TRAIN_STEP, "first", "a", "conv2d", 4, 500, 8, 16, 0, 0, 0},
    {CNN_TRAIN_STEP, "second", "layer_b", "unary", 4, 0, 8, 0, 0, 0, 0},
    {CNN_TRAIN_STEP, "meet", "", "combine", 0, 0, 0, 8, 0, 0, 0},
    {CNN_TRAIN_STEP, "third", "a", "matmul", 4, 2000, 24, 160, 0, 0, 0},
};
enum { BEGIN, FIRST, SECOND, MEET, THIRD, KERNELS };

static const struct cnn_kernel *list(int *count)
{
    *count = sizeof table / sizeof *table;
    return table;
}

static void wait(double seconds)
{
    for (double end = cnn_seconds() + seconds; cnn_seconds() < end;)
        ;
}

/* The calls, written one after the other: a digit for the kernel and one for the block. */
struct calls {
    char text[4096];
    double seconds[KERNELS]; /* that a call takes */
};

static void run(enum cnn_program_kind program, int kernel, const struct cnn_kernel_data *data)
{
    struct calls *calls = data->step.workspace;
    if (program != CNN_TRAIN_STEP || kernel >= KERNELS)
        return;
    size_t length = strlen(calls->text);
    if (length + 3 < sizeof calls->text)
        memcpy(calls->text + length, (char[]){(char)('0' + kernel), (char)('0' + data->block), ' ', '\0'}, 4);
    wait(calls->seconds[kernel]);
}

static double peak(int64_t rounds)
{
    (void)rounds;
    wait(1e-4);
    return 1e5; /* 1 GFLOP/s */
}

static const struct cnn_model model = {.kernels = list, .run_kernel = run, .peak = peak};

static struct cnn_roofline measure(enum cnn_program_kind program, struct calls *calls, int64_t batch, double budget)
{
    struct cnn_kernel_data data = {.step = {.workspace = calls, .batch = {.count = batch}}};
    struct cnn_roofline roofline;
    struct cnn_error error = {""};
    if (!cnn_roofline_measure(&model, program, &data, budget, &roofline, &error))
        fail_msg("%s", error.message);
    return roofline;
}

/* Every block goes through all of a phase before the next one; 9 samples are 3 blocks of 4. */
static void runs_the_program(void **state)
{
    (void)state;
    static const char pass[] = "00 10 20 11 21 12 22 30 40 41 42 ";
    struct calls calls = {.text = ""};
    struct cnn_roofline roofline = measure(CNN_TRAIN_STEP, &calls, 9, 1e-6);
    size_t length = strlen(calls.text), passes = length / (sizeof pass - 1);
    assert_int_equal(length % (sizeof pass - 1), 0);
    assert_true(passes >= 2);
    for (size_t i = 0; i < passes; i++)
        assert_memory_equal(calls.text + i * (sizeof pass - 1), pass, sizeof pass - 1);
    assert_int_equal(roofline.count, KERNELS);
    assert_string_equal(roofline.kernels[0].name, "begin");
    assert_int_equal(roofline.batch, 9);
    cnn_roofline_free(&roofline);
}

/* So short that a busy machine disturbs few of the passes. */
static void measures_a_call(void **state)
{
    (void)state;
    static const double expected[KERNELS] = {[BEGIN] = 50e-6, [SECOND] = 100e-6, [THIRD] = 20e-6};
    struct calls calls = {.text = ""};
    memcpy(calls.seconds, expected, sizeof expected);
    struct cnn_roofline roofline = measure(CNN_TRAIN_STEP, &calls, 8, 0.1);
    for (int k = 0; k < KERNELS; k++) {
        assert_true(roofline.seconds[k] > expected[k] * 0.9);
        assert_true(roofline.seconds[k] < expected[k] * 1.5 + 5e-6);
    }
    assert_true(roofline.peak > 0.5e9 && roofline.peak < 1.001e9);
    cnn_roofline_free(&roofline);
}

static void a_program_may_be_missing(void **state)
{
    (void)state;
    struct calls calls = {.text = ""};
    struct cnn_roofline roofline = measure(CNN_PREDICT_MANY, &calls, 8, 1e-6);
    assert_int_equal(roofline.count, 0);
    cnn_roofline_free(&roofline);
}

/* What a print function writes; freed by the caller. */
static char *printed(void (*print)(const struct cnn_roofline *, FILE *), const struct cnn_roofline *roofline)
{
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    print(roofline, out);
    fclose(out);
    return text;
}

/* 10 samples are 3 blocks: 1 + 3*(4 + 2) + 1 + 3*10 = 50 us, at a peak of 1 GFLOP/s. */
static struct cnn_roofline example(double seconds[KERNELS])
{
    return (struct cnn_roofline){.program = CNN_TRAIN_STEP,
                                 .batch = 10,
                                 .count = KERNELS,
                                 .kernels = table + 1,
                                 .seconds = seconds,
                                 .peak = 1e9};
}

static void prints_a_table(void **state)
{
    (void)state;
    double seconds[KERNELS] = {1e-6, 4e-6, 2e-6, 1e-6, 10e-6};
    struct cnn_roofline roofline = example(seconds);
    char *text = printed(cnn_roofline_print, &roofline);
    assert_string_equal(text, "\ntraining step, batch 10, 1 thread; peak 1.0 GFLOP/s\n"
                              "  kernel layer    calls  us of a call   time   GFLOP/s   peak        KB     GB/s\n"
                              "  begin               1         1.000   2.0%         -      -       0.1      0.1\n"
                              "  first  a            3         4.000  24.0%       0.5    50%       0.0      0.0\n"
                              "  second layer_b      3         2.000  12.0%         -      -       0.0      0.0\n"
                              "  meet                1         1.000   2.0%         -      -       0.0      0.0\n"
                              "  third  a            3        10.000  60.0%       0.8    80%       0.3      0.0\n"
                              "  all                          50.000              0.6    60%\n");
    free(text);
}

static void writes_csv(void **state)
{
    (void)state;
    double seconds[KERNELS] = {1e-6, 4e-6, 2e-6, 1e-6, 10e-6};
    struct cnn_roofline roofline = example(seconds);
    char *text = printed(cnn_roofline_csv, &roofline);
    assert_string_equal(text, "train,begin,,clear,0,1,1.0000,0.000,0.00,1.00,64\n"
                              "train,first,a,conv2d,4,3,4.0000,0.500,50.00,1.00,48\n"
                              "train,second,layer_b,unary,4,3,2.0000,0.000,0.00,1.00,32\n"
                              "train,meet,,combine,0,1,1.0000,0.000,0.00,1.00,8\n"
                              "train,third,a,matmul,4,3,10.0000,0.800,80.00,1.00,256\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_the_program),
        cmocka_unit_test(measures_a_call),
        cmocka_unit_test(a_program_may_be_missing),
        cmocka_unit_test(prints_a_table),
        cmocka_unit_test(writes_csv),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
