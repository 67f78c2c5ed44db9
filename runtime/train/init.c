/* init.c -- fresh parameters. Every number is a function of seed, parameter and position. */
#include "train/train.h"

#include <math.h>
#include <stdlib.h>

static void fill_constant(const struct cnn_parameter *parameter, float *out)
{
    for (int64_t i = 0; i < parameter->count; i++)
        out[i] = (float)parameter->a;
}

static void fill_forget_bias(const struct cnn_parameter *parameter, float *out)
{
    fill_constant(parameter, out);
    for (int64_t i = parameter->count / 4; i < parameter->count / 2; i++)
        out[i] = 1;
}

static void fill_uniform(const struct cnn_parameter *parameter, const struct cnn_draw *draw, float *out)
{
    uint32_t word[4] = {0};
    for (int64_t i = 0; i < parameter->count; i++) {
        if (i % 4 == 0)
            cnn_draw_block(draw, (uint64_t)i / 4, 0, word);
        out[i] = (float)(parameter->a + (parameter->b - parameter->a) * cnn_unit(word[i % 4]));
    }
}

static void fill_normal(const struct cnn_parameter *parameter, const struct cnn_draw *draw, float *out)
{
    double normal[4] = {0};
    for (int64_t i = 0; i < parameter->count; i++) {
        if (i % 4 == 0)
            cnn_draw_normals(draw, (uint64_t)i / 4, 0, normal);
        out[i] = (float)(parameter->a + parameter->b * normal[i % 4]);
    }
}

/* A standard normal within two standard deviations: the first that is, of position's own draws. */
static double truncated_normal(const struct cnn_draw *draw, uint64_t position)
{
    for (uint32_t attempt = 0;; attempt++) {
        double normal[4];
        cnn_draw_normals(draw, position, attempt, normal);
        for (int i = 0; i < 4; i++)
            if (fabs(normal[i]) <= 2.0)
                return normal[i];
    }
}

static void fill_truncated(const struct cnn_parameter *parameter, const struct cnn_draw *draw, float *out)
{
    for (int64_t i = 0; i < parameter->count; i++)
        out[i] = (float)(parameter->a + parameter->b * truncated_normal(draw, (uint64_t)i));
}

static double dot(const double *x, const double *y, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* Makes `count` vectors of `length` orthonormal by modified Gram-Schmidt. Each is projected twice,
 * which is enough (Giraud et al. 2005). The triangular factor's diagonal comes out positive, so the
 * result is uniformly distributed when the vectors were normal (Mezzadri 2007). */
static void orthonormalise(double *vectors, int64_t count, int64_t length)
{
    for (int64_t i = 0; i < count; i++) {
        double *vector = vectors + i * length;
        for (int64_t j = 0; j < 2 * i; j++) {
            const double *before = vectors + j % i * length;
            double part = dot(before, vector, length);
            for (int64_t k = 0; k < length; k++)
                vector[k] -= part * before[k];
        }
        double norm = sqrt(dot(vector, vector, length));
        for (int64_t k = 0; k < length; k++)
            vector[k] /= norm;
    }
}

static void fill_identity(const struct cnn_parameter *parameter, float *out)
{
    int64_t columns = parameter->rank > 0 ? parameter->dim[parameter->rank - 1] : 1;
    for (int64_t i = 0; i < parameter->count; i++)
        out[i] = i / columns == i % columns ? (float)parameter->a : 0;
}

/* Orthonormal columns, or rows where these are fewer. */
static bool fill_orthogonal(const struct cnn_parameter *parameter, const struct cnn_draw *draw, float *out,
                            struct cnn_error *error)
{
    int64_t columns = parameter->rank > 0 ? parameter->dim[parameter->rank - 1] : 1;
    int64_t rows = parameter->count / columns;
    bool tall = rows >= columns;
    int64_t length = tall ? rows : columns, count = tall ? columns : rows;
    if (parameter->count > INT64_MAX / (int64_t)sizeof(double))
        return cnn_fail(error, "parameter %s is too large", parameter->name);
    double *vectors = cnn_alloc(parameter->count * (int64_t)sizeof(double), error);
    if (!vectors)
        return false;
    double normal[4] = {0};
    for (int64_t i = 0; i < parameter->count; i++) {
        if (i % 4 == 0)
            cnn_draw_normals(draw, (uint64_t)i / 4, 0, normal);
        vectors[i] = normal[i % 4];
    }
    orthonormalise(vectors, count, length);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++)
            out[r * columns + c] = (float)(parameter->a * vectors[tall ? c * length + r : r * length + c]);
    free(vectors);
    return true;
}

bool cnn_initialise(const struct cnn_model *model, uint64_t seed, float *parameters, struct cnn_error *error)
{
    if (!cnn_model_check(model, error))
        return false;
    for (int64_t i = 0; i < model->parameter_floats; i++)
        parameters[i] = 0; /* gaps between parameters too */
    for (int p = 0; p < model->n_parameters; p++) {
        const struct cnn_parameter *parameter = &model->parameters[p];
        struct cnn_draw draw = cnn_draw(seed, CNN_PURPOSE_INITIALISE, (uint32_t)p);
        float *out = parameters + parameter->offset;
        switch (parameter->initializer) {
        case CNN_INIT_CONSTANT: fill_constant(parameter, out); break;
        case CNN_INIT_FORGET_BIAS: fill_forget_bias(parameter, out); break;
        case CNN_INIT_IDENTITY: fill_identity(parameter, out); break;
        case CNN_INIT_UNIFORM: fill_uniform(parameter, &draw, out); break;
        case CNN_INIT_NORMAL: fill_normal(parameter, &draw, out); break;
        case CNN_INIT_TRUNCATED_NORMAL: fill_truncated(parameter, &draw, out); break;
        case CNN_INIT_ORTHOGONAL:
            if (!fill_orthogonal(parameter, &draw, out, error))
                return false;
            break;
        default:
            return cnn_fail(error, "parameter %s has unknown initializer %d", parameter->name,
                            (int)parameter->initializer);
        }
    }
    return true;
}
