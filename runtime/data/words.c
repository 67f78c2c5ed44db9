/* words.c -- different words, and those that are the names of classes. */
#include "data/data.h"

#include <stdlib.h>
#include <string.h>

const char *cnn_words_at(const char *words, int64_t index)
{
    for (; index > 0; index--)
        words += strlen(words) + 1;
    return words;
}

int cnn_words_find(const char *words, int count, const char *word)
{
    for (int i = 0; i < count; i++, words += strlen(words) + 1)
        if (strcmp(words, word) == 0)
            return i;
    return -1;
}

bool cnn_words_append(struct cnn_words *words, const char *word, struct cnn_error *error)
{
    size_t bytes = strlen(word) + 1;
    char *grown = realloc(words->text, words->bytes + bytes);
    if (!grown)
        return cnn_fail(error, "out of memory for the names of classes and columns");
    memcpy(grown + words->bytes, word, bytes);
    words->text = grown;
    words->bytes += bytes;
    words->count++;
    return true;
}

int cnn_words_add(struct cnn_words *words, const char *word, struct cnn_error *error)
{
    int found = cnn_words_find(words->text, words->count, word);
    if (found >= 0)
        return found;
    if (words->count >= CNN_WORDS_MAX) {
        cnn_fail(error, "the labels are more than %d different words", CNN_WORDS_MAX);
        return -1;
    }
    return cnn_words_append(words, word, error) ? words->count - 1 : -1;
}

const char *cnn_class_name(const struct cnn_preprocessing *preprocessing, int64_t index)
{
    bool has = index >= 0 && index < preprocessing->n_classes;
    return has ? cnn_words_at(preprocessing->classes, index) : NULL;
}

void cnn_preprocessing_free(struct cnn_preprocessing *preprocessing)
{
    free(preprocessing->classes);
    free(preprocessing->columns);
    preprocessing->classes = preprocessing->columns = NULL;
    preprocessing->n_classes = preprocessing->n_columns = 0;
}
