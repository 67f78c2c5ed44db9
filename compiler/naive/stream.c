/* stream.c -- twins of what is kept of images that come row by row. */
#include "naive/naive.h"

#include <math.h>
#include <string.h>

/* Row `place` of the image with the zeros around it: what a window of before is moves up as far as the next one begins. */
void naive_window_rows(const struct naive_call *call)
{
    int64_t rows = naive_int(call->node, "rows"), step = naive_int(call->node, "step");
    int64_t place = call->round + naive_int(call->node, "before"), count = shape_count(&call->node->in[0]->shape);
    double *kept = call->out[0], outside = naive_bool(call->node, "lowest") ? -INFINITY : 0;
    for (int64_t i = 0; call->round == 0 && i < naive_int(call->node, "before") * count; i++)
        kept[i] = outside;
    if (place >= rows && (place - rows) % step == 0)
        memmove(kept, kept + step * count, (size_t)((rows - step) * count) * sizeof *kept);
    if (place >= rows)
        place = rows - step + (place - rows) % step;
    for (int64_t i = 0; i < count; i++)
        kept[place * count + i] = call->round < naive_int(call->node, "height") ? call->in[0][i] : outside;
}

void naive_fold_rows(const struct naive_call *call)
{
    const char *function = naive_choice(call->node, "function");
    for (int64_t i = 0; i < shape_count(&call->node->in[0]->shape); i++) {
        double x = call->in[0][i], *y = &call->out[0][i];
        if (call->round == 0)
            *y = x;
        else
            *y = strcmp(function, "max") == 0 ? fmax(*y, x) : strcmp(function, "min") == 0 ? fmin(*y, x) : *y + x;
    }
}
