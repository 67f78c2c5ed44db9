/* epilogue.c -- what kernels that sum products compute before they store: one row for each op that can be a part of it. */
#include "kernel/kernel.h"

static bool is_convolution(const struct node *node) { return node->op == &op_conv2d || node->op == &op_winograd; }

/* ---- which may follow what is fused so far ---- */

static bool bias_follows(const struct graph *graph, const struct node *node, const struct node *next,
                         const struct epilogue *so_far)
{
    const struct tensor *bias = next->in[1];
    (void)graph, (void)node;
    return is_binary(next, BINARY_ADD) && !so_far->bias && !so_far->nonlinearity && so_far->pool == POOL_NONE &&
           bias->scope == SCOPE_SHARED && bias->shape.rank == 1 && is_suffix(&bias->shape, &next->in[0]->shape) &&
           (!bias->producer || bias->producer->once);
}

static bool nonlinearity_follows(const struct graph *graph, const struct node *node, const struct node *next,
                                 const struct epilogue *so_far)
{
    (void)graph, (void)node, (void)next;
    return !so_far->nonlinearity && so_far->pool != POOL_AVERAGE;
}

static bool max_pool_follows(const struct graph *graph, const struct node *node, const struct node *next,
                             const struct epilogue *so_far)
{
    (void)graph;
    return is_convolution(node) && !so_far->nonlinearity && so_far->pool == POOL_NONE && pool_tiles(next);
}

/* The shared kernels for size have no other order than that of a max pool. */
static bool average_pool_follows(const struct graph *graph, const struct node *node, const struct node *next,
                                 const struct epilogue *so_far)
{
    return is_convolution(node) && so_far->pool == POOL_NONE && pool_tiles(next) &&
           graph->optimize != OPTIMIZE_SIZE;
}

/* ---- what becomes of the epilogue ---- */

static void add_bias(struct epilogue *epilogue, const struct node *node)
{
    (void)node;
    epilogue->bias = true;
}

static void add_nonlinearity(struct epilogue *epilogue, const struct node *node) { epilogue->nonlinearity = node; }

static void add_pool(struct epilogue *epilogue, const struct node *node, enum pooling pool)
{
    const struct pool2d *a = node->attributes;
    epilogue->pool = (int)pool;
    for (int i = 0; i < 2; i++)
        epilogue->window[i] = a->window.size[i];
}

static void add_max_pool(struct epilogue *epilogue, const struct node *node)
{
    add_pool(epilogue, node, POOL_MAX);
    epilogue->argmax = node->out[1];
}

static void add_average_pool(struct epilogue *epilogue, const struct node *node)
{
    add_pool(epilogue, node, POOL_AVERAGE);
}

/* ---- the parts ---- */

static const struct part {
    const struct op *op;
    bool (*follows)(const struct graph *graph, const struct node *node, const struct node *next,
                    const struct epilogue *so_far);
    void (*add)(struct epilogue *epilogue, const struct node *node);
} parts[] = {
    {&op_binary, bias_follows, add_bias},
    {&op_unary, nonlinearity_follows, add_nonlinearity},
    {&op_max_pool2d, max_pool_follows, add_max_pool},
    {&op_average_pool2d, average_pool_follows, add_average_pool},
};

/* NULL: the op is never part of an epilogue. */
static const struct part *part_of(const struct node *node)
{
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i].op == node->op)
            return &parts[i];
    return NULL;
}

struct epilogue epilogue_of(const struct node *node)
{
    struct epilogue epilogue = {.window = {1, 1}};
    for (int i = 0; i < node->n_fused; i++) {
        const struct part *part = part_of(node->fused[i]);
        if (part) /* as nothing else was fused */
            part->add(&epilogue, node->fused[i]);
    }
    return epilogue;
}

bool epilogue_fuses(const struct graph *graph, const struct node *node, const struct node *next)
{
    const struct part *part = part_of(next);
    const struct epilogue so_far = epilogue_of(node);
    return part && part->follows(graph, node, next, &so_far);
}

bool epilogue_fuses_transposed(const struct graph *graph, const struct node *node, const struct node *next)
{
    return graph->optimize != OPTIMIZE_SIZE && epilogue_fuses(graph, node, next);
}

bool epilogue_fuses_normalize(const struct graph *graph, const struct node *node, const struct node *next)
{
    return next->op == &op_unary && graph->optimize != OPTIMIZE_SIZE && epilogue_fuses(graph, node, next);
}

bool epilogue_fuses_winograd(const struct graph *graph, const struct node *node, const struct node *next)
{
    const struct part *part = part_of(next);
    struct epilogue after = epilogue_of(node);
    if (!part || !part->follows(graph, node, next, &after))
        return false;
    part->add(&after, next);
    return after.pool == POOL_NONE || (after.window[0] == 2 && after.window[1] == 2);
}
