/* whole.c -- twins of the ops on whole numbers. */
#include "naive/naive.h"

#include <math.h>
#include <string.h>

void naive_cast(const struct naive_call *call)
{
    for (int64_t i = 0; i < shape_count(&call->node->in[0]->shape); i++) {
        double x = call->in[0][i], nudge = x == floor(x) ? 0 : naive_nudged(call, fabs(x));
        if (call->node->out[0]->element == ELEMENT_INT32)
            x = fmin(fmax(trunc(x + nudge), INT32_MIN), INT32_MAX);
        call->out[0][i] = x;
    }
}

/* The row of the table that an index means. */
static int64_t row_of(const struct shape *table, double index)
{
    return (int64_t)fmin(fmax(index, 0), (double)(table->dim[0] - 1));
}

void naive_gather(const struct naive_call *call)
{
    const struct shape *table = &call->node->in[1]->shape;
    int64_t width = shape_count(table) / table->dim[0];
    for (int64_t i = 0; i < shape_count(&call->node->in[0]->shape); i++)
        memcpy(call->out[0] + i * width, call->in[1] + row_of(table, call->in[0][i]) * width,
               (size_t)width * sizeof(double));
}

static void add_rows(const struct naive_call *call)
{
    const struct shape *table = &call->node->out[0]->shape;
    int64_t width = shape_count(table) / table->dim[0];
    for (int64_t i = 0; i < call->count * shape_count(&call->node->in[0]->shape); i++)
        for (int64_t d = 0; d < width; d++)
            call->out[0][row_of(table, call->in[0][i]) * width + d] += call->in[1][i * width + d];
}

void naive_gather_grad(const struct naive_call *call) { add_rows(call); }

void naive_gather_grad_sample(const struct naive_call *call) { add_rows(call); }

void naive_gather_grad_rows(const struct naive_call *call) { add_rows(call); }

/* Another order in memory only where samples are innermost. */
void naive_gather_grad_panels(const struct naive_call *call)
{
    memcpy(call->out[0], call->in[0], (size_t)shape_count(&call->node->in[0]->shape) * sizeof(double));
}

void naive_one_hot(const struct naive_call *call)
{
    const struct shape *x = &call->node->in[0]->shape;
    const char *mode = naive_choice(call->node, "mode");
    int64_t depth = naive_int(call->node, "depth");
    for (int64_t i = 0; i < shape_count(x); i++) {
        int64_t row = strcmp(mode, "each") == 0 ? i : i / x->dim[x->rank - 1];
        double index = call->in[0][i], *y = call->out[0] + row * depth;
        if (index >= 0 && index < (double)depth)
            y[(int64_t)index] = strcmp(mode, "count") == 0 ? y[(int64_t)index] + 1 : 1;
    }
}
