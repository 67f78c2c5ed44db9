/* dcgan.c -- trains the GAN of dcgan.lua: ./dcgan IMAGES STEPS WEIGHTS. The models share `parameters`; each trainer has the
 * state of its own optimizer. */
#include "dcgan.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 32, NOISE = DCGAN_GENERATOR_INPUT_COUNT, PIXELS = DCGAN_GENERATOR_OUTPUT_COUNT };

/* The numbers of a step are a function of it, so that a run can be repeated. */
static void draw_noise(uint32_t step, float noise[BATCH * NOISE])
{
    const struct cnn_draw draw = cnn_draw(1, CNN_PURPOSE_OWN, step);
    for (int i = 0; i < BATCH * NOISE; i += 4) {
        double normal[4];
        cnn_draw_normals(&draw, (uint64_t)i / 4, 0, normal);
        for (int k = 0; k < 4; k++)
            noise[i + k] = (float)normal[k];
    }
}

static bool train(const struct cnn_dataset *digits, int64_t steps, float *parameters, struct cnn_error *error)
{
    static float noise[BATCH * NOISE], images[BATCH * PIXELS], ones[BATCH], zeros[BATCH];
    struct cnn_trainer discriminator = {0}, gan = {0};
    bool ok = cnn_trainer_open(&discriminator, &dcgan_discriminator_model, parameters, 1, 0, error) &&
              cnn_trainer_open(&gan, &dcgan_gan_model, parameters, 2, 0, error);
    for (int i = 0; i < BATCH; i++)
        ones[i] = 1;
    for (int64_t step = 0; ok && step < steps; step++) {
        const struct cnn_dataset part = cnn_dataset_slice(digits, step % (digits->count / BATCH) * BATCH, BATCH);
        const struct cnn_batch made = {.inputs = {images}, .labels = {zeros}, .count = BATCH};
        const struct cnn_batch wanted = {.inputs = {noise}, .labels = {ones}, .count = BATCH};
        struct cnn_batch real = cnn_dataset_batch(&part);
        double of_real[DCGAN_DISCRIMINATOR_COLUMNS], of_made[DCGAN_DISCRIMINATOR_COLUMNS],
            of_gan[DCGAN_GAN_COLUMNS];
        real.labels[0] = ones;
        draw_noise((uint32_t)step, noise);
        ok = cnn_predict(&dcgan_generator_model, &wanted, parameters, 0, (float *[]){images}, error) &&
             cnn_train_on_batch(&discriminator, &real, of_real, error) &&
             cnn_train_on_batch(&discriminator, &made, of_made, error) &&
             cnn_train_on_batch(&gan, &wanted, of_gan, error);
        if (ok && (step + 1) % 10 == 0)
            printf("step %lld: discriminator %.4f, generator %.4f\n", (long long)step + 1,
                   (of_real[0] + of_made[0]) / 2, of_gan[0]);
    }
    cnn_trainer_close(&discriminator);
    cnn_trainer_close(&gan);
    return ok;
}

/* What the generator makes of the first noise. */
static bool show(const float *parameters, struct cnn_error *error)
{
    static float noise[BATCH * NOISE], image[PIXELS];
    const struct cnn_batch one = {.inputs = {noise}, .count = 1};
    draw_noise(0, noise);
    if (!cnn_predict(&dcgan_generator_model, &one, parameters, 0, (float *[]){image}, error))
        return false;
    cnn_picture_print(28, 28, image, CNN_PICTURE_ASCII, stdout);
    return true;
}

int main(int argc, char **argv)
{
    struct cnn_error error = {"usage: dcgan IMAGES STEPS WEIGHTS"};
    struct cnn_dataset digits = {0};
    float *parameters = cnn_alloc_floats(DCGAN_PARAMETER_COUNT, &error);
    bool ok = argc == 4 && parameters && cnn_initialise(&dcgan_gan_model, 1, parameters, &error) &&
              cnn_dataset_read(&dcgan_discriminator_model, argv[1], NULL, &digits, &error) &&
              train(&digits, atoll(argv[2]), parameters, &error) && show(parameters, &error) &&
              cnn_weights_save(&dcgan_gan_model, argv[3], parameters, &error);
    if (!ok)
        fprintf(stderr, "dcgan: %s\n", error.message);
    cnn_dataset_free(&digits);
    free(parameters);
    return ok ? 0 : 1;
}
