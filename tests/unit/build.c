/* build.c -- see build.h. */
#include "build.h"

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct origin HERE = {.file = "test.lua", .line = 7, .layer = "layer", .type = "Layer"};

/* ---- fixture ---- */

void build_reset(struct build *build)
{
    build_forgive(build);
    build->graph = graph_new(&build->arena, &build->diag, "test.lua");
}

void build_forgive(struct build *build) { build->diag = (struct diag){.arena = &build->arena}; }

int build_open(void **state)
{
    struct build *build = calloc(1, sizeof *build);
    if (!build)
        return -1;
    build_reset(build);
    *state = build;
    return 0;
}

int build_close(void **state)
{
    struct build *build = *state;
    arena_free(&build->arena);
    free(build);
    return 0;
}

/* ---- attributes from text ---- */

struct shape build_shape(const char *text)
{
    struct shape shape = {0};
    while (*text) {
        char *end;
        assert_true(shape.rank < SHAPE_MAX_RANK);
        shape.dim[shape.rank++] = strtoll(text, &end, 10);
        assert_true(end > text);
        text = *end == 'x' ? end + 1 : end;
    }
    return shape;
}

static void read_ints(const char *text, int64_t *values, int count)
{
    for (int i = 0; i < count; i++) {
        char *end;
        values[i] = strtoll(text, &end, 10);
        assert_int_equal(*end, i < count - 1 ? ',' : '\0');
        text = end + 1;
    }
}

static int choice(const struct attribute *a, const char *text)
{
    int index = 0;
    while (a->choices[index] && strcmp(a->choices[index], text) != 0)
        index++;
    if (!a->choices[index])
        fail_msg("%s cannot be %s", a->name, text);
    return index;
}

static void set_attribute(const struct attribute *a, void *attributes, const char *text)
{
    void *at = (char *)attributes + a->offset;
    switch (a->type) {
    case ATTRIBUTE_INT:
    case ATTRIBUTE_COUNT: read_ints(text, at, 1); break;
    case ATTRIBUTE_PAIR: read_ints(text, at, 2); break;
    case ATTRIBUTE_QUAD: read_ints(text, at, 4); break;
    case ATTRIBUTE_FLOAT: *(double *)at = strtod(text, NULL); break;
    case ATTRIBUTE_BOOL: *(bool *)at = strcmp(text, "true") == 0; break;
    case ATTRIBUTE_SHAPE: *(struct shape *)at = build_shape(text); break;
    case ATTRIBUTE_CHOICE: *(int *)at = choice(a, text); break;
    }
}

static void *read_attributes(struct build *build, const struct op *op, const char *text)
{
    void *attributes = arena_alloc(&build->arena, op->attributes_size);
    if (op->attribute_defaults)
        memcpy(attributes, op->attribute_defaults, op->attributes_size);
    char *words = arena_strdup(&build->arena, text);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
        char *value = strchr(word, '=');
        assert_non_null(value);
        *value++ = '\0';
        const struct attribute *a = op->attributes;
        while (a && a->name && strcmp(a->name, word) != 0)
            a++;
        if (!a || !a->name)
            fail_msg("%s has no attribute %s", op->name, word);
        else
            set_attribute(a, attributes, value);
    }
    return attributes;
}

/* ---- graphs ---- */

struct tensor *build_input(struct build *build, const char *shape)
{
    return graph_input(build->graph, "input", build_shape(shape), ELEMENT_FLOAT);
}

struct tensor *build_parameter(struct build *build, const char *name, const char *shape)
{
    struct parameter parameter = {.name = name, .shape = build_shape(shape), .trainable = true};
    return graph_parameter(build->graph, &parameter);
}

struct tensor *build_try(struct build *build, const char *name, const char *attributes, struct tensor *const *in,
                         int n_in)
{
    const struct op *op = op_find(name);
    if (!op)
        fail_msg("there is no op %s", name);
    return graph_apply(build->graph, op, read_attributes(build, op, attributes), in, n_in, HERE);
}

struct tensor *build_apply(struct build *build, const char *name, const char *attributes, struct tensor *const *in,
                           int n_in)
{
    struct tensor *result = build_try(build, name, attributes, in, n_in);
    if (!result)
        fail_msg("%s: %s", name, build->diag.message);
    return result;
}

void build_metric(struct build *build, struct tensor *tensor)
{
    struct graph *graph = build->graph;
    graph->metrics = arena_grow(&build->arena, graph->metrics, graph->n_metrics, sizeof *graph->metrics);
    graph->metrics[graph->n_metrics++] = tensor;
}

void build_output(struct build *build, struct tensor *tensor)
{
    struct graph *graph = build->graph;
    graph->outputs = arena_grow(graph->arena, graph->outputs, graph->n_outputs, sizeof *graph->outputs);
    graph->outputs[graph->n_outputs++] = tensor;
    tensor->is_output = true;
}

void build_loss(struct build *build, struct tensor *tensor)
{
    struct tensor *label = graph_label(build->graph, tensor->shape);
    build->graph->loss = apply(build, "squared_error", "", tensor, label);
}

/* ---- words ---- */

static const char *word_of(const struct node *node)
{
    const struct attribute *a = node->op->attributes;
    if ((node->op == &op_binary || node->op == &op_unary) && strcmp(a->name, "function") == 0)
        return a->choices[*(const int *)((const char *)node->attributes + a->offset)];
    return node->op->name;
}

const char *graph_words(const struct graph *graph)
{
    const char *words = "";
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        if (node->fused_into)
            continue;
        words = arena_printf(graph->arena, "%s%s%s", words, *words ? " " : "", word_of(node));
        for (int j = 0; j < node->n_fused; j++)
            words = arena_printf(graph->arena, "%s+%s", words, word_of(node->fused[j]));
    }
    return words;
}

struct node *graph_find(const struct graph *graph, const char *word)
{
    for (int i = 0; i < graph->n_nodes; i++)
        if (strcmp(word_of(graph->nodes[i]), word) == 0)
            return graph->nodes[i];
    fail_msg("no %s among: %s", word, graph_words(graph));
    return NULL;
}

/* ---- whole networks ---- */

const char *const build_scripts[] = {
    "examples/mnist.lua",      "tests/golden/geometry.lua",    "tests/golden/graph.lua",
    "tests/golden/mlp.lua",    "tests/scripts/batch_norm.lua", "tests/scripts/geometry.lua",
    "tests/scripts/graph.lua", "tests/scripts/user_layer.lua", NULL};

struct graph *build_script(struct build *build, const char *path)
{
    const char *top = getenv("TOP");
    build_forgive(build);
    const char *full_path = arena_printf(&build->arena, "%s/%s", top ? top : ".", path);
    struct graph *graph = script_run(&build->arena, &build->diag, full_path, limits_default);
    if (!graph || !pass_simplify(graph))
        fail_msg("%s: %s", path, build->diag.message);
    return graph;
}

static void forget_loss(struct graph *graph)
{
    graph->loss = NULL;
    graph->n_labels = graph->n_metrics = 0;
    graph_sweep(graph);
}

static void forget_outputs(struct graph *graph)
{
    for (int i = 0; i < graph->n_outputs; i++)
        graph->outputs[i]->is_output = false;
    graph->n_outputs = 0;
    graph_sweep(graph);
}

struct program build_program(const struct graph *model, enum program_kind kind, const struct target *target)
{
    struct program program = {.kind = kind,
                              .graph = graph_copy(model),
                              .lanes = kind == PROGRAM_PREDICT ? 1 : target->lanes,
                              .groups = kind == PROGRAM_TRAIN ? 8 : 0};
    struct prepared prepared;
    bool training = kind == PROGRAM_TRAIN;
    assert_true(pass_lower(program.graph, training));
    if (!training)
        assert_true(pass_winograd(program.graph, target, 1) && pass_prepare(program.graph, target, &prepared));
    if (kind == PROGRAM_PREDICT || kind == PROGRAM_MANY)
        forget_loss(program.graph);
    else
        forget_outputs(program.graph);
    if (training)
        assert_true(pass_grad(program.graph) && pass_split(program.graph) &&
                    pass_winograd(program.graph, target, target->lanes) && pass_slopes(program.graph));
    assert_true(pass_fuse(program.graph));
    assert_true(pass_schedule(&program, target));
    assert_true(pass_plan(&program));
    return program;
}

const char *printed(struct graph *graph, void (*print)(const struct graph *graph, FILE *out))
{
    FILE *file = tmpfile();
    assert_non_null(file);
    print(graph, file);
    long length = ftell(file);
    assert_true(length >= 0);
    char *text = arena_alloc(graph->arena, (size_t)length + 1);
    rewind(file);
    assert_int_equal(fread(text, 1, (size_t)length, file), (size_t)length);
    fclose(file);
    return text;
}
