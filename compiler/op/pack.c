/* pack.c -- a parameter's last axis, cut into panels that a kernel loads as whole vectors.
 *
 * The input is a matrix of R rows (all axes but the last) and C columns (the last); its columns fall into `groups`
 * groups, each cut into ceil(C / groups / panel) panels; the result is (panels, R, panel), filled up with zeros.
 * With one panel as wide as the matrix it is a copy. */
#include "op/op.h"

#include <string.h>

static const struct attribute attributes[] = {{"panel", ATTRIBUTE_INT, offsetof(struct pack, panel), NULL, NULL},
                                              {"groups", ATTRIBUTE_INT, offsetof(struct pack, groups), NULL, NULL},
                                              {0}};

static bool shape(struct graph *graph, struct node *node)
{
    const struct pack *a = node->attributes;
    const struct shape *x = &node->in[0]->shape;
    int64_t columns = x->rank ? x->dim[x->rank - 1] : 1;
    if (a->groups == 1 && a->panel == columns)
        return node_output(graph, node, *x, SCOPE_SHARED);
    int64_t panels = ceil_div(columns / a->groups, a->panel) * a->groups;
    return node_output(graph, node, (struct shape){3, {panels, shape_count(x) / columns, a->panel}}, SCOPE_SHARED);
}

static void evaluate(const struct node *node, const float *const *in, float *const *out)
{
    const struct pack *a = node->attributes;
    const struct shape *x = &node->in[0]->shape;
    int64_t columns = x->rank ? x->dim[x->rank - 1] : 1, rows = shape_count(x) / columns;
    int64_t group = columns / a->groups, panels = ceil_div(group, a->panel);
    for (int64_t p = 0; p < a->groups * panels; p++) {
        int64_t first = p / panels * group + p % panels * a->panel;
        int64_t width = (p / panels + 1) * group - first;
        if (width > a->panel)
            width = a->panel;
        for (int64_t r = 0; r < rows; r++) {
            float *row = out[0] + (p * rows + r) * a->panel;
            memset(row, 0, (size_t)a->panel * sizeof *row);
            memcpy(row, in[0] + r * columns + first, (size_t)width * sizeof *row);
        }
    }
}

const struct op op_pack = {.name = "pack",
                           .attributes = attributes,
                           .attributes_size = sizeof(struct pack),
                           .min_in = 1,
                           .max_in = 1,
                           .shape = shape,
                           .evaluate = evaluate};
