/* pack.c -- a parameter's last axis, cut into panels that a kernel loads as whole vectors.
 *
 * The input is a matrix of R rows (all axes but the last) and C columns (the last); its columns fall into `groups`
 * groups, each cut into ceil(C / groups / panel) panels; the result is (panels, R, panel), filled up with zeros.
 * With one panel as wide as the matrix it is a copy. A kernel that is `turned` has the channels of its groups for columns, and
 * their filters for rows: (taps, channels, groups, filters) becomes (taps, filters, groups, channels) before it is cut. */
#include "op/op.h"

static const struct attribute attributes[] = {{"panel", ATTRIBUTE_INT, offsetof(struct pack, panel), NULL, NULL},
                                              {"groups", ATTRIBUTE_INT, offsetof(struct pack, groups), NULL, NULL},
                                              {"turned", ATTRIBUTE_BOOL, offsetof(struct pack, turned), NULL, NULL},
                                              {0}};

/* The matrix that is cut: of a group, rows are taps and what each has. */
struct matrix {
    int64_t taps, rows, columns;          /* of a group; rows of a tap */
    int64_t tap, row, column, next_group; /* how far apart they are in the input */
};

static struct matrix matrix_of(const struct node *node)
{
    const struct pack *a = node->attributes;
    const struct shape *x = &node->in[0]->shape;
    int64_t last = x->rank ? x->dim[x->rank - 1] : 1, group = last / a->groups;
    if (!a->turned)
        return (struct matrix){1, shape_count(x) / last, group, 0, last, 1, group};
    int64_t channels = x->dim[x->rank - 2];
    return (struct matrix){shape_count(x) / last / channels, group, channels, last * channels, 1, last, group};
}

static bool shape(struct graph *graph, struct node *node)
{
    const struct pack *a = node->attributes;
    const struct shape *x = &node->in[0]->shape;
    int64_t columns = x->rank ? x->dim[x->rank - 1] : 1;
    if (a->groups == 1 && a->panel == columns && !a->turned)
        return node_output(graph, node, *x, SCOPE_SHARED);
    struct matrix m = matrix_of(node);
    int64_t panels = ceil_div(m.columns, a->panel) * a->groups;
    return node_output(graph, node, (struct shape){3, {panels, m.taps * m.rows, a->panel}}, SCOPE_SHARED);
}

static void evaluate(const struct node *node, const float *const *in, float *const *out)
{
    const struct pack *a = node->attributes;
    struct matrix m = matrix_of(node);
    float *to = out[0];
    for (int64_t g = 0; g < a->groups; g++)
        for (int64_t first = 0; first < m.columns; first += a->panel)
            for (int64_t t = 0; t < m.taps; t++)
                for (int64_t r = 0; r < m.rows; r++)
                    for (int64_t c = first; c < first + a->panel; c++)
                        *to++ = c < m.columns ? in[0][g * m.next_group + t * m.tap + r * m.row + c * m.column] : 0;
}

const struct op op_pack = {.name = "pack",
                           .attributes = attributes,
                           .attributes_size = sizeof(struct pack),
                           .min_in = 1,
                           .max_in = 1,
                           .shape = shape,
                           .evaluate = evaluate};
