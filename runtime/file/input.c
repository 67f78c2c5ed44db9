/* input.c -- the bytes of a file one after the other, whether it is gzip-compressed or not. */
#define _POSIX_C_SOURCE 200809L
#include "file/file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* zlib's message, which begins with the name it gave the file: "<fd:3>: unexpected end of file". */
static const char *without_name(const char *text)
{
    const char *colon = strncmp(text, "<fd:", 4) == 0 ? strstr(text, ">: ") : NULL;
    return colon ? colon + 3 : text;
}

static int64_t read_gz(struct cnn_input *input, unsigned char *out, int64_t size)
{
    int64_t done = 0;
    while (done < size) {
        int64_t rest = size - done;
        int got = gzread(input->stream, out + done, (unsigned)(rest < 1 << 30 ? rest : 1 << 30));
        int code = Z_OK;
        const char *text = gzerror(input->stream, &code);
        if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) {
            bool system_error = code == Z_ERRNO && errno;
            cnn_fail(input->error, "%s: cannot be read: %s", input->path,
                     system_error ? strerror(errno) : without_name(text));
            return -1;
        }
        if (got == 0)
            break;
        done += got;
    }
    return done;
}

static void close_gz(struct cnn_input *input) { gzclose_r(input->stream); }

int64_t cnn_inflated_max(int64_t bytes)
{
    const int64_t ratio = 1032, slack = 1024;
    return bytes > (INT64_MAX - slack) / ratio ? INT64_MAX : bytes * ratio + slack;
}

bool cnn_input_open(struct cnn_input *input, const char *path, struct cnn_error *error)
{
    *input = (struct cnn_input){.path = path, .error = error, .read = read_gz, .close = close_gz};
    int64_t bytes = 0;
    int descriptor = cnn_file_open(path, &bytes, error);
    if (descriptor < 0)
        return false;
    input->stream = gzdopen(descriptor, "rb");
    if (!input->stream) {
        close(descriptor);
        return cnn_fail(error, "%s: out of memory", path);
    }
    gzbuffer(input->stream, 1 << 15);
    errno = 0;
    input->is_file = gzdirect(input->stream);
    input->max = input->is_file ? bytes : cnn_inflated_max(bytes);
    return true;
}

bool cnn_input_exactly(struct cnn_input *input, unsigned char *out, int64_t size, const char *format)
{
    int64_t got = input->read(input, out, size);
    input->taken += got > 0 ? got : 0;
    if (got >= 0 && got < size)
        cnn_fail(input->error, "%s: too short for the header of %s", input->path, format);
    return got == size;
}

void cnn_input_close(struct cnn_input *input)
{
    if (input->stream)
        input->close(input);
    input->stream = NULL;
}
