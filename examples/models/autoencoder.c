/* autoencoder.c -- trains the whole of autoencoder.lua as its fit says, then uses its halves: ./autoencoder IMAGES EPOCHS
 * A digit becomes a code of 16 numbers, and a digit again. */
#include "autoencoder.h"

#include <stdio.h>
#include <stdlib.h>

static bool train(struct cnn_dataset *digits, int64_t epochs, float *parameters, struct cnn_error *error)
{
    const struct cnn_model *model = &autoencoder_autoencoder_model;
    struct cnn_fit_options options = cnn_fit_defaults(model);
    double columns[AUTOENCODER_AUTOENCODER_COLUMNS];
    options.epochs = epochs;
    if (!cnn_initialise(model, 1, parameters, error) ||
        !cnn_fit(model, digits, NULL, &options, parameters, error) ||
        !cnn_evaluate(model, digits, parameters, 0, columns, error))
        return false;
    printf("loss %.4f\n", columns[0]);
    return true;
}

/* What is left of the last digit behind its code. */
static void use(const struct cnn_dataset *digits, const float *parameters)
{
    static float image[AUTOENCODER_ENCODER_INPUT_COUNT], code[AUTOENCODER_DECODER_INPUT_COUNT];
    const float *last = digits->labels[0] + (digits->count - 1) * AUTOENCODER_ENCODER_INPUT_COUNT;
    autoencoder_encoder_set_parameters(parameters);
    autoencoder_decoder_set_parameters(parameters);
    autoencoder_encoder_predict(last, code);
    autoencoder_decoder_predict(code, image);
    cnn_picture_print(28, 28, last, CNN_PICTURE_ASCII, stdout);
    cnn_picture_print(28, 28, image, CNN_PICTURE_ASCII, stdout);
}

int main(int argc, char **argv)
{
    struct cnn_error error = {"usage: autoencoder IMAGES EPOCHS"};
    struct cnn_dataset digits = {0};
    float *parameters = cnn_alloc_floats(AUTOENCODER_PARAMETER_COUNT, &error);
    /* The images are their own labels. */
    bool ok = argc == 3 && parameters &&
              cnn_dataset_read(&autoencoder_autoencoder_model, argv[1], argv[1], &digits, &error) &&
              train(&digits, atoll(argv[2]), parameters, &error);
    if (ok)
        use(&digits, parameters);
    else
        fprintf(stderr, "autoencoder: %s\n", error.message);
    cnn_dataset_free(&digits);
    free(parameters);
    return ok ? 0 : 1;
}
