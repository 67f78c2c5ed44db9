/* loop.c -- the border of a loop: what leads the values of a sequence and of states into its rounds, and out of them.
 *
 * None of these computes anything: a row lies in its sequence, and what is made for the next round is made where that
 * round finds it. So all are seen by the passes only where memory is given out, and where gradients go through. */
#include "op/op.h"

#include <inttypes.h>
#include <string.h>

static const struct loop *need_loop(struct graph *graph, const struct node *node)
{
    if (!node->loop)
        diag_error(graph->diag, node->origin, "%s: there is no loop here", node->op->name);
    return node->loop;
}

/* The shape of all rounds' values. */
static bool sequence_shape(struct graph *graph, const struct node *node, int64_t rows, struct shape *shape)
{
    if (shape->rank == SHAPE_MAX_RANK)
        return diag_error(graph->diag, node->origin, "a sequence of tensors %s would have more than %d dimensions",
                          shape_text(graph->arena, shape), SHAPE_MAX_RANK);
    for (int i = shape->rank++; i > 0; i--)
        shape->dim[i] = shape->dim[i - 1];
    shape->dim[0] = rows;
    return true;
}

/* ---- loop_row, loop_rows: a sequence outside, one of its rows inside ---- */

static const struct attribute row_attributes[] = {
    {"reverse", ATTRIBUTE_BOOL, offsetof(struct loop_row, reverse), NULL, "the last row in the first round"}, {0}};

static bool row_shape(struct graph *graph, struct node *node)
{
    const struct loop *loop = need_loop(graph, node);
    struct shape shape = node->in[0]->shape;
    if (!loop || !need_scope(graph, node, 0, SCOPE_SAMPLE))
        return false;
    if (shape.rank < 1 || (shape.dim[0] != loop->rounds && !loop->streams))
        return diag_error(graph->diag, node->origin, "a loop of %" PRId64 " rounds cannot take the rows of %s",
                          loop->rounds, shape_text(graph->arena, &shape));
    shape.rank--;
    memmove(shape.dim, shape.dim + 1, (size_t)shape.rank * sizeof *shape.dim);
    return node_output_of(graph, node, shape, SCOPE_SAMPLE, node->in[0]->element);
}

static bool rows_shape(struct graph *graph, struct node *node)
{
    const struct loop *loop = need_loop(graph, node);
    struct shape shape = node->in[0]->shape;
    return loop && need_scope(graph, node, 0, SCOPE_SAMPLE) && sequence_shape(graph, node, loop->rounds, &shape) &&
           node_output_of(graph, node, shape, SCOPE_SAMPLE, node->in[0]->element);
}

/* The rounds of a gradient go from the last to the first. */
static struct tensor *mirrored(struct graph *graph, const struct op *op, struct tensor *dy, const struct node *node)
{
    struct loop_row a = {.reverse = !((const struct loop_row *)node->attributes)->reverse};
    return append_gradient(graph, op, &a, &dy, 1, node);
}

static bool row_backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    dx[0] = mirrored(graph, &op_loop_rows, dy[0], node);
    return dx[0] != NULL;
}

static bool rows_backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    dx[0] = mirrored(graph, &op_loop_row, dy[0], node);
    return dx[0] != NULL;
}

/* Does the node compute something of its first input and of parameters, row by row? */
static bool reads_row(const struct node *node, const struct tensor *row)
{
    bool found = node->op->by_rows && node->n_in > 1 && node->in[0] == row &&
                 node->out[0]->shape.rank == row->shape.rank; /* no broadcasting puts axes in front of the row's */
    for (int i = 1; found && i < node->n_in; i++)
        found = node->in[i] && node->in[i]->scope == SCOPE_SHARED;
    return found;
}

/* `reader` of the whole sequence, and the row of that. */
static struct tensor *hoisted(struct graph *graph, const struct node *row, const struct node *reader)
{
    struct tensor **in = arena_array(graph->arena, reader->n_in, sizeof *in);
    for (int i = 0; i < reader->n_in; i++)
        in[i] = i == 0 ? row->in[0] : reader->in[i];
    struct tensor *all = graph_apply(graph, reader->op, reader->attributes, in, reader->n_in, reader->origin);
    graph->loop = row->loop;
    struct tensor *part = all ? graph_apply(graph, row->op, row->attributes, &all, 1, reader->origin) : NULL;
    graph->loop = NULL;
    return part;
}

/* What is computed of a row and of parameters is computed of all rows at once, in front of the loop. When size counts it is
 * not: that takes memory for all rows. */
static bool simplify_row(struct graph *graph, struct node *node, bool *changed)
{
    for (int i = 0; i < graph->n_nodes && graph->optimize == OPTIMIZE_SPEED; i++) {
        const struct node *reader = graph->nodes[i];
        if (!reads_row(reader, node->out[0]))
            continue;
        struct tensor *part = hoisted(graph, node, reader);
        if (part)
            graph_replace(graph, reader->out[0], part);
        *changed = part != NULL;
        return part != NULL;
    }
    return true;
}

const struct op op_loop_row = {.name = "loop_row",
                               .attributes = row_attributes,
                               .attributes_size = sizeof(struct loop_row),
                               .min_in = 1,
                               .max_in = 1,
                               .shape = row_shape,
                               .backward = row_backward,
                               .simplify = simplify_row,
                               .fold = simplify_row,
                               .border = BORDER_ROW};

const struct op op_loop_rows = {.name = "loop_rows",
                                .attributes = row_attributes,
                                .attributes_size = sizeof(struct loop_row),
                                .min_in = 1,
                                .max_in = 1,
                                .shape = rows_shape,
                                .backward = rows_backward,
                                .border = BORDER_ROWS};

/* ---- loop_state, loop_next: what one round leaves to the next ---- */

static const struct attribute state_attributes[] = {
    {"shape", ATTRIBUTE_SHAPE, offsetof(struct loop_state, shape), NULL, "of zeros"},
    {"stateful", ATTRIBUTE_BOOL, offsetof(struct loop_state, stateful), NULL,
     "goes on where the call before ended"},
    {0}};

static int64_t next_number(const struct graph *graph)
{
    int64_t largest = 0;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct loop_state *other = graph->nodes[i]->attributes;
        if (graph->nodes[i]->op == &op_loop_state && other->number > largest)
            largest = other->number;
    }
    return largest + 1;
}

static bool state_shape(struct graph *graph, struct node *node)
{
    struct loop_state *a = node->attributes;
    if (!need_loop(graph, node))
        return false;
    if (node->n_in > 0 && node->in[0] && !need_scope(graph, node, 0, SCOPE_SAMPLE))
        return false;
    if (node->n_in > 0 && node->in[0])
        a->shape = node->in[0]->shape;
    a->number = a->number ? a->number : next_number(graph);
    return node_output(graph, node, a->shape, SCOPE_SAMPLE);
}

static bool next_shape(struct graph *graph, struct node *node)
{
    const struct loop *loop = need_loop(graph, node);
    struct shape history = node->in[0]->shape;
    return loop && need_same_shape(graph, node, 0, 1) && need_scope(graph, node, 1, SCOPE_SAMPLE) &&
           sequence_shape(graph, node, loop->rounds + 1, &history) && same_as_first(graph, node) &&
           node_output(graph, node, history, SCOPE_SAMPLE);
}

/* The gradient of a state is a state of the rounds that go back: it begins with that of the last round's. */
static bool next_backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    const struct loop_state *forward = node->in[0]->producer->attributes;
    struct loop_state a = {.shape = node->in[1]->shape, .mirrors = forward->number};
    dx[1] = append_gradient(graph, &op_loop_state, &a, dy, dy[0] ? 1 : 0, node);
    return dx[1] != NULL;
}

static struct node *find_mirror(const struct graph *graph, int64_t number)
{
    for (int i = graph->n_nodes; i-- > 0;)
        if (graph->nodes[i]->op == &op_loop_state && graph->nodes[i]->loop == graph->loop &&
            ((const struct loop_state *)graph->nodes[i]->attributes)->mirrors == number)
            return graph->nodes[i];
    return NULL;
}

/* What reaches the state in one round is the gradient of what the round before left. */
static bool state_backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    const struct node *mirror = find_mirror(graph, ((const struct loop_state *)node->attributes)->number);
    struct affine nothing = {.scale = 0};
    if (!mirror)
        return true;
    struct tensor *value = dy[0] ? dy[0] : append_gradient(graph, &op_affine, &nothing, mirror->out, 1, node);
    struct tensor *in[] = {mirror->out[0], value};
    struct tensor *first = value ? append_gradient(graph, &op_loop_next, NULL, in, 2, node) : NULL;
    if (node->n_in > 0)
        dx[0] = first;
    return first != NULL;
}

const struct op op_loop_state = {.name = "loop_state", /* (the first round's, or zeros) */
                                 .attributes = state_attributes,
                                 .attributes_size = sizeof(struct loop_state),
                                 .min_in = 0,
                                 .max_in = 1,
                                 .shape = state_shape,
                                 .backward = state_backward,
                                 .border = BORDER_STATE};

/* Puts the last state where the next call of NAME_predict_step finds it. */
const struct op op_loop_keep = {
    .name = "loop_keep", .min_in = 1, .max_in = 1, .shape = same_as_first, .leaves_state = true};

const struct op op_loop_next = {.name = "loop_next", /* (state, value): the last round's, and all with the first */
                                .min_in = 2,
                                .max_in = 2,
                                .shape = next_shape,
                                .backward = next_backward,
                                .border = BORDER_NEXT};
