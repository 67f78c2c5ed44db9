/* summary.c -- `cnnc summary`: Keras' table of layers with the work and memory of each, as text or JSON. */
#include "command/command.h"

#include <inttypes.h>
#include <string.h>

/* Everything counted, before it is printed one way or the other. */
struct row {
    const struct layer *layer;
    int64_t parameters, neurons, multiply_adds;
};

struct totals {
    int64_t parameters, trainable, neurons, multiply_adds;
};

/* Bytes in memory while the network runs, on one thread. No plan could do with less than the lower bound. */
struct memory {
    int64_t parameters, workspace, lower_bound, others;
};

static const int64_t float_bytes = 4;

/* ---- counting ---------------------------------------------------------------------------------- */

static struct row count_layer(const struct graph *model, const struct layer *layer)
{
    struct row row = {.layer = layer, .neurons = layer->neurons};
    row.multiply_adds = graph_work(model, layer->name);
    for (int i = 0; i < layer->n_parameters; i++)
        row.parameters += shape_count(&layer->parameters[i]->shape);
    return row;
}

static struct totals count_all(const struct graph *model, struct row *rows)
{
    struct totals totals = {.trainable = model->trainable_floats};
    for (int i = 0; i < model->n_parameters; i++)
        totals.parameters += shape_count(&model->parameters[i]->shape);
    for (int i = 0; i < model->n_layers; i++) {
        rows[i] = count_layer(model, model->layers[i]);
        totals.neurons += rows[i].neurons;
        totals.multiply_adds += rows[i].multiply_adds;
    }
    return totals;
}

static struct memory inference_memory(const struct unit *unit)
{
    const struct program *predict = &unit->variants[0].predict;
    int64_t parameters = (unit->prepared.floats + unit->prepared.direct_floats) * float_bytes;
    return (struct memory){
        .parameters = parameters,
        .workspace = predict->workspace_bytes,
        .lower_bound = parameters + predict->lower_bound_bytes,
    };
}

static int64_t memory_total(struct memory memory) { return memory.parameters + memory.workspace + memory.others; }

/* On one thread: the parameters, the optimizer's state, and the parts of a step. */
static struct memory stage_memory(const struct unit *unit, int index)
{
    const struct stage *stage = &unit->model->training.stages[index];
    const struct program *train = &unit->variants[0].train[unit->train_of[index]];
    int64_t floats = unit->model->parameter_floats + stage->n_slots * train->trained_floats;
    struct memory memory = {.parameters = floats * float_bytes, .lower_bound = floats * float_bytes};
    for (int i = 0; i < train->n_parts; i++) {
        const struct step_part *part = &train->parts[i];
        int64_t bytes = step_part_bytes(train, part, stage->batch_size, false);
        *(part->times == TIMES_THREADS ? &memory.workspace : &memory.others) += bytes;
        memory.lower_bound += step_part_bytes(train, part, stage->batch_size, true);
    }
    return memory;
}

/* The stage that needs the most; the others use the same memory. */
static int largest_stage(const struct unit *unit)
{
    int largest = 0;
    for (int i = 1; i < unit->model->training.n_stages; i++)
        if (memory_total(stage_memory(unit, i)) > memory_total(stage_memory(unit, largest)))
            largest = i;
    return largest;
}

/* ---- as text ----------------------------------------------------------------------------------- */

enum { COLUMNS = 7 };

struct table {
    struct arena *arena;
    const char *(*cells)[COLUMNS]; /* the first row is the heading */
    int n_rows, n_columns;
};

static const char *const headings[COLUMNS] = {"Layer (type)",  "Output Shape", "Param #",     "Neurons",
                                              "Multiply-adds", "Output bytes", "Connected to"};

/* "20.54 KB", as Keras counts: 1024 bytes. */
static const char *bytes_text(struct arena *arena, int64_t bytes)
{
    static const char *const units[] = {"KB", "MB", "GB", "TB"};
    if (bytes < 1024)
        return arena_printf(arena, "%" PRId64 " B", bytes);
    double value = (double)bytes / 1024;
    int unit = 0;
    for (; value >= 1024 && unit < 3; unit++)
        value /= 1024;
    return arena_printf(arena, "%.2f %s", value, units[unit]);
}

/* "(None, 24, 24, 8)" */
static const char *keras_shape(struct arena *arena, const struct shape *shape)
{
    const char *text = "(None";
    for (int i = 0; i < shape->rank; i++)
        text = arena_printf(arena, "%s, %" PRId64, text, shape->dim[i]);
    return arena_printf(arena, "%s)", text);
}

/* "(None, 4)", or "[(None, 4), (None, 2)]" */
static const char *output_shapes(struct arena *arena, const struct layer *layer)
{
    const char *text = keras_shape(arena, &layer->outputs[0]->shape);
    for (int i = 1; i < layer->n_outputs; i++)
        text = arena_printf(arena, "%s, %s", text, keras_shape(arena, &layer->outputs[i]->shape));
    return layer->n_outputs > 1 ? arena_printf(arena, "[%s]", text) : text;
}

/* Where each layer reads only the one above it, saying so would be noise. */
static bool is_chain(const struct graph *model)
{
    for (int i = 1; i < model->n_layers; i++)
        if (model->layers[i]->n_connections != 1 || model->layers[i]->connections[0].layer != i - 1)
            return false;
    return true;
}

/* "conv2d, conv2d_1" */
static const char *connected_text(struct arena *arena, const struct graph *model, const struct layer *layer)
{
    const char *text = "";
    for (int i = 0; i < layer->n_connections; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", model->layers[layer->connections[i].layer]->name);
    return text;
}

static void fill_row(const struct table *table, const struct graph *model, const struct row *row,
                     const char **cells)
{
    const struct layer *layer = row->layer;
    cells[0] = arena_printf(table->arena, "%s (%s)", layer->name, layer->type);
    cells[1] = output_shapes(table->arena, layer);
    cells[2] = number_text(table->arena, row->parameters);
    cells[3] = number_text(table->arena, row->neurons);
    cells[4] = number_text(table->arena, row->multiply_adds);
    cells[5] = number_text(table->arena, row->neurons * float_bytes);
    cells[6] = connected_text(table->arena, model, layer);
}

static struct table make_table(struct arena *arena, const struct graph *model, const struct row *rows)
{
    struct table table = {.arena = arena, .n_rows = model->n_layers + 1};
    table.n_columns = is_chain(model) ? COLUMNS - 1 : COLUMNS;
    table.cells = arena_array(arena, table.n_rows, sizeof *table.cells);
    memcpy(table.cells[0], headings, sizeof headings);
    for (int i = 0; i < model->n_layers; i++)
        fill_row(&table, model, &rows[i], table.cells[i + 1]);
    return table;
}

static void print_rule(char character, int width, FILE *out)
{
    for (int i = 0; i < width; i++)
        fputc(character, out);
    fputc('\n', out);
}

static void print_table(const struct table *table, FILE *out)
{
    int width[COLUMNS] = {0}, total = 2 * (table->n_columns - 1);
    for (int column = 0; column < table->n_columns; column++) {
        for (int row = 0; row < table->n_rows; row++) {
            int length = (int)strlen(table->cells[row][column]);
            width[column] = length > width[column] ? length : width[column];
        }
        total += width[column];
    }
    for (int row = 0; row < table->n_rows; row++) {
        for (int column = 0; column < table->n_columns; column++) {
            bool number = column >= 2 && column <= 5;
            int pad = column == COLUMNS - 1 ? 0 : number ? width[column] : -width[column];
            fprintf(out, "%s%*s", column ? "  " : "", pad, table->cells[row][column]);
        }
        fputc('\n', out);
        if (row == 0)
            print_rule('=', total, out);
    }
    print_rule('-', total, out);
}

static void print_totals(struct arena *arena, struct totals totals, FILE *out)
{
    int64_t others = totals.parameters - totals.trainable;
    fprintf(out, "Total params: %s (%s)\n", number_text(arena, totals.parameters),
            bytes_text(arena, totals.parameters * float_bytes));
    fprintf(out, "Trainable params: %s (%s)\n", number_text(arena, totals.trainable),
            bytes_text(arena, totals.trainable * float_bytes));
    fprintf(out, "Non-trainable params: %s (%s)\n", number_text(arena, others),
            bytes_text(arena, others * float_bytes));
    fprintf(out, "Neurons: %s\nMultiply-adds: %s for one sample\n\n", number_text(arena, totals.neurons),
            number_text(arena, totals.multiply_adds));
}

static void print_memory(struct arena *arena, const char *what, struct memory memory, FILE *out)
{
    fprintf(out, "RAM of %s: %s = %s parameters + %s workspace", what, bytes_text(arena, memory_total(memory)),
            bytes_text(arena, memory.parameters), bytes_text(arena, memory.workspace));
    if (memory.others)
        fprintf(out, " + %s batch", bytes_text(arena, memory.others));
    fprintf(out, "\n  of which at least %s is live at once\n", bytes_text(arena, memory.lower_bound));
}

/* Where there are several. */
static void print_stages(const struct unit *unit, FILE *out)
{
    const struct training *training = &unit->model->training;
    for (int i = 0; training->n_stages > 1 && i < training->n_stages; i++) {
        const struct stage *stage = &training->stages[i];
        int64_t trained = unit->variants[0].train[unit->train_of[i]].trained_floats;
        fprintf(out,
                "%sStage %d (line %d): %s%s, learning rate %g, batch size %" PRId64 ", epochs %" PRId64
                ", trains %s params\n",
                i == 0 ? "\n" : "", i + 1, stage->at.line, stage->fresh ? "" : "goes on with ", stage->optimizer,
                stage->settings[0].value, stage->batch_size, stage->epochs,
                number_text(unit->model->arena, trained));
    }
}

/* As the script calls the model, or as its file is called. */
static const char *model_name(const struct unit *unit)
{
    if (unit->model->key)
        return unit->model->key;
    return unit->model->name ? unit->model->name : unit->options->name;
}

static void print_text(const struct unit *unit, const struct row *rows, struct totals totals, FILE *out)
{
    struct arena *arena = unit->model->arena;
    fprintf(out, "Model: \"%s\"\n", model_name(unit));
    struct table table = make_table(arena, unit->model, rows);
    print_table(&table, out);
    print_totals(arena, totals, out);
    print_memory(arena, "prediction", inference_memory(unit), out);
    if (unit->variants[0].train) {
        int largest = largest_stage(unit);
        const struct stage *stage = &unit->model->training.stages[largest];
        const char *what = arena_printf(arena, "training (%s, batch %" PRId64 ", one thread)", stage->optimizer,
                                        stage->batch_size);
        print_memory(arena, what, stage_memory(unit, largest), out);
        print_stages(unit, out);
    }
}

/* ---- as JSON ----------------------------------------------------------------------------------- */

/* A file's name may be any bytes, and JSON is UTF-8: what is not becomes U+FFFD, byte by byte. */
static void json_string(const char *text, FILE *out)
{
    fputc('"', out);
    for (const unsigned char *byte = (const unsigned char *)text; *byte;) {
        int length = text_character(byte);
        if (*byte == '"' || *byte == '\\')
            fprintf(out, "\\%c", *byte);
        else if (*byte < 0x20)
            fprintf(out, "\\u%04x", *byte);
        else if (length == 0)
            fputs("\\ufffd", out);
        else
            (void)fwrite(byte, 1, (size_t)length, out);
        byte += length > 0 ? length : 1;
    }
    fputc('"', out);
}

static void json_text(const char *key, const char *text, FILE *out)
{
    fprintf(out, "\"%s\": ", key);
    json_string(text, out);
}

/* [4], or [[4], [2]] for several outputs */
static void json_shapes(const struct layer *layer, FILE *out)
{
    fprintf(out, "\"output_shape\": %s", layer->n_outputs > 1 ? "[" : "");
    for (int i = 0; i < layer->n_outputs; i++) {
        const struct shape *shape = &layer->outputs[i]->shape;
        fputs(i ? ", [" : "[", out);
        for (int j = 0; j < shape->rank; j++)
            fprintf(out, "%s%" PRId64, j ? ", " : "", shape->dim[j]);
        fputc(']', out);
    }
    fputs(layer->n_outputs > 1 ? "]" : "", out);
}

static void json_layer(const struct graph *model, const struct row *row, FILE *out)
{
    const struct layer *layer = row->layer;
    fputs("    {", out);
    json_text("name", layer->name, out);
    fputs(", ", out);
    json_text("type", layer->type, out);
    fprintf(out, ", \"line\": %d, ", layer->line);
    json_shapes(layer, out);
    fprintf(out,
            ", \"parameters\": %" PRId64 ", \"neurons\": %" PRId64 ", \"multiply_adds\": %" PRId64
            ", \"output_bytes\": %" PRId64 ", \"connected_to\": [",
            row->parameters, row->neurons, row->multiply_adds, row->neurons * float_bytes);
    for (int i = 0; i < layer->n_connections; i++) {
        fputs(i ? ", " : "", out);
        json_string(model->layers[layer->connections[i].layer]->name, out);
    }
    fputs("]}", out);
}

static void json_memory(const char *key, struct memory memory, FILE *out)
{
    fprintf(out,
            ",\n  \"%s\": {\"bytes\": %" PRId64 ", \"parameter_bytes\": %" PRId64 ", \"workspace_bytes\": %" PRId64
            ", \"batch_bytes\": %" PRId64 ", \"lower_bound_bytes\": %" PRId64 "}",
            key, memory_total(memory), memory.parameters, memory.workspace, memory.others, memory.lower_bound);
}

static void json_stages(const struct unit *unit, FILE *out)
{
    const struct training *training = &unit->model->training;
    for (int i = 0; i < training->n_stages; i++) {
        const struct stage *stage = &training->stages[i];
        fputs(i == 0 ? ",\n  \"stages\": [\n    {" : ",\n    {", out);
        json_text("optimizer", stage->optimizer, out);
        fprintf(out,
                ", \"line\": %d, \"new_optimizer\": %s, \"learning_rate\": %.17g, \"batch_size\": %" PRId64
                ", \"epochs\": %" PRId64 ", \"trainable_parameters\": %" PRId64 "}",
                stage->at.line, stage->fresh ? "true" : "false", stage->settings[0].value, stage->batch_size,
                stage->epochs, unit->variants[0].train[unit->train_of[i]].trained_floats);
    }
    fputs("\n  ]", out);
}

static void print_json(const struct unit *unit, const struct row *rows, struct totals totals, FILE *out)
{
    const struct graph *model = unit->model;
    fputs("{\n  ", out);
    json_text("name", model_name(unit), out);
    fputs(",\n  ", out);
    json_text("script", model->script, out);
    fputs(",\n  ", out);
    json_text("target", unit->options->target->name, out);
    fputs(",\n  \"layers\": [\n", out);
    for (int i = 0; i < model->n_layers; i++) {
        json_layer(model, &rows[i], out);
        fputs(i + 1 < model->n_layers ? ",\n" : "\n", out);
    }
    fprintf(out,
            "  ],\n  \"parameters\": %" PRId64 ",\n  \"trainable_parameters\": %" PRId64
            ",\n  \"neurons\": %" PRId64 ",\n  \"multiply_adds\": %" PRId64,
            totals.parameters, totals.trainable, totals.neurons, totals.multiply_adds);
    json_memory("prediction", inference_memory(unit), out);
    if (unit->variants[0].train) {
        json_memory("training", stage_memory(unit, largest_stage(unit)), out);
        json_stages(unit, out);
    }
    fputs("\n}\n", out);
}

static void print_model(const struct unit *unit, bool json, FILE *out)
{
    const struct graph *model = unit->model;
    struct row *rows = arena_array(model->arena, model->n_layers, sizeof *rows);
    struct totals totals = count_all(model, rows);
    if (json)
        print_json(unit, rows, totals, out);
    else
        print_text(unit, rows, totals, out);
}

void summary_print(const struct unit *unit, bool json, FILE *out)
{
    bool several = unit->model->key != NULL;
    if (json && several)
        fputs("{\"models\": [\n", out);
    for (; unit; unit = unit->next) {
        print_model(unit, json, out);
        if (unit->next)
            fputs(json ? ",\n" : "\n", out);
    }
    if (json && several)
        fputs("]}\n", out);
}
