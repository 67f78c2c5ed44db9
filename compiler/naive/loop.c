/* loop.c -- twins of what leads into the rounds of a loop, and out of them; naive.c goes through the rounds. */
#include "naive/naive.h"

#include <string.h>

/* The row of the sequence that belongs to the round. */
static int64_t row_of(const struct naive_call *call)
{
    int64_t rounds = call->node->loop->rounds;
    return naive_bool(call->node, "reverse") ? rounds - 1 - call->round : call->round;
}

void naive_loop_row(const struct naive_call *call)
{
    int64_t count = shape_count(&call->node->out[0]->shape);
    memcpy(call->out[0], call->in[0] + row_of(call) * count, (size_t)count * sizeof(double));
}

void naive_loop_rows(const struct naive_call *call)
{
    int64_t count = shape_count(&call->node->in[0]->shape);
    memcpy(call->out[0] + row_of(call) * count, call->in[0], (size_t)count * sizeof(double));
}

/* In later rounds it is what naive_loop_next() left there. */
void naive_loop_state(const struct naive_call *call)
{
    int64_t count = shape_count(&call->node->out[0]->shape);
    for (int64_t i = 0; call->round == 0 && i < count; i++)
        call->out[0][i] = call->node->n_in > 0 ? call->in[0][i] : 0;
}

void naive_loop_keep(const struct naive_call *call)
{
    memcpy(call->out[0], call->in[0], (size_t)shape_count(&call->node->in[0]->shape) * sizeof(double));
}

void naive_loop_next(const struct naive_call *call)
{
    int64_t count = shape_count(&call->node->in[0]->shape);
    size_t bytes = (size_t)count * sizeof(double);
    if (call->round == 0)
        memcpy(call->out[1], call->in[0], bytes);
    memcpy(call->out[1] + (call->round + 1) * count, call->in[1], bytes);
    memcpy(call->out[0], call->in[1], bytes);
}
