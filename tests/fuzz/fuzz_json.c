/* fuzz_json.c -- runtime/file/json.c by itself: the first byte says what is read from the rest. */
#include "../../runtime/file/file.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* In memory of exactly its size, so that a read behind its end is seen. */
static void read_json(const char *text, size_t size, int what)
{
    struct cnn_json json = {text, text + size};
    char string[64];
    int64_t count;
    bool ok = what == 0   ? cnn_json_string(&json, string, sizeof string)
              : what == 1 ? cnn_json_count(&json, &count) && (fuzz_assert(count >= 0), true)
              : what == 2 ? cnn_json_take(&json, '{') && cnn_json_string(&json, string, 8)
                          : cnn_json_skip(&json);
    if (ok)
        cnn_json_at_end(&json);
    fuzz_assert(json.at >= text && json.at <= json.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    char *text = malloc(size - 1 ? size - 1 : 1);
    fuzz_assert(text != NULL);
    memcpy(text, data + 1, size - 1);
    read_json(text, size - 1, data[0] % 4);
    free(text);
    return 0;
}
