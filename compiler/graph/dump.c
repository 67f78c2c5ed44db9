/* dump.c -- the graph as text, for --dump: a line for each node. */
#include "graph/graph.h"

#include <inttypes.h>
#include <string.h>

static const char *value_text(struct arena *arena, const void *at, const struct attribute *a)
{
    const int64_t *n = at;
    switch (a->type) {
    case ATTRIBUTE_INT:
    case ATTRIBUTE_COUNT: return arena_printf(arena, "%" PRId64, *n);
    case ATTRIBUTE_FLOAT: return arena_printf(arena, "%g", *(const double *)at);
    case ATTRIBUTE_BOOL: return *(const bool *)at ? "true" : "false";
    case ATTRIBUTE_CHOICE: return a->choices[*(const int *)at];
    case ATTRIBUTE_PAIR: return arena_printf(arena, "%" PRId64 "x%" PRId64, n[0], n[1]);
    case ATTRIBUTE_QUAD:
        return arena_printf(arena, "%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64, n[0], n[1], n[2], n[3]);
    case ATTRIBUTE_SHAPE: return shape_text(arena, at);
    }
    return "";
}

const char *member_text(struct arena *arena, const void *of, const struct attribute *member)
{
    return value_text(arena, (const char *)of + member->offset, member);
}

const char *node_word(struct arena *arena, const struct node *node)
{
    for (const struct attribute *a = node->op->attributes; a && a->name; a++)
        if (a->type == ATTRIBUTE_CHOICE && strcmp(a->name, "function") == 0)
            return member_text(arena, node->attributes, a);
    return node->op->name;
}

const char *attribute_text(struct arena *arena, const struct node *node, const struct attribute *attribute)
{
    return arena_printf(arena, "%s=%s", attribute->name, member_text(arena, node->attributes, attribute));
}

static void dump_tensor(const struct graph *graph, const struct tensor *tensor, FILE *out)
{
    bool whole = tensor->element == ELEMENT_INT32 || (tensor->element == ELEMENT_BYTE && !tensor->producer);
    fprintf(out, "t%d[%s%s%s%s]", tensor->id, tensor->scope == SCOPE_SHARED ? "shared " : "",
            whole ? element_names[tensor->element] : "", whole ? " " : "",
            shape_text(graph->arena, &tensor->shape));
    if (tensor->alias)
        fprintf(out, " = t%d", tensor->alias->id);
    else if (tensor->storage)
        fprintf(out, "@%s+%" PRId64, storage_names[tensor->storage], tensor->offset);
}

/* The first two members say in which order the loops stand and what their vectors are; the others follow from the op. */
static void dump_nest(const struct graph *graph, const struct node *node, FILE *out)
{
    for (const struct attribute *member = nest_members; member < nest_members + 2; member++)
        fprintf(out, ", %s %s", member->name, member_text(graph->arena, node->nest, member));
}

static void dump_epilogue(const struct node *node, FILE *out)
{
    const struct epilogue *e = node->epilogue;
    static const char *const pools[] = {"", " max_pool", " average_pool"};
    if (node->n_fused > 0)
        fprintf(out, ", then%s%s%s%s", e->bias ? " bias" : "", e->pool == POOL_MAX ? pools[e->pool] : "",
                e->nonlinearity ? " nonlinearity" : "", e->pool == POOL_AVERAGE ? pools[e->pool] : "");
}

static void dump_schedule(const struct graph *graph, const struct node *node, FILE *out)
{
    fprintf(out, " | %s", node->kernel->name);
    for (int i = 0; i < TILE_MAX && node->kernel->tile_names[i]; i++)
        fprintf(out, " %s=%" PRId64, node->kernel->tile_names[i], node->tile[i]);
    if (node->nest)
        dump_nest(graph, node, out);
    if (node->epilogue)
        dump_epilogue(node, out);
    fprintf(out, ", %.0f cycles%s%s, %s %d", node->cycles, node->measured ? ", measured" : "",
            node->parallel ? ", parallel" : "", node->once ? "once" : "phase", node->phase);
}

static void dump_node(const struct graph *graph, const struct node *node, FILE *out)
{
    fprintf(out, "%3d ", node->id);
    for (int i = 0; i < node->n_out; i++) {
        fputs(i ? ", " : "", out);
        dump_tensor(graph, node->out[i], out);
    }
    fprintf(out, " = %s(", node->op->name);
    for (int i = 0; i < node->n_in; i++)
        fprintf(out, node->in[i] ? "%st%d" : "%snil", i ? ", " : "", node->in[i] ? node->in[i]->id : 0);
    fputc(')', out);
    for (const struct attribute *a = node->op->attributes; a && a->name; a++)
        fprintf(out, " %s", attribute_text(graph->arena, node, a));
    if (node->every)
        fprintf(out, " | %" PRId64 " times, from round %" PRId64 " on, %" PRId64 " apart", node->times, node->first,
                node->every);
    if (node->fused_into)
        fprintf(out, " | fused into %d", node->fused_into->id);
    if (node->loads)
        fputs(" | fused into loading", out);
    if (node->kernel)
        dump_schedule(graph, node, out);
    if (node->origin.layer)
        fprintf(out, " # %s, line %d%s", node->origin.layer, node->origin.line,
                node->direction == BACKWARD ? ", backward" : "");
    fputc('\n', out);
}

void graph_dump(const struct graph *graph, FILE *out)
{
    for (int i = 0; i < graph->n_tensors; i++)
        if (!graph->tensors[i]->producer && graph->tensors[i]->role != ROLE_VALUE) {
            fputs("    ", out);
            dump_tensor(graph, graph->tensors[i], out);
            fprintf(out, " %s\n", graph->tensors[i]->name);
        }
    for (int i = 0; i < graph->n_nodes; i++)
        dump_node(graph, graph->nodes[i], out);
}
