/* class.c -- classes of a table whose labels are words. */
#include "data/data.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* The words in the alphabet's order. */
static bool sort_words(const struct cnn_words *words, struct cnn_preprocessing *preprocessing,
                       struct cnn_error *error)
{
    const char **order = cnn_alloc(words->count * (int64_t)sizeof *order, error);
    char *classes = order ? cnn_alloc((int64_t)words->bytes, error) : NULL;
    if (classes) {
        for (int i = 0; i < words->count; i++)
            order[i] = cnn_words_at(words->text, i);
        qsort(order, (size_t)words->count, sizeof *order, compare);
        preprocessing->classes = classes;
        preprocessing->n_classes = words->count;
        for (int i = 0; i < words->count; i++) {
            memcpy(classes, order[i], strlen(order[i]) + 1);
            classes += strlen(order[i]) + 1;
        }
    }
    free(order);
    return preprocessing->classes != NULL;
}

/* "a, b and c", or as many as there is room for. */
static const char *list(const char *words, int count, char *text, size_t size)
{
    size_t used = 0;
    *text = '\0';
    for (int i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", cnn_words_at(words, i));
    return text;
}

/* The words of one file are all classes only when each class is among them; otherwise nobody knows which are missing. */
static bool decide(const struct cnn_model *model, const struct cnn_raw *raw,
                   struct cnn_preprocessing *preprocessing, struct cnn_error *error)
{
    const struct cnn_words *words = &raw->words;
    int64_t classes = cnn_label_classes(model);
    char names[CNN_ABOUT];
    classes = classes ? classes : 2; /* a yes or no */
    if (words->count != classes)
        return cnn_fail(error, "%s: its labels are %d words (%s), but model %s has %" PRId64 " classes",
                        raw->labels_name, words->count, list(words->text, words->count, names, sizeof names),
                        model->name, classes);
    if (!sort_words(words, preprocessing, error))
        return false;
    size_t used = strlen(preprocessing->labels_about);
    snprintf(preprocessing->labels_about + used, CNN_ABOUT - used, "; classes %s",
             list(preprocessing->classes, preprocessing->n_classes, names, sizeof names));
    cnn_make_printable(preprocessing->labels_about);
    return true;
}

bool cnn_words_become_classes(const struct cnn_model *model, struct cnn_raw *raw,
                              struct cnn_preprocessing *preprocessing, struct cnn_error *error)
{
    float *labels = raw->labels.data;
    char names[CNN_ABOUT];
    if (raw->words.count == 0)
        return true;
    if (preprocessing->n_classes == 0 && !decide(model, raw, preprocessing, error))
        return false;
    for (int64_t row = 0; row < raw->labels.dim[0]; row++) {
        const char *word = cnn_words_at(raw->words.text, (int64_t)labels[row]);
        int class = cnn_words_find(preprocessing->classes, preprocessing->n_classes, word);
        if (class < 0)
            return cnn_fail(error, "%s: has the label %s, which is none of the classes %s", raw->labels_name, word,
                            list(preprocessing->classes, preprocessing->n_classes, names, sizeof names));
        labels[row] = (float)class;
    }
    return true;
}
