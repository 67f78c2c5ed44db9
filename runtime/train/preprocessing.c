/* preprocessing.c -- what the data of a training went through, kept in the metadata of its weights and checkpoints. */
#define _POSIX_C_SOURCE 200809L
#include "train/train.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const scale_names[] = {
    [CNN_SCALE_UNKNOWN] = "", [CNN_SCALE_PIXELS] = "pixels", [CNN_SCALE_NONE] = "none"};

const char *cnn_scale_name(enum cnn_scale scale) { return scale_names[scale]; }

/* ---- writing ----------------------------------------------------------------------------------------- */

static void add(struct cnn_kept *kept, const char *key, const char *value)
{
    if (value && *value)
        kept->entry[kept->count++] = (struct cnn_metadata){key, value};
}

/* ["setosa","versicolor"], as text. */
static bool list_names(const char *names, int count, char **text, struct cnn_error *error)
{
    size_t length = 0;
    FILE *memory = open_memstream(text, &length);
    bool ok = memory != NULL;
    if (memory) {
        for (int i = 0; i < count; i++, names += strlen(names) + 1) {
            putc(i ? ',' : '[', memory);
            cnn_json_write(memory, names);
        }
        putc(']', memory);
        ok = !ferror(memory);
        ok = fclose(memory) == 0 && ok && *text;
    }
    return ok || cnn_fail(error, "out of memory for the names of classes and columns");
}

/* "scale_2" is that of the second input. */
static void scale_keys(int i, char scale[CNN_SCALE_KEY], char label_scale[CNN_SCALE_KEY])
{
    snprintf(scale, CNN_SCALE_KEY, "scale_%d", i + 2);
    snprintf(label_scale, CNN_SCALE_KEY, "label_scale_%d", i + 2);
}

bool cnn_kept_make(const struct cnn_preprocessing *preprocessing, struct cnn_kept *kept, struct cnn_error *error)
{
    *kept = (struct cnn_kept){.count = 0};
    if (!preprocessing)
        return true;
    if ((preprocessing->n_classes > 0 &&
         !list_names(preprocessing->classes, preprocessing->n_classes, &kept->classes, error)) ||
        (preprocessing->n_columns > 0 &&
         !list_names(preprocessing->columns, preprocessing->n_columns, &kept->columns, error)))
        return false;
    if (preprocessing->label_column > 0)
        snprintf(kept->column, sizeof kept->column, "%" PRId64, preprocessing->label_column);
    add(kept, "scale", cnn_scale_name(preprocessing->scale));
    add(kept, "label_scale", cnn_scale_name(preprocessing->label_scale));
    for (int i = 0; i < CNN_MAX_ARRAYS - 1; i++) {
        scale_keys(i, kept->scales[i], kept->label_scales[i]);
        add(kept, kept->scales[i], cnn_scale_name(preprocessing->more_scales[i]));
        add(kept, kept->label_scales[i], cnn_scale_name(preprocessing->more_label_scales[i]));
    }
    add(kept, "label_name", preprocessing->label);
    add(kept, "label_column", kept->column);
    add(kept, "columns", kept->columns);
    add(kept, "classes", kept->classes);
    return true;
}

void cnn_kept_free(struct cnn_kept *kept)
{
    free(kept->classes);
    free(kept->columns);
}

/* ---- reading ----------------------------------------------------------------------------------------- */

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
        if (strcmp(text, scale_names[i]) == 0) {
            *scale = (enum cnn_scale)i;
            return true;
        }
    return damaged(in, key);
}

static bool read_more_scales(const struct cnn_tensor_file *in, struct cnn_preprocessing *preprocessing)
{
    for (int i = 0; i < CNN_MAX_ARRAYS - 1; i++) {
        char scale[CNN_SCALE_KEY], label_scale[CNN_SCALE_KEY];
        scale_keys(i, scale, label_scale);
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
