/* steps.c -- whole training steps, with the optimizer, against double.
 *
 * Every step starts from the program's own parameters and state, so that errors do not pile up. The gradient may be
 * off by what rounding does to it (struct slack); an optimizer that divides by the gradient's size may make much of
 * that, or nothing, so its twin is asked what comes of each gradient in that range. */
#include "case.h"
#include "optimizer.h"

#include "../../../runtime/train/train.h"

#include <lauxlib.h>
#include <lualib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 3, MAX_SLOTS = 8 };

/* Of the largest gradient: as in tests/kernel/check.c. */
static const double GRADIENT_TOLERANCE = 3e-5;
/* Float rounds by 2^-24 = 6e-8; an update is about ten operations. */
static const double ROUNDING = 6e-7;

struct steps {
    const struct reference *reference;
    const struct cnn_model *model;
    const struct cnn_stage *at;
    float *parameters, *state, *old_parameters, *old_state;
    void *workspace;
    double *sums; /* which grow from step to step, and are not looked at */
    int64_t batch;
    int64_t slot_shift; /* from a parameter's place to that of its state in a slot */
    double norm, global_norm, norm_error, global_norm_error; /* of gradients; errors are relative */
    const float *weights; /* of the samples, as the runtime makes them of those of classes; NULL: 1 */
    char rate[64];        /* the script's learning rate as an expression of the step; "": it is no function */
    int wrong;
};

struct range {
    double low, high, size; /* size: of the largest term */
};

/* What may become of a number of a parameter. */
struct change {
    struct range of[1 + MAX_SLOTS]; /* of the parameter, then of its slots */
};

static void *allocate(int64_t bytes)
{
    void *memory;
    if (posix_memalign(&memory, 64, (size_t)bytes + 64) != 0)
        exit(1);
    memset(memory, 0, (size_t)bytes);
    return memory;
}

static void include(struct range *range, double value)
{
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
    range->size = fmax(range->size, fabs(value));
}

static double margin_of(const struct range *range)
{
    return ROUNDING * range->size + 0.05 * (range->high - range->low) + 1e-37;
}

static bool is_within(const struct range *range, double value)
{
    double margin = margin_of(range);
    return value >= range->low - margin && value <= range->high + margin;
}

/* The mean m += (1 - beta)*(g - m) errs as if g were off by a rounding of the old m, of which little may be
 * left. */
static double error_of_mean(const struct steps *steps, int64_t index)
{
    double error = 0;
    for (int s = 0; s < steps->at->n_slots; s++)
        if (strcmp(steps->at->slots[s], "momentum") == 0)
            error = ROUNDING *
                    fabs((double)steps->old_state[s * steps->at->trained_floats + index + steps->slot_shift]);
    return error;
}

/* Between "return" and "end" of the function that is the learning rate of the stage: in the line of its compile. */
static void find_rate(struct steps *steps, int stage)
{
    char line[4096], *from, *end;
    FILE *script = fopen(steps->reference->model->script, "r");
    *steps->rate = '\0';
    while (script && fgets(line, sizeof line, script)) {
        if (strncmp(line, "model:compile{", 14) != 0 || stage-- != 0)
            continue;
        from = strstr(line, "function(step) return ");
        end = from ? strstr(from, " end") : NULL;
        if (end)
            snprintf(steps->rate, sizeof steps->rate, "%.*s", (int)(end - from) - 15, from + 15);
    }
    if (script)
        fclose(script);
}

/* Before the runtime would change it. */
static double rate_at(const struct steps *steps, uint64_t step)
{
    if (!*steps->rate)
        return (double)(float)steps->at->learning_rate;
    lua_State *lua = luaL_newstate();
    char text[128];
    snprintf(text, sizeof text, "local step = %d %s", (int)step, steps->rate);
    if (!lua || luaL_dostring(lua, text) != 0)
        exit(1);
    double rate = lua_tonumber(lua, -1);
    lua_close(lua);
    return rate;
}

static void find_change(const struct steps *steps, int64_t index, uint64_t step, double gradient, double error,
                        struct change *change)
{
    struct range *ranges = change->of;
    static const double points[] = {-1, -0.5, -0.2, -0.05, 0, 0.05, 0.2, 0.5, 1};
    double value = (double)steps->old_parameters[index], rate = rate_at(steps, step);
    for (int r = 0; r <= steps->at->n_slots; r++)
        ranges[r] = (struct range){INFINITY, -INFINITY, 0};
    ranges[0].size = fabs(value);
    const int n_points = sizeof points / sizeof *points;
    for (int i = 0; i < 3 * n_points; i++) {
        int point = i / 3, tilt = i % 3 - 1;
        double slots[MAX_SLOTS];
        for (int s = 0; s < steps->at->n_slots; s++) {
            slots[s] = (double)steps->old_state[s * steps->at->trained_floats + index + steps->slot_shift];
            ranges[1 + s].size = fmax(ranges[1 + s].size, fabs(slots[s]));
            slots[s] *= 1 + ROUNDING * tilt; /* little may be left of it, too: m = mu*m + d */
        }
        struct naive_update update = {.value = value,
                                      .gradient = gradient + error * points[point],
                                      .learning_rate = rate,
                                      .step = step,
                                      .rounding = ROUNDING * tilt,
                                      .norm = steps->norm,
                                      .global_norm = steps->global_norm};
        double next = naive_optimize(steps->reference->stage, &update, slots);
        ranges[0].size = fmax(ranges[0].size, fabs(next - value));
        include(&ranges[0], next);
        for (int s = 0; s < steps->at->n_slots; s++) {
            ranges[1 + s].size = fmax(ranges[1 + s].size, fabs(slots[s])); /* what it becomes is rounded, too */
            include(&ranges[1 + s], slots[s]);
        }
    }
    /* An average of the parameter is a sum that the parameter is a term of, with what rounded it. */
    for (int s = 0; s < steps->at->n_slots; s++)
        if (strcmp(steps->at->slots[s], CNN_SLOT_AVERAGE) == 0)
            ranges[1 + s].size = fmax(ranges[1 + s].size, ranges[0].size);
}

/* The squares of what is shortened of a parameter's gradient, and how far off, by the slack of each number, they may be. */
static double squares(const struct steps *steps, const struct parameter *parameter, const double *gradient,
                      double slack, double *error)
{
    const struct stage *stage = steps->reference->stage;
    double sum = 0;
    for (int64_t i = parameter->offset; i < parameter->offset + shape_count(&parameter->shape); i++) {
        double slots[MAX_SLOTS];
        for (int s = 0; s < stage->n_slots; s++)
            slots[s] = (double)steps->old_state[s * steps->at->trained_floats + i + steps->slot_shift];
        double g = naive_batches_gradient(stage, gradient[i], slots);
        sum += g * g;
        *error += slack * slack;
    }
    return sum;
}

/* Of those that the optimizer asks for, relative. */
static double error_of_norms(const struct steps *steps)
{
    const struct stage *stage = steps->reference->stage;
    double error = 0;
    for (int i = 0; i < stage->n_settings; i++)
        error += strcmp(stage->settings[i].name, "clipnorm") == 0          ? steps->norm_error
                 : strcmp(stage->settings[i].name, "global_clipnorm") == 0 ? steps->global_norm_error
                                                                           : 0;
    return error;
}

/* A corner of what the numbers may be: all as small as they may be, all as large, or some of each. */
static double corner_of(const struct range *range, int corner, struct random *random)
{
    double margin = margin_of(range), low = range->low - margin, high = range->high + margin;
    bool is_high = corner < 2 ? (fabs(high) > fabs(low)) == corner : data_draw(random) < 0.5;
    return is_high ? high : low;
}

/* Constraints divide by a norm and Keras' epsilon. Of a parameter whose numbers are not far above it the norm decides how much is
 * left, and the errors of all numbers are in it: what comes of that is rounding alone. */
static bool are_near_epsilon(const struct change *changes, int64_t count)
{
    static const double EPSILON = 1e-7;
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fmax(fabs(changes[i].of[0].low), fabs(changes[i].of[0].high)));
    return largest < 10 * EPSILON;
}

/* A constraint may depend on all numbers of a parameter, by their norm. What it makes of some corners of their ranges says how
 * much they matter, of others it may make that much more. */
static void constrain(const struct steps *steps, const struct parameter *parameter, struct change *changes)
{
    enum { CORNERS = 16 };
    int64_t count = shape_count(&parameter->shape);
    double *numbers = data_allocate(count, sizeof *numbers), *made = data_allocate(count, sizeof *made);
    struct range *ranges = data_allocate(count, sizeof *ranges);
    struct random random = {1};
    for (int64_t i = 0; i < count; i++)
        ranges[i] = (struct range){INFINITY, -INFINITY, changes[i].of[0].size};
    bool constrained = true, is_vague = are_near_epsilon(changes, count);
    for (int corner = 0; corner < CORNERS && constrained; corner++) {
        for (int64_t i = 0; i < count; i++)
            numbers[i] = corner_of(&changes[i].of[0], corner, &random);
        constrained = reference_constrain(steps->reference, parameter, numbers, made);
        for (int64_t i = 0; i < count && constrained; i++)
            include(&ranges[i], made[i]);
    }
    for (int64_t i = 0; i < count && constrained; i++) {
        double width = is_vague ? INFINITY : ranges[i].high - ranges[i].low;
        changes[i].of[0] = (struct range){ranges[i].low - width, ranges[i].high + width, ranges[i].size};
    }
    free(numbers);
    free(made);
    free(ranges);
}

static double got_of(const struct steps *steps, int64_t index, int r)
{
    return (double)(r ? steps->state[(r - 1) * steps->at->trained_floats + index + steps->slot_shift]
                      : steps->parameters[index]);
}

static void compare_changes(struct steps *steps, const struct parameter *parameter, uint64_t step,
                            const struct change *changes)
{
    for (int64_t i = 0; i < shape_count(&parameter->shape); i++)
        for (int r = 0; r <= steps->at->n_slots; r++) {
            const struct range *range = &changes[i].of[r];
            double got = got_of(steps, parameter->offset + i, r);
            if (is_within(range, got))
                continue;
            printf("# step: %s[%d]%s%s after step %d is %.9g instead of %.9g to %.9g\n", parameter->name, (int)i,
                   r ? "'s " : "", r ? steps->at->slots[r - 1] : "", (int)step + 1, got, range->low, range->high);
            steps->wrong++;
            return;
        }
}

static void compare_parameter(struct steps *steps, const struct parameter *parameter, uint64_t step,
                              const double *gradient, double slack)
{
    int64_t count = shape_count(&parameter->shape);
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(gradient[parameter->offset + i]));
    if (slack > VAGUE_SLACK * largest || error_of_norms(steps) > VAGUE_SLACK)
        return; /* noise, of which an optimizer may make whole steps */
    struct change *changes = data_allocate(count, sizeof *changes);
    for (int64_t i = 0; i < count; i++) {
        int64_t index = parameter->offset + i;
        double error =
            GRADIENT_TOLERANCE * largest + slack + error_of_mean(steps, index) + error_of_norms(steps) * largest;
        find_change(steps, index, step, gradient[index], error, &changes[i]);
    }
    constrain(steps, parameter, changes);
    compare_changes(steps, parameter, step, changes);
    free(changes);
}

/* What has no gradient: it stays, or moves towards a mean of the batch. */
static void compare_others(struct steps *steps, const struct parameter *parameter, uint64_t step,
                           const double *values, double slack)
{
    double largest = 1;
    for (int64_t i = parameter->offset; i < parameter->offset + shape_count(&parameter->shape); i++) {
        double expected = is_trained(parameter) ? (double)steps->old_parameters[i] : values[i];
        largest = fmax(largest, fabs(expected));
        if (fabs((double)steps->parameters[i] - expected) <= GRADIENT_TOLERANCE * largest + slack)
            continue;
        printf("# step: %s[%d], which is not trained, after step %d is %.9g instead of %.9g\n", parameter->name,
               (int)(i - parameter->offset), (int)step + 1, (double)steps->parameters[i], expected);
        steps->wrong++;
        return;
    }
}

/* A slot has no place for parameters that are not trained. */
static int64_t slot_shift(const struct graph *graph, const struct parameter *parameter)
{
    int64_t shift = 0;
    for (int i = 0; i < graph->n_parameters; i++)
        if (graph->parameters[i]->offset < parameter->offset && !is_trained(graph->parameters[i]))
            shift -= shape_count(&graph->parameters[i]->shape);
    return shift;
}

static void find_global_norm(struct steps *steps, const double *gradient, const double *slack)
{
    const struct graph *model = steps->reference->model;
    double sum = 0, error = 0;
    for (int i = 0; i < model->n_parameters; i++) {
        steps->slot_shift = slot_shift(model, model->parameters[i]);
        if (graph_gradient(steps->reference->training, model->parameters[i]))
            sum += squares(steps, model->parameters[i], gradient, slack[i], &error);
    }
    steps->global_norm = sqrt(sum);
    steps->global_norm_error = sqrt(error) / fmax(steps->global_norm, 1e-30);
}

static void run_step(struct steps *steps, uint64_t number)
{
    const struct reference *r = steps->reference;
    const struct cnn_model *model = steps->model;
    memcpy(steps->old_parameters, steps->parameters, (size_t)model->parameter_floats * sizeof(float));
    memcpy(steps->old_state, steps->state, (size_t)steps->at->state_floats * sizeof(float));
    struct cnn_step step = {.batch = reference_batch(r, steps->batch),
                            .parameters = steps->parameters,
                            .state = steps->state,
                            .workspace = steps->workspace,
                            .threads = 2,
                            .seed = r->seed,
                            .step = number,
                            .learning_rate = steps->at->learning_rate};
    step.batch.weights = steps->weights;
    steps->at->train_step(&step, steps->sums);
}

/* False: the training leaves the numbers, as it may with a large learning rate. */
static bool check_step(struct steps *steps, uint64_t number)
{
    const struct reference *r = steps->reference;
    struct step_result exact;
    struct step_slack slack = {.metrics = allocate(r->metric_count * (int64_t)sizeof(double)),
                               .changes = allocate(r->model->n_parameters * (int64_t)sizeof(double))};
    run_step(steps, number);
    if (!reference_step(r, steps->old_parameters, steps->batch, number, 0, &exact) ||
        !reference_step_slack(r, steps->old_parameters, steps->batch, number, &exact, &slack))
        exit(1);
    bool usable = is_usable_step(r->model, &exact);
    find_global_norm(steps, exact.change, slack.changes);
    for (int i = 0; i < r->model->n_parameters && usable; i++) {
        const struct parameter *parameter = r->model->parameters[i];
        double error = 0;
        if (!graph_gradient(r->training, parameter)) {
            compare_others(steps, parameter, number, exact.change, slack.changes[i]);
            continue;
        }
        steps->slot_shift = slot_shift(r->model, parameter);
        steps->norm = sqrt(squares(steps, parameter, exact.change, slack.changes[i], &error));
        steps->norm_error = sqrt(error) / fmax(steps->norm, 1e-30);
        compare_parameter(steps, parameter, number, exact.change, slack.changes[i]);
    }
    free(exact.change);
    free(exact.metrics);
    free(slack.changes);
    free(slack.metrics);
    return usable;
}

static uint64_t hash(uint64_t start, const float *values, int64_t count)
{
    for (int64_t i = 0; i < count * (int64_t)sizeof *values; i++)
        start = (start ^ ((const uint8_t *)values)[i]) * 0x100000001b3u;
    return start;
}

/* The class of a label: what it is nearest to, or where its largest number is. */
static int64_t class_of(const struct given *labels, int64_t sample)
{
    const double *label = labels->wide + sample * labels->count;
    int64_t best = 0;
    for (int64_t i = 1; i < labels->count; i++)
        best = label[i] > label[best] ? i : best;
    return labels->count == 1 ? (int64_t)round(label[0]) : best;
}

/* As Keras: the loss of a sample counts as much as its class says. The reference gets weights of its own. */
static void weigh_classes(const struct steps *steps, const struct stage *stage, struct reference *turned)
{
    const int output = turned->model->labels[0].output;
    turned->weights = data_allocate(turned->samples, sizeof *turned->weights);
    for (int64_t i = 0; i < turned->samples; i++) {
        int64_t class = class_of(&turned->labels[output], i);
        double weight = class >= 0 && class < stage->n_class_weights ? stage->class_weights[class] : 1;
        turned->weights[i] =
            (float)(weight * (steps->reference->wide_weights ? steps->reference->wide_weights[i] : 1));
    }
    turned->wide_weights = data_widened(turned->weights, turned->samples);
}

/* Some steps of the stage that the reference is of; `floats` are those of all parameters. */
static void check_stage(struct steps *steps, int64_t floats, uint64_t *bits)
{
    int64_t state = steps->at->state_floats * (int64_t)sizeof(float);
    steps->state = allocate(state);
    steps->old_state = allocate(state);
    steps->workspace = allocate(steps->at->train_bytes(steps->batch, 2));
    for (int64_t i = 0; steps->at->slot_initial && i < steps->at->state_floats; i++)
        steps->state[i] = (float)steps->at->slot_initial[i / steps->at->trained_floats];
    for (uint64_t i = 0; i < STEPS && !steps->wrong && check_step(steps, i); i++)
        *bits = hash(hash(*bits, steps->parameters, floats), steps->state, steps->at->state_floats);
    free(steps->state);
    free(steps->old_state);
    free(steps->workspace);
}

static void check_weighed_stage(struct steps *steps, int number, uint64_t *bits)
{
    const struct reference *whole = steps->reference;
    struct reference turned = *whole;
    const struct cnn_batch batch = reference_batch(whole, whole->samples);
    struct cnn_fit_options options = cnn_fit_defaults(steps->model);
    struct cnn_dataset set = {.count = whole->samples, .weights = (float *)batch.weights}; /* only read */
    float *room = data_allocate(whole->samples, sizeof *room);
    for (int i = 0; i < steps->model->n_outputs; i++)
        set.labels[i] = (float *)batch.labels[i];
    cnn_class_weights_apply(steps->model, &options, number, &set, room);
    steps->weights = set.weights;
    steps->reference = &turned;
    if (!reference_turn(&turned, number))
        exit(1);
    if (turned.stage->n_class_weights > 0)
        weigh_classes(steps, turned.stage, &turned);
    find_rate(steps, number);
    check_stage(steps, steps->model->parameter_floats, bits);
    if (turned.weights != whole->weights) {
        free(turned.weights);
        free(turned.wide_weights);
    }
    free(room);
    steps->reference = whole;
}

int check_steps(const struct reference *reference, const struct cnn_model *model, uint64_t *bits)
{
    struct steps steps = {.reference = reference, .model = model, .batch = reference->plan.batch_sizes[1]};
    int64_t bytes = model->parameter_floats * (int64_t)sizeof(float);
    if (model->n_stages != reference->model->training.n_stages) {
        printf("# stages: %d instead of %d\n", model->n_stages, reference->model->training.n_stages);
        return 1;
    }
    steps.parameters = allocate(bytes);
    steps.old_parameters = allocate(bytes);
    steps.sums = allocate(model->n_sums * (int64_t)sizeof *steps.sums);
    memcpy(steps.parameters, reference->parameters, (size_t)bytes);
    for (int s = 0; s < model->n_stages && !steps.wrong; s++) {
        steps.at = &model->stages[s];
        check_weighed_stage(&steps, s, bits);
    }
    free(steps.parameters);
    free(steps.old_parameters);
    free(steps.sums);
    return steps.wrong;
}
