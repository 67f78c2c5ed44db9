/* movement.c -- twins of the ops that only move numbers, and of products. */
#include "naive/naive.h"

#include <string.h>

void naive_reshape(const struct naive_call *call)
{
    memcpy(call->out[0], call->in[0], (size_t)shape_count(&call->node->in[0]->shape) * sizeof(double));
}

static void coordinates(const struct shape *shape, int64_t index, int64_t *position)
{
    for (int axis = shape->rank - 1; axis >= 0; axis--) {
        position[axis] = index % shape->dim[axis];
        index /= shape->dim[axis];
    }
}

static int64_t index_of(const struct shape *shape, const int64_t *position)
{
    int64_t index = 0;
    for (int axis = 0; axis < shape->rank; axis++)
        index = index * shape->dim[axis] + position[axis];
    return index;
}

void naive_permute(const struct naive_call *call)
{
    const struct shape *x = &call->node->in[0]->shape, *y = &call->node->out[0]->shape;
    const int64_t *order = naive_ints(call->node, "order");
    int64_t to[SHAPE_MAX_RANK] = {0}, from[SHAPE_MAX_RANK] = {0};
    for (int64_t i = 0; i < shape_count(y); i++) {
        coordinates(y, i, to);
        for (int axis = 0; axis < y->rank; axis++)
            from[order[axis]] = to[axis];
        call->out[0][i] = call->in[0][index_of(x, from)];
    }
}

/* Copies between a tensor and a part of a larger one that begins at `begin` on `axis`. */
static void copy_part(const struct shape *part, const struct shape *whole, int64_t axis, int64_t begin,
                      const double *from, double *to, bool from_part)
{
    int64_t position[SHAPE_MAX_RANK] = {0};
    for (int64_t i = 0; i < shape_count(part); i++) {
        coordinates(part, i, position);
        position[axis] += begin;
        int64_t j = index_of(whole, position);
        if (from_part)
            to[j] = from[i];
        else
            to[i] = from[j];
    }
}

void naive_concat(const struct naive_call *call)
{
    int64_t axis = naive_int(call->node, "axis"), begin = 0;
    for (int i = 0; i < call->node->n_in; i++) {
        const struct shape *x = &call->node->in[i]->shape;
        copy_part(x, &call->node->out[0]->shape, axis, begin, call->in[i], call->out[0], true);
        begin += x->dim[axis];
    }
}

void naive_slice(const struct naive_call *call)
{
    copy_part(&call->node->out[0]->shape, &call->node->in[0]->shape, naive_int(call->node, "axis"),
              naive_int(call->node, "begin"), call->in[0], call->out[0], false);
}

void naive_slice_grad(const struct naive_call *call)
{
    copy_part(&call->node->in[0]->shape, &call->node->out[0]->shape, naive_int(call->node, "axis"),
              naive_int(call->node, "begin"), call->in[0], call->out[0], true);
}

/* The place, of n, that a border's place is, by walking there from the nearest end. */
static int64_t place_beyond(const char *mode, int64_t n, int64_t place)
{
    bool mirrors = strcmp(mode, "reflect") == 0 || strcmp(mode, "symmetric") == 0;
    int64_t twice = strcmp(mode, "symmetric") == 0 ? 1 : 0; /* does the end's number come twice? */
    while (place < 0 || place >= n)
        if (strcmp(mode, "edge") == 0 || (mirrors && !twice && n == 1))
            place = place < 0 ? 0 : n - 1;
        else if (mirrors)
            place = place < 0 ? -place - twice : 2 * (n - 1) + twice - place;
        else
            place += place < 0 ? n : -n;
    return place;
}

static void repeat(const struct naive_call *call, const struct shape *x, const struct shape *y, bool backward)
{
    int64_t axis = naive_int(call->node, "axis"), to[SHAPE_MAX_RANK] = {0};
    for (int64_t i = 0; i < shape_count(y); i++) {
        coordinates(y, i, to);
        to[axis] = place_beyond(naive_choice(call->node, "mode"), x->dim[axis],
                                to[axis] - naive_int(call->node, "before"));
        if (backward)
            call->out[0][index_of(x, to)] += call->in[0][i];
        else
            call->out[0][i] = call->in[0][index_of(x, to)];
    }
}

void naive_border(const struct naive_call *call)
{
    repeat(call, &call->node->in[0]->shape, &call->node->out[0]->shape, false);
}

void naive_border_grad(const struct naive_call *call)
{
    repeat(call, &call->node->out[0]->shape, &call->node->in[0]->shape, true);
}

/* Column c of the matrix goes to panel c / panel of its group; columns that a panel lacks are zero. */
void naive_pack(const struct naive_call *call)
{
    const struct shape *x = &call->node->in[0]->shape;
    int64_t columns = naive_last_dim(x), rows = shape_count(x) / columns;
    int64_t panel = naive_int(call->node, "panel"), group = columns / naive_int(call->node, "groups");
    int64_t panels_of_group = (group + panel - 1) / panel;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++) {
            int64_t p = c / group * panels_of_group + c % group / panel;
            call->out[0][(p * rows + r) * panel + c % group % panel] = call->in[0][r * columns + c];
        }
}

/* ---- matmul ---- */

void naive_matmul(const struct naive_call *call)
{
    int64_t channels = call->node->in[1]->shape.dim[0], units = call->node->in[1]->shape.dim[1];
    int64_t rows = shape_count(&call->node->in[0]->shape) / channels;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t o = 0; o < units; o++)
            for (int64_t c = 0; c < channels; c++)
                call->out[0][r * units + o] += call->in[0][r * channels + c] * call->in[1][c * units + o];
}

void naive_matmul_grad_input(const struct naive_call *call)
{
    int64_t channels = call->node->in[1]->shape.dim[0], units = call->node->in[1]->shape.dim[1];
    int64_t rows = shape_count(&call->node->in[0]->shape) / units;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t o = 0; o < units; o++)
                call->out[0][r * channels + c] += call->in[0][r * units + o] * call->in[1][c * units + o];
}

/* Panels are an order of the compiled code; here they are dy itself. */
void naive_matmul_blocks(const struct naive_call *call) { naive_matmul(call); }

void naive_matmul_blocks_grad_input(const struct naive_call *call) { naive_matmul_grad_input(call); }

void naive_matmul_grad_panels(const struct naive_call *call)
{
    int64_t count = shape_count(&call->node->in[0]->shape);
    for (int64_t i = 0; i < count; i++)
        call->out[0][i] = call->in[0][i];
}

void naive_matmul_grad_rows(const struct naive_call *call) { naive_matmul_grad_kernel(call); }

void naive_matmul_grad_kernel(const struct naive_call *call)
{
    int64_t channels = call->node->out[0]->shape.dim[0], units = call->node->out[0]->shape.dim[1];
    int64_t rows = shape_count(&call->node->in[0]->shape) / channels * call->count;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t o = 0; o < units; o++)
                call->out[0][c * units + o] += call->in[0][r * channels + c] * call->in[1][r * units + o];
}

void naive_batch_matmul(const struct naive_call *call)
{
    const struct shape *a = &call->node->in[0]->shape, *y = &call->node->out[0]->shape;
    bool ta = naive_bool(call->node, "transpose_a"), tb = naive_bool(call->node, "transpose_b");
    int64_t m = y->dim[y->rank - 2], n = y->dim[y->rank - 1], k = a->dim[a->rank - (ta ? 2 : 1)];
    for (int64_t g = 0; g < shape_count(y) / m / n; g++)
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < n; j++)
                for (int64_t c = 0; c < k; c++) {
                    double left = call->in[0][g * m * k + (ta ? c * m + i : i * k + c)];
                    double right = call->in[1][g * k * n + (tb ? j * k + c : c * n + j)];
                    call->out[0][(g * m + i) * n + j] += left * right;
                }
}

void naive_tril(const struct naive_call *call)
{
    const struct shape *x = &call->node->in[0]->shape;
    int64_t rows = x->dim[x->rank - 2], columns = x->dim[x->rank - 1], diagonal = naive_int(call->node, "diagonal");
    for (int64_t i = 0; i < shape_count(x); i++)
        call->out[0][i] =
            i % columns <= i / columns % rows + diagonal ? call->in[0][i] : naive_number(call->node, "fill");
}
