/* bench.c -- see bench.h. */
#include "bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct origin HERE = {.file = "tests/grad"};

static void stop(struct bench *bench)
{
    diag_print(&bench->diag, stderr);
    exit(1);
}

static double *numbers(int64_t count)
{
    double *values = calloc((size_t)count + 1, sizeof *values);
    if (!values)
        exit(1);
    return values;
}

/* Between 0 and 1 (Steele, Lea, Flood: SplitMix64, 2014). */
static double draw(struct bench *bench)
{
    uint64_t z = bench->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

void bench_open(struct bench *bench, double scale)
{
    bench->diag.arena = &bench->arena;
    bench->graph = graph_new(&bench->arena, &bench->diag, "tests/grad");
    bench->scale = scale > 0 ? scale : 1;
    bench->parameters = numbers(4096);
}

void bench_close(struct bench *bench)
{
    for (int i = 0; i < bench->graph->n_inputs; i++)
        free(bench->inputs[i]);
    free(bench->labels[0]);
    free(bench->parameters);
    arena_free(&bench->arena);
}

/* ---- text ---- */

struct shape bench_shape(const char *text)
{
    struct shape shape = {0};
    while (*text >= '0' && *text <= '9') {
        char *end;
        shape.dim[shape.rank++] = strtoll(text, &end, 10);
        text = *end == 'x' ? end + 1 : end;
    }
    return shape;
}

static void set_ints(int64_t *values, const char *text)
{
    char *end;
    for (int i = 0; i < SHAPE_MAX_RANK; i++) {
        values[i] = strtoll(text, &end, 10);
        if (*end != ',')
            return;
        text = end + 1;
    }
}

static void set_attribute(const struct op *op, void *attributes, const char *name, const char *value)
{
    const struct attribute *a = op->attributes;
    while (a && a->name && strcmp(a->name, name) != 0)
        a++;
    if (!a || !a->name) {
        fprintf(stderr, "%s has no attribute named %s\n", op->name, name);
        exit(1);
    }
    void *at = (char *)attributes + a->offset;
    switch (a->type) {
    case ATTRIBUTE_INT:
    case ATTRIBUTE_COUNT: *(int64_t *)at = strtoll(value, NULL, 10); break;
    case ATTRIBUTE_FLOAT: *(double *)at = strtod(value, NULL); break;
    case ATTRIBUTE_BOOL: *(bool *)at = strtol(value, NULL, 10) != 0; break;
    case ATTRIBUTE_PAIR:
    case ATTRIBUTE_QUAD: set_ints(at, value); break;
    case ATTRIBUTE_SHAPE: *(struct shape *)at = bench_shape(value); break;
    case ATTRIBUTE_CHOICE:
        *(int *)at = 0;
        while (a->choices[*(int *)at] && strcmp(a->choices[*(int *)at], value) != 0)
            ++*(int *)at;
        break;
    }
}

static void set_attributes(const struct op *op, void *attributes, const char *text)
{
    char copy[256];
    snprintf(copy, sizeof copy, "%s", text);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        char *equals = strchr(word, '=');
        *equals = '\0';
        set_attribute(op, attributes, word, equals + 1);
    }
}

/* ---- building ---- */

struct tensor *bench_apply(struct bench *bench, const char *name, const char *text, struct tensor *const *in,
                           int n_in)
{
    const struct op *op = op_find(name);
    if (!op) {
        fprintf(stderr, "there is no op named %s\n", name);
        exit(1);
    }
    void *attributes = arena_alloc(&bench->arena, op->attributes_size + 1);
    if (op->attribute_defaults)
        memcpy(attributes, op->attribute_defaults, op->attributes_size);
    set_attributes(op, attributes, text);
    struct tensor *out = graph_apply(bench->graph, op, attributes, in, n_in, HERE);
    if (!out)
        stop(bench);
    return out;
}

struct tensor *bench_unary(struct bench *bench, const char *function, struct tensor *x)
{
    char text[64];
    snprintf(text, sizeof text, "function=%s alpha=0.3", function);
    return bench_apply(bench, "unary", text, &x, 1);
}

struct tensor *bench_binary(struct bench *bench, const char *function, struct tensor *a, struct tensor *b)
{
    char text[64];
    snprintf(text, sizeof text, "function=%s", function);
    return bench_apply(bench, "binary", text, (struct tensor *[]){a, b}, 2);
}

static void fill(struct bench *bench, double *values, int64_t count, bool positive)
{
    for (int64_t i = 0; i < count; i++)
        values[i] = bench->scale * (positive ? 0.1 + 0.8 * draw(bench) : 2 * draw(bench) - 1);
}

struct tensor *bench_parameter(struct bench *bench, struct shape shape, bool trainable, bool positive)
{
    char name[32];
    snprintf(name, sizeof name, "parameter_%d", bench->n_parameters++);
    struct parameter parameter = {.name = name, .shape = shape, .trainable = trainable, .a = positive};
    return graph_parameter(bench->graph, &parameter);
}

struct tensor *bench_variable(struct bench *bench, struct shape shape, bool positive)
{
    int64_t count = BENCH_SAMPLES * shape_count(&shape);
    double *values = bench->inputs[bench->graph->n_inputs] = numbers(count);
    for (int64_t i = 0; i < count; i++)
        values[i] = 0.4 + 0.6 * draw(bench);
    struct tensor *input = graph_input(bench->graph, "input", shape, ELEMENT_FLOAT);
    return bench_binary(bench, "multiply", input, bench_parameter(bench, shape, true, positive));
}

struct tensor *bench_indices(struct bench *bench, struct shape shape, int64_t count)
{
    int64_t numbers_of_all = BENCH_SAMPLES * shape_count(&shape);
    double *values = bench->inputs[bench->graph->n_inputs] = numbers(numbers_of_all);
    for (int64_t i = 0; i < numbers_of_all; i++)
        values[i] = floor((double)count * draw(bench));
    return graph_input(bench->graph, "indices", shape, ELEMENT_INT32);
}

struct tensor *bench_counts(struct bench *bench, struct shape shape)
{
    int64_t count = BENCH_SAMPLES * shape_count(&shape);
    double *values = bench->inputs[bench->graph->n_inputs] = numbers(count), sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += values[i] = i % 3 == 1 ? 0 : 0.5 + draw(bench);
    for (int64_t i = 0; i < count; i++)
        values[i] *= (double)count / sum;
    return graph_input(bench->graph, "counts", shape, ELEMENT_FLOAT);
}

struct tensor *bench_label(struct bench *bench, struct shape shape, int64_t classes)
{
    int64_t count = BENCH_SAMPLES * shape_count(&shape);
    bench->labels[0] = numbers(count);
    for (int64_t i = 0; i < count; i++)
        bench->labels[0][i] = classes ? floor(draw(bench) * (double)classes) : draw(bench);
    return graph_label(bench->graph, shape);
}

void bench_loss_of(struct bench *bench, struct tensor *y)
{
    struct tensor *label = bench_label(bench, y->shape, 0);
    bench->graph->loss = bench_apply(bench, "squared_error", "", (struct tensor *[]){y, label}, 2);
}

/* ---- checking ---- */

static struct naive_data data_of(const struct bench *bench)
{
    return (struct naive_data){.count = BENCH_SAMPLES,
                               .inputs = (const double *const *)bench->inputs,
                               .labels = (const double *const *)bench->labels,
                               .parameters = bench->parameters,
                               .training = true,
                               .seed = 5};
}

static double mean_loss(const struct bench *bench, const struct graph *graph)
{
    struct naive naive;
    struct naive_data data = data_of(bench);
    if (!naive_run(&naive, graph, &data))
        exit(1);
    double sum = 0;
    for (int64_t s = 0; s < BENCH_SAMPLES; s++)
        sum += naive_value(&naive, graph->loss)[s];
    naive_free(&naive);
    return sum / BENCH_SAMPLES;
}

/* With steps of 1e-5 the central difference is wrong by h^2 f'''/6, about 1e-10, and by the rounding of the two
 * losses, 1e-16 / h = 1e-11; a wrong derivative is wrong by about its own size. */
static const double STEP = 1e-5, TOLERANCE = 1e-6;

static double difference(struct bench *bench, const struct graph *graph, int64_t index)
{
    double *at = &bench->parameters[index], saved = *at;
    *at = saved + STEP;
    double above = mean_loss(bench, graph);
    *at = saved - STEP;
    double below = mean_loss(bench, graph);
    *at = saved;
    return (above - below) / (2 * STEP);
}

static int check_gradient(struct bench *bench, const struct graph *forward, const struct parameter *parameter,
                          const double *gradient)
{
    int64_t count = shape_count(&parameter->shape), stride = count / 60 + 1; /* a sample of large ones */
    double largest = 1e-3;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(gradient[i]));
    for (int64_t i = 0; i < count; i += stride) {
        double expected = difference(bench, forward, parameter->offset + i);
        if (fabs(gradient[i] - expected) <= TOLERANCE * largest)
            continue;
        fprintf(stderr, "gradient of %s[%d] is %.9g, the difference quotient %.9g\n", parameter->name, (int)i,
                gradient[i], expected);
        return 1;
    }
    return 0;
}

static void cover(struct bench *bench)
{
    for (int i = 0; bench->covered && i < bench->graph->n_nodes; i++)
        for (int op = 0; op_table[op]; op++)
            bench->covered[op] |= op_table[op] == bench->graph->nodes[i]->op;
}

static void draw_parameters(struct bench *bench)
{
    for (int i = 0; i < bench->graph->n_parameters; i++) {
        const struct parameter *parameter = bench->graph->parameters[i];
        fill(bench, bench->parameters + parameter->offset, shape_count(&parameter->shape), parameter->a > 0);
    }
}

int bench_check(struct bench *bench, bool simplify)
{
    struct graph *graph = bench->graph;
    cover(bench);
    graph_finish(graph);
    draw_parameters(bench);
    if ((simplify && !pass_simplify(graph)) || !pass_lower(graph, true))
        stop(bench);
    cover(bench);
    const struct graph *forward = graph_copy(graph);
    if (!pass_grad(graph))
        stop(bench);

    struct naive naive;
    struct naive_data data = data_of(bench);
    if (!naive_run(&naive, graph, &data))
        exit(1);
    int wrong = 0, reached = 0;
    for (int i = 0; i < graph->n_gradients; i++) {
        const struct parameter *parameter = graph->gradients[i].parameter;
        double *sum = numbers(shape_count(&parameter->shape));
        naive_gradient(&naive, &graph->gradients[i], sum);
        wrong += check_gradient(bench, forward, parameter, sum);
        free(sum);
        reached++;
    }
    naive_free(&naive);
    for (int i = 0; i < graph->n_parameters; i++)
        reached -= graph->parameters[i]->trainable;
    if (reached)
        fprintf(stderr, "%d trainable parameters have no gradient\n", -reached);
    return wrong + (reached != 0);
}
