/* split.c -- how large kernels of matmul are shared out among threads.
 *
 * Elsewhere a thread computes what its blocks of samples need, one block after the other. A kernel that the caches do not
 * keep would come from memory for every block. Here the batch waits, and then each thread computes some outputs of all
 * blocks, whose weights come once.
 *
 * Elsewhere a thread sums a gradient over the blocks of samples that it has, and the threads' sums are added. A large
 * kernel of matmul, or a table of gather, has more numbers than a block gives it work for: such sums would be memory
 * traffic. Here the batch waits, and then each thread sums some rows over all samples, and moves these parameters at once.
 *
 * Requires the gradients. Replaces matmul and matmul_grad_input by matmul_blocks and matmul_blocks_grad_input, and
 * gradients by what their op's `split` makes. */
#include "op/op.h"
#include "pass/pass.h"

/* A kernel with more does not stay in the second cache of most processors. */
enum { TOO_MANY_NUMBERS = 1 << 18 };

/* What else reaches the parameter, or reads its gradient, needs the sum in one place. */
static bool may_split(const struct graph *graph, const struct gradient *gradient)
{
    const struct tensor *part = gradient->parts[0];
    return gradient->n_parts == 1 && part->producer->op->split && !part->producer->loop &&
           !tensor_is_read(graph, part);
}

static void read_once_for_the_batch(struct graph *graph)
{
    for (int i = 0; i < graph->n_nodes; i++) {
        struct node *node = graph->nodes[i];
        bool product = node->op == &op_matmul || node->op == &op_matmul_grad_input;
        if (!product || node->loop || node->in[0]->shape.rank != 1 ||
            shape_count(&node->in[1]->shape) < TOO_MANY_NUMBERS)
            continue;
        node->op = node->op == &op_matmul ? &op_matmul_blocks : &op_matmul_blocks_grad_input;
    }
}

bool pass_split(struct graph *graph)
{
    read_once_for_the_batch(graph);
    for (int i = 0; i < graph->n_gradients; i++) {
        struct gradient *gradient = &graph->gradients[i];
        struct tensor *rows = NULL;
        if (!may_split(graph, gradient))
            continue;
        const struct node *whole = gradient->parts[0]->producer;
        if (!whole->op->split(graph, whole, &rows))
            return false;
        if (rows)
            gradient->parts[0] = rows;
    }
    graph_sweep(graph);
    return true;
}
