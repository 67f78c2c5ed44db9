/* part.c -- sets of models with several inputs or outputs, part by part: part i is input i and the labels of output i, each as
 * if a model had no others. */
#include "data/data.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int cnn_model_parts(const struct cnn_model *model)
{
    return model->n_inputs > model->n_outputs ? model->n_inputs : model->n_outputs;
}

struct cnn_model cnn_model_part(const struct cnn_model *model, int part)
{
    struct cnn_model one = *model;
    one.inputs[0] = model->inputs[part < model->n_inputs ? part : model->n_inputs - 1];
    one.outputs[0] = model->outputs[part < model->n_outputs ? part : model->n_outputs - 1];
    one.n_inputs = one.n_outputs = 1;
    return one;
}

/* ---- what their data go through ---------------------------------------------------------------------- */

/* What is known of a part's, as if it were the only one. A scale that the user chose is for what can be scaled. */
static struct cnn_preprocessing part_of(const struct cnn_model *model, const struct cnn_preprocessing *all,
                                        int part)
{
    struct cnn_preprocessing one = *all;
    const struct cnn_model_input *input = &model->inputs[part < model->n_inputs ? part : model->n_inputs - 1];
    if (part > 0) {
        one.scale = part < model->n_inputs ? all->more_scales[part - 1]
                    : model->n_inputs > 1  ? all->more_scales[model->n_inputs - 2]
                                           : all->scale;
        one.label_scale = all->more_label_scales[part - 1];
    }
    if (all->scale_is_chosen) {
        one.scale_is_chosen = input->element == CNN_FLOAT && !input->rescales;
        one.scale = one.scale_is_chosen ? all->scale : CNN_SCALE_UNKNOWN;
        one.label_scale = all->label_scale;
    }
    *one.features_about = *one.labels_about = '\0';
    return one;
}

/* "title: whole numbers 1..9, as they are", behind those of other parts. */
static void add_about(char about[CNN_ABOUT], const char *name, const char *of_part)
{
    size_t used = strlen(about);
    if (*of_part)
        snprintf(about + used, CNN_ABOUT - used, "%s%s: %s", used ? "; " : "", name, of_part);
}

static void keep(const struct cnn_model *model, int part, const struct cnn_preprocessing *one,
                 struct cnn_preprocessing *all)
{
    if (part == 0 && !all->scale_is_chosen) {
        all->scale = one->scale;
        all->label_scale = one->label_scale;
    } else if (part > 0) {
        all->more_scales[part - 1] = one->scale;
        all->more_label_scales[part - 1] = one->label_scale;
    }
    if (part < model->n_inputs)
        add_about(all->features_about, model->inputs[part].name, one->features_about);
    if (part < model->n_outputs)
        add_about(all->labels_about, model->outputs[part].name, one->labels_about);
}

/* ---- making sets of them ----------------------------------------------------------------------------- */

static void move_part(struct cnn_dataset *one, const struct cnn_model *model, int part, struct cnn_dataset *set)
{
    if (part < model->n_inputs) {
        set->count = one->count;
        set->input_counts[part] = one->input_counts[0];
        set->input_elements[part] = one->input_elements[0];
        set->inputs[part] = one->inputs[0];
        set->map_offsets[part] = one->map_offsets[0];
    }
    if (part < model->n_outputs) {
        set->label_counts[part] = model->outputs[part].label_count;
        set->labels[part] = one->labels[0];
        set->label_map_offsets[part] = one->label_map_offsets[0];
    }
}

static bool finish_part(const struct cnn_model *model, int part, struct cnn_raw *raws, int count,
                        struct cnn_preprocessing *preprocessing, struct cnn_dataset *sets, struct cnn_error *error)
{
    struct cnn_model one = cnn_model_part(model, part);
    struct cnn_preprocessing of_part = part_of(model, preprocessing, part);
    struct cnn_dataset *made = cnn_alloc(count * (int64_t)sizeof *made, error);
    if (!made)
        return false;
    for (int i = 0; i < count; i++)
        made[i] = (struct cnn_dataset){.count = 0};
    bool ok = cnn_raws_finish(&one, raws, count, &of_part, made, error);
    for (int i = 0; i < count; i++)
        move_part(&made[i], model, part, &sets[i]);
    if (ok)
        keep(model, part, &of_part, preprocessing);
    free(made);
    return ok;
}

bool cnn_parts_finish(const struct cnn_model *model, struct cnn_raw *raws, int count,
                      struct cnn_preprocessing *preprocessing, struct cnn_dataset *sets, struct cnn_error *error)
{
    int parts = cnn_model_parts(model);
    if (parts == 1)
        return cnn_raws_finish(model, raws, count, preprocessing, sets, error);
    *preprocessing->features_about = *preprocessing->labels_about = '\0';
    for (int part = 0; part < parts; part++)
        if (!finish_part(model, part, raws + (int64_t)part * count, count, preprocessing, sets, error))
            return false;
    return true;
}

bool cnn_has_arrays(const char *data)
{
    const struct cnn_format *format = cnn_is_folder(data) ? NULL : cnn_format_of(data, NULL);
    return format ? format->kind == CNN_ARCHIVE : cnn_is_folder(data);
}

/* ---- reading them -------------------------------------------------------------------------------------- */

/* All arrays of a set have as many rows. */
static bool check_rows(const struct cnn_raw *raws, int parts, int64_t stride, struct cnn_error *error)
{
    for (int i = 0; i < parts; i++) {
        const struct cnn_raw *raw = &raws[i * stride];
        const bool is_input = raw->inputs.data != NULL;
        const struct cnn_array *array = is_input ? &raw->inputs : &raw->labels;
        if (array->data && array->dim[0] != raws[0].inputs.dim[0])
            return cnn_fail(error, "%s has %" PRId64 " rows, but %s has %" PRId64,
                            is_input ? raw->inputs_name : raw->labels_name, array->dim[0], raws[0].inputs_name,
                            raws[0].inputs.dim[0]);
    }
    return true;
}

/* Reads the parts of a set, which stand `stride` apart. */
static bool read_parts(const struct cnn_model *model, const struct cnn_place *inputs,
                       const struct cnn_place *labels, struct cnn_raw *raws, int64_t stride,
                       struct cnn_error *error)
{
    struct cnn_preprocessing none = {.n_classes = 0};
    int parts = cnn_model_parts(model);
    for (int i = 0; i < parts; i++) {
        const struct cnn_source source = {inputs[i], labels[i], false};
        struct cnn_model one = cnn_model_part(model, i);
        if (!cnn_arrays_read(&one, &source, &none, &raws[i * stride], error))
            return false;
    }
    return check_rows(raws, parts, stride, error);
}

/* Data that are no archive or folder hold one array, or the columns of a table. */
static bool need_arrays(const struct cnn_model *model, const char *data, struct cnn_error *error)
{
    if (!cnn_format_of(data, error))
        return false;
    return cnn_has_arrays(data) ||
           cnn_fail(
               error,
               "%s: model %s has %d inputs and %d outputs, whose arrays are given by --input NAME=FILE and --label "
               "NAME=FILE, or stand in an .npz archive or a folder of .npy files",
               data, model->name, model->n_inputs, model->n_outputs);
}

static bool have_labels(const struct cnn_model *model, const struct cnn_place *labels)
{
    for (int i = 0; i < model->n_outputs; i++)
        if (model->outputs[i].loss && !labels[i].path)
            return false;
    return true;
}

bool cnn_parts_read(const struct cnn_model *model, const struct cnn_set_place *place, enum cnn_need need,
                    struct cnn_raw *raws, int64_t stride, struct cnn_error *error)
{
    struct cnn_arrays arrays = {.data = NULL};
    bool ok = need_arrays(model, place->data, error) &&
              cnn_arrays_find(model, place->data, place->prefix, false, &arrays, error);
    if (ok && (!cnn_arrays_have_inputs(model, &arrays) ||
               (need != CNN_NEED_SAMPLES && !have_labels(model, arrays.labels))))
        ok = cnn_arrays_lack(model, &arrays, error);
    ok = ok && read_parts(model, arrays.inputs, arrays.labels, raws, stride, error);
    cnn_arrays_free(&arrays);
    return ok;
}

bool cnn_parts_read_given(const struct cnn_model *model, const struct cnn_set_place *place, enum cnn_need need,
                          struct cnn_raw *raws, int64_t stride, struct cnn_error *error)
{
    struct cnn_place inputs[CNN_MAX_ARRAYS] = {{0}}, labels[CNN_MAX_ARRAYS] = {{0}};
    for (int i = 0; i < model->n_inputs; i++)
        inputs[i].path = place->inputs[i];
    for (int i = 0; i < model->n_outputs; i++) {
        labels[i].path = place->labels ? place->labels[i] : NULL;
        if (need != CNN_NEED_SAMPLES && model->outputs[i].loss && !labels[i].path)
            return cnn_fail(error, "the labels of the output %s are missing: --label %s=FILE",
                            model->outputs[i].name, model->outputs[i].name);
    }
    return read_parts(model, inputs, labels, raws, stride, error);
}

/* ---- weights of samples ------------------------------------------------------------------------------ */

bool cnn_weights_of_samples(const struct cnn_place *place, struct cnn_dataset *set, struct cnn_error *error)
{
    struct cnn_array array;
    char name[1024];
    if (!cnn_array_read(place->path, place->name, &array, error))
        return false;
    snprintf(name, sizeof name, place->name ? "%s[%s]" : "%s", place->path, place->name);
    int64_t count = array.dim[0] * cnn_array_row(&array);
    bool ok =
        count == set->count ||
        cnn_fail(error, "%s: has %" PRId64 " weights, but there are %" PRId64 " samples", name, count, set->count);
    set->weights = ok ? cnn_alloc_floats(count, error) : NULL;
    ok = set->weights != NULL;
    for (int64_t i = 0; i < count && ok; i++) {
        set->weights[i] = cnn_array_value(&array, i);
        if (!isfinite(set->weights[i]))
            ok = cnn_fail(error, "%s: row %" PRId64 " has a weight that is no finite number", name, i);
    }
    cnn_array_free(&array);
    return ok;
}
