/* report.c -- the file of a report: when it is written, and what stands in it. */
#include "report/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WALKS = 10, CHUNK_FLOATS = 1 << 22, PAIRS_MOST = 4000, POINTS_MOST = 600 };
/* Writing takes at most this part of the time of a training, as long as this goes on. */
static const double COST = 0.1;

/* ---- what was seen ----------------------------------------------------------------------------------------- */

static bool grow(void **list, int64_t bytes, struct cnn_error *error)
{
    void *grown = realloc(*list, (size_t)bytes);
    if (!grown)
        return cnn_fail(error, "out of memory for the report");
    *list = grown;
    return true;
}

/* Rows that a checkpoint brought have a learning rate that nobody knows any more. */
static bool remember(struct cnn_report *report, const struct cnn_training *training, struct cnn_error *error)
{
    const int64_t rows = training->history_rows, numbers = training->history_columns;
    void *history = report->history, *rates = report->rates, *stages = report->stages;
    bool ok = grow(&history, (rows * numbers + 1) * (int64_t)sizeof *report->history, error);
    report->history = history;
    ok = ok && grow(&rates, (rows + 1) * (int64_t)sizeof *report->rates, error);
    report->rates = rates;
    ok = ok && grow(&stages, (rows + 1) * (int64_t)sizeof *report->stages, error);
    report->stages = stages;
    if (!ok)
        return false;
    memcpy(report->history, training->history, (size_t)(rows * numbers) * sizeof *report->history);
    for (int64_t i = report->rows; i < rows; i++)
        report->rates[i] = i == rows - 1 ? training->learning_rate : NAN;
    for (int64_t i = 0, stage = 0, end = 0; i < rows; i++) {
        while (stage < training->stages && i >= end + training->stage_rows[stage])
            end += training->stage_rows[stage++];
        report->stages[i] = (int)stage;
    }
    report->rows = rows;
    report->row_numbers = numbers;
    return true;
}

void cnn_report_free(struct cnn_report *report)
{
    free(report->history);
    free(report->rates);
    free(report->stages);
}

/* ---- what was run ------------------------------------------------------------------------------------------ */

static void write_hash(struct cnn_put *json, const char *key, uint64_t hash)
{
    char text[24];
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    cnn_put_text(json, key, text);
}

/* FNV-1a of the bits, number by number. */
static uint64_t hash_floats(const float *numbers, int64_t count)
{
    uint64_t hash = CNN_HASH_BEGIN;
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, numbers + i, sizeof bits);
        cnn_hash_number(&hash, bits);
    }
    return hash;
}

static void write_run(struct cnn_put *json, const struct cnn_report *report, const float *parameters)
{
    static const char *const states[] = {"runs", "ended", "interrupted", "evaluation"};
    const struct cnn_model *model = report->model;
    cnn_put_text(json, "name", model->name);
    cnn_put_text(json, "generator", model->generator);
    cnn_put_text(json, "state", states[report->state]);
    cnn_put_integer(json, "written", (int64_t)time(NULL)); /* for a page that waits for the next one */
    cnn_put_open(json, "command", '[');
    for (char **word = report->words; *word; word++)
        cnn_put_text(json, NULL, *word);
    cnn_put_close(json, ']');
    cnn_put_integer(json, "threads", report->threads);
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, report->seed); /* JSON's numbers are doubles */
    cnn_put_text(json, "seed", seed);
    write_hash(json, "weights", hash_floats(parameters, model->parameter_floats));
    if (report->train)
        cnn_put_integer(json, "train_samples", report->train->count);
    cnn_put_text(json, "judged", report->judged ? report->judged_name : NULL);
    if (report->judged)
        cnn_put_integer(json, "judged_samples", report->judged->count);
    cnn_put_text(json, "features", report->preprocessing ? report->preprocessing->features_about : "");
    cnn_put_text(json, "labels", report->preprocessing ? report->preprocessing->labels_about : "");
    cnn_put_open(json, "classes", '[');
    for (int i = 0; report->preprocessing && i < report->preprocessing->n_classes; i++)
        cnn_put_text(json, NULL, cnn_class_name(report->preprocessing, i));
    cnn_put_close(json, ']');
}

static void write_stages(struct cnn_put *json, const struct cnn_model *model)
{
    cnn_put_open(json, "stages", '[');
    for (int i = 0; i < model->n_stages; i++) {
        cnn_put_open(json, NULL, '{');
        cnn_put_text(json, "optimizer", model->stages[i].optimizer);
        cnn_put_integer(json, "batch_size", model->stages[i].batch_size);
        cnn_put_number(json, "learning_rate", model->stages[i].learning_rate);
        cnn_put_close(json, '}');
    }
    cnn_put_close(json, ']');
}

static void write_history(struct cnn_put *json, const struct cnn_report *report)
{
    const struct cnn_model *model = report->model;
    cnn_put_open(json, "columns", '[');
    for (int i = 0; i < model->n_columns; i++)
        cnn_put_text(json, NULL, model->columns[i]);
    cnn_put_close(json, ']');
    cnn_put_text(json, "better", model->better);
    cnn_put_open(json, "history", '[');
    for (int64_t i = 0; i < report->rows; i++) {
        cnn_put_open(json, NULL, '[');
        cnn_put_integer(json, NULL, report->stages[i] + 1);
        cnn_put_number(json, NULL, report->rates[i]);
        for (int64_t j = 0; j < report->row_numbers; j++)
            cnn_put_number(json, NULL, report->history[i * report->row_numbers + j]);
        cnn_put_close(json, ']');
    }
    cnn_put_close(json, ']');
}

/* ---- the network -------------------------------------------------------------------------------------------- */

static void write_layer(struct cnn_put *json, const struct cnn_layer *layer, const double *seconds)
{
    cnn_put_open(json, NULL, '{');
    cnn_put_text(json, "name", layer->name);
    cnn_put_text(json, "type", layer->type);
    cnn_put_integers(json, "shape", layer->dim, layer->rank);
    cnn_put_integer(json, "parameters", layer->parameters);
    cnn_put_integer(json, "multiply_adds", layer->multiply_adds);
    if (seconds)
        cnn_put_number(json, "seconds", *seconds);
    cnn_put_open(json, "from", '[');
    for (int i = 0; i < layer->n_from; i++)
        cnn_put_integer(json, NULL, layer->from[i]);
    cnn_put_close(json, ']');
    if (layer->window[0] > 0) {
        cnn_put_integers(json, "window", layer->window, 2);
        cnn_put_integers(json, "stride", layer->stride, 2);
        cnn_put_integers(json, "before", layer->before, 2);
    }
    cnn_put_close(json, '}');
}

static void write_network(struct cnn_put *json, const struct cnn_report *report)
{
    const struct cnn_model *model = report->model;
    cnn_put_open(json, "layers", '[');
    for (int i = 0; i < model->n_layers; i++)
        write_layer(json, &model->layers[i], report->layer_seconds ? &report->layer_seconds[i] : NULL);
    cnn_put_close(json, ']');
    cnn_put_open(json, "inputs", '[');
    for (int i = 0; i < model->n_inputs; i++) {
        cnn_put_open(json, NULL, '{');
        cnn_put_text(json, "name", model->inputs[i].name);
        cnn_put_integers(json, "shape", model->inputs[i].dim, model->inputs[i].rank);
        cnn_put_close(json, '}');
    }
    cnn_put_close(json, ']');
    cnn_put_integer(json, "predict_bytes", model->predict_bytes);
    cnn_put_integer(json, "parameter_floats", model->parameter_floats);
    cnn_put_integer(json, "trainable_floats", model->trainable_floats);
}

/* ---- what it says of the set ----------------------------------------------------------------------------------- */

/* Those of true and said classes that came about, the most frequent ones where there are too many. */
static void write_pairs(struct cnn_put *json, const struct cnn_judgement *judgement)
{
    const int64_t classes = judgement->classes;
    int64_t least = 1, count = PAIRS_MOST + 1;
    for (; count > PAIRS_MOST; least *= 2) {
        count = 0;
        for (int64_t i = 0; i < classes * classes; i++)
            count += judgement->pairs[i] >= least && i / classes != i % classes;
        if (count <= PAIRS_MOST)
            break;
    }
    cnn_put_open(json, "pairs", '[');
    for (int64_t i = 0; i < classes * classes; i++)
        if (judgement->pairs[i] > 0 && (judgement->pairs[i] >= least || i / classes == i % classes))
            cnn_put_integers(json, NULL, (const int64_t[]){i / classes, i % classes, judgement->pairs[i]}, 3);
    cnn_put_close(json, ']');
}

/* How many are true, how many are said, and how many are both, by class. */
static void write_classes(struct cnn_put *json, const struct cnn_judgement *judgement)
{
    const int64_t classes = judgement->classes, *pairs = judgement->pairs;
    cnn_put_open(json, "counts", '[');
    for (int64_t c = 0; c < classes; c++) {
        int64_t truth = 0, said = 0;
        for (int64_t o = 0; o < classes; o++) {
            truth += pairs[c * classes + o];
            said += pairs[o * classes + c];
        }
        cnn_put_integers(json, NULL, (const int64_t[]){truth, said, pairs[c * classes + c]}, 3);
    }
    cnn_put_close(json, ']');
}

static void write_labels(struct cnn_put *json, const struct cnn_judgement *judgement)
{
    cnn_put_open(json, "counts", '[');
    for (int64_t i = 0; i < judgement->classes; i++) {
        const int64_t *p = judgement->pairs + 4 * i;
        cnn_put_integers(json, NULL, (const int64_t[]){p[2] + p[3], p[1] + p[3], p[3], p[0] + p[1] + p[2] + p[3]},
                         4);
    }
    cnn_put_close(json, ']');
}

/* How many are a no and how many a yes, from the smallest probability to the largest. */
static void write_scores(struct cnn_put *json, const struct cnn_judgement *judgement)
{
    cnn_put_open(json, "scores", '[');
    for (int i = 0; i < CNN_JUDGED_BINS; i++)
        if (judgement->scores[0][i] || judgement->scores[1][i])
            cnn_put_integers(json, NULL, (const int64_t[]){judgement->scores[0][i], judgement->scores[1][i]}, 2);
    cnn_put_close(json, ']');
}

/* Some of the rows, evenly, and sums over all of them. */
static void write_numbers(struct cnn_put *json, const struct cnn_judgement *judgement, int64_t number)
{
    const int64_t rows = judgement->rows, step = (rows + POINTS_MOST - 1) / POINTS_MOST;
    const struct cnn_errors *errors = &judgement->errors[number];
    cnn_put_open(json, NULL, '{');
    cnn_put_open(json, "points", '[');
    for (int64_t i = 0; i < rows; i += step) {
        const float *pair = judgement->values + 2 * (i * judgement->numbers + number);
        cnn_put_open(json, NULL, '[');
        cnn_put_number(json, NULL, (double)pair[0]);
        cnn_put_number(json, NULL, (double)pair[1]);
        cnn_put_close(json, ']');
    }
    cnn_put_close(json, ']');
    double spread = errors->truth_squares - errors->truth * errors->truth / errors->count;
    cnn_put_number(json, "mean_absolute_error", errors->absolute / errors->count);
    cnn_put_number(json, "root_mean_squared_error", sqrt(errors->squares / errors->count));
    cnn_put_number(json, "r2", spread > 0 ? 1 - errors->squares / spread : NAN);
    cnn_put_close(json, '}');
}

static void write_judgement(struct cnn_put *json, const struct cnn_model_output *output,
                            const struct cnn_judgement *judgement)
{
    static const char *const kinds[] = {"none", "classes", "yes_no", "labels", "values"};
    cnn_put_open(json, NULL, '{');
    cnn_put_text(json, "name", output->name);
    cnn_put_text(json, "kind", kinds[judgement->kind]);
    cnn_put_text(json, "loss", output->loss);
    cnn_put_integers(json, "shape", output->dim, output->rank);
    cnn_put_integer(json, "classes", judgement->classes);
    cnn_put_integer(json, "positions", judgement->positions);
    if (judgement->pairs && judgement->kind == CNN_JUDGED_LABELS)
        write_labels(json, judgement);
    else if (judgement->pairs) {
        write_pairs(json, judgement);
        write_classes(json, judgement);
    }
    if (judgement->scores)
        write_scores(json, judgement);
    cnn_put_open(json, "numbers", '[');
    for (int64_t i = 0; i < judgement->numbers; i++)
        write_numbers(json, judgement, i);
    cnn_put_close(json, ']');
    cnn_put_integers(json, "worst", judgement->worst.row, judgement->worst.count);
    cnn_put_integers(json, "unsure", judgement->unsure.row, judgement->unsure.count);
    cnn_put_close(json, '}');
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static bool judge_all(const struct cnn_report *report, const float *parameters, struct cnn_judgement *judgements,
                      struct cnn_error *error)
{
    const struct cnn_model *model = report->model;
    int64_t floats = 1, rows = report->judged->count, chunk;
    float *outputs[CNN_MAX_ARRAYS] = {NULL};
    bool ok = true;
    for (int k = 0; k < model->n_outputs; k++)
        floats += model->outputs[k].count;
    chunk = CHUNK_FLOATS / floats > 0 ? CHUNK_FLOATS / floats : 1;
    for (int k = 0; k < model->n_outputs && ok; k++)
        ok = (outputs[k] = cnn_alloc_floats(chunk * model->outputs[k].count, error)) &&
             cnn_judge(&judgements[k], model, k, report->judged, 0, 0, NULL, error);
    for (int64_t first = 0; first < rows && ok; first += chunk) {
        int64_t count = rows - first < chunk ? rows - first : chunk;
        const struct cnn_dataset part = cnn_dataset_slice(report->judged, first, count);
        const struct cnn_batch batch = cnn_dataset_batch(&part);
        ok = cnn_predict(model, &batch, parameters, report->threads, outputs, error);
        for (int k = 0; k < model->n_outputs && ok; k++)
            ok = cnn_judge(&judgements[k], model, k, report->judged, first, count, outputs[k], error);
    }
    for (int k = 0; k < model->n_outputs; k++)
        free(outputs[k]);
    return ok;
}

static void add_row(int64_t *rows, int *count, int64_t row)
{
    for (int i = 0; i < *count; i++)
        if (rows[i] == row)
            return;
    rows[(*count)++] = row;
}

/* The first sample of each class, or else the first ones. */
static int choose_walks(const struct cnn_report *report, const struct cnn_judgement *first, int64_t *rows)
{
    const struct cnn_dataset *set = report->judged;
    const struct cnn_model_output *output = &report->model->outputs[0];
    int count = 0;
    bool by_class = first->kind == CNN_JUDGED_CLASSES && first->positions == 1;
    for (int64_t class = 0; by_class && class < first->classes && count < WALKS; class ++)
        for (int64_t row = 0; row < set->count; row++)
            if (cnn_label_class(output, set->labels[0] + row * output->label_count, 0) == class) {
                add_row(rows, &count, row);
                break;
            }
    for (int64_t row = 0; row < set->count && count < (by_class ? WALKS : 6); row++)
        add_row(rows, &count, row);
    return count;
}

static bool write_judged(struct cnn_put *json, const struct cnn_report *report, const float *parameters,
                         struct cnn_error *error)
{
    const struct cnn_model *model = report->model;
    struct cnn_judgement judgements[CNN_MAX_ARRAYS] = {0};
    enum { ROWS = WALKS + CNN_MAX_ARRAYS * (CNN_JUDGED_WORST + CNN_JUDGED_UNSURE) };
    int64_t rows[ROWS];
    bool ok = judge_all(report, parameters, judgements, error);
    cnn_put_open(json, "outputs", '[');
    for (int k = 0; k < model->n_outputs && ok; k++)
        write_judgement(json, &model->outputs[k], &judgements[k]);
    cnn_put_close(json, ']');
    int walks = ok ? choose_walks(report, &judgements[0], rows) : 0, count = walks;
    for (int k = 0; k < model->n_outputs; k++) {
        for (int i = 0; i < judgements[k].worst.count; i++)
            add_row(rows, &count, judgements[k].worst.row[i]);
        for (int i = 0; i < judgements[k].unsure.count; i++)
            add_row(rows, &count, judgements[k].unsure.row[i]);
        cnn_judgement_free(&judgements[k]);
    }
    cnn_put_integer(json, "walks", walks);
    return ok && cnn_samples_write(json, report, parameters, rows, count, walks, error);
}

static bool write_data(struct cnn_put *json, const struct cnn_report *report, const float *parameters,
                       struct cnn_error *error)
{
    cnn_put_open(json, NULL, '{');
    write_run(json, report, parameters);
    write_stages(json, report->model);
    write_history(json, report);
    write_network(json, report);
    cnn_parameters_write(json, report->model, parameters);
    bool ok = !report->judged || report->judged->count == 0 || write_judged(json, report, parameters, error);
    cnn_put_close(json, '}');
    return ok && (!json->failed || cnn_fail(error, "out of memory for the report"));
}

static void write_lines(struct cnn_file *file, const char *const *lines)
{
    for (; *lines; lines++)
        cnn_file_write(file, *lines, strlen(*lines));
}

bool cnn_report_write(struct cnn_report *report, const float *parameters, struct cnn_error *error)
{
    struct cnn_file file;
    struct cnn_put json = {.file = &file};
    const double start = cnn_seconds();
    if (!cnn_file_begin(&file, report->path, error))
        return false;
    write_lines(&file, cnn_page_head);
    if (!write_data(&json, report, parameters, error)) {
        cnn_file_abandon(&file);
        return false;
    }
    write_lines(&file, cnn_page_tail);
    bool ok = cnn_file_commit(&file, error);
    report->last_write = cnn_seconds();
    report->cost = report->last_write - start;
    return ok;
}

enum cnn_verdict cnn_report_call(void *user, enum cnn_event event, struct cnn_training *training,
                                 struct cnn_error *error)
{
    struct cnn_report *report = user;
    if (event != CNN_EPOCH_END)
        return CNN_CONTINUE;
    if (!remember(report, training, error))
        return CNN_FAIL;
    if (report->rows > 1 && (cnn_seconds() - report->last_write) * COST < report->cost)
        return CNN_CONTINUE;
    struct cnn_error
        ignored; /* hours of training are worth more: the last report tells it, when the weights are safe */
    (void)cnn_report_write(report, training->parameters, &ignored);
    return CNN_CONTINUE;
}
