/* data.c -- random parameters and data, and the comparison of what comes of them in double. */
#include "kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* SplitMix64 (Steele, Lea, Flood 2014). */
double data_draw(struct random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (double)((z ^ z >> 31) >> 40) / 16777216.0;
}

void *data_allocate(int64_t count, size_t size)
{
    void *memory = calloc((size_t)count + 1, size);
    if (!memory)
        exit(1);
    return memory;
}

/* Some indices are just out of range. */
float data_draw_input(struct random *random, enum element element, int64_t indices)
{
    double x = data_draw(random);
    switch (element) {
    case ELEMENT_BYTE: return (float)floor(256 * x);
    case ELEMENT_INT32: return (float)floor((double)((indices > 0 ? indices : 9) + 1) * x - 0.5);
    case ELEMENT_FLOAT: break;
    }
    return (float)(2 * x - 1);
}

void *data_encoded(const float *values, int64_t count, enum element element)
{
    void *encoded = data_allocate(count, (size_t)element_bytes(element));
    for (int64_t i = 0; i < count; i++)
        switch (element) {
        case ELEMENT_BYTE: ((uint8_t *)encoded)[i] = (uint8_t)values[i]; break;
        case ELEMENT_INT32: ((int32_t *)encoded)[i] = (int32_t)values[i]; break;
        case ELEMENT_FLOAT: ((float *)encoded)[i] = values[i]; break;
        }
    return encoded;
}

double *data_widened(const float *values, int64_t count)
{
    double *wide = data_allocate(count, sizeof *wide);
    for (int64_t i = 0; i < count; i++)
        wide[i] = (double)values[i];
    return wide;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), k = strlen(end);
    return n >= k && strcmp(text + n - k, end) == 0;
}

/* Kernels keep the size of what they sum; variances are positive. */
static void draw_parameter(struct random *random, const struct parameter *parameter, float *values)
{
    int64_t count = shape_count(&parameter->shape), last = naive_last_dim(&parameter->shape);
    double size = parameter->shape.rank > 1 ? 2 / sqrt((double)(count / last)) : 0.5;
    double middle = ends_with(parameter->name, "variance") || ends_with(parameter->name, "gamma") ? 1 : 0;
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)(middle + size * (2 * data_draw(random) - 1));
}

void data_draw_parameters(struct random *random, const struct graph *model, float *values)
{
    for (int i = 0; i < model->n_parameters; i++)
        draw_parameter(random, model->parameters[i], values + model->parameters[i]->offset);
}

double *data_copied(const struct naive *naive, const struct tensor *tensor)
{
    if (!tensor)
        return NULL;
    int64_t count = naive->count * shape_count(&tensor->shape);
    double *values = data_allocate(count, sizeof *values);
    memcpy(values, naive_value(naive, tensor), (size_t)count * sizeof *values);
    return values;
}

bool data_rewrite_prediction(struct graph *graph)
{
    return pass_lower(graph, false) && pass_winograd(graph, target_find("neon"), 1);
}

/* Shaken runs err at random, a program by its own order of adding: this much more than the worst of a few such runs
 * is no error of the program. A value at a kink (relu at 0) or two rivals of a maximum that are almost equal fall
 * to either side when they are shaken, so that slack tells them too. */
static const double SHAKE_MARGIN = 16;

void data_widen_slack(double *slack, const double *exact, const double *shaken, int64_t count)
{
    for (int64_t i = 0; exact && i < count; i++) {
        double off = SHAKE_MARGIN * fabs(exact[i] - shaken[i]);
        *slack = isnan(off) ? INFINITY : fmax(*slack, off);
    }
}

int data_differ(const char *what, const double *a, const double *b, int64_t count)
{
    double largest = 1e-9;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(a[i]));
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(a[i] - b[i]) <= 1e-9 * largest)) { /* both are double, the order of operations differs */
            printf("# the passes change %s[%d] from %.12g to %.12g\n", what, (int)i, a[i], b[i]);
            return 1;
        }
    return 0;
}
