/* look.c -- pictures of samples, layers and parameters: arrays of numbers made bytes, large ones smaller by averaging. */
#include "report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    INPUT_MOST = 128,   /* rows and columns of a sample that is shown */
    LAYER_MOST = 64,    /* and of a layer's channel */
    ROW_MOST = 512,     /* numbers of a vector */
    CHANNELS_MOST = 64, /* of a layer */
    BEST = 5,           /* classes that are named */
    VALUES_MOST = 16,   /* numbers of an output that are written out */
    NUMBERS_MOST = 8,   /* and of an input */
    BARS_MOST = 24,     /* and of a layer */
    TOKENS_MOST = 256,  /* whole numbers of a sample */
    BINS = 40,          /* of a histogram */
    WALK_BYTES = 700000 /* of all that layers make of samples */
};

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---- arrays ----------------------------------------------------------------------------------------------- */

static int64_t smaller(int64_t count, int64_t most)
{
    int64_t factor = (count + most - 1) / most;
    return factor ? (count + factor - 1) / factor : 0;
}

struct cnn_look cnn_look_of(int rank, const int64_t *dim, bool channels_first, int64_t most, int64_t most_channels)
{
    struct cnn_look look = {.rows = 1, .columns = 1, .channels = 1, .channels_first = channels_first && rank == 3};
    if (look.channels_first) {
        look.channels = dim[0];
        look.rows = dim[1];
        look.columns = dim[2];
    } else if (rank > 0) {
        look.columns = dim[rank > 2 ? rank - 2 : rank - 1];
        look.channels = rank > 2 ? dim[rank - 1] : 1;
        for (int i = 0; i < (rank > 2 ? rank - 2 : rank - 1); i++)
            look.rows *= dim[i];
    }
    look.shown_rows = smaller(look.rows, most);
    look.shown_columns = smaller(look.columns, rank > 1 ? most : ROW_MOST);
    look.shown_channels = least(look.channels, most_channels);
    return look;
}

int64_t cnn_look_bytes(const struct cnn_look *look)
{
    return look->shown_rows * look->shown_columns * look->shown_channels;
}

static bool is_channels_first(int rank, const int64_t *dim)
{
    struct cnn_geometry geometry;
    return cnn_geometry_of_shape(rank, dim, &geometry) && geometry.channels_first;
}

static struct cnn_look look_of_picture(int rank, const int64_t *dim)
{
    return cnn_look_of(rank, dim, is_channels_first(rank, dim), INPUT_MOST, 4);
}

/* The mean of the numbers that one shown number stands for. */
static double mean_at(const struct cnn_look *look, const float *numbers, int64_t row, int64_t column,
                      int64_t channel)
{
    const int64_t high = (look->rows + look->shown_rows - 1) / look->shown_rows;
    const int64_t wide = (look->columns + look->shown_columns - 1) / look->shown_columns;
    double sum = 0;
    int64_t count = 0;
    for (int64_t i = row * high; i < look->rows && i < (row + 1) * high; i++)
        for (int64_t j = column * wide; j < look->columns && j < (column + 1) * wide; j++, count++)
            sum += (double)numbers[look->channels_first ? (channel * look->rows + i) * look->columns + j
                                                        : (i * look->columns + j) * look->channels + channel];
    return count ? sum / (double)count : 0;
}

/* The numbers that are shown, channel by channel; NULL: out of memory. */
static float *shown_numbers(const struct cnn_look *look, const float *numbers)
{
    float *shown = calloc((size_t)cnn_look_bytes(look) + 1, sizeof *shown);
    int64_t at = 0;
    for (int64_t c = 0; shown && c < look->shown_channels; c++)
        for (int64_t i = 0; i < look->shown_rows; i++)
            for (int64_t j = 0; j < look->shown_columns; j++, at++)
                shown[at] = (float)mean_at(look, numbers, i, j, c);
    return shown;
}

void cnn_look_write(struct cnn_put *json, const struct cnn_look *look, const float *numbers, const float *range)
{
    const int64_t count = cnn_look_bytes(look);
    double low = range ? (double)range[0] : INFINITY, high = range ? (double)range[1] : -INFINITY;
    float *shown = shown_numbers(look, numbers);
    uint8_t *bytes = calloc((size_t)count + 1, 1);
    json->failed |= !shown || !bytes;
    for (int64_t i = 0; i < count && !json->failed && !range; i++) {
        low = fmin(low, (double)shown[i]);
        high = fmax(high, (double)shown[i]);
    }
    for (int64_t i = 0; i < count && !json->failed; i++) {
        double part = high > low ? ((double)shown[i] - low) / (high - low) : 0;
        bytes[i] = (uint8_t)(part > 0 ? part < 1 ? part * 255 + 0.5 : 255 : 0); /* NaN: 0 */
    }
    cnn_put_number(json, "low", low);
    cnn_put_number(json, "high", high);
    cnn_put_bytes(json, "data", bytes, json->failed ? 0 : count);
    free(shown);
    free(bytes);
}

/* The shape as it is, and as it is shown. */
static void write_shapes(struct cnn_put *json, const struct cnn_look *look)
{
    cnn_put_integers(json, "shape", (const int64_t[]){look->rows, look->columns, look->channels}, 3);
    cnn_put_integers(json, "shown", (const int64_t[]){look->shown_rows, look->shown_columns, look->shown_channels},
                     3);
}

static void write_values(struct cnn_put *json, const char *key, const float *values, int64_t count)
{
    cnn_put_open(json, key, '[');
    for (int64_t i = 0; i < count; i++)
        cnn_put_number(json, NULL, (double)values[i]);
    cnn_put_close(json, ']');
}

/* ---- inputs ------------------------------------------------------------------------------------------------ */

/* Number i of an input of a row, as it stands in the set. */
static double element_at(const struct cnn_dataset *set, int input, int64_t i)
{
    const void *values = set->inputs[input];
    switch (set->input_elements[input]) {
    case CNN_BYTE: return ((const uint8_t *)values)[i];
    case CNN_INT32: return ((const int32_t *)values)[i];
    case CNN_FLOAT: break;
    }
    return (double)((const float *)values)[i];
}

static void write_tokens(struct cnn_put *json, const struct cnn_dataset *set, int input, int64_t row)
{
    const int64_t count = set->input_counts[input];
    cnn_put_open(json, "tokens", '[');
    for (int64_t i = 0; i < count && i < TOKENS_MOST; i++)
        cnn_put_number(json, NULL, element_at(set, input, row * count + i));
    cnn_put_close(json, ']');
}

/* Pixels are dark at 0, whatever a picture has. */
static bool write_input(struct cnn_put *json, const struct cnn_report *report, int input, int64_t row,
                        struct cnn_error *error)
{
    const struct cnn_model_input *of = &report->model->inputs[input];
    const struct cnn_dataset *set = report->judged;
    const bool is_bytes = set->input_elements[input] == CNN_BYTE;
    float *numbers = cnn_alloc_floats(of->count, error);
    bool is_unit = true;
    if (!numbers)
        return false;
    for (int64_t i = 0; i < of->count; i++) {
        numbers[i] = (float)element_at(set, input, row * of->count + i);
        is_unit = is_unit && numbers[i] >= 0 && numbers[i] <= 1;
    }
    cnn_put_open(json, NULL, '{');
    if (of->indices > 0 || set->input_elements[input] == CNN_INT32) {
        write_tokens(json, set, input, row);
    } else {
        const float range[2] = {0, is_bytes ? 255 : 1};
        struct cnn_look look = look_of_picture(of->rank, of->dim);
        if (of->count <= NUMBERS_MOST)
            write_values(json, "numbers", numbers, of->count);
        write_shapes(json, &look);
        cnn_look_write(json, &look, numbers, is_bytes || is_unit ? range : NULL);
    }
    cnn_put_close(json, '}');
    free(numbers);
    return true;
}

/* What the network is given of a row: bytes are made floats as cnn_batch says; NULL after an error. */
static void *input_of(const struct cnn_report *report, int input, int64_t row, struct cnn_error *error)
{
    const struct cnn_model_input *of = &report->model->inputs[input];
    const struct cnn_dataset *set = report->judged;
    void *values = cnn_alloc(of->count * 4, error);
    for (int64_t i = 0; values && i < of->count; i++) {
        double value = element_at(set, input, row * of->count + i);
        switch (of->element) {
        case CNN_BYTE: ((uint8_t *)values)[i] = (uint8_t)value; break;
        case CNN_INT32: ((int32_t *)values)[i] = (int32_t)value; break;
        case CNN_FLOAT:
            if (set->input_elements[input] == CNN_BYTE && !of->rescales)
                value = (double)((float)value / 255.0f);
            ((float *)values)[i] = (float)value;
        }
    }
    return values;
}

/* ---- outputs ----------------------------------------------------------------------------------------------- */

/* The likeliest classes, each with its probability. */
static void write_best(struct cnn_put *json, float *probabilities, int64_t count)
{
    cnn_put_open(json, "best", '[');
    for (int i = 0; i < BEST && i < count; i++) {
        int64_t best = cnn_largest(probabilities, count);
        cnn_put_open(json, NULL, '[');
        cnn_put_integer(json, NULL, best);
        cnn_put_number(json, NULL, (double)probabilities[best]);
        cnn_put_close(json, ']');
        probabilities[best] = -1;
    }
    cnn_put_close(json, ']');
}

static void write_picture(struct cnn_put *json, const char *key, int rank, const int64_t *dim, const float *numbers,
                          const float *range)
{
    struct cnn_look look = look_of_picture(rank, dim);
    cnn_put_open(json, key, '{');
    write_shapes(json, &look);
    cnn_look_write(json, &look, numbers, range);
    cnn_put_close(json, '}');
}

/* Of steps or pixels the class of each, as a picture of levels. */
static void write_positions(struct cnn_put *json, const struct cnn_model_output *output, const float *labels,
                            const float *numbers, float *room)
{
    const int64_t classes = output->dim[output->rank - 1], positions = output->count / classes;
    const float range[2] = {0, (float)(classes - 1)};
    for (int64_t p = 0; p < positions; p++)
        room[p] = (float)cnn_largest(numbers + p * classes, classes);
    write_picture(json, "said", output->rank - 1, output->dim, room, range);
    for (int64_t p = 0; p < positions && labels; p++) {
        int64_t class = cnn_label_class(output, labels, p);
        room[p] = class < 0 ? 0 : (float)class;
    }
    if (labels)
        write_picture(json, "truth", output->rank - 1, output->dim, room, range);
}

/* What is said of the sample, and what is true of it. room: as many floats as the output has. */
static void write_output(struct cnn_put *json, const struct cnn_model_output *output, const float *labels,
                         const float *numbers, float *room)
{
    const int64_t classes = output->rank > 0 ? output->dim[output->rank - 1] : 1;
    const bool softmax = output->probabilities == CNN_PROBABILITIES_SOFTMAX && classes > 1;
    const float unit[2] = {0, 1};
    cnn_put_open(json, NULL, '{');
    if (softmax && output->count > classes) {
        write_positions(json, output, labels, numbers, room);
    } else if (softmax) {
        if (labels)
            cnn_put_integer(json, "class", cnn_label_class(output, labels, 0));
        cnn_probabilities(output, numbers, classes, room);
        write_best(json, room, classes);
    } else {
        bool sigmoid = output->probabilities == CNN_PROBABILITIES_SIGMOID;
        cnn_probabilities(output, numbers, output->count, room);
        if (output->rank > 1) {
            write_picture(json, "said", output->rank, output->dim, room, sigmoid ? unit : NULL);
            if (labels && output->label_count == output->count)
                write_picture(json, "truth", output->rank, output->dim, labels, sigmoid ? unit : NULL);
        }
        write_values(json, "values", room, least(output->count, VALUES_MOST));
        if (labels)
            write_values(json, "labels", labels, least(output->label_count, VALUES_MOST));
    }
    cnn_put_close(json, '}');
}

/* ---- layers ------------------------------------------------------------------------------------------------ */

/* Layers have their channels where the model's picture has them. */
static struct cnn_look look_of_layer(const struct cnn_model *model, int layer, int64_t channels)
{
    const struct cnn_layer *of = &model->layers[layer];
    const bool channels_first = is_channels_first(model->inputs[0].rank, model->inputs[0].dim);
    return cnn_look_of(of->rank, of->dim, channels_first, LAYER_MOST, channels);
}

/* As many channels of each layer as let all samples be shown in the bytes that there are. */
static int64_t channels_for(const struct cnn_model *model, int walks)
{
    for (int64_t channels = CHANNELS_MOST; channels > 1; channels /= 2) {
        int64_t bytes = 0;
        for (int i = 0; i < model->n_layers; i++) {
            struct cnn_look look = look_of_layer(model, i, channels);
            bytes += model->layers[i].watched >= 0 ? cnn_look_bytes(&look) : 0;
        }
        if (bytes * walks <= WALK_BYTES)
            return channels;
    }
    return 1;
}

static void write_layers(struct cnn_put *json, const struct cnn_model *model, const float *layers, int64_t channels)
{
    cnn_put_open(json, "layers", '[');
    for (int i = 0; i < model->n_layers; i++) {
        const struct cnn_layer *layer = &model->layers[i];
        struct cnn_look look = look_of_layer(model, i, channels);
        cnn_put_open(json, NULL, '{');
        if (layer->watched >= 0) {
            write_shapes(json, &look);
            cnn_look_write(json, &look, layers + layer->watched, NULL);
            if (look.rows == 1 && look.columns <= BARS_MOST && look.channels == 1)
                write_values(json, "numbers", layers + layer->watched, look.columns);
        }
        cnn_put_close(json, '}');
    }
    cnn_put_close(json, ']');
}

static bool write_walk(struct cnn_put *json, const struct cnn_report *report, const float *parameters, int64_t row,
                       int64_t channels, struct cnn_error *error)
{
    const struct cnn_model *model = report->model;
    void *inputs[CNN_MAX_ARRAYS] = {NULL}, *workspace = cnn_alloc(model->watch_bytes, error);
    float *layers = cnn_alloc_floats(model->watched_floats, error);
    bool ok = workspace && layers;
    for (int i = 0; i < model->n_inputs && ok; i++)
        ok = (inputs[i] = input_of(report, i, row, error)) != NULL;
    if (ok) {
        model->watch(parameters, workspace, (const void *const *)inputs, layers);
        write_layers(json, model, layers, channels);
    }
    for (int i = 0; i < model->n_inputs; i++)
        free(inputs[i]);
    free(workspace);
    free(layers);
    return ok;
}

/* ---- samples ------------------------------------------------------------------------------------------------ */

static bool write_outputs(struct cnn_put *json, const struct cnn_report *report, const float *parameters,
                          int64_t row, struct cnn_error *error)
{
    const struct cnn_model *model = report->model;
    const struct cnn_dataset one = cnn_dataset_slice(report->judged, row, 1);
    const struct cnn_batch batch = cnn_dataset_batch(&one);
    float *outputs[CNN_MAX_ARRAYS] = {NULL}, *room = NULL;
    bool ok = true;
    int64_t most = 1;
    for (int k = 0; k < model->n_outputs && ok; k++) {
        most = model->outputs[k].count > most ? model->outputs[k].count : most;
        ok = (outputs[k] = cnn_alloc_floats(model->outputs[k].count, error)) != NULL;
    }
    ok = ok && (room = cnn_alloc_floats(most, error)) &&
         cnn_predict(model, &batch, parameters, report->threads, outputs, error);
    cnn_put_open(json, "outputs", '[');
    for (int k = 0; k < model->n_outputs && ok; k++)
        write_output(json, &model->outputs[k], model->outputs[k].loss ? one.labels[k] : NULL, outputs[k], room);
    cnn_put_close(json, ']');
    for (int k = 0; k < model->n_outputs; k++)
        free(outputs[k]);
    free(room);
    return ok;
}

bool cnn_samples_write(struct cnn_put *json, const struct cnn_report *report, const float *parameters,
                       const int64_t *rows, int count, int walks, struct cnn_error *error)
{
    const struct cnn_model *model = report->model;
    const int64_t channels = channels_for(model, walks ? walks : 1);
    bool ok = true;
    cnn_put_open(json, "samples", '[');
    for (int i = 0; i < count && ok; i++) {
        cnn_put_open(json, NULL, '{');
        cnn_put_integer(json, "row", rows[i]);
        if (report->judged->row_names)
            cnn_put_text(json, "name", report->judged->row_names[rows[i]]);
        cnn_put_open(json, "inputs", '[');
        for (int k = 0; k < model->n_inputs && ok; k++)
            ok = write_input(json, report, k, rows[i], error);
        cnn_put_close(json, ']');
        ok = ok && write_outputs(json, report, parameters, rows[i], error);
        if (ok && model->watch && i < walks)
            ok = write_walk(json, report, parameters, rows[i], channels, error);
        cnn_put_close(json, '}');
    }
    cnn_put_close(json, ']');
    return ok;
}

/* ---- parameters ---------------------------------------------------------------------------------------------- */

static void write_histogram(struct cnn_put *json, const float *numbers, int64_t count)
{
    int64_t bins[BINS] = {0}, zeros = 0;
    double low = INFINITY, high = -INFINITY, sum = 0, squares = 0;
    for (int64_t i = 0; i < count; i++) {
        low = fmin(low, (double)numbers[i]);
        high = fmax(high, (double)numbers[i]);
        sum += (double)numbers[i];
        squares += (double)numbers[i] * (double)numbers[i];
        zeros += numbers[i] == 0;
    }
    for (int64_t i = 0; i < count; i++) {
        double part = high > low ? ((double)numbers[i] - low) / (high - low) : 0;
        bins[part >= 0 && part < 1 ? (int)(part * BINS) : BINS - 1]++;
    }
    double mean = sum / (double)count;
    cnn_put_number(json, "low", low);
    cnn_put_number(json, "high", high);
    cnn_put_number(json, "mean", mean);
    cnn_put_number(json, "deviation", sqrt(fmax(squares / (double)count - mean * mean, 0)));
    cnn_put_integer(json, "zeros", zeros);
    cnn_put_integers(json, "bins", bins, BINS);
}

/* Kernels of images that a picture's channels go into. */
static bool are_filters(const struct cnn_parameter *parameter)
{
    return parameter->rank == 4 && (parameter->dim[2] == 1 || parameter->dim[2] == 3) && parameter->dim[0] > 1 &&
           parameter->dim[1] > 1;
}

/* All channels of all filters, each rows x columns. */
static void write_filters(struct cnn_put *json, const struct cnn_parameter *parameter, const float *numbers)
{
    const int64_t *dim = parameter->dim;
    const struct cnn_look look = cnn_look_of(3, (const int64_t[]){dim[0], dim[1], dim[2] * dim[3]}, false,
                                             parameter->count, parameter->count);
    float range[2] = {0, 0};
    for (int64_t i = 0; i < parameter->count; i++)
        range[1] = fmaxf(range[1], fabsf(numbers[i]));
    range[0] = -range[1];
    cnn_put_open(json, "filters", '{');
    cnn_put_text(json, "name", parameter->name);
    cnn_put_integers(json, "dim", dim, 4);
    cnn_look_write(json, &look, numbers, range);
    cnn_put_close(json, '}');
}

void cnn_parameters_write(struct cnn_put *json, const struct cnn_model *model, const float *parameters)
{
    const struct cnn_parameter *filters = NULL;
    cnn_put_open(json, "parameters", '[');
    for (int i = 0; i < model->n_parameters; i++) {
        const struct cnn_parameter *parameter = &model->parameters[i];
        filters = !filters && are_filters(parameter) ? parameter : filters;
        cnn_put_open(json, NULL, '{');
        cnn_put_text(json, "name", parameter->name);
        cnn_put_integers(json, "shape", parameter->dim, parameter->rank);
        cnn_put_bool(json, "trainable", parameter->trainable);
        write_histogram(json, parameters + parameter->offset, parameter->count);
        cnn_put_close(json, '}');
    }
    cnn_put_close(json, ']');
    if (filters && filters->count <= 65536)
        write_filters(json, filters, parameters + filters->offset);
}
