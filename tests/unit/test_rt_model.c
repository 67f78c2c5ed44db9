/* runtime/train/model.c: nothing is read of a model that was compiled for another version of the runtime. */
#include <stdlib.h>

#include "fake_model.h"
#include "rt_support.h"

enum { FLOATS = FAKE_INPUTS * FAKE_CLASSES + FAKE_CLASSES };

/* As far as every version has it; what stands behind would be a crash. */
static struct cnn_model of_another_version(void)
{
    return (struct cnn_model){.abi = CNN_ABI - 1, .name = "old", .generator = "cnnc 0.0.1", .n_parameters = 1000};
}

static void refused(bool done, struct cnn_error *error)
{
    assert_false(done);
    rt_assert_contains(error->message, "cnnc 0.0.1 wrote model old for version ");
    rt_assert_contains(error->message, "; run cnnc again");
    *error->message = '\0';
}

static void another_version_is_refused_by_all(void **state)
{
    const struct cnn_model old = of_another_version();
    const struct cnn_fit_options options = {.epochs = 1};
    struct cnn_dataset set = rt_set(4, 1);
    struct cnn_batch batch = cnn_dataset_batch(&set);
    struct cnn_trainer trainer;
    struct cnn_position position;
    struct cnn_error error = {""};
    float parameters[FLOATS] = {0}, outputs[4 * FAKE_CLASSES];
    double columns[FAKE_COLUMNS];
    char path[RT_PATH];
    rt_path(state, "w", path);
    refused(cnn_initialise(&old, 1, parameters, &error), &error);
    refused(cnn_fit(&old, &set, NULL, &options, parameters, &error), &error);
    refused(cnn_evaluate(&old, &set, parameters, 1, columns, &error), &error);
    refused(cnn_predict(&old, &batch, parameters, 1, (float *const[]){outputs}, &error), &error);
    refused(cnn_trainer_open(&trainer, &old, parameters, 1, 1, &error), &error);
    cnn_trainer_close(&trainer);
    refused(cnn_weights_save(&old, path, parameters, &error), &error);
    refused(cnn_weights_load(&old, path, parameters, &error), &error);
    refused(cnn_weights_load_some(&old, path, parameters, NULL, &error), &error);
    refused(cnn_weights_load_pretrained(&old, parameters, &error), &error);
    refused(cnn_checkpoint_position(&old, path, &position, &error), &error);
    cnn_dataset_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(another_version_is_refused_by_all, rt_setup, rt_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
