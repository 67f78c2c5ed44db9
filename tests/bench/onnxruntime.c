/* onnxruntime.c -- measures a network in ONNX Runtime, through its C interface: see serve.h.
 * Usage: onnxruntime LIBRARY MODEL.onnx DIM... -- the dims of one sample; the model's input and output are called
 * "input" and "output", and their first dim is the batch. */
#include "serve.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The library hands out a table of functions whose order never changes. The package that brings it has no header,
 * so here are the places in that table (OrtApi in onnxruntime_c_api.h) of those that a prediction needs. Their
 * arguments are pointers to types of the library's own. */
enum {
    GET_ERROR_MESSAGE = 2,
    CREATE_ENV = 3,
    CREATE_SESSION = 7,
    RUN = 9,
    CREATE_SESSION_OPTIONS = 10,
    SET_INTRA_OP_NUM_THREADS = 24,
    CREATE_TENSOR_WITH_DATA = 49,
    CREATE_CPU_MEMORY_INFO = 69,
    RELEASE_VALUE = 96
};
enum { API_VERSION = 1, WARNINGS = 2, FLOAT = 1, DEVICE_ALLOCATOR = 0, DEFAULT_MEMORY = 0 };

typedef void any_function(void);
struct ort_base {
    any_function *const *(*get_api)(uint32_t version);
    const char *(*get_version)(void);
};

typedef const char *get_message_function(const void *status);
typedef void *create_env_function(int level, const char *name, void **env);
typedef void *create_session_function(void *env, const char *path, const void *options, void **session);
typedef void *run_function(void *session, const void *options, const char *const *input_names, void *const *inputs,
                           size_t n_inputs, const char *const *output_names, size_t n_outputs, void **outputs);
typedef void *create_options_function(void **options);
typedef void *set_threads_function(void *options, int threads);
typedef void *create_tensor_function(const void *info, void *data, size_t bytes, const int64_t *dim, size_t rank,
                                     int type, void **value);
typedef void *create_info_function(int allocator, int memory, void **info);
typedef void release_function(void *value);

enum { MAX_RANK = 8, MAX_THREADS = 64 };

struct bench {
    any_function *const *api;
    const char *path;
    void *env, *memory;
    void *session[MAX_THREADS + 1]; /* by threads; made when first asked for */
    size_t rank;
    int64_t dim[MAX_RANK]; /* dim[0] is the batch */
    float *inputs;
    void *tensor; /* `chunk` of the samples */
    int chunk;
};

#define API(bench, place, type) ((type *)(bench)->api[place])

static void check(const struct bench *bench, void *status)
{
    if (!status)
        return;
    fprintf(stderr, "ONNX Runtime: %s\n", API(bench, GET_ERROR_MESSAGE, get_message_function)(status));
    exit(1);
}

static void *session(struct bench *bench, int threads)
{
    if (!bench->session[threads]) {
        void *options;
        check(bench, API(bench, CREATE_SESSION_OPTIONS, create_options_function)(&options));
        check(bench, API(bench, SET_INTRA_OP_NUM_THREADS, set_threads_function)(options, threads));
        check(bench, API(bench, CREATE_SESSION, create_session_function)(bench->env, bench->path, options,
                                                                         &bench->session[threads]));
    }
    return bench->session[threads];
}

/* Lets `chunk` samples be the input of a run. */
static void set_chunk(struct bench *bench, int chunk)
{
    if (bench->tensor)
        API(bench, RELEASE_VALUE, release_function)(bench->tensor);
    size_t bytes = sizeof(float);
    bench->chunk = chunk;
    bench->dim[0] = chunk;
    for (size_t i = 0; i < bench->rank; i++)
        bytes *= (size_t)bench->dim[i];
    free(bench->inputs);
    bench->inputs = malloc(bytes);
    if (!bench->inputs)
        exit(1);
    for (size_t i = 0; i < bytes / sizeof(float); i++)
        bench->inputs[i] = (float)(i * 2654435761u % 1000) / 1000;
    check(bench, API(bench, CREATE_TENSOR_WITH_DATA, create_tensor_function)(
                     bench->memory, bench->inputs, bytes, bench->dim, bench->rank, FLOAT, &bench->tensor));
}

/* All samples are as good as the first ones: each chunk reads these. */
static void call(void *user, const struct request *request)
{
    struct bench *bench = user;
    void *const inputs[] = {bench->tensor};
    static const char *const input_names[] = {"input"}, *const output_names[] = {"output"};
    for (int done = 0; done < request->count; done += bench->chunk) {
        void *output = NULL;
        check(bench, API(bench, RUN, run_function)(bench->session[request->threads], NULL, input_names, inputs, 1,
                                                   output_names, 1, &output));
        API(bench, RELEASE_VALUE, release_function)(output);
    }
}

static double seconds_of_chunk(struct bench *bench, const struct request *request, int chunk)
{
    double best = 1e9;
    set_chunk(bench, chunk);
    for (int i = 0; i < 4; i++) {
        double start = serve_seconds(request->threads);
        call(bench, request);
        double seconds = serve_seconds(request->threads) - start;
        best = seconds < best ? seconds : best;
    }
    return best;
}

/* Many samples may be run in chunks: in those that are fastest. */
static const char *prepare(void *user, const struct request *request)
{
    static const int chunks[] = {16, 64, 256};
    struct bench *bench = user;
    if (strcmp(request->kind, "one") != 0 && strcmp(request->kind, "many") != 0)
        return "only prediction";
    if (request->threads > MAX_THREADS)
        return "too many threads";
    session(bench, request->threads);
    int best = request->count;
    double best_seconds = seconds_of_chunk(bench, request, best);
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        if (chunks[i] >= request->count || request->count % chunks[i] != 0)
            continue;
        double seconds = seconds_of_chunk(bench, request, chunks[i]);
        if (seconds < best_seconds) {
            best = chunks[i];
            best_seconds = seconds;
        }
    }
    set_chunk(bench, best);
    call(bench, request);
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc < 4 || argc - 3 >= MAX_RANK) {
        fprintf(stderr, "usage: onnxruntime LIBRARY MODEL.onnx DIM...\n");
        return 2;
    }
    void *library = dlopen(argv[1], RTLD_NOW);
    const struct ort_base *(*get_base)(void) = NULL;
    if (library)
        *(void **)&get_base = dlsym(library, "OrtGetApiBase");
    if (!get_base) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    struct bench bench = {.api = get_base()->get_api(API_VERSION), .path = argv[2], .rank = (size_t)argc - 2};
    for (int i = 3; i < argc; i++)
        bench.dim[i - 2] = atoll(argv[i]);
    check(&bench, API(&bench, CREATE_ENV, create_env_function)(WARNINGS, "bench", &bench.env));
    check(&bench, API(&bench, CREATE_CPU_MEMORY_INFO, create_info_function)(DEVICE_ALLOCATOR, DEFAULT_MEMORY,
                                                                            &bench.memory));
    return serve(&bench, prepare, call);
}
