/* augment.c -- images are augmented one by one, each in its own layout, and then made innermost. */
#include "kernel/kernel.h"

/* A chain of augmentations, and what is scaled in between, is computed image by image. */
bool augment_fuses(const struct graph *graph, const struct node *node, const struct node *next)
{
    (void)graph, (void)node;
    return next->op == &op_augment || next->op == &op_affine;
}

/* The images of a block, unless the vectors have one lane, and two in the making. */
static int64_t scratch(const struct node *node, const struct target *target, int lanes)
{
    (void)target;
    const struct tensor *y = node_last((struct node *)node)->out[0];
    int64_t made = lanes == 1 ? 0 : lanes * shape_count(&y->shape);
    return ceil_div(made + 2 * shape_count(&node->in[0]->shape), lanes);
}

static const struct kernel augment = {.name = "augment", .scratch = scratch};
const struct kernel *const augment_kernels[] = {&augment, NULL};
