/* random.c -- twins of the ops that draw numbers: the words are Philox', the numbers those that the distributions have. */
#include "naive/naive.h"

#include <math.h>
#include <string.h>

/* The word of an element; in prediction the same for every sample and step. `first`: the number of its counter for element 0. */
static uint32_t word_of(const struct naive_call *call, int64_t first, int64_t element, bool drawn)
{
    int64_t seed = naive_int(call->node, "seed"), number = seed < 0 ? -seed : 0, key = seed < 0 ? 0 : seed;
    uint64_t step = drawn ? call->step : 0, run = drawn ? call->seed : 0;
    uint32_t op = (uint32_t)number << 16 | (uint32_t)(step >> 32 & 0xffff);
    uint32_t counter[4] = {(1u << 30) + (uint32_t)(first + element / 4), drawn ? (uint32_t)call->sample : 0,
                           (uint32_t)step, op};
    naive_philox(counter, (uint32_t)run ^ (uint32_t)key, (uint32_t)(run >> 32));
    return counter[element % 4];
}

/* erf(x / sqrt(2)) = u, by Newton's method. */
static double normal_of(uint32_t word)
{
    const double pi = 3.14159265358979323846;
    double u = (double)(word >> 9) / 4194304.0 + 1.0 / 8388608.0 - 1, a = 0.147, l = log(1 - u * u);
    double t = 2 / (pi * a) + l / 2, x = copysign(sqrt(sqrt(t * t - l / a) - t), u);
    for (int i = 0; i < 20; i++) { /* of the tail, where erf itself is almost 1 */
        double off = u < 0 ? erfc(-x) - (1 + u) : (1 - u) - erfc(x);
        x -= off * sqrt(pi) / 2 * exp(x * x);
    }
    return sqrt(2) * x;
}

static void fill_normal(const struct naive_call *call, bool drawn)
{
    for (int64_t i = 0; i < shape_count(&call->node->out[0]->shape); i++)
        call->out[0][i] = naive_number(call->node, "mean") +
                          naive_number(call->node, "stddev") * normal_of(word_of(call, 0, i, drawn));
}

static void fill_uniform(const struct naive_call *call, bool drawn)
{
    double least = naive_number(call->node, "minval"), most = naive_number(call->node, "maxval");
    for (int64_t i = 0; i < shape_count(&call->node->out[0]->shape); i++)
        call->out[0][i] = least + (most - least) * ((double)(word_of(call, 0, i, drawn) >> 8) / 16777216.0);
}

/* Before it is lowered, a graph of prediction has the ops of training. */
void naive_random_normal(const struct naive_call *call) { fill_normal(call, call->training); }

void naive_random_uniform(const struct naive_call *call) { fill_uniform(call, call->training); }

void naive_fixed_normal(const struct naive_call *call) { fill_normal(call, false); }

void naive_fixed_uniform(const struct naive_call *call) { fill_uniform(call, false); }

void naive_noise(const struct naive_call *call)
{
    bool adds = strcmp(naive_choice(call->node, "function"), "add") == 0;
    int64_t count = shape_count(&call->node->out[0]->shape), first = naive_draws_before(call) * ((count + 3) / 4);
    for (int64_t i = 0; i < count; i++) {
        double x = call->in[0][i];
        double n =
            call->training ? naive_number(call->node, "stddev") * normal_of(word_of(call, first, i, true)) : 0;
        call->out[0][i] = adds ? x + n : x * (1 + n);
    }
}
