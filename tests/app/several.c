/* several.c -- three networks in one program: trains two, each as its own program would, and predicts with the third.
 * Usage: several DATA, writes first-together.safetensors and second-together.safetensors. */
#include "first.h"
#include "second.h"
#include "third.h"

#include <stdlib.h>

static bool train(const struct cnn_model *model, const char *data, const char *path, struct cnn_error *error)
{
    struct cnn_preprocessing preprocessing = {0};
    struct cnn_dataset set;
    if (!cnn_datasets_open(model, data, &(const char *){"train"}, 1, &preprocessing, &set, error))
        return false;
    struct cnn_fit_options options = cnn_fit_defaults(model);
    float *parameters = malloc((size_t)model->parameter_floats * sizeof *parameters);
    bool ok = parameters && cnn_initialise(model, options.seed, parameters, error) &&
              cnn_fit(model, &set, NULL, &options, parameters, error) &&
              cnn_weights_save_with(model, path, parameters, &preprocessing, error);
    free(parameters);
    cnn_dataset_free(&set);
    cnn_preprocessing_free(&preprocessing);
    return ok;
}

int main(int argc, char **argv)
{
    struct cnn_error error = {"usage: several DATA"};
    static float input[THIRD_INPUT_COUNT], output[THIRD_OUTPUT_COUNT];
    if (argc != 2 || !train(&first_model, argv[1], "first-together.safetensors", &error) ||
        !train(&second_model, argv[1], "second-together.safetensors", &error)) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    for (int i = 0; i < THIRD_INPUT_COUNT; i++)
        input[i] = (float)(i % 2);
    third_predict(input, output);
    for (int i = 0; i < THIRD_OUTPUT_COUNT; i++)
        printf("%a\n", (double)output[i]);
    return EXIT_SUCCESS;
}
