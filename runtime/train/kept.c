/* kept.c -- what is kept of the data of a training: entries for the metadata of its weights and checkpoints. */
#define _POSIX_C_SOURCE 200809L
#include "train/train.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const scale_names[] = {
    [CNN_SCALE_UNKNOWN] = "", [CNN_SCALE_PIXELS] = "pixels", [CNN_SCALE_NONE] = "none"};

const char *cnn_scale_name(enum cnn_scale scale) { return scale_names[scale]; }

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
void cnn_scale_keys(int i, char scale[CNN_SCALE_KEY], char label_scale[CNN_SCALE_KEY])
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
        cnn_scale_keys(i, kept->scales[i], kept->label_scales[i]);
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
