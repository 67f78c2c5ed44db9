/* bind.c -- the array in a file that --bind names: numpy's, or a TensorProto as ONNX' own tests have them. */
#include "import/import.h"

#include "data/data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_npy(const char *path)
{
    unsigned char magic[6] = {0};
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(magic, 1, sizeof magic, file) : 0;
    if (file)
        (void)fclose(file); /* only read */
    return n == sizeof magic && memcmp(magic, "\x93NUMPY", sizeof magic) == 0;
}

/* Into memory that the caller frees. */
static bool read_npy(const char *path, struct cnn_array *array, bool *is_whole, struct cnn_error *error)
{
    struct cnn_array_file in;
    bool ok = cnn_array_file_open(&in, path, NULL, error);
    *is_whole = ok && in.number.kind != CNN_NUMBER_REAL;
    if (*is_whole)
        in.array.element = CNN_INT32;
    ok = ok && cnn_array_file_read(&in, array);
    cnn_array_file_close(&in);
    return ok;
}

static void push_npy(lua_State *lua, const char *path)
{
    struct cnn_error error;
    struct cnn_array from = {0};
    bool is_whole;
    if (!read_npy(path, &from, &is_whole, &error))
        script_fail(lua, (struct origin){.file = path}, "%s", error.message);
    struct array *to = array_push(lua, is_whole ? ARRAY_INT : ARRAY_FLOAT, from.rank, from.dim);
    for (int64_t i = 0; i < to->count; i++) {
        if (is_whole)
            to->whole[i] = ((const int32_t *)from.data)[i];
        else
            to->floats[i] = cnn_array_value(&from, i);
    }
    cnn_array_free(&from);
}

void import_push_array(lua_State *lua, const char *path)
{
    if (is_npy(path))
        push_npy(lua, path);
    else
        onnx_push_tensor(lua, path);
}
