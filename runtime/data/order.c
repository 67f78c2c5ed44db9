/* order.c -- the columns of tables by their names: features stand in the order of the training, whatever a file's is. */
#include "data/data.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int compare(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* *differ: is no name there twice? As in a header that has one for the numbers of a whole picture. */
static bool look(const char *const *names, int64_t count, bool *differ, struct cnn_error *error)
{
    const char **sorted = cnn_alloc(count * (int64_t)sizeof *sorted, error);
    *differ = count <= INT32_MAX;
    if (!sorted)
        return false;
    memcpy(sorted, names, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, compare);
    for (int64_t i = 1; i < count; i++)
        *differ = *differ && strcmp(sorted[i - 1], sorted[i]) != 0;
    free(sorted);
    return true;
}

static bool keep(const char *const *names, int64_t count, struct cnn_preprocessing *told, struct cnn_error *error)
{
    struct cnn_words words = {.count = 0};
    for (int64_t i = 0; i < count; i++)
        if (!cnn_words_append(&words, names[i], error)) {
            free(words.text);
            return false;
        }
    told->columns = words.text;
    told->n_columns = words.count;
    return true;
}

static bool stand_in_order(const char *const *names, int64_t count, const char *columns)
{
    for (int64_t i = 0; i < count; i++, columns += strlen(columns) + 1)
        if (strcmp(names[i], columns) != 0)
            return false;
    return true;
}

/* The column that is called so, in capitals or not; -1: there is none. */
static int find(const struct cnn_preprocessing *told, const char *name)
{
    const char *column = told->columns;
    int found = cnn_words_find(told->columns, told->n_columns, name);
    for (int i = 0; i < told->n_columns && found < 0; i++, column += strlen(column) + 1)
        if (strcasecmp(column, name) == 0)
            found = i;
    return found;
}

static bool is_other(const char *path, const char *name, const char *twice, const struct cnn_preprocessing *told,
                     struct cnn_error *error)
{
    char text[CNN_ABOUT] = "";
    size_t used = 0;
    const char *column = told->columns;
    for (int i = 0; i < told->n_columns && used < 200; i++, column += strlen(column) + 1)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? ", " : "", column);
    return cnn_fail(error,
                    "%s: has the column %s%s, but the columns of the training are %s%s; without a first row of "
                    "names, columns are taken as they stand",
                    path, name, twice, text, used < 200 ? "" : ", ...");
}

static bool put_in_order(const char *path, const char *const *names, int64_t count,
                         const struct cnn_preprocessing *told, int64_t *places, struct cnn_error *error)
{
    bool *taken = cnn_alloc(count * (int64_t)sizeof *taken, error);
    bool ok = taken != NULL;
    if (taken)
        memset(taken, 0, (size_t)count * sizeof *taken);
    for (int64_t i = 0; ok && i < count; i++) {
        places[i] = find(told, names[i]);
        if (places[i] < 0 || taken[places[i]])
            ok = is_other(path, names[i], places[i] < 0 ? "" : " twice", told, error);
        else
            taken[places[i]] = true;
    }
    free(taken);
    return ok;
}

bool cnn_columns_order(const char *path, const char *const *names, int64_t count, struct cnn_preprocessing *told,
                       int64_t **places, struct cnn_error *error)
{
    bool differ;
    *places = NULL;
    if (!told->columns)
        return look(names, count, &differ, error) && (!differ || keep(names, count, told, error));
    if (told->n_columns != count || stand_in_order(names, count, told->columns))
        return true;
    *places = cnn_alloc(count * (int64_t)sizeof **places, error);
    return *places && put_in_order(path, names, count, told, *places, error);
}
