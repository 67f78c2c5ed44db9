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
    int64_t images = lanes == 1 ? 2 : lanes + 2;
    return ceil_div(images * shape_count(&node->in[0]->shape), lanes);
}

static const struct kernel augment = {.name = "augment", .scratch = scratch};
const struct kernel *const augment_kernels[] = {&augment, NULL};
