/* weights.c -- a model's parameters as a safetensors file. */
#include "train/train.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool load(const struct cnn_tensor_file *in, struct cnn_tensors *tensors)
{
    bool is_checkpoint;
    if (!cnn_checkpoint_check(in, &is_checkpoint) ||
        !cnn_tensors_find(in, is_checkpoint ? CNN_CHECKPOINT_PREFIX : NULL, tensors))
        return false;
    for (int i = 0; i < tensors->count && tensors->tensor[i].data; i++)
        if (!cnn_tensors_read(in, &tensors->tensor[i]))
            return false;
    return true;
}

bool cnn_weights_load(const struct cnn_model *model, const char *path, float *parameters, struct cnn_error *error)
{
    struct cnn_tensors tensors = cnn_weights_tensors(model, parameters, error);
    if (!tensors.tensor)
        return false;
    struct cnn_tensor_file in;
    bool ok = cnn_tensors_open(&in, path, error) && load(&in, &tensors);
    cnn_tensors_close(&in);
    free(tensors.tensor);
    return ok;
}

/* ---- a part of them ---- */

static int count_of(const struct cnn_tensors *tensors, int64_t begin)
{
    int count = 0;
    for (int i = 0; i < tensors->count; i++)
        count += tensors->tensor[i].begin == begin;
    return count;
}

/* "  WHAT: dense/kernel, dense/bias and 3 more": those whose `begin` is this; those of another shape with it. */
static void print_names(const struct cnn_model *model, const struct cnn_tensors *tensors, const char *what,
                        int64_t begin, FILE *out)
{
    enum { NAMES_MAX = 4 };
    int count = count_of(tensors, begin), printed = 0;
    if (count == 0)
        return;
    fprintf(out, "  %s:", what);
    for (int i = 0; i < tensors->count && printed < NAMES_MAX; i++) {
        const struct cnn_tensor *tensor = &tensors->tensor[i];
        const struct cnn_parameter *parameter = &model->parameters[i];
        if (tensor->begin != begin)
            continue;
        fprintf(out, "%s %s", printed++ ? "," : "", tensor->name);
        if (begin == CNN_OTHER_SHAPE) {
            char here[CNN_SHAPE_TEXT], there[CNN_SHAPE_TEXT];
            fprintf(out, " (%s, here %s)", cnn_shape_text(there, tensor->rank, tensor->dim),
                    cnn_shape_text(here, parameter->rank, parameter->dim));
        }
    }
    if (count > printed)
        fprintf(out, " and %d more", count - printed);
    putc('\n', out);
}

static bool load_some(const struct cnn_model *model, const struct cnn_tensor_file *in, struct cnn_tensors *tensors,
                      FILE *out)
{
    bool is_checkpoint;
    if (!cnn_checkpoint_check(in, &is_checkpoint) || !cnn_tensors_find_some(in, tensors))
        return false;
    int missing = count_of(tensors, CNN_MISSING), others = count_of(tensors, CNN_OTHER_SHAPE);
    int found = tensors->count - missing - others;
    if (found == 0)
        return cnn_fail(in->error, "%s: has no tensor that fits model %s by name and shape", in->path, model->name);
    for (int i = 0; i < tensors->count; i++)
        if (tensors->tensor[i].begin >= 0 && !cnn_tensors_read(in, &tensors->tensor[i]))
            return false;
    if (out) {
        fprintf(out, "Loaded %d of %d tensors from %s\n", found, tensors->count, in->path);
        print_names(model, tensors, "not in the file", CNN_MISSING, out);
        print_names(model, tensors, "of another shape there", CNN_OTHER_SHAPE, out);
    }
    return true;
}

bool cnn_weights_load_some(const struct cnn_model *model, const char *path, float *parameters, FILE *out,
                           struct cnn_error *error)
{
    struct cnn_tensors tensors = cnn_weights_tensors(model, parameters, error);
    if (!tensors.tensor)
        return false;
    struct cnn_tensor_file in;
    bool ok = cnn_tensors_open(&in, path, error) && load_some(model, &in, &tensors, out);
    cnn_tensors_close(&in);
    free(tensors.tensor);
    return ok;
}

/* ---- what the script loads ---- */

const char *cnn_weights_place(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash && access(path, F_OK) != 0 ? slash + 1 : path;
}

static bool fail_of_pretrained(const struct cnn_tensor_file *in, const struct cnn_tensors *candidates,
                               const struct cnn_parameter *parameter)
{
    char here[CNN_SHAPE_TEXT], there[CNN_SHAPE_TEXT];
    for (int i = 0; i < candidates->count; i++) {
        const struct cnn_tensor *tensor = &candidates->tensor[i];
        if (tensor->begin == CNN_OTHER_SHAPE)
            return cnn_fail(in->error, "%s: tensor %s is %s, but in model %s it is %s", in->path, tensor->name,
                            cnn_shape_text(there, tensor->rank, tensor->dim), candidates->model,
                            cnn_shape_text(here, parameter->rank, parameter->dim));
    }
    return cnn_fail(in->error, "%s: has no tensor %s, with which the script has model %s begin", in->path,
                    candidates->tensor[candidates->count - 1].name, candidates->model);
}

static bool load_pretrained(const struct cnn_model *model, const struct cnn_pretrained *pretrained,
                            const struct cnn_tensor_file *in, float *parameters)
{
    const struct cnn_parameter *parameter = &model->parameters[pretrained->parameter];
    struct cnn_tensor list[2] = {cnn_weights_tensor(parameter, parameters),
                                 cnn_weights_tensor(parameter, parameters)};
    struct cnn_tensors candidates = {model->name, strcmp(parameter->name, pretrained->name) == 0 ? 1 : 2, list};
    list[1].name = pretrained->name;
    if (!cnn_tensors_find_some(in, &candidates))
        return false;
    for (int i = 0; i < candidates.count; i++)
        if (list[i].begin >= 0)
            return cnn_tensors_read(in, &list[i]);
    return fail_of_pretrained(in, &candidates, parameter);
}

bool cnn_weights_load_pretrained(const struct cnn_model *model, float *parameters, struct cnn_error *error)
{
    bool ok = cnn_model_check(model, error);
    for (int i = 0; ok && i < model->n_pretrained; i++) {
        const struct cnn_pretrained *pretrained = &model->pretrained[i];
        struct cnn_tensor_file in;
        ok = cnn_tensors_open(&in, cnn_weights_place(pretrained->file), error) &&
             load_pretrained(model, pretrained, &in, parameters);
        cnn_tensors_close(&in);
    }
    return ok;
}

/* ---- saving ---- */

bool cnn_weights_save(const struct cnn_model *model, const char *path, const float *parameters,
                      struct cnn_error *error)
{
    return cnn_weights_save_with(model, path, parameters, NULL, error);
}

bool cnn_weights_save_with(const struct cnn_model *model, const char *path, const float *parameters,
                           const struct cnn_preprocessing *preprocessing, struct cnn_error *error)
{
    struct cnn_metadata metadata[1 + CNN_PREPROCESSING_ENTRIES] = {{"model", model->name}};
    struct cnn_file file;
    struct cnn_kept kept;
    struct cnn_tensors tensors = cnn_weights_tensors(model, (float *)parameters, error); /* only read */
    bool ok = cnn_kept_make(preprocessing, &kept, error) && tensors.tensor && cnn_file_begin(&file, path, error);
    memcpy(metadata + 1, kept.entry, sizeof kept.entry);
    if (ok) {
        cnn_tensors_write_header(&file, metadata, 1 + kept.count, &tensors);
        for (int i = 0; i < tensors.count; i++)
            cnn_tensors_write_data(&file, &tensors.tensor[i]);
        ok = cnn_file_commit(&file, error);
    }
    cnn_kept_free(&kept);
    free(tensors.tensor);
    return ok;
}

bool cnn_weights_writable(const char *path, struct cnn_error *error) { return cnn_file_writable(path, error); }
