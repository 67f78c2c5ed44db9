/* augment.c -- the twin of augmentation: what Keras' layers do to one image, in double. */
#include "naive/naive.h"

#include <math.h>
#include <string.h>

struct image {
    const struct node *node;
    const double *pixels;
    int64_t rows, columns, channels;
    bool channels_first;
};

static double *pixel(const struct image *image, const double *pixels, int64_t row, int64_t column, int64_t channel)
{
    int64_t at = image->channels_first ? (channel * image->rows + row) * image->columns + column
                                       : (row * image->columns + column) * image->channels + channel;
    return (double *)pixels + at;
}

static int64_t modulo(int64_t a, int64_t n) { return (a % n + n) % n; }

/* Where index i of an axis with n pixels is found; -1: nowhere. */
static int64_t found_at(const char *fill_mode, int64_t i, int64_t n)
{
    if (i >= 0 && i < n)
        return i;
    if (strcmp(fill_mode, "constant") == 0)
        return -1;
    if (strcmp(fill_mode, "wrap") == 0)
        return modulo(i, n);
    if (strcmp(fill_mode, "nearest") == 0)
        return i < 0 ? 0 : n - 1;
    i = modulo(i, 2 * n); /* reflect */
    return i < n ? i : 2 * n - 1 - i;
}

static double pixel_or_fill(const struct image *image, double row, double column, int64_t channel)
{
    const char *fill_mode = naive_choice(image->node, "fill_mode");
    int64_t i = found_at(fill_mode, (int64_t)row, image->rows);
    int64_t j = found_at(fill_mode, (int64_t)column, image->columns);
    return i < 0 || j < 0 ? naive_number(image->node, "fill_value") : *pixel(image, image->pixels, i, j, channel);
}

/* At a place between pixels. */
static double sample(const struct image *image, double row, double column, int64_t channel)
{
    if (strcmp(naive_choice(image->node, "interpolation"), "nearest") == 0)
        return pixel_or_fill(image, floor(row + 0.5), floor(column + 0.5), channel);
    double sum = 0;
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) {
            double height = i ? row - floor(row) : 1 - (row - floor(row));
            double width = j ? column - floor(column) : 1 - (column - floor(column));
            sum += height * width * pixel_or_fill(image, floor(row) + i, floor(column) + j, channel);
        }
    return sum;
}

/* ---- what each function does, by random numbers from 0 to 1 ---- */

static double between(const struct node *node, const char *min, const char *max, double u)
{
    return naive_number(node, min) + (naive_number(node, max) - naive_number(node, min)) * u;
}

/* The place that pixel (i, j) comes from. */
static void find_place(const struct image *image, const double u[4], double i, double j, double place[2])
{
    const char *function = naive_choice(image->node, "function");
    double a = between(image->node, "min", "max", u[0]);
    double b = naive_bool(image->node, "tied") ? a : between(image->node, "column_min", "column_max", u[1]);
    const double middle[2] = {(double)(image->rows - 1) / 2, (double)(image->columns - 1) / 2};
    double y = i - middle[0], x = j - middle[1];
    if (strcmp(function, "translate") == 0) {
        place[0] = i - a * (double)image->rows;
        place[1] = j - b * (double)image->columns;
    } else if (strcmp(function, "rotate") == 0) {
        double angle = 2 * acos(-1) * a;
        place[0] = middle[0] + cos(angle) * y + sin(angle) * x;
        place[1] = middle[1] - sin(angle) * y + cos(angle) * x;
    } else if (strcmp(function, "zoom") == 0) {
        place[0] = middle[0] + (1 + a) * y;
        place[1] = middle[1] + (1 + b) * x;
    } else {
        double sign = u[2] > 0.5 ? -1 : 1;
        place[0] = i + sign * a * j;
        place[1] = j + sign * b * i;
    }
}

static double cut(const struct node *node, double x)
{
    return fmin(fmax(x, naive_number(node, "low")), naive_number(node, "high"));
}

static double mean_of(const struct image *image, int64_t channel)
{
    double sum = 0;
    for (int64_t i = 0; i < image->rows * image->columns; i++)
        sum += *pixel(image, image->pixels, i / image->columns, i % image->columns, channel);
    return sum / (double)(image->rows * image->columns);
}

static double augmented(const struct image *image, const double u[4], int64_t i, int64_t j, int64_t channel)
{
    const char *function = naive_choice(image->node, "function"), *mode = naive_choice(image->node, "mode");
    double x = *pixel(image, image->pixels, i, j, channel), place[2];
    double factor = between(image->node, "min", "max", u[0]);
    if (strcmp(function, "flip") == 0) {
        bool flips = u[0] < 0.5, vertical = strcmp(mode, "horizontal") != 0;
        bool horizontal = strcmp(mode, "vertical") != 0;
        return *pixel(image, image->pixels, flips && vertical ? image->rows - 1 - i : i,
                      flips && horizontal ? image->columns - 1 - j : j, channel);
    }
    if (strcmp(function, "contrast") == 0) {
        double mean = mean_of(image, channel);
        return cut(image->node, (x - mean) * factor + mean);
    }
    if (strcmp(function, "brightness") == 0)
        return cut(image->node,
                   x + factor * (naive_number(image->node, "high") - naive_number(image->node, "low")));
    find_place(image, u, (double)i, (double)j, place);
    return sample(image, place[0], place[1], channel);
}

/* Four numbers from 0 to 1. The counter is none of a dropout's. */
static void draw(const struct naive_call *call, double u[4])
{
    int64_t seed = naive_int(call->node, "seed"), number = seed < 0 ? -seed : 0, key = seed < 0 ? 0 : seed;
    int64_t rounds = naive_int(call->node, "rounds"), turn = naive_int(call->node, "turn");
    int64_t draws = rounds > 0 ? turn * rounds + call->round : turn; /* those before */
    uint32_t counter[4] = {0x80000000u + (uint32_t)draws, (uint32_t)call->sample, (uint32_t)call->step,
                           (uint32_t)number << 16 | (uint32_t)(call->step >> 32 & 0xffff)};
    naive_philox(counter, (uint32_t)call->seed ^ (uint32_t)key, (uint32_t)(call->seed >> 32));
    for (int i = 0; i < 4; i++)
        u[i] = counter[i] / 4294967296.0;
}

/* In inference it is the second input. */
static void crop(const struct naive_call *call, const struct image *image, const double u[4])
{
    const struct shape *y = &call->node->out[0]->shape;
    struct image result = {.rows = y->dim[image->channels_first],
                           .columns = y->dim[image->channels_first + 1],
                           .channels = image->channels,
                           .channels_first = image->channels_first};
    int64_t top = (int64_t)(u[0] * (double)(image->rows - result.rows + 1));
    int64_t left = (int64_t)(u[1] * (double)(image->columns - result.columns + 1));
    for (int64_t i = 0; i < result.rows; i++)
        for (int64_t j = 0; j < result.columns; j++)
            for (int64_t c = 0; c < result.channels; c++)
                *pixel(&result, call->out[0], i, j, c) = *pixel(image, image->pixels, top + i, left + j, c);
}

void naive_augment(const struct naive_call *call)
{
    const struct shape *shape = &call->node->in[0]->shape;
    bool first = naive_bool(call->node, "channels_first");
    struct image image = {call->node,
                          NULL,
                          shape->dim[first],
                          shape->dim[first + 1],
                          shape->dim[first ? 0 : 2],
                          .channels_first = first};
    double u[4], *x = arena_array(call->arena, shape_count(shape), sizeof *x);
    for (int64_t i = 0; i < shape_count(shape); i++)
        x[i] = call->training
                   ? naive_number(call->node, "scale") * call->in[0][i] + naive_number(call->node, "offset")
                   : call->in[0][i];
    image.pixels = x;
    draw(call, u);
    bool crops = strcmp(naive_choice(call->node, "function"), "crop") == 0;
    if (crops && call->training)
        crop(call, &image, u);
    else if (crops)
        memcpy(call->out[0], call->in[1], (size_t)shape_count(&call->node->out[0]->shape) * sizeof *x);
    for (int64_t i = 0; !crops && i < image.rows; i++)
        for (int64_t j = 0; j < image.columns; j++)
            for (int64_t c = 0; c < image.channels; c++)
                *pixel(&image, call->out[0], i, j, c) =
                    call->training ? augmented(&image, u, i, j, c) : *pixel(&image, x, i, j, c);
}
