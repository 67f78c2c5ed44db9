/* gather.c -- y[..., d] = table[index[...], d]: rows of a table, which is a parameter or a tensor of each sample, and
 * one_hot, the rows of the unit matrix. An index that the table lacks counts as the nearest that it has. */
#include "op/op.h"

#include <inttypes.h>

static bool need_indices(struct graph *graph, struct node *node)
{
    if (node->in[0]->element == ELEMENT_INT32)
        return need_scope(graph, node, 0, SCOPE_SAMPLE);
    diag_error(graph->diag, node->origin, "%s needs int32 indices, but its first input is of type %s",
               node->op->name, element_names[node->in[0]->element]);
    return diag_hint(graph->diag, "op.cast(x, \"int32\") makes some; Input{..., dtype = \"int32\"} has them");
}

/* ---- gather ---- */

static bool shape(struct graph *graph, struct node *node)
{
    const struct shape *table = &node->in[1]->shape;
    struct shape y = node->in[0]->shape;
    if (!need_indices(graph, node))
        return false;
    if (table->rank < 1 || y.rank + table->rank - 1 > SHAPE_MAX_RANK)
        return diag_error(graph->diag, node->origin, "gather: rows of %s for indices %s would have too %s axes",
                          shape_text(graph->arena, table), shape_text(graph->arena, &y),
                          table->rank < 1 ? "few" : "many");
    if (table->dim[0] > INT32_MAX)
        return diag_error(graph->diag, node->origin, "gather: a table has at most %d rows", INT32_MAX);
    for (int i = 1; i < table->rank; i++)
        y.dim[y.rank++] = table->dim[i];
    return node_output(graph, node, y, SCOPE_SAMPLE);
}

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct result a = {node->in[1]->shape};
    const struct op *op = node->in[1]->scope == SCOPE_SHARED ? &op_gather_grad : &op_gather_grad_sample;
    dx[1] = append_gradient(graph, op, &a, (struct tensor *[]){node->in[0], dy[0]}, 2, node);
    return dx[1] != NULL;
}

static int64_t index_limit(const struct node *node) { return node->in[1]->shape.dim[0]; }

const struct op op_gather = {
    .name = "gather", /* (index, table) */
    .usage = {"rows of a table, a parameter or a tensor, by their numbers: (indices of type int32, table)",
              "y[..., d] = table[index[...], d]",
              "local Mine = Layer{name = \"Mine\", call = function(self, x)\n"
              "  return op.gather(op.cast(x, \"int32\"), self:parameter(\"table\", {100, 8}, \"uniform\"))\n"
              "end}\n"
              "return Sequential{Mine{input_shape = {12}}}"},
    .min_in = 2,
    .max_in = 2,
    .shape = shape,
    .backward = backward,
    .index_limit = index_limit,
    .any_element = true};

/* ---- its gradients ---- */

static bool table_shape(struct graph *graph, struct node *node)
{
    return node_output(graph, node, ((const struct result *)node->attributes)->result, SCOPE_SHARED);
}

/* Each number is added to one: where the sums go is what takes time. */
static int64_t grad_work(const struct node *node) { return shape_count(&node->in[1]->shape); }

/* Below, the groups' sums of the table stay in the first cache. */
enum { TABLE_NUMBERS = 1 << 10 };

static bool split(struct graph *graph, const struct node *node, struct tensor **rows)
{
    const struct result *a = node->attributes;
    if (shape_count(&a->result) < TABLE_NUMBERS)
        return true;
    struct gather_panels width = {shape_count(&a->result) / a->result.dim[0]};
    struct tensor *panels = append_gradient(graph, &op_gather_grad_panels, &width, &node->in[1], 1, node);
    struct tensor *in[] = {node->in[0], panels};
    *rows = panels ? append_gradient(graph, &op_gather_grad_rows, a, in, 2, node) : NULL;
    return *rows != NULL;
}

/* dtable[index[...], d] = sum over the batch and ... of dy[..., d] */
const struct op op_gather_grad = {.name = "gather_grad", /* (index, dy) */
                                  .attributes = result_attributes,
                                  .attributes_size = sizeof(struct result),
                                  .min_in = 2,
                                  .max_in = 2,
                                  .shape = table_shape,
                                  .split = split,
                                  .any_element = true,
                                  .work = grad_work};

/* The same of a sample's own table. */
const struct op op_gather_grad_sample = {.name = "gather_grad_sample", /* (index, dy) */
                                         .attributes = result_attributes,
                                         .attributes_size = sizeof(struct result),
                                         .min_in = 2,
                                         .max_in = 2,
                                         .shape = result_shape,
                                         .any_element = true};

static const struct attribute panel_attributes[] = {
    {"width", ATTRIBUTE_INT, offsetof(struct gather_panels, width), NULL, NULL}, {0}};

/* The same numbers in another order: those of one index and sample lie one after the other. */
const struct op op_gather_grad_panels = {.name = "gather_grad_panels", /* (dy) */
                                         .attributes = panel_attributes,
                                         .attributes_size = sizeof(struct gather_panels),
                                         .min_in = 1,
                                         .max_in = 1,
                                         .shape = same_as_first};

/* gather_grad, some rows of the table at a time over the whole batch. */
const struct op op_gather_grad_rows = {.name = "gather_grad_rows", /* (index, panels of dy) */
                                       .attributes = result_attributes,
                                       .attributes_size = sizeof(struct result),
                                       .min_in = 2,
                                       .max_in = 2,
                                       .by_parameters = true,
                                       .shape = table_shape,
                                       .any_element = true,
                                       .work = grad_work};

/* ---- one_hot ---- */

static const char *const modes[] = {"each", "any", "count", NULL};

struct one_hot {
    int64_t depth;
    int mode;
};

static const struct attribute one_hot_attributes[] = {
    {"depth", ATTRIBUTE_INT, offsetof(struct one_hot, depth), NULL, "how many numbers stand for an index"},
    {"mode", ATTRIBUTE_CHOICE, offsetof(struct one_hot, mode), modes,
     "each: for each index; any: 1 where one of the last axis is; count: how many of it are"},
    {0}};

static bool one_hot_shape(struct graph *graph, struct node *node)
{
    const struct one_hot *a = node->attributes;
    struct shape y = node->in[0]->shape;
    if (!need_indices(graph, node))
        return false;
    if (a->depth < 1 || a->depth > INT32_MAX)
        return diag_error(graph->diag, node->origin, "one_hot's depth must be from 1 to %d, not %" PRId64,
                          INT32_MAX, a->depth);
    y.rank += modes[a->mode] == modes[0];
    if (y.rank < 1 || y.rank > SHAPE_MAX_RANK)
        return diag_error(graph->diag, node->origin, "one_hot: %s has too %s axes",
                          shape_text(graph->arena, &node->in[0]->shape), y.rank < 1 ? "few" : "many");
    y.dim[y.rank - 1] = a->depth;
    return node_output(graph, node, y, SCOPE_SAMPLE);
}

static bool no_gradient(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    (void)graph, (void)node, (void)dy, (void)dx;
    return true;
}

const struct op op_one_hot = {.name = "one_hot",
                              .usage = {"1 at the place of an index, 0 elsewhere; nothing for indices out of range",
                                        "y[..., k] = 1 where index[...] = k, else 0",
                                        "op.one_hot(op.cast(x, \"int32\"), {depth = 5})"},
                              .attributes = one_hot_attributes,
                              .attributes_size = sizeof(struct one_hot),
                              .min_in = 1,
                              .max_in = 1,
                              .shape = one_hot_shape,
                              .backward = no_gradient,
                              .any_element = true};
