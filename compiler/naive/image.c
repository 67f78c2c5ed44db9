/* image.c -- twins of the ops that know rows and columns: convolution, pools, borders. */
#include "naive/naive.h"

#include <math.h>
#include <string.h>

struct dims {
    int64_t rows, columns, channels;
};

static struct dims dims_of(const struct shape *shape)
{
    return (struct dims){shape->dim[0], shape->dim[1], shape->dim[2]};
}

static int64_t place_at(struct dims dims, int64_t row, int64_t column, int64_t channel)
{
    return (row * dims.columns + column) * dims.channels + channel;
}

static bool inside(struct dims dims, int64_t row, int64_t column)
{
    return row >= 0 && row < dims.rows && column >= 0 && column < dims.columns;
}

/* ---- convolution ---- */

/* The three arrays of a convolution y = x * k; `target` is the one that is computed. */
struct convolution {
    const struct node *node;
    struct dims x, y;
    int64_t kernel[4]; /* rows, columns, channels of a group, filters */
};

/* What the products x[at_x] * k[at_k + i], which y[at_y + i] sums, add to the result, for i below count. */
typedef void products(const struct naive_call *call, int64_t at_x, int64_t at_k, int64_t at_y, int64_t count);

/* The products of one place of x and y: of the filters of a group with each of its channels. */
static void convolve_place(const struct convolution *c, const struct naive_call *call, int64_t at_x, int64_t at_k,
                           int64_t at_y, products *add)
{
    int64_t channels = c->kernel[2], filters = c->kernel[3], groups = naive_int(c->node, "groups");
    for (int64_t channel = 0; channel < channels; channel++)
        for (int64_t g = 0; g < groups; g++) {
            int64_t filter = g * (filters / groups);
            add(call, at_x + g * channels + channel, at_k + channel * filters + filter, at_y + filter,
                filters / groups);
        }
}

/* Calls `add` for every product of one sample's convolution. */
static void convolve(const struct convolution *c, const struct naive_call *call, int64_t sample, products *add)
{
    const int64_t *s = naive_ints(c->node, "strides"), *d = naive_ints(c->node, "dilation");
    const int64_t *pads = naive_ints(c->node, "pads"), *k = c->kernel;
    int64_t x = sample * c->x.rows * c->x.columns * c->x.channels;
    int64_t y = sample * c->y.rows * c->y.columns * c->y.channels;
    for (int64_t p = 0; p < c->y.rows; p++)
        for (int64_t q = 0; q < c->y.columns; q++)
            for (int64_t i = 0; i < k[0]; i++)
                for (int64_t j = 0; j < k[1]; j++) {
                    int64_t row = p * s[0] + i * d[0] - pads[0], column = q * s[1] + j * d[1] - pads[2];
                    if (inside(c->x, row, column))
                        convolve_place(c, call, x + place_at(c->x, row, column, 0), (i * k[1] + j) * k[2] * k[3],
                                       y + place_at(c->y, p, q, 0), add);
                }
}

static struct convolution convolution(const struct node *node, const struct shape *x, const struct shape *k,
                                      const struct shape *y)
{
    return (struct convolution){node, dims_of(x), dims_of(y), {k->dim[0], k->dim[1], k->dim[2], k->dim[3]}};
}

static void add_to_y(const struct naive_call *call, int64_t at_x, int64_t at_k, int64_t at_y, int64_t count)
{
    const double x = call->in[0][at_x], *k = call->in[1] + at_k;
    double *y = call->out[0] + at_y;
    for (int64_t i = 0; i < count; i++)
        y[i] += x * k[i];
}

static void add_to_dx(const struct naive_call *call, int64_t at_x, int64_t at_k, int64_t at_y, int64_t count)
{
    const double *dy = call->in[0] + at_y, *k = call->in[1] + at_k;
    double *dx = call->out[0] + at_x;
    for (int64_t i = 0; i < count; i++)
        *dx += dy[i] * k[i];
}

static void add_to_dk(const struct naive_call *call, int64_t at_x, int64_t at_k, int64_t at_y, int64_t count)
{
    const double x = call->in[0][at_x], *dy = call->in[1] + at_y;
    double *dk = call->out[0] + at_k;
    for (int64_t i = 0; i < count; i++)
        dk[i] += x * dy[i];
}

void naive_conv2d(const struct naive_call *call)
{
    const struct node *node = call->node;
    struct convolution c = convolution(node, &node->in[0]->shape, &node->in[1]->shape, &node->out[0]->shape);
    convolve(&c, call, 0, add_to_y);
}

void naive_conv2d_grad_input(const struct naive_call *call)
{
    const struct node *node = call->node;
    struct convolution c = convolution(node, &node->out[0]->shape, &node->in[1]->shape, &node->in[0]->shape);
    convolve(&c, call, 0, add_to_dx);
}

/* Its own loops: the kernel has filters before channels, but after them when it was lowered for inference. */
void naive_conv2d_transpose(const struct naive_call *call)
{
    const struct node *node = call->node;
    struct dims x = dims_of(&node->in[0]->shape), y = dims_of(&node->out[0]->shape);
    const int64_t *s = naive_ints(node, "strides"), *d = naive_ints(node, "dilation");
    const int64_t *pads = naive_ints(node, "pads"), *k = node->in[1]->shape.dim;
    bool last = naive_bool(node, "filters_last");
    for (int64_t n = 0; n < x.rows * x.columns * k[0] * k[1]; n++) {
        int64_t tap = n % (k[0] * k[1]), p = n / (k[0] * k[1]) / x.columns, q = n / (k[0] * k[1]) % x.columns;
        int64_t row = p * s[0] + tap / k[1] * d[0] - pads[0], column = q * s[1] + tap % k[1] * d[1] - pads[2];
        for (int64_t f = 0; inside(y, row, column) && f < y.channels; f++)
            for (int64_t c = 0; c < x.channels; c++)
                call->out[0][place_at(y, row, column, f)] +=
                    call->in[0][place_at(x, p, q, c)] *
                    call->in[1][tap * k[2] * k[3] + (last ? c * y.channels + f : f * x.channels + c)];
    }
}

void naive_conv2d_grad_kernel(const struct naive_call *call)
{
    const struct node *node = call->node;
    struct convolution c = convolution(node, &node->in[0]->shape, &node->out[0]->shape, &node->in[1]->shape);
    for (int64_t sample = 0; sample < call->count; sample++)
        convolve(&c, call, sample, add_to_dk);
}

/* ---- pools ---- */

struct pool {
    struct dims x, y;
    const int64_t *size, *strides, *pads;
};

static struct pool pool_of(const struct node *node, const struct shape *x, const struct shape *y)
{
    return (struct pool){dims_of(x), dims_of(y), naive_ints(node, "pool"), naive_ints(node, "strides"),
                         naive_ints(node, "pads")};
}

/* Where cell (i, j) of the window of y[p, q, c] is in x; -1 outside. */
static int64_t cell(const struct pool *pool, int64_t p, int64_t q, int64_t c, int64_t i, int64_t j)
{
    int64_t row = p * pool->strides[0] + i - pool->pads[0], column = q * pool->strides[1] + j - pool->pads[2];
    return inside(pool->x, row, column) ? place_at(pool->x, row, column, c) : -1;
}

/* Calls visit(pool, call, p, q, c) for every window. */
static void each_window(const struct pool *pool, const struct naive_call *call,
                        void (*visit)(const struct pool *, const struct naive_call *, int64_t, int64_t, int64_t))
{
    for (int64_t p = 0; p < pool->y.rows; p++)
        for (int64_t q = 0; q < pool->y.columns; q++)
            for (int64_t c = 0; c < pool->y.channels; c++)
                visit(pool, call, p, q, c);
}

static void find_largest(const struct pool *pool, const struct naive_call *call, int64_t p, int64_t q, int64_t c)
{
    int64_t y = place_at(pool->y, p, q, c);
    call->out[0][y] = -INFINITY;
    for (int64_t i = 0; i < pool->size[0]; i++)
        for (int64_t j = 0; j < pool->size[1]; j++) {
            int64_t x = cell(pool, p, q, c, i, j);
            if (x >= 0 && call->in[0][x] > call->out[0][y]) {
                call->out[0][y] = call->in[0][x];
                call->out[1][y] = (double)(i * pool->size[1] + j);
            }
        }
}

static void give_largest(const struct pool *pool, const struct naive_call *call, int64_t p, int64_t q, int64_t c)
{
    int64_t y = place_at(pool->y, p, q, c), largest = (int64_t)call->in[1][y];
    int64_t x = cell(pool, p, q, c, largest / pool->size[1], largest % pool->size[1]);
    call->out[0][x] += call->in[0][y];
}

static int64_t real_cells(const struct pool *pool, int64_t p, int64_t q, int64_t c)
{
    int64_t count = 0;
    for (int64_t i = 0; i < pool->size[0]; i++)
        for (int64_t j = 0; j < pool->size[1]; j++)
            count += cell(pool, p, q, c, i, j) >= 0;
    return count;
}

static void take_mean(const struct pool *pool, const struct naive_call *call, int64_t p, int64_t q, int64_t c)
{
    double sum = 0;
    for (int64_t i = 0; i < pool->size[0]; i++)
        for (int64_t j = 0; j < pool->size[1]; j++) {
            int64_t x = cell(pool, p, q, c, i, j);
            sum += x >= 0 ? call->in[0][x] : 0;
        }
    call->out[0][place_at(pool->y, p, q, c)] = sum / (double)real_cells(pool, p, q, c);
}

static void spread_mean(const struct pool *pool, const struct naive_call *call, int64_t p, int64_t q, int64_t c)
{
    double share = call->in[0][place_at(pool->y, p, q, c)] / (double)real_cells(pool, p, q, c);
    for (int64_t i = 0; i < pool->size[0]; i++)
        for (int64_t j = 0; j < pool->size[1]; j++) {
            int64_t x = cell(pool, p, q, c, i, j);
            if (x >= 0)
                call->out[0][x] += share;
        }
}

void naive_max_pool2d(const struct naive_call *call)
{
    struct pool pool = pool_of(call->node, &call->node->in[0]->shape, &call->node->out[0]->shape);
    each_window(&pool, call, find_largest);
}

void naive_max_pool2d_grad(const struct naive_call *call)
{
    struct pool pool = pool_of(call->node, &call->node->out[0]->shape, &call->node->in[0]->shape);
    each_window(&pool, call, give_largest);
}

void naive_average_pool2d(const struct naive_call *call)
{
    struct pool pool = pool_of(call->node, &call->node->in[0]->shape, &call->node->out[0]->shape);
    each_window(&pool, call, take_mean);
}

void naive_average_pool2d_grad(const struct naive_call *call)
{
    struct pool pool = pool_of(call->node, &call->node->out[0]->shape, &call->node->in[0]->shape);
    each_window(&pool, call, spread_mean);
}

/* ---- sizes ---- */

/* How much number `from` of n counts for number `to` of `wanted`: by its distance from where that stands. */
static double share_of(const struct node *node, int64_t to, int64_t wanted, int64_t from, int64_t n)
{
    if (strcmp(naive_choice(node, "interpolation"), "nearest") == 0)
        return (2 * to + 1) * n / (2 * wanted) == from;
    double place = ((double)to + 0.5) * (double)n / (double)wanted - 0.5;
    place = fmin(fmax(place, 0), (double)(n - 1));
    return fmax(0, 1 - fabs(place - (double)from));
}

/* Calls add() for every pair of numbers of x and y that belong together. */
static void resize(const struct naive_call *call, struct dims x, struct dims y,
                   void (*add)(const struct naive_call *call, int64_t at_x, int64_t at_y, double share))
{
    for (int64_t p = 0; p < y.rows; p++)
        for (int64_t i = 0; i < x.rows; i++) {
            double row = share_of(call->node, p, y.rows, i, x.rows);
            for (int64_t q = 0; row > 0 && q < y.columns; q++)
                for (int64_t j = 0; j < x.columns; j++)
                    for (int64_t c = 0; c < x.channels; c++)
                        add(call, place_at(x, i, j, c), place_at(y, p, q, c),
                            row * share_of(call->node, q, y.columns, j, x.columns));
        }
}

static void add_share(const struct naive_call *call, int64_t at_x, int64_t at_y, double share)
{
    call->out[0][at_y] += share * call->in[0][at_x];
}

static void add_share_of_dy(const struct naive_call *call, int64_t at_x, int64_t at_y, double share)
{
    call->out[0][at_x] += share * call->in[0][at_y];
}

void naive_resize(const struct naive_call *call)
{
    resize(call, dims_of(&call->node->in[0]->shape), dims_of(&call->node->out[0]->shape), add_share);
}

void naive_resize_grad(const struct naive_call *call)
{
    resize(call, dims_of(&call->node->out[0]->shape), dims_of(&call->node->in[0]->shape), add_share_of_dy);
}

/* ---- numbers along one axis, weighed ---- */

static double lanczos(double d, double radius)
{
    const double pi = 3.14159265358979323846;
    if (d >= radius)
        return 0;
    return d < 1e-9 ? 1 : radius * sin(pi * d) * sin(pi * d / radius) / (pi * pi * d * d);
}

static double weight_at(const char *interpolation, double d)
{
    if (strcmp(interpolation, "bilinear") == 0)
        return fmax(0, 1 - d);
    if (strcmp(interpolation, "lanczos3") == 0)
        return lanczos(d, 3);
    if (strcmp(interpolation, "lanczos5") == 0)
        return lanczos(d, 5);
    if (d < 1)
        return 1.5 * d * d * d - 2.5 * d * d + 1;
    return d < 2 ? -0.5 * d * d * d + 2.5 * d * d - 4 * d + 2 : 0;
}

/* Adds to y from x, or, backward, to x from y. */
static void resample(const struct naive_call *call, const struct shape *x, const struct shape *y, bool backward)
{
    const char *interpolation = naive_choice(call->node, "interpolation");
    int64_t axis = naive_int(call->node, "axis"), places = x->dim[axis], size = y->dim[axis], run = 1;
    for (int i = (int)axis + 1; i < x->rank; i++)
        run *= x->dim[i];
    double wider = naive_bool(call->node, "antialias") ? fmax(1, (double)places / (double)size) : 1;
    for (int64_t at = 0; at < shape_count(y); at++) {
        int64_t place = at / run % size, first = at / run / size * places * run + at % run;
        double middle = ((double)place + 0.5) * (double)places / (double)size - 0.5, sum = 0;
        for (int64_t j = 0; j < places; j++)
            sum += weight_at(interpolation, fabs(middle - (double)j) / wider);
        for (int64_t j = 0; j < places; j++) {
            double share = weight_at(interpolation, fabs(middle - (double)j) / wider) / sum;
            int64_t to = backward ? first + j * run : at, from = backward ? at : first + j * run;
            call->out[0][to] += share * call->in[0][from];
        }
    }
}

void naive_resample(const struct naive_call *call)
{
    resample(call, &call->node->in[0]->shape, &call->node->out[0]->shape, false);
}

void naive_resample_grad(const struct naive_call *call)
{
    resample(call, &call->node->out[0]->shape, &call->node->in[0]->shape, true);
}

/* ---- borders ---- */

void naive_pad2d(const struct naive_call *call)
{
    const int64_t *pads = naive_ints(call->node, "padding");
    struct dims x = dims_of(&call->node->in[0]->shape), y = dims_of(&call->node->out[0]->shape);
    for (int64_t p = 0; p < y.rows; p++)
        for (int64_t q = 0; q < y.columns; q++)
            for (int64_t c = 0; c < y.channels; c++)
                if (inside(x, p - pads[0], q - pads[2]))
                    call->out[0][place_at(y, p, q, c)] = call->in[0][place_at(x, p - pads[0], q - pads[2], c)];
}
