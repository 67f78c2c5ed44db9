/* infer.c -- measures the network net.c, which can only predict, through its own functions: see serve.h. */
#include "net.h"
#include "serve.h"

#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bench {
    float *parameters, *prepared, *workspace, *inputs, *outputs;
};

static float *alloc_floats(size_t count)
{
    size_t bytes = (count * sizeof(float) + 63) / 64 * 64;
    float *floats = aligned_alloc(64, bytes);
    if (!floats) {
        fprintf(stderr, "infer: %zu bytes are not to be had\n", bytes);
        exit(1);
    }
    memset(floats, 0, bytes);
    return floats;
}

/* Values from `least` to three times as much: no activation becomes a denormal number, no variance negative. */
static void fill(float *floats, size_t count, float least)
{
    uint32_t state = 1;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        floats[i] = least + least * 2 * (float)(state >> 8) / (1 << 24);
    }
}

static void call(void *user, const struct request *request)
{
    struct bench *bench = user;
    if (strcmp(request->kind, "one") == 0)
        net_predict_with(bench->parameters, bench->prepared, bench->workspace, bench->inputs, bench->outputs);
    else
        net_predict_many(bench->inputs, bench->outputs, request->count);
}

static const char *prepare(void *user, const struct request *request)
{
    struct bench *bench = user;
    if (strcmp(request->kind, "one") != 0 && strcmp(request->kind, "many") != 0)
        return "this network is only for prediction";
    omp_set_num_threads(request->threads);
    free(bench->inputs);
    free(bench->outputs);
    bench->inputs = alloc_floats((size_t)request->count * NET_INPUT_COUNT);
    bench->outputs = alloc_floats((size_t)request->count * NET_OUTPUT_COUNT);
    fill(bench->inputs, (size_t)request->count * NET_INPUT_COUNT, 0.3f);
    call(bench, request);
    return NULL;
}

int main(void)
{
    struct bench bench = {.parameters = alloc_floats(NET_PARAMETER_COUNT),
                          .prepared = alloc_floats(NET_PREPARED_FLOATS),
                          .workspace = alloc_floats(NET_WORKSPACE_FLOATS)};
    fill(bench.parameters, NET_PARAMETER_COUNT, 0.005f);
    net_set_parameters(bench.parameters);
    net_prepare(bench.parameters, bench.prepared);
    return serve(&bench, prepare, call);
}
