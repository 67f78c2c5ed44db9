/* rounds.c -- back-propagation through time: what the rounds of a gradient need of those that they go back through.
 *
 * grad lets the nodes of such a loop read tensors of the forward loop as if both were one round. Here these become rows of
 * sequences that the forward loop makes. A sum over the batch, a parameter's gradient, leaves the loop: it is taken of the
 * rows of all rounds at once, behind it. */
#include "op/op.h"
#include "pass/pass.h"

struct rounds {
    struct graph *graph;
    /* by a tensor's id: its values in all rounds, in their order [0] and the other way round [1]; of a forward tensor, its
     * value in the round that is gone back through */
    struct tensor **all[2], **row;
};

static struct tensor *append(struct rounds *rounds, const struct loop *loop, const struct op *op,
                             const void *attributes, struct tensor *in, const struct node *of)
{
    rounds->graph->loop = loop;
    struct node *node = graph_append(rounds->graph, op, attributes, &in, 1, of->origin);
    rounds->graph->loop = NULL;
    if (node)
        node->direction = of->direction;
    return node ? node->out[0] : NULL;
}

/* The values that a state had in front of each round. */
static struct tensor *state_history(struct rounds *rounds, const struct tensor *state)
{
    struct graph *graph = rounds->graph;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *next = graph->nodes[i];
        struct slice a = {.count = state->producer->loop->rounds};
        if (next->op->border == BORDER_NEXT && next->in[0] == state)
            return append(rounds, NULL, &op_slice, &a, next->out[1], next);
    }
    return NULL;
}

/* The sequence may be led out of the loop already. */
static struct tensor *find_sequence(const struct graph *graph, const struct tensor *tensor, bool reverse)
{
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        if (node->op->border == BORDER_ROWS && node->in[0] == tensor &&
            ((const struct loop_row *)node->attributes)->reverse == reverse)
            return node->out[0];
    }
    return NULL;
}

static struct tensor *make_sequence(struct rounds *rounds, struct tensor *tensor, bool reverse)
{
    const struct node *producer = tensor->producer;
    struct loop_row a = {.reverse = reverse};
    if (producer->op->border == BORDER_ROW && ((const struct loop_row *)producer->attributes)->reverse == reverse)
        return producer->in[0];
    if (producer->op->border == BORDER_STATE && !reverse)
        return state_history(rounds, tensor);
    struct tensor *found = find_sequence(rounds->graph, tensor, reverse);
    return found ? found : append(rounds, producer->loop, &op_loop_rows, &a, tensor, producer);
}

/* The tensor's values in the rounds of its loop, in their order or the other way round. */
static struct tensor *sequence_of(struct rounds *rounds, struct tensor *tensor, bool reverse)
{
    struct tensor **sequence = &rounds->all[reverse][tensor->id];
    if (!*sequence)
        *sequence = make_sequence(rounds, tensor, reverse);
    return *sequence;
}

/* NOLINTNEXTLINE(misc-no-recursion): through what shares one tensor's memory, as deep as a script writes that. */
static struct tensor *make_row(struct rounds *rounds, struct tensor *tensor, const struct loop *loop)
{
    const struct node *producer = tensor->producer;
    if (producer->op->alias || (producer->op->part && producer->op->part(producer) >= 0)) {
        struct tensor *whole = producer->in[0];
        struct tensor *row = rounds->row[whole->id] ? rounds->row[whole->id] : make_row(rounds, whole, loop);
        rounds->row[whole->id] = row;
        return row ? append(rounds, loop, producer->op, producer->attributes, row, producer) : NULL;
    }
    bool reversed = producer->op->border == BORDER_ROW && ((const struct loop_row *)producer->attributes)->reverse;
    struct tensor *sequence = sequence_of(rounds, tensor, reversed);
    struct loop_row a = {.reverse = !reversed};
    return sequence ? append(rounds, loop, &op_loop_row, &a, sequence, producer) : NULL;
}

static bool keep_inputs(struct rounds *rounds, struct node *node)
{
    for (int i = 0; i < node->n_in; i++) {
        struct tensor *in = node->in[i];
        if (!in || !tensor_loop(in) || tensor_loop(in) != node->loop->mirrors)
            continue;
        if (!rounds->row[in->id])
            rounds->row[in->id] = make_row(rounds, in, node->loop);
        node->in[i] = rounds->row[in->id];
        if (!node->in[i])
            return false;
    }
    return true;
}

/* Is every tensor of a sample one of the rounds? */
static bool can_leave(const struct node *node)
{
    bool can = node_reduces(node) && node->op->by_rows;
    for (int i = 0; i < node->n_in; i++)
        can &= node->in[i] && tensor_loop(node->in[i]);
    return can;
}

/* The rows of all inputs in the order in which the loop reads a sequence, if it reads one. */
static bool leave(struct rounds *rounds, struct node *node)
{
    bool reverse = false;
    for (int i = 0; i < node->n_in; i++) {
        const struct node *producer = node->in[i]->producer;
        bool row = producer->op->border == BORDER_ROW && producer->loop != node->loop;
        reverse |= row && ((const struct loop_row *)producer->attributes)->reverse;
    }
    for (int i = 0; i < node->n_in; i++) {
        bool back = tensor_loop(node->in[i]) == node->loop;
        node->in[i] = sequence_of(rounds, node->in[i], back ? !reverse : reverse);
        if (!node->in[i])
            return false;
    }
    node->loop = NULL;
    return true;
}

/* A sum over the batch is complete when all blocks have passed, and not within a round. Recurrences of scripts that have some
 * are written out in training (scan.lua). */
static bool refuse_batch_sums(struct graph *graph)
{
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        for (int j = 0; j < node->n_in && node->loop; j++) {
            const struct node *producer = node->in[j] ? node->in[j]->producer : NULL;
            if (!producer || producer->loop != node->loop || !node_reduces(producer))
                continue;
            return diag_error(graph->diag, node->origin,
                              "a step of a loop cannot be trained with what looks across the batch");
        }
    }
    return true;
}

bool rounds_keep(struct graph *graph)
{
    if (!refuse_batch_sums(graph))
        return false;
    struct rounds rounds = {.graph = graph, .row = arena_array(graph->arena, graph->n_tensors, sizeof *rounds.row)};
    for (int i = 0; i < 2; i++)
        rounds.all[i] = arena_array(graph->arena, graph->n_tensors, sizeof *rounds.all[i]);
    int count = graph->n_nodes;
    for (int i = 0; i < count; i++) {
        struct node *node = graph->nodes[i];
        if (!node->loop || !node->loop->mirrors)
            continue;
        if (can_leave(node) ? !leave(&rounds, node) : !keep_inputs(&rounds, node))
            return false;
    }
    return true;
}
