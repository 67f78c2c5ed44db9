/* stack.c -- the most stack that a compiled file takes, from the call graph that gcc writes with
 * -fcallgraph-info=su:
 *
 *   node: { title: "net.c:dense" label: "dense\nnet.c:12:13\n56 bytes (static)" }
 *   edge: { sourcename: "net_predict" targetname: "net.c:dense" label: "net.c:80:5" }
 *
 * A function that is not in the file, of libm say, is a node without bytes and counts as none. */
#include "command/command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct function {
    const char *name;
    int64_t own, worst; /* bytes: of its frame, and with those of what it calls */
};

struct call {
    int caller, callee; /* indices */
};

struct call_graph {
    struct arena *arena;
    struct function *functions;
    struct call *calls;
    int n_functions, n_calls;
};

/* The text in quotes behind `key` in a line, or NULL. */
static const char *quoted(struct arena *arena, const char *line, const char *key)
{
    const char *found = strstr(line, key);
    if (!found)
        return NULL;
    found += strlen(key);
    return arena_printf(arena, "%.*s", (int)strcspn(found, "\""), found);
}

/* Its index, which stays when the list is moved. An edge may come before its nodes. */
static int find_function(struct call_graph *graph, const char *name)
{
    for (int i = 0; i < graph->n_functions; i++)
        if (strcmp(graph->functions[i].name, name) == 0)
            return i;
    graph->functions = arena_grow(graph->arena, graph->functions, graph->n_functions, sizeof *graph->functions);
    graph->functions[graph->n_functions] = (struct function){.name = name};
    return graph->n_functions++;
}

/* "...\n56 bytes (static)": the number is the last one in front of " bytes (". */
static int64_t frame_bytes(const char *label)
{
    const char *at = strstr(label, " bytes (");
    if (!at)
        return 0;
    while (at > label && at[-1] >= '0' && at[-1] <= '9')
        at--;
    return strtoll(at, NULL, 10);
}

static void read_line(struct call_graph *graph, const char *line)
{
    const char *name = quoted(graph->arena, line, "title: \""), *label = quoted(graph->arena, line, "label: \"");
    const char *caller = quoted(graph->arena, line, "sourcename: \"");
    const char *callee = quoted(graph->arena, line, "targetname: \"");
    if (strncmp(line, "node:", 5) == 0 && name && label) {
        int index = find_function(graph, name);
        graph->functions[index].own = graph->functions[index].worst = frame_bytes(label);
    } else if (caller && callee) {
        struct call call = {find_function(graph, caller), find_function(graph, callee)};
        graph->calls = arena_grow(graph->arena, graph->calls, graph->n_calls, sizeof *graph->calls);
        graph->calls[graph->n_calls++] = call;
    }
}

/* Lengthens the paths by a call at a time. False when there is no end of it: a function calls itself. */
static bool find_worst(struct call_graph *graph)
{
    bool changed = true;
    for (int round = 0; changed && round <= graph->n_functions; round++) {
        changed = false;
        for (int i = 0; i < graph->n_calls; i++) {
            struct function *caller = &graph->functions[graph->calls[i].caller];
            int64_t bytes = caller->own + graph->functions[graph->calls[i].callee].worst;
            if (bytes > caller->worst) {
                caller->worst = bytes;
                changed = true;
            }
        }
    }
    return !changed;
}

bool stack_read(struct diag *diag, const char *path, int64_t *bytes)
{
    struct call_graph graph = {.arena = diag->arena};
    FILE *file = fopen(path, "r");
    if (!file)
        return diag_error(diag, (struct origin){0}, "cannot read `%s`: %s", path, strerror(errno));
    char line[4096];
    bool whole = true;
    while (whole && fgets(line, sizeof line, file)) {
        read_line(&graph, line);
        whole = strchr(line, '\n') || feof(file);
    }
    (void)fclose(file); /* only read */
    if (!whole)
        return diag_error(diag, (struct origin){0}, "`%s` has a line that is too long; is --name?", path);
    if (!find_worst(&graph))
        return diag_error(diag, (struct origin){0}, "`%s` has a function that calls itself", path);
    *bytes = 0;
    for (int i = 0; i < graph.n_functions; i++)
        *bytes = graph.functions[i].worst > *bytes ? graph.functions[i].worst : *bytes;
    return true;
}
