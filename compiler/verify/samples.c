/* samples.c -- inputs to try a network with. */
#include "verify/verify.h"

#include "../../runtime/data/data.h"

#include <math.h>
#include <string.h>

static void allocate(const struct graph *model, int64_t count, struct samples *samples)
{
    *samples = (struct samples){.count = count, .n_inputs = model->n_inputs, .inputs = model->inputs};
    samples->values = arena_array(model->arena, model->n_inputs + 1, sizeof *samples->values);
    for (int i = 0; i < model->n_inputs; i++)
        samples->values[i] =
            arena_array(model->arena, count * shape_count(&model->inputs[i]->shape) + 1, sizeof **samples->values);
}

/* ---- at random ---- */

/* From 0 to 1: Knuth's generator of 64 bits, of which the high ones are good. */
static double draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*state >> 11) * 0x1p-53;
}

static double draw_for(const struct tensor *input, uint64_t *state)
{
    double x = draw(state);
    if (input->indices > 0)
        return floor(x * (double)input->indices);
    if (input->element == ELEMENT_BYTE)
        return floor(256 * x);
    if (input->element == ELEMENT_INT32)
        return floor(10 * x);
    return (double)(float)(input->rescales ? 255 * x : 2 * x - 1);
}

void samples_draw(const struct graph *model, int64_t count, uint64_t seed, struct samples *samples)
{
    uint64_t state = seed;
    (void)draw(&state);
    allocate(model, count, samples);
    for (int i = 0; i < model->n_inputs; i++)
        for (int64_t j = 0; j < count * shape_count(&model->inputs[i]->shape); j++)
            samples->values[i][j] = draw_for(model->inputs[i], &state);
}

/* ---- of files ---- */

static bool fail(const struct graph *model, const char *path, const struct cnn_error *error)
{
    return diag_error(model->diag, (struct origin){.file = path}, "%s", error->message);
}

static void fill_dims(int64_t dim[CNN_MAX_RANK], const struct shape *shape)
{
    memcpy(dim, shape->dim, (size_t)shape->rank * sizeof *dim);
}

/* What the runtime's readers want to know of the model. */
static struct cnn_model reader_of(const struct graph *model)
{
    static const enum cnn_element elements[] = {
        [ELEMENT_FLOAT] = CNN_FLOAT, [ELEMENT_BYTE] = CNN_BYTE, [ELEMENT_INT32] = CNN_INT32};
    struct cnn_model reader = {
        .abi = CNN_ABI, .name = model->script, .n_inputs = model->n_inputs, .n_outputs = model->n_outputs};
    for (int i = 0; i < model->n_inputs; i++) {
        const struct tensor *input = model->inputs[i];
        reader.inputs[i] =
            (struct cnn_model_input){.name = model->input_names ? model->input_names[i] : input->name,
                                     .rank = input->shape.rank,
                                     .count = shape_count(&input->shape),
                                     .element = elements[input->element],
                                     .indices = input->indices,
                                     .rescales = input->rescales};
        fill_dims(reader.inputs[i].dim, &input->shape);
    }
    for (int i = 0; i < model->n_outputs; i++) {
        const struct tensor *output = model->outputs[i];
        reader.outputs[i] =
            (struct cnn_model_output){.name = model->output_names ? model->output_names[i] : output->name,
                                      .rank = output->shape.rank,
                                      .count = shape_count(&output->shape),
                                      .label_count = shape_count(&output->shape)};
        fill_dims(reader.outputs[i].dim, &output->shape);
    }
    return reader;
}

static bool read_set(const struct cnn_model *reader, const char *path, struct cnn_preprocessing *told,
                     struct cnn_dataset *set, struct cnn_error *error)
{
    const struct cnn_set_place place = {.data = path, .prefix = "t10k"};
    const struct cnn_format *format = cnn_format_of(path, error);
    if (!format)
        return false;
    if (reader->n_inputs > 1 && !cnn_has_arrays(path)) {
        cnn_fail(error,
                 "the model has %d inputs: an .npz, or a folder of .npy files, has an array for each, by its name: "
                 "%s, %s%s",
                 reader->n_inputs, reader->inputs[0].name, reader->inputs[1].name,
                 reader->n_inputs > 2 ? ", ..." : "");
        return false;
    }
    bool is_file = format->id != CNN_FORMAT_FOLDER && format->kind != CNN_ARCHIVE && reader->n_inputs == 1;
    bool is_folder = format->id == CNN_FORMAT_FOLDER && !cnn_dataset_exists(reader, path, "t10k");
    if (is_file || is_folder)
        return cnn_dataset_read_as(reader, path, NULL, told, set, error);
    return cnn_sets_read(reader, &place, 1, CNN_NEED_SAMPLES, told, set, error);
}

/* Bytes of pictures reach a network as x/255, unless it scales them itself. */
static double value_of(const struct tensor *input, const struct cnn_dataset *set, int i, int64_t j)
{
    switch (set->input_elements[i]) {
    case CNN_BYTE: {
        double byte = ((const unsigned char *)set->inputs[i])[j];
        bool stays = input->element != ELEMENT_FLOAT || input->rescales;
        return stays ? byte : (double)((float)byte / 255);
    }
    case CNN_INT32: return ((const int32_t *)set->inputs[i])[j];
    default: return (double)((const float *)set->inputs[i])[j];
    }
}

static bool take_set(const struct graph *model, const char *path, const struct cnn_dataset *set, int64_t count,
                     struct samples *samples)
{
    allocate(model, set->count < count ? set->count : count, samples);
    for (int i = 0; i < model->n_inputs; i++)
        for (int64_t j = 0; j < samples->count * shape_count(&model->inputs[i]->shape); j++) {
            samples->values[i][j] = value_of(model->inputs[i], set, i, j);
            if (!isfinite(samples->values[i][j]))
                return diag_error(model->diag, (struct origin){.file = path},
                                  "there is a number that is not finite");
        }
    return true;
}

/* A tensor of ONNX, for the only input. */
static bool read_tensor(const struct graph *model, const char *path, struct limits limits, int64_t count,
                        struct samples *samples)
{
    const struct array *array;
    int64_t each = shape_count(&model->inputs[0]->shape);
    if (!import_array(model->arena, model->diag, limits, path, &array))
        return false;
    if (model->n_inputs != 1 || array->count == 0 || array->count % each)
        return diag_error(model->diag, (struct origin){.file = path}, "its %s numbers are no samples of %s",
                          number_text(model->arena, array->count),
                          shape_text(model->arena, &model->inputs[0]->shape));
    allocate(model, array->count / each < count ? array->count / each : count, samples);
    for (int64_t j = 0; j < samples->count * each; j++)
        samples->values[0][j] = array->floats ? (double)array->floats[j] : (double)array->whole[j];
    return true;
}

bool samples_read(const struct graph *model, const char *path, const char *weights, struct limits limits,
                  int64_t count, struct samples *samples)
{
    if (text_ends_with(path, ".pb"))
        return read_tensor(model, path, limits, count, samples);
    if (model->n_inputs > CNN_MAX_ARRAYS || model->n_outputs > CNN_MAX_ARRAYS)
        return diag_error(model->diag, (struct origin){.file = path}, "data are for %d inputs and outputs at most",
                          CNN_MAX_ARRAYS);
    struct cnn_error error;
    struct cnn_preprocessing told = {0};
    struct cnn_dataset set = {0};
    const struct cnn_model reader = reader_of(model);
    if (weights && !cnn_preprocessing_load(weights, &told, &error))
        return fail(model, path, &error);
    bool ok = read_set(&reader, path, &told, &set, &error);
    if (!ok)
        (void)fail(model, path, &error);
    ok = ok && take_set(model, path, &set, count, samples);
    cnn_dataset_free(&set);
    cnn_preprocessing_free(&told);
    return ok;
}
