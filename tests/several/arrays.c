/* arrays.c -- makes the arrays of a network with two inputs and two outputs, and compares arrays.
 *
 * usage: arrays make FOLDER ROWS SEED      left.npy, right.npy, kind.npy, size.npy and weights.npy
 *        arrays same FILE[:NAME] FILE[:NAME]   have they the same shape and numbers? NAME is that of an archive's array */
#include "cnnrt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static double draw(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / (1 << 24);
}

static FILE *begin(const char *folder, const char *name, const char *shape)
{
    char path[500], header[128] = "\x93NUMPY\1\0\x76";
    snprintf(path, sizeof path, "%s/%s.npy", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file)
        exit(1);
    memset(header + 10, ' ', sizeof header - 11);
    int length =
        snprintf(header + 10, sizeof header - 10, "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }", shape);
    header[10 + length] = ' ';
    header[127] = '\n';
    fwrite(header, 1, sizeof header, file);
    return file;
}

static void put(FILE *file, double value)
{
    float number = (float)value;
    fwrite(&number, sizeof number, 1, file);
}

static void array(const char *folder, const char *name, int rows, int columns, uint32_t *state)
{
    char shape[64];
    snprintf(shape, sizeof shape, "(%d, %d)", rows, columns);
    FILE *file = begin(folder, name, shape);
    for (int i = 0; i < rows * columns; i++)
        put(file, 2 * draw(state) - 1);
    fclose(file);
}

static int make(const char *folder, int rows, uint32_t seed)
{
    char shape[64];
    array(folder, "left", rows, 6, &seed);
    array(folder, "right", rows, 4, &seed);
    array(folder, "size", rows, 2, &seed);
    snprintf(shape, sizeof shape, "(%d,)", rows);
    FILE *kind = begin(folder, "kind", shape), *weights = begin(folder, "weights", shape);
    for (int i = 0; i < rows; i++) {
        put(kind, (int)(3 * draw(&seed)));
        put(weights, 2 * draw(&seed));
    }
    fclose(kind);
    fclose(weights);
    return 0;
}

static struct cnn_array read(char *place)
{
    struct cnn_array array;
    struct cnn_error error;
    char *name = strchr(place, ':');
    if (name)
        *name++ = '\0';
    if (!cnn_array_read(place, name, &array, &error)) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    return array;
}

static int same(char *one, char *other)
{
    struct cnn_array a = read(one), b = read(other);
    int64_t count = 1;
    bool same = a.rank == b.rank;
    for (int i = 0; same && i < a.rank; i++) {
        same = a.dim[i] == b.dim[i];
        count *= a.dim[i];
    }
    same = same && a.element == b.element && memcmp(a.data, b.data, (size_t)count * sizeof(float)) == 0;
    cnn_array_free(&a);
    cnn_array_free(&b);
    return !same;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "make") == 0)
        return make(argv[2], atoi(argv[3]), (uint32_t)atoi(argv[4]));
    if (argc == 4 && strcmp(argv[1], "same") == 0)
        return same(argv[2], argv[3]);
    fprintf(stderr, "usage: arrays make FOLDER ROWS SEED | arrays same FILE[:NAME] FILE[:NAME]\n");
    return 1;
}
