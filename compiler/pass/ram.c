/* ram.c -- the RAM of a prediction and the flash of its constants, and whether they are as little as was asked for. */
#include "pass/pass.h"

enum { NUMBER_BYTES = sizeof(float) };

/* As the kernels read them. */
static int64_t all_parameter_bytes(const struct unit *unit)
{
    return (unit->prepared.floats + unit->prepared.direct_floats) * NUMBER_BYTES;
}

/* Are they constants of the C? These lie in flash. */
static bool constant(const struct unit *unit)
{
    return unit->model->embeds && (!unit->options->stands_in || unit->model->is_imported);
}

static int64_t parameter_bytes(const struct unit *unit) { return constant(unit) ? 0 : all_parameter_bytes(unit); }

static const struct program *largest(const struct unit *unit)
{
    const struct program *program = &unit->variants[0].predict;
    for (int i = 1; i < unit->n_variants; i++)
        if (unit->variants[i].predict.workspace_bytes > program->workspace_bytes)
            program = &unit->variants[i].predict;
    return program;
}

bool ram_counts(const struct unit *unit)
{
    return unit->options->max_ram > 0 || unit->model->optimize == OPTIMIZE_SIZE;
}

int64_t ram_of_prediction(const struct unit *unit)
{
    const struct program *program = largest(unit);
    return parameter_bytes(unit) + program->workspace_bytes + program->state_bytes;
}

int64_t ram_for_workspace(const struct unit *unit)
{
    int64_t left = unit->options->max_ram - parameter_bytes(unit);
    return left > 1 ? left : 1;
}

/* The node while which most is live. */
static const struct node *fullest(const struct program *program)
{
    const struct node *fullest = program->graph->nodes[0];
    int64_t most = -1;
    for (int i = 0; i < program->graph->n_nodes; i++) {
        const struct node *node = program->graph->nodes[i];
        int64_t live = 0;
        for (int b = 0; b < program->workspace.n_buffers; b++) {
            const struct buffer *buffer = &program->workspace.buffers[b];
            live += buffer->first <= i && i <= buffer->last ? buffer->bytes : 0;
        }
        if (node->kernel && !node->once && live > most) {
            most = live;
            fullest = node;
        }
    }
    return fullest;
}

const char *ram_fullest_layer(const struct unit *unit)
{
    const struct node *node = fullest(largest(unit));
    return node->origin.layer ? node->origin.layer : node->op->name;
}

static bool report(const struct unit *unit, int64_t ram)
{
    struct diag *diag = unit->model->diag;
    struct arena *arena = unit->model->arena;
    const struct node *node = fullest(largest(unit));
    int64_t max = unit->options->max_ram, parameters = parameter_bytes(unit);
    diag_error(
        diag, node->origin,
        "prediction takes %s bytes of RAM, %s more than --max-ram allows, and most of its workspace in layer `%s`",
        number_text(arena, ram), number_text(arena, ram - max), ram_fullest_layer(unit));
    if (parameters > 0)
        return diag_hint(diag, "%s bytes of it are parameters, which --weights FILE makes constants",
                         number_text(arena, parameters));
    return diag_hint(diag, "a smaller image or fewer channels there take less");
}

bool ram_suffices(const struct unit *unit, bool reports)
{
    int64_t max = unit->options->max_ram, ram = ram_of_prediction(unit);
    return max == 0 || ram <= max || (reports && report(unit, ram));
}

int64_t flash_of_constants(const struct unit *unit) { return constant(unit) ? all_parameter_bytes(unit) : 0; }

const struct parameter *flash_largest(const struct unit *unit)
{
    const struct graph *model = unit->model;
    const struct parameter *most = NULL;
    for (int i = 0; i < model->n_in_memory; i++) {
        const struct parameter *parameter = model->parameters_in_memory[i];
        if (!most || shape_count(&parameter->shape) > shape_count(&most->shape))
            most = parameter;
    }
    return most;
}

bool flash_suffices(const struct unit *unit)
{
    const struct graph *model = unit->model;
    int64_t max = unit->options->max_flash, bytes = flash_of_constants(unit);
    const struct parameter *most = flash_largest(unit);
    if (max > 0 && !constant(unit))
        diag_warn(model->diag,
                  (struct warning){.at = {.file = unit->options->script},
                                   .message = "--max-flash has nothing to count: the parameters are no constants",
                                   .hint = "--weights FILE makes them constants; `cnnc size` takes them for such"});
    if (max == 0 || bytes <= max || !most)
        return true;
    diag_error(model->diag, most->at,
               "constants take %s bytes of flash, %s more than --max-flash allows, and `%s` %s of them",
               number_text(model->arena, bytes), number_text(model->arena, bytes - max), most->name,
               number_text(model->arena, shape_count(&most->shape) * NUMBER_BYTES));
    return diag_hint(model->diag, "fewer channels or units there take less");
}
