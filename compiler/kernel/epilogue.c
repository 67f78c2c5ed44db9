/* epilogue.c -- what kernels that sum products compute before they store: which nodes they fuse. */
#include "kernel/kernel.h"

static bool is_convolution(const struct node *node) { return node->op == &op_conv2d || node->op == &op_winograd; }

/* The order is bias, max pool, nonlinearity, or bias, nonlinearity, average pool; each at most once. The shared kernels
 * for size know the first alone. */
bool epilogue_fuses(const struct graph *graph, const struct node *node, const struct node *next)
{
    bool pooled = node_has_fused(node, &op_max_pool2d), bent = node_has_fused(node, &op_unary);
    if (next->op == &op_average_pool2d)
        return is_convolution(node) && !pooled && !node_has_fused(node, &op_average_pool2d) && pool_tiles(next) &&
               graph->optimize != OPTIMIZE_SIZE;
    if (bent || node_has_fused(node, &op_average_pool2d))
        return false;
    if (next->op == &op_unary)
        return true;
    if (pooled)
        return false;
    if (is_binary(next, BINARY_ADD)) {
        const struct tensor *bias = next->in[1];
        bool early = !bias->producer || bias->producer->once;
        return bias->scope == SCOPE_SHARED && bias->shape.rank == 1 && early && !node_has_fused(node, &op_binary);
    }
    return is_convolution(node) && next->op == &op_max_pool2d && pool_tiles(next);
}

bool epilogue_fuses_winograd(const struct graph *graph, const struct node *node, const struct node *next)
{
    bool pool = next->op == &op_max_pool2d || next->op == &op_average_pool2d;
    const struct window *window = pool ? &((const struct pool2d *)next->attributes)->window : NULL;
    return (!window || (window->size[0] == 2 && window->size[1] == 2)) && epilogue_fuses(graph, node, next);
}
