/* dump.c -- the graph as text, for --dump: a line for each node. */
#include "graph/graph.h"

#include <inttypes.h>

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

const char *attribute_text(struct arena *arena, const struct node *node, const struct attribute *attribute)
{
    const void *at = (const char *)node->attributes + attribute->offset;
    return arena_printf(arena, "%s=%s", attribute->name, value_text(arena, at, attribute));
}

static void dump_tensor(const struct graph *graph, const struct tensor *tensor, FILE *out)
{
    fprintf(out, "t%d[%s%s]", tensor->id, tensor->scope == SCOPE_SHARED ? "shared " : "",
            shape_text(graph->arena, &tensor->shape));
    if (tensor->alias)
        fprintf(out, " = t%d", tensor->alias->id);
    else if (tensor->storage)
        fprintf(out, "@%s+%" PRId64, storage_names[tensor->storage], tensor->offset);
}

static void dump_schedule(const struct node *node, FILE *out)
{
    fprintf(out, " | %s", node->kernel->name);
    for (int i = 0; i < TILE_MAX && node->kernel->tile_names[i]; i++)
        fprintf(out, " %s=%" PRId64, node->kernel->tile_names[i], node->tile[i]);
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
    if (node->fused_into)
        fprintf(out, " | fused into %d", node->fused_into->id);
    if (node->kernel)
        dump_schedule(node, out);
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
