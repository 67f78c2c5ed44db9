/* summary.c -- `cnnc summary`: Keras' table of layers with the work and memory of each, as text or JSON. */
#include "command/command.h"

#include <inttypes.h>
#include <string.h>

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
const char *summary_bytes(struct arena *arena, int64_t bytes)
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
const char *summary_shapes(struct arena *arena, const struct layer *layer)
{
    const char *text = keras_shape(arena, &layer->outputs[0]->shape);
    for (int i = 1; i < layer->n_outputs; i++)
        text = arena_printf(arena, "%s, %s", text, keras_shape(arena, &layer->outputs[i]->shape));
    return layer->n_outputs > 1 ? arena_printf(arena, "[%s]", text) : text;
}

/* Where each layer reads only the one above it, saying so would be noise. */
bool summary_is_chain(const struct graph *model)
{
    for (int i = 1; i < model->n_layers; i++)
        if (model->layers[i]->n_connections != 1 || model->layers[i]->connections[0].layer != i - 1)
            return false;
    return true;
}

/* "conv2d, conv2d_1" */
const char *summary_connected(struct arena *arena, const struct graph *model, const struct layer *layer)
{
    const char *text = "";
    for (int i = 0; i < layer->n_connections; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", model->layers[layer->connections[i].layer]->name);
    return text;
}

static void fill_row(const struct table *table, const struct graph *model, const struct summary_row *row,
                     const char **cells)
{
    const struct layer *layer = row->layer;
    cells[0] = arena_printf(table->arena, "%s (%s)", layer->name, layer->type);
    cells[1] = summary_shapes(table->arena, layer);
    cells[2] = number_text(table->arena, row->parameters);
    cells[3] = number_text(table->arena, row->neurons);
    cells[4] = number_text(table->arena, row->multiply_adds);
    cells[5] = number_text(table->arena, row->neurons * SUMMARY_NUMBER_BYTES);
    cells[6] = summary_connected(table->arena, model, layer);
}

static struct table make_table(struct arena *arena, const struct graph *model, const struct summary_row *rows)
{
    struct table table = {.arena = arena, .n_rows = model->n_layers + 1};
    table.n_columns = summary_is_chain(model) ? COLUMNS - 1 : COLUMNS;
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

static void print_totals(struct arena *arena, struct summary_totals totals, FILE *out)
{
    int64_t others = totals.parameters - totals.trainable;
    fprintf(out, "Total params: %s (%s)\n", number_text(arena, totals.parameters),
            summary_bytes(arena, totals.parameters * SUMMARY_NUMBER_BYTES));
    fprintf(out, "Trainable params: %s (%s)\n", number_text(arena, totals.trainable),
            summary_bytes(arena, totals.trainable * SUMMARY_NUMBER_BYTES));
    fprintf(out, "Non-trainable params: %s (%s)\n", number_text(arena, others),
            summary_bytes(arena, others * SUMMARY_NUMBER_BYTES));
    fprintf(out, "Neurons: %s\nMultiply-adds: %s for one sample\n\n", number_text(arena, totals.neurons),
            number_text(arena, totals.multiply_adds));
}

static void print_memory(struct arena *arena, const char *what, struct summary_memory memory, FILE *out)
{
    fprintf(out, "RAM of %s: %s = %s parameters + %s workspace", what, summary_bytes(arena, summary_total(memory)),
            summary_bytes(arena, memory.parameters), summary_bytes(arena, memory.workspace));
    if (memory.others)
        fprintf(out, " + %s batch", summary_bytes(arena, memory.others));
    fprintf(out, "\n  of which at least %s is live at once\n", summary_bytes(arena, memory.lower_bound));
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
const char *summary_name(const struct unit *unit)
{
    if (unit->model->key)
        return unit->model->key;
    return unit->model->name ? unit->model->name : unit->options->name;
}

static void print_text(const struct unit *unit, const struct summary_row *rows, struct summary_totals totals,
                       FILE *out)
{
    struct arena *arena = unit->model->arena;
    fprintf(out, "Model: \"%s\"\n", summary_name(unit));
    struct table table = make_table(arena, unit->model, rows);
    print_table(&table, out);
    print_totals(arena, totals, out);
    print_memory(arena, "prediction", summary_inference(unit), out);
    if (unit->rows_workspace_bytes)
        fprintf(out, "  with --max-ram down to %s of workspace, its images passing row by row\n",
                summary_bytes(arena, unit->rows_workspace_bytes));
    if (unit->variants[0].train) {
        int largest = summary_largest_stage(unit);
        const struct stage *stage = &unit->model->training.stages[largest];
        const char *what = arena_printf(arena, "training (%s, batch %" PRId64 ", one thread)", stage->optimizer,
                                        stage->batch_size);
        print_memory(arena, what, summary_stage(unit, largest), out);
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

static void json_layer(const struct graph *model, const struct summary_row *row, FILE *out)
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
            row->parameters, row->neurons, row->multiply_adds, row->neurons * SUMMARY_NUMBER_BYTES);
    for (int i = 0; i < layer->n_connections; i++) {
        fputs(i ? ", " : "", out);
        json_string(model->layers[layer->connections[i].layer]->name, out);
    }
    fputs("]}", out);
}

static void json_memory(const char *key, struct summary_memory memory, FILE *out)
{
    fprintf(out,
            ",\n  \"%s\": {\"bytes\": %" PRId64 ", \"parameter_bytes\": %" PRId64 ", \"workspace_bytes\": %" PRId64
            ", \"batch_bytes\": %" PRId64 ", \"lower_bound_bytes\": %" PRId64 "}",
            key, summary_total(memory), memory.parameters, memory.workspace, memory.others, memory.lower_bound);
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

static void print_json(const struct unit *unit, const struct summary_row *rows, struct summary_totals totals,
                       FILE *out)
{
    const struct graph *model = unit->model;
    fputs("{\n  ", out);
    json_text("name", summary_name(unit), out);
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
    json_memory("prediction", summary_inference(unit), out);
    if (unit->rows_workspace_bytes)
        fprintf(out, ",\n  \"least_workspace_bytes\": %" PRId64, unit->rows_workspace_bytes);
    if (unit->variants[0].train) {
        json_memory("training", summary_stage(unit, summary_largest_stage(unit)), out);
        json_stages(unit, out);
    }
    fputs("\n}\n", out);
}

static void print_model(const struct unit *unit, bool json, FILE *out)
{
    const struct graph *model = unit->model;
    struct summary_row *rows = arena_array(model->arena, model->n_layers, sizeof *rows);
    struct summary_totals totals = summary_count(model, rows);
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
