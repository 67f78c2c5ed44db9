/* error.c -- errors as values, and the words they are made of. */
#include "file/file.h"

#include <inttypes.h>
#include <stdarg.h>

bool cnn_fail(struct cnn_error *error, const char *format, ...)
{
    if (error) {
        va_list args;
        va_start(args, format);
        vsnprintf(error->message, sizeof error->message, format, args);
        va_end(args);
        cnn_make_printable(error->message); /* much of it may be names that a file has */
    }
    return false;
}

const char *cnn_shape_text(char text[CNN_SHAPE_TEXT], int rank, const int64_t *dim)
{
    if (rank <= 0)
        snprintf(text, CNN_SHAPE_TEXT, "scalar");
    int length = 0;
    for (int i = 0; i < rank && length < CNN_SHAPE_TEXT; i++)
        length += snprintf(text + length, (size_t)(CNN_SHAPE_TEXT - length), i ? "x%" PRId64 : "%" PRId64, dim[i]);
    return text;
}
