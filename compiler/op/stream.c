/* stream.c -- images that pass row by row (pass/stream.c): which ops need one row alone, and what is kept of the rows that come,
 * one in each of a loop's rounds that computes it.
 *
 * Both ops here make a tensor that outlives the rounds: each round changes it in place, and who reads it in the same round finds
 * what has come so far. */
#include "op/op.h"

#define ROW(name, text) text,
static const char *const functions[] = {REDUCTIONS(ROW) NULL};
#undef ROW

/* ---- window_rows: the rows that the next window reads ---- */

static const struct attribute window_attributes[] = {
    {"rows", ATTRIBUTE_INT, offsetof(struct window_rows, rows), NULL, "that are kept"},
    {"step", ATTRIBUTE_INT, offsetof(struct window_rows, step), NULL, "from one window to the next"},
    {"before", ATTRIBUTE_INT, offsetof(struct window_rows, before), NULL, "rows in front of the first"},
    {"height", ATTRIBUTE_INT, offsetof(struct window_rows, height), NULL, "rows that come"},
    {"behind", ATTRIBUTE_INT, offsetof(struct window_rows, behind), NULL, "rows behind the last"},
    {"lowest", ATTRIBUTE_BOOL, offsetof(struct window_rows, lowest), NULL,
     "these hold no zeros, but the lowest number"},
    {0}};

static bool window_shape(struct graph *graph, struct node *node)
{
    const struct window_rows *a = node->attributes;
    struct shape shape = node->in[0]->shape;
    if (!need_rank(graph, node, 0, 3) || !need_scope(graph, node, 0, SCOPE_SAMPLE))
        return false;
    shape.dim[0] = a->rows;
    return node_output_of(graph, node, shape, SCOPE_SAMPLE, node->in[0]->element);
}

const struct op op_window_rows = {.name = "window_rows",
                                  .attributes = window_attributes,
                                  .attributes_size = sizeof(struct window_rows),
                                  .min_in = 1,
                                  .max_in = 1,
                                  .shape = window_shape,
                                  .border = BORDER_KEEP};

/* ---- fold_rows: the sum, or the largest, of what each row has given ---- */

static const struct attribute fold_attributes[] = {{"function", ATTRIBUTE_CHOICE,
                                                    offsetof(struct fold_rows, function), functions,
                                                    "of what there is and what comes"},
                                                   {0}};

const struct op op_fold_rows = {.name = "fold_rows",
                                .attributes = fold_attributes,
                                .attributes_size = sizeof(struct fold_rows),
                                .min_in = 1,
                                .max_in = 1,
                                .shape = same_as_first,
                                .border = BORDER_KEEP};

/* ---- what else passes row by row ---- */

bool node_keeps_places(const struct node *node)
{
    if (node->n_in == 0 || !node->in[0])
        return false;
    const int64_t *x = node->in[0]->shape.dim, *y = node->out[0]->shape.dim;
    if (node->op == &op_concat)
        return x[0] == y[0] && x[1] == y[1]; /* along the channels */
    return node->op->pointwise || node->op->identity_in_inference || node->op == &op_softmax;
}
