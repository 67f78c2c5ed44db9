/* two_inputs.c -- see networks.h. What has several inputs or outputs only predicts. */
#include "networks.h"

/* Numbers that the network must not write. */
static const float *input(const struct memory *memory, int64_t count, int64_t seed)
{
    float *values = numbers(memory, count, seed);
    memory->protect(memory->user, values);
    return values;
}

static uint64_t hash_floats(uint64_t value, const float *values, int64_t count)
{
    return hash(value, values, count * (int64_t)sizeof *values);
}

static void predict(const struct memory *memory, const float *parameters, const float *prepared, int fixed,
                    struct results *results)
{
    const float *left = input(memory, NET_INPUT_1_COUNT, 5), *right = input(memory, NET_INPUT_2_COUNT, 6);
    float *class = floats(memory, NET_OUTPUT_1_COUNT), *position = floats(memory, NET_OUTPUT_2_COUNT);
    net_predict_with(parameters, prepared, floats(memory, NET_WORKSPACE_FLOATS), left, right, class, position);
    results->predict_with = hash_floats(hash_floats(0, class, NET_OUTPUT_1_COUNT), position, NET_OUTPUT_2_COUNT);
    if (!fixed)
        return;
    net_predict(left, right, class, position);
    results->predict = hash_floats(hash_floats(0, class, NET_OUTPUT_1_COUNT), position, NET_OUTPUT_2_COUNT);
}

static void predict_many(const struct memory *memory, int64_t count, struct results *results)
{
    const float *left = input(memory, count * NET_INPUT_1_COUNT, 7);
    const float *right = input(memory, count * NET_INPUT_2_COUNT, 8);
    float *class = floats(memory, count * NET_OUTPUT_1_COUNT),
          *position = floats(memory, count * NET_OUTPUT_2_COUNT);
    net_predict_many(left, right, class, position, count);
    results->many = hash_floats(results->many, class, count * NET_OUTPUT_1_COUNT);
    results->many = hash_floats(results->many, position, count * NET_OUTPUT_2_COUNT);
}

struct results run_programs(const struct memory *memory, int threads, int fixed)
{
    (void)threads; /* predict_many takes all that there are */
    struct results results = {0};
    const float *parameters = input(memory, NET_PARAMETER_COUNT, 11);
    float *prepared = floats(memory, NET_PREPARED_FLOATS);
    net_prepare(parameters, prepared);
    memory->protect(memory->user, prepared);
    if (fixed)
        net_set_parameters(parameters);
    predict(memory, parameters, prepared, fixed, &results);
    for (int64_t count = 0; fixed && count <= 37; count += count ? 36 : 1)
        predict_many(memory, count, &results);
    return results;
}
