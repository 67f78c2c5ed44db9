/* runtime/program/predict.c */
#include "rt_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fake_model.h"

enum { FLOATS = FAKE_INPUTS * FAKE_CLASSES + FAKE_CLASSES };

static void save(void **state, const char *name, const float parameters[FLOATS])
{
    struct cnn_model model = fake_model();
    char path[RT_PATH];
    assert_true(cnn_weights_save(&model, rt_path(state, name, path), parameters, NULL));
}

/* Weights that know the bars: "w" tells the three columns apart; "even" gives 1/2, 1/4, 1/4 always. */
static int setup(void **state)
{
    float parameters[FLOATS] = {0};
    if (rt_setup(state))
        return -1;
    rt_write_set(state, "t10k", 12, 2);
    for (int i = 0; i < FAKE_INPUTS; i++)
        for (int c = 0; c < FAKE_CLASSES; c++)
            parameters[i * FAKE_CLASSES + c] = i % FAKE_SIDE == 3 * c ? 4.0f : 0.0f;
    save(state, "w", parameters);
    memset(parameters, 0, sizeof parameters);
    parameters[FLOATS - 3] = logf(2);
    save(state, "even", parameters);
    const char *pgm = "P2 8 8 1 0 0 0 1 0 0 0 0  0 0 0 1 0 0 0 0  0 0 0 1 0 0 0 0  0 0 0 1 0 0 0 0 "
                      "0 0 0 1 0 0 0 0  0 0 0 1 0 0 0 0  0 0 0 1 0 0 0 0  0 0 0 1 0 0 0 0 ";
    rt_write(state, "bar.pgm", pgm, strlen(pgm));
    return 0;
}

static void shows_a_picture_and_classes(void **state)
{
    struct cnn_model model = fake_model();
    rt_expect(state, &model, "net predict --weights @w @bar.pgm", 0,
              "/bar.pgm\n     @    \n     @    \n     @    \n     @    \n     1  100.00 %\n     0    0.00 %\n", "");
    rt_expect(state, &model, "net predict --weights @even @bar.pgm", 0,
              "     0   50.00 %\n     1   25.00 %\n     2   25.00 %\n", "");
}

static void prints_as_many_classes_as_asked(void **state)
{
    struct cnn_model model = fake_model();
    struct rt_run run = rt_run(state, &model, "net predict --weights @even --top 1 @bar.pgm");
    rt_assert_contains(run.out, "     0   50.00 %\n");
    assert_null(strstr(run.out, "25.00"));
    rt_run_free(&run);
    rt_expect(state, &model, "net predict --weights @even --top 99 @bar.pgm", 0, "     2   25.00 %\n", "");
}

static void looks_at_rows_of_an_idx_file(void **state)
{
    struct cnn_model model = fake_model();
    struct rt_run run =
        rt_run(state, &model, "net predict --weights @w --index 4 --count 2 --top 1 @t10k-images-idx3-ubyte");
    assert_int_equal(run.status, 0);
    rt_assert_contains(run.out, "t10k-images-idx3-ubyte[4]");
    rt_assert_contains(run.out, "t10k-images-idx3-ubyte[5]");
    assert_null(strstr(run.out, "[6]"));
    rt_assert_contains(run.out, "     1  100.00 %\n");
    rt_run_free(&run);
    rt_expect(state, &model, "net predict --weights @w --index 11 @t10k-images-idx3-ubyte", 0, "[11]", "");
    rt_expect(state, &model, "net predict --weights @w --index 12 @t10k-images-idx3-ubyte", 1, "",
              "has no row 12, its rows are 0 to 11");
}

static void tells_the_label_that_lies_beside(void **state)
{
    struct cnn_model model = fake_model(), onehot = fake_model_onehot();
    char path[RT_PATH];
    rt_expect(state, &model, "net predict --weights @w --index 2 @t10k-images-idx3-ubyte", 0, "[2], label 2\n", "");
    rt_expect(state, &onehot, "net predict --weights @w --index 4 @t10k-images-idx3-ubyte", 0, "[4], label 1\n",
              "");
    char dotted[RT_PATH];
    assert_int_equal(
        rename(rt_path(state, "t10k-images-idx3-ubyte", path), rt_path(state, "a-images.idx3-ubyte", dotted)), 0);
    assert_int_equal(
        rename(rt_path(state, "t10k-labels-idx1-ubyte.gz", path), rt_path(state, "a-labels.idx1-ubyte.gz", dotted)),
        0);
    rt_expect(state, &model, "net predict --weights @w --index 2 @a-images.idx3-ubyte", 0, "[2], label 2\n", "");
    rt_write_set(state, "t10k", 12, 2);
    assert_int_equal(remove(rt_path(state, "t10k-labels-idx1-ubyte.gz", path)), 0);
    rt_expect(state, &model, "net predict --weights @w --index 2 @t10k-images-idx3-ubyte", 0, "[2]\n", "");
}

static void other_outputs_are_printed_as_they_are(void **state)
{
    struct cnn_model model = fake_model();
    float parameters[FLOATS] = {0};
    parameters[FLOATS - 1] = NAN;
    save(state, "nan", parameters);
    rt_expect(state, &model, "net predict --weights @nan @bar.pgm", 0, "no numbers", "");
}

static void says_what_is_wrong(void **state)
{
    struct cnn_model model = fake_model();
    rt_write(state, "small.pgm", "P2 1 1 1 0", 10);
    rt_write(state, "text", "hello", 5);
    rt_expect(state, &model, "net predict @bar.pgm", 2, "", "predict needs --weights FILE");
    rt_expect(state, &model, "net predict --weights @w", 2, "", "predict needs FILE...");
    rt_expect(state, &model, "net predict --weights @w @nowhere", 1, "", "nowhere: No such file");
    rt_pipe(state, "pipe");
    rt_expect(state, &model, "net predict --weights @w @pipe", 1, "",
              "pipe: cannot be read: it is no regular file");
    rt_expect(state, &model, "net predict --weights @bar.pgm @bar.pgm", 1, "", "not a sound safetensors file");
    rt_expect(state, &model, "net predict --weights @w @small.pgm", 1, "", "the model wants 8 and 8");
    rt_expect(state, &model, "net predict --weights @w @text", 1, "", "not an IDX or .npy file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_a_picture_and_classes),           cmocka_unit_test(prints_as_many_classes_as_asked),
        cmocka_unit_test(looks_at_rows_of_an_idx_file),          cmocka_unit_test(tells_the_label_that_lies_beside),
        cmocka_unit_test(other_outputs_are_printed_as_they_are), cmocka_unit_test(says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, setup, rt_teardown);
}
