/* steps.c -- ten steps of a GAN's training, beside those of PyTorch: ./steps gan.txt [THREADS] */
#include "gan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 8, NOISE = GAN_GENERATOR_INPUT_COUNT, PIXELS = GAN_GENERATOR_OUTPUT_COUNT };

/* As gan.py has them. */
static void fill(float *values, int64_t count, uint32_t seed, float low, float high)
{
    for (int64_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        values[i] = low + (high - low) * ((float)(seed >> 8) / 16777216.0f);
    }
}

static void begin(float *parameters)
{
    for (int i = 0; i < gan_gan_model.n_parameters; i++) {
        const struct cnn_parameter *parameter = &gan_gan_model.parameters[i];
        if (strstr(parameter->name, "kernel") || strstr(parameter->name, "bias"))
            fill(parameters + parameter->offset, parameter->count, 1000 + (uint32_t)i, -0.4f, 0.4f);
    }
}

/* Float against double: what ten steps make of the rounding of one is far below. */
static bool is_near(double got, double expected, const char *what)
{
    const double tolerance = 1e-5;
    if (fabs(got - expected) <= tolerance * fabs(expected))
        return true;
    printf("# %s is %.9g, not %.9g\n", what, got, expected);
    return false;
}

static bool train(FILE *expected, float *parameters, int threads, struct cnn_error *error)
{
    static float noise[BATCH * NOISE], images[BATCH * PIXELS], made[BATCH * PIXELS], ones[BATCH], zeros[BATCH];
    const struct cnn_batch of_noise = {.inputs = {noise}, .labels = {ones}, .count = BATCH};
    const struct cnn_batch of_images = {.inputs = {images}, .labels = {ones}, .count = BATCH};
    const struct cnn_batch of_made = {.inputs = {made}, .labels = {zeros}, .count = BATCH};
    struct cnn_trainer discriminator, gan;
    bool ok = cnn_trainer_open(&discriminator, &gan_discriminator_model, parameters, 1, threads, error);
    ok = cnn_trainer_open(&gan, &gan_gan_model, parameters, 1, threads, error) && ok;
    for (int i = 0; i < BATCH; i++)
        ones[i] = 1;
    for (uint32_t step = 0; ok && step < 10; step++) {
        double real[GAN_DISCRIMINATOR_COLUMNS], fake[GAN_DISCRIMINATOR_COLUMNS], fooled[GAN_GAN_COLUMNS];
        double wanted[3];
        fill(noise, BATCH * NOISE, 2 * step + 1, -1, 1);
        fill(images, BATCH * PIXELS, 2 * step + 2, 0, 1);
        ok = cnn_predict(&gan_generator_model, &of_noise, parameters, threads, (float *[]){made}, error) &&
             cnn_train_on_batch(&discriminator, &of_images, real, error) &&
             cnn_train_on_batch(&discriminator, &of_made, fake, error) &&
             cnn_train_on_batch(&gan, &of_noise, fooled, error) &&
             fscanf(expected, " step %*d %lf %lf %lf", &wanted[0], &wanted[1], &wanted[2]) == 3;
        ok = ok && is_near(real[0], wanted[0], "the loss of real images");
        ok = ok && is_near(fake[0], wanted[1], "the loss of made images");
        ok = ok && is_near(fooled[0], wanted[2], "the loss of the GAN");
    }
    cnn_trainer_close(&discriminator);
    cnn_trainer_close(&gan);
    return ok;
}

static bool check_parameters(FILE *expected, const float *parameters)
{
    bool ok = true;
    for (int i = 0; i < gan_gan_model.n_parameters; i++) {
        const struct cnn_parameter *parameter = &gan_gan_model.parameters[i];
        char name[100];
        double norm, sum = 0;
        ok = fscanf(expected, " parameter %99s %lf", name, &norm) == 2 && strcmp(name, parameter->name) == 0 && ok;
        for (int64_t k = 0; ok && k < parameter->count; k++)
            sum += (double)parameters[parameter->offset + k] * parameters[parameter->offset + k];
        ok = ok && is_near(sqrt(sum), norm, parameter->name);
    }
    return ok;
}

/* What they are, to compare runs by. */
static void print_bits(const float *parameters)
{
    uint64_t hash = 14695981039346656037u;
    const unsigned char *bytes = (const unsigned char *)parameters;
    for (size_t i = 0; i < GAN_PARAMETER_COUNT * sizeof *parameters; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    printf("# bits %016llx\n", (unsigned long long)hash);
}

int main(int argc, char **argv)
{
    struct cnn_error error = {""};
    FILE *expected = argc > 1 ? fopen(argv[1], "r") : NULL;
    float *parameters = cnn_alloc_floats(GAN_PARAMETER_COUNT, &error);
    bool ok = expected && parameters && cnn_initialise(&gan_gan_model, 1, parameters, &error);
    if (ok) {
        begin(parameters);
        ok = train(expected, parameters, argc > 2 ? atoi(argv[2]) : 1, &error) &&
             check_parameters(expected, parameters);
        print_bits(parameters);
    }
    if (!ok)
        printf("# %s\n", error.message);
    if (expected)
        fclose(expected);
    free(parameters);
    return !ok;
}
