/* cast.c -- the same numbers of another element type. Floats lose what is behind the point, and what int32 cannot hold
 * becomes the nearest number that it can. */
#include "op/op.h"

struct cast {
    int dtype; /* enum element */
};

static const char *const types[] = {"float32", "int32", NULL};
static const enum element elements[] = {ELEMENT_FLOAT, ELEMENT_INT32};

static const struct attribute attributes[] = {
    {"dtype", ATTRIBUTE_CHOICE, offsetof(struct cast, dtype), types, "the new element type"}, {0}};

static bool shape(struct graph *graph, struct node *node)
{
    enum element element = elements[((const struct cast *)node->attributes)->dtype];
    return node_output_of(graph, node, node->in[0]->shape, node->in[0]->scope, element);
}

/* Nothing flows through whole numbers. */
static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    (void)graph;
    bool floats = node->in[0]->element == ELEMENT_FLOAT && node->out[0]->element == ELEMENT_FLOAT;
    dx[0] = floats ? dy[0] : NULL;
    return true;
}

static bool simplify(struct graph *graph, struct node *node, bool *changed)
{
    if (node->in[0]->element != node->out[0]->element || node->in[0]->role != ROLE_VALUE)
        return true;
    graph_replace(graph, node->out[0], node->in[0]);
    *changed = true;
    return true;
}

bool cast_makes(const struct node *node, enum element element)
{
    return node->op == &op_cast && node->out[0]->element == element;
}

const struct op op_cast = {
    .name = "cast",
    .usage = {"the same numbers of another type: whole ones of floats, or floats of whole ones",
              "int32: y = x without what is behind the point", "op.cast(op.cast(x * 10, \"int32\"), \"float32\")"},
    .attributes = attributes,
    .attributes_size = sizeof(struct cast),
    .min_in = 1,
    .max_in = 1,
    .shape = shape,
    .backward = backward,
    .simplify = simplify,
    .any_element = true,
    .in_place = true};
