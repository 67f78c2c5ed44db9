/* others.c -- files that whoever has a model may take for it, and what there is to do with each. */
#include "import/import.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a file has behind its first `at` bytes, what its name ends in, and what is said of it. */
struct other {
    int at;
    const char *bytes;
    size_t n_bytes;
    const char *endings; /* each with a space behind it */
    const char *text;
};

static const char torch[] =
    "this is a file of Python's pickle, as torch.save writes it: a program, which is never run; write the network "
    "with torch.onnx.export, or its weights alone with safetensors.torch.save_file";

static const struct other others[] = {
    {0, "\x80", 1, ".pt .pth ", torch},
    {4, "TFL3", 4, ".tflite ",
     "this is a model of TensorFlow Lite, which is not read; take the Keras model that it was made of, or make one of "
     "ONNX: python -m tf2onnx.convert --tflite model.tflite --output model.onnx"},
    {4, "\0\0\0\0{", 5, "",
     "these are weights alone, which do not say what the network is; write that with torch.onnx.export or "
     "model.save(\"model.keras\"), or give them to a script of it with --weights"},
    {0, "\x93NUMPY", 6, ".npy ", "this is an array, which does not say what the network is"},
    {0, "\x1f\x8b", 2, ".gz ", "this is compressed: gunzip makes it what it was"},
    {0, "{", 1, ".json ",
     "this is JSON, which is no network with its weights; write all of the model: model.save(\"model.keras\")"},
};

enum { COUNT = sizeof others / sizeof *others, HEAD_BYTES = 512 };

bool import_name_ends(const char *text, const char *endings)
{
    size_t n = strlen(text), m;
    for (; *endings; endings += m + 1) {
        m = strcspn(endings, " ");
        bool same = n > m;
        for (size_t i = 0; same && i < m; i++)
            same = tolower((unsigned char)text[n - m + i]) == endings[i];
        if (same)
            return true;
    }
    return false;
}

size_t import_head(const char *path, unsigned char *bytes, size_t size)
{
    struct stat status;
    bool is_file = path && stat(path, &status) == 0 && S_ISREG(status.st_mode);
    FILE *file = is_file ? fopen(path, "rb") : NULL;
    size_t n = file ? fread(bytes, 1, size, file) : 0;
    if (file)
        (void)fclose(file); /* only read */
    return n;
}

/* A zip archive of PyTorch's, since its version 1.6: its first member is NAME/data.pkl. */
static bool is_torch(const unsigned char *bytes, size_t n)
{
    enum { HEADER_BYTES = 30, LENGTH_AT = 26 };
    static const char member[] = "data.pkl";
    size_t m = sizeof member - 1;
    if (n <= HEADER_BYTES || memcmp(bytes, "PK\3\4", 4) != 0)
        return false;
    size_t end = HEADER_BYTES + bytes[LENGTH_AT] + 256U * bytes[LENGTH_AT + 1];
    return end <= n && end >= HEADER_BYTES + m && memcmp(bytes + end - m, member, m) == 0;
}

/* A folder of TensorFlow's. */
static bool is_saved_model(const char *path)
{
    char file[4096];
    int length = snprintf(file, sizeof file, "%s/saved_model.pb", path ? path : "");
    return path && length < (int)sizeof file && access(file, F_OK) == 0;
}

const char *import_other(const char *path)
{
    unsigned char bytes[HEAD_BYTES];
    if (is_saved_model(path))
        return "this is a SavedModel of TensorFlow, which is not read; save the model with model.save(\"model.keras\"), or "
               "make one of ONNX: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx";
    size_t n = import_head(path, bytes, sizeof bytes);
    if (is_torch(bytes, n))
        return torch;
    for (int i = 0; i < COUNT; i++) {
        const struct other *other = &others[i];
        if (n >= (size_t)other->at + other->n_bytes && memcmp(bytes + other->at, other->bytes, other->n_bytes) == 0)
            return other->text;
    }
    return NULL;
}

const char *import_other_by_name(const char *path)
{
    for (int i = 0; i < COUNT; i++)
        if (import_name_ends(path, others[i].endings))
            return others[i].text;
    return NULL;
}
