/* preprocessing.c -- what weights and checkpoints say that the data of their training went through. */
#include "train/train.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool damaged(const struct cnn_tensor_file *in, const char *key)
{
    return cnn_fail(in->error, "%s: what it says of its data is damaged: the %s", in->path, key);
}

static bool read_scale(const struct cnn_tensor_file *in, const char *key, enum cnn_scale *scale)
{
    char text[16];
    if (!cnn_tensors_metadata(in, key, text, sizeof text))
        return true;
    for (int i = CNN_SCALE_PIXELS; i <= CNN_SCALE_NONE; i++)
        if (strcmp(text, cnn_scale_name((enum cnn_scale)i)) == 0) {
            *scale = (enum cnn_scale)i;
            return true;
        }
    return damaged(in, key);
}

static bool read_more_scales(const struct cnn_tensor_file *in, struct cnn_preprocessing *preprocessing)
{
    for (int i = 0; i < CNN_MAX_ARRAYS - 1; i++) {
        char scale[CNN_SCALE_KEY], label_scale[CNN_SCALE_KEY];
        cnn_scale_keys(i, scale, label_scale);
        if (!read_scale(in, scale, &preprocessing->more_scales[i]) ||
            !read_scale(in, label_scale, &preprocessing->more_label_scales[i]))
            return false;
    }
    return true;
}

static bool read_column(const struct cnn_tensor_file *in, struct cnn_preprocessing *preprocessing)
{
    char text[24], *end;
    if (!cnn_tensors_metadata(in, "label_name", preprocessing->label, sizeof preprocessing->label))
        *preprocessing->label = '\0';
    if (!cnn_tensors_metadata(in, "label_column", text, sizeof text))
        return true;
    errno = 0;
    preprocessing->label_column = strtoll(text, &end, 10);
    const int64_t column = preprocessing->label_column;
    return (*text && !*end && !errno && column > 0 && column <= INT32_MAX) || damaged(in, "label_column");
}

/* The names that a text of JSON lists; false when it is none. */
static bool parse_names(const char *text, bool are_classes, struct cnn_words *words, struct cnn_error *error)
{
    struct cnn_json json = {text, text + strlen(text)};
    char name[CNN_CELL_SIZE];
    bool ok = cnn_json_take(&json, '[');
    do {
        ok = ok && cnn_json_string(&json, name, sizeof name);
        if (ok && are_classes)
            ok = *name && cnn_words_find(words->text, words->count, name) < 0 &&
                 cnn_words_add(words, name, error) >= 0;
        else
            ok = ok && cnn_words_append(words, name, error);
    } while (ok && cnn_json_take(&json, ','));
    return ok && cnn_json_take(&json, ']') && cnn_json_at_end(&json);
}

static bool read_names(const struct cnn_tensor_file *in, const char *key, bool are_classes, char **names,
                       int *count)
{
    struct cnn_words words = {.count = 0};
    char *text = cnn_alloc((int64_t)in->header_bytes + 1, in->error);
    if (!text)
        return false;
    bool has = cnn_tensors_metadata(in, key, text, in->header_bytes + 1);
    bool ok = !has || parse_names(text, are_classes, &words, in->error);
    if (ok) {
        *names = words.text;
        *count = words.count;
    } else {
        free(words.text);
        damaged(in, key);
    }
    free(text);
    return ok;
}

bool cnn_kept_read(const struct cnn_tensor_file *in, struct cnn_preprocessing *preprocessing)
{
    *preprocessing = (struct cnn_preprocessing){.n_classes = 0};
    return read_scale(in, "scale", &preprocessing->scale) &&
           read_scale(in, "label_scale", &preprocessing->label_scale) && read_more_scales(in, preprocessing) &&
           read_column(in, preprocessing) &&
           read_names(in, "columns", false, &preprocessing->columns, &preprocessing->n_columns) &&
           read_names(in, "classes", true, &preprocessing->classes, &preprocessing->n_classes);
}

bool cnn_preprocessing_load(const char *path, struct cnn_preprocessing *preprocessing, struct cnn_error *error)
{
    struct cnn_tensor_file in;
    *preprocessing = (struct cnn_preprocessing){.n_classes = 0};
    bool ok = cnn_tensors_open(&in, path, error) && cnn_kept_read(&in, preprocessing);
    cnn_tensors_close(&in);
    return ok;
}
