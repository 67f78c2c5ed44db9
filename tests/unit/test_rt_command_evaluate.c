/* runtime/program/evaluate.c */
#include "rt_support.h"

#include <stdlib.h>
#include <string.h>

#include "fake_model.h"

enum { FLOATS = FAKE_INPUTS * FAKE_CLASSES + FAKE_CLASSES };

/* A folder with both sets, and weights of zero: every class has probability 1/3, the first one wins. */
static int setup(void **state)
{
    struct cnn_model model = fake_model();
    const float zeros[FLOATS] = {0};
    char path[RT_PATH];
    if (rt_setup(state))
        return -1;
    rt_write_set(state, "train", 6, 1);
    rt_write_set(state, "t10k", 5, 2);
    return cnn_weights_save(&model, rt_path(state, "w", path), zeros, NULL) ? 0 : -1;
}

static void prints_loss_and_metrics(void **state)
{
    struct cnn_model model = fake_model();
    rt_expect(state, &model, "net evaluate --data @ --weights @w", 0, "5 samples - ", "");
    rt_expect(state, &model, "net evaluate --data @ --weights @w", 0, "s - accuracy: 0.4000 - loss: 1.0986\n", "");
    rt_expect(state, &model, "net evaluate --data @ --weights @w --set train", 0, "6 samples - ", "");
    rt_expect(state, &model, "net evaluate --data @ --weights @w --set train", 0, "accuracy: 0.3333", "");
}

static void says_what_is_wrong(void **state)
{
    struct cnn_model model = fake_model();
    rt_expect(state, &model, "net evaluate --data @", 2, "", "evaluate needs --weights FILE");
    rt_expect(state, &model, "net evaluate --data @ --weights @w --set all", 1, "",
              "--set wants test (or t10k), validation or train, not 'all'");
    rt_expect(state, &model, "net evaluate --data @ --weights @nowhere", 1, "", "nowhere: No such file");
    model.evaluate = NULL;
    rt_expect(state, &model, "net evaluate --data @ --weights @w", 1, "", "compiles no loss");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_loss_and_metrics),
        cmocka_unit_test(says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, setup, rt_teardown);
}
