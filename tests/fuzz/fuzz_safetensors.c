/* fuzz_safetensors.c -- files of weights, runtime/file/safetensors.c and json.c, and what they keep of their data. A file that is refused must leave the
 * parameters as they were, unless it became shorter while it was read, which none does here. */
#include "fake_model.h"
#include "fuzz.h"
#include "weights/weights.h"

#include <stdlib.h>
#include <string.h>

/* The same file as one of PyTorch's, for a layer of the same shapes. */
static void read_as_pytorch(const char *path, FILE *nowhere)
{
    struct arena arena = {0};
    struct diag diag = {.arena = &arena};
    if (!setjmp(arena.out_of_memory)) {
        const struct parameter kernel = {
            .name = "dense/kernel", .shape = {2, {FAKE_INPUTS, FAKE_CLASSES}}, .trainable = true};
        const struct parameter bias = {.name = "dense/bias", .shape = {1, {FAKE_CLASSES}}, .trainable = true};
        struct graph *graph = graph_new(&arena, &diag, "fuzz.lua");
        graph_parameter(graph, &kernel);
        graph_parameter(graph, &bias);
        graph_finish(graph);
        const struct pytorch_options options = {
            .path = path, .limits = {.memory_bytes = (size_t)16 << 20, .instructions = 200000}, .partial = true};
        float parameters[(FAKE_INPUTS + 1) * FAKE_CLASSES];
        bool ok = pytorch_read(graph, &options, parameters, nowhere);
        fuzz_assert(ok == !diag.failed);
    }
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cnn_model model = fake_model();
    struct cnn_error error;
    size_t bytes = (size_t)model.parameter_floats * sizeof(float);
    unsigned char *parameters = malloc(bytes);
    fuzz_assert(parameters != NULL);
    memset(parameters, 0xA5, bytes);
    bool loaded = cnn_weights_load(&model, fuzz_file(data, size), (float *)(void *)parameters, &error);
    for (size_t i = 0; !loaded && i < bytes; i++)
        fuzz_assert(parameters[i] == 0xA5);
    free(parameters);
    struct cnn_preprocessing preprocessing;
    if (cnn_preprocessing_load(fuzz_file(data, size), &preprocessing, &error))
        fuzz_assert((preprocessing.n_classes > 0) == (preprocessing.classes != NULL));
    cnn_preprocessing_free(&preprocessing);
    FILE *nowhere = fopen("/dev/null", "w");
    fuzz_assert(nowhere != NULL);
    read_as_pytorch(fuzz_file(data, size), nowhere);
    (void)fclose(nowhere);
    return 0;
}
