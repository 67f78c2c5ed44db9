/* page.c -- what the page asks of WebAssembly: to predict and show each layer, to train, to give the weights as a file.
 *
 * net.c is the network. A page is opened once; the functions return false, or NULL, after an error, which page_error() has. */
#include "cnnrt.h"

#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name)))

extern const struct cnn_model net_model;

struct page {
    float *parameters, *prepared;
    void *workspace;
    float *input, *scores;
    float *layers;
    void *layers_workspace;
    struct cnn_error error;
};

/* What the page shows of a training; false: it ends. Columns are loss and accuracy, `validation` those of the validation set, or
 * NULL within an epoch. */
#define IMPORT(name) __attribute__((import_module("page"), import_name(#name)))
IMPORT(progress)
int32_t page_progress(int32_t epoch, int32_t step, int32_t steps, double seconds, const double *columns,
                      const double *validation);

/* ---- predicting ---- */

EXPORT(prepare) void page_prepare(struct page *page) { net_model.prepare(page->parameters, page->prepared); }

static float *floats(int64_t count) { return cnn_alloc_floats(count, NULL); }

static bool allocate(struct page *page)
{
    page->parameters = floats(net_model.parameter_floats);
    page->prepared = floats(net_model.prepared_floats);
    page->workspace = cnn_alloc(net_model.predict_bytes, NULL);
    page->input = floats(net_model.inputs[0].count);
    page->scores = floats(net_model.outputs[0].count);
    page->layers = floats(net_model.watched_floats);
    page->layers_workspace = cnn_alloc(net_model.watch_bytes, NULL);
    return page->parameters && page->prepared && page->workspace && page->input && page->scores && page->layers &&
           page->layers_workspace;
}

EXPORT(open) struct page *page_open(void)
{
    struct page *page = calloc(1, sizeof *page);
    return page && allocate(page) ? page : NULL;
}

EXPORT(input) float *page_input(struct page *page) { return page->input; }
EXPORT(parameters) float *page_parameters(struct page *page) { return page->parameters; }
EXPORT(error) const char *page_error(struct page *page) { return page->error.message; }

/* The scores, `times` times over, for who measures. */
EXPORT(predict) float *page_predict(struct page *page, int times)
{
    for (int i = 0; i < times; i++)
        net_model.predict(page->parameters, page->prepared, page->workspace, (const void *const[]){page->input},
                          (float *const[]){page->scores});
    return page->scores;
}

/* What each layer makes of the input. */
EXPORT(show) float *page_show(struct page *page)
{
    net_model.watch(page->parameters, page->layers_workspace, (const void *const[]){page->input}, page->layers);
    return page->layers;
}

/* ---- what the network is made of, as JSON ---- */

static void print_shape(FILE *out, int rank, const int64_t *dim)
{
    for (int i = 0; i < rank; i++)
        fprintf(out, "%s%d", i ? "," : "", (int)dim[i]);
}

/* Freed by nobody: it is asked for once. */
EXPORT(describe) const char *page_describe(void)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    fprintf(out, "{\"classes\":%d,\"layers\":[", (int)net_model.outputs[0].count);
    for (int i = 0; i < net_model.n_layers; i++) {
        const struct cnn_layer *layer = &net_model.layers[i];
        fprintf(out, "%s{\"name\":\"%s\",\"type\":\"%s\",\"shape\":[", i ? "," : "", layer->name, layer->type);
        print_shape(out, layer->rank, layer->dim);
        fprintf(out, "],\"at\":%d}", (int)layer->watched);
    }
    fputs("],\"parameters\":[", out);
    for (int i = 0; i < net_model.n_parameters; i++) {
        const struct cnn_parameter *parameter = &net_model.parameters[i];
        fprintf(out, "%s{\"name\":\"%s\",\"offset\":%d,\"shape\":[", i ? "," : "", parameter->name,
                (int)parameter->offset);
        print_shape(out, parameter->rank, parameter->dim);
        fputs("]}", out);
    }
    fputs("]}", out);
    return fclose(out) == 0 ? text : NULL;
}

/* ---- training ---- */

static enum cnn_verdict tell(void *user, enum cnn_event event, struct cnn_training *training,
                             struct cnn_error *error)
{
    (void)user, (void)error;
    if (event != CNN_STEP_END && event != CNN_EPOCH_END)
        return CNN_CONTINUE;
    const double *validation = event == CNN_EPOCH_END ? training->validation : NULL;
    return page_progress((int32_t)training->epoch, (int32_t)training->batch, (int32_t)training->batches,
                         training->seconds, training->columns, validation)
               ? CNN_CONTINUE
               : CNN_STOP;
}

/* Rows of pixels, 0 to 255, with the class of each behind them all. */
static bool read_set(const uint8_t *bytes, int rows, struct cnn_dataset *set, struct cnn_error *error)
{
    int64_t count = net_model.inputs[0].count;
    *set = (struct cnn_dataset){.count = rows,
                                .input_counts = {count},
                                .label_counts = {net_model.outputs[0].label_count},
                                .input_elements = {CNN_BYTE},
                                .inputs = {(void *)(uintptr_t)bytes},
                                .labels = {cnn_alloc_floats(rows, error)}};
    for (int i = 0; set->labels[0] && i < rows; i++)
        set->labels[0][i] = bytes[rows * count + i];
    return set->labels[0] != NULL;
}

/* From fresh parameters, as `net train --seed SEED --epochs EPOCHS` does. */
EXPORT(train)
bool page_train(struct page *page, const uint8_t *train, int rows, const uint8_t *test, int test_rows, int epochs,
                uint32_t seed)
{
    struct cnn_dataset sets[2] = {{0}};
    const struct cnn_callback callback = {.call = tell};
    struct cnn_fit_options options = cnn_fit_defaults(&net_model);
    options.seed = seed;
    options.epochs = epochs;
    options.callbacks = &callback;
    options.n_callbacks = 1;
    bool ok = read_set(train, rows, &sets[0], &page->error) && read_set(test, test_rows, &sets[1], &page->error) &&
              cnn_initialise(&net_model, seed, page->parameters, &page->error) &&
              cnn_fit_in_memory(&net_model, &sets[0], &sets[1], &options, page->parameters, &page->error);
    free(sets[0].labels[0]);
    free(sets[1].labels[0]);
    return ok;
}

/* ---- the weights as a .safetensors file ---- */

struct packed {
    unsigned char *bytes;
    int64_t count;
};

/* Both are the caller's to free. */
EXPORT(pack) struct packed *page_pack(struct page *page)
{
    const struct cnn_preprocessing preprocessing = {.scale = CNN_SCALE_PIXELS};
    struct packed *packed = calloc(1, sizeof *packed);
    if (packed && cnn_weights_pack(&net_model, page->parameters, &preprocessing, &packed->bytes, &packed->count,
                                   &page->error))
        return packed;
    free(packed);
    return NULL;
}
