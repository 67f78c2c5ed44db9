/* batch.c -- twins of the ops that look across the samples of a batch, and of dropout. */
#include "naive/naive.h"

#include <math.h>

/* ---- batch normalisation; the channel of number i is i % channels ---- */

struct channels {
    int64_t numbers, channels; /* of one sample */
    double positions;
};

static struct channels channels_of(const struct tensor *x)
{
    int64_t numbers = shape_count(&x->shape), channels = naive_last_dim(&x->shape), positions = numbers / channels;
    return (struct channels){numbers, channels, (double)positions};
}

/* How often a position counts: as `counts` says, the input of that number, or once. `i` is a number of a batch. */
static double times(const struct naive_call *call, int counts, int64_t i, struct channels n)
{
    return call->node->n_in > counts && call->in[counts] ? call->in[counts][i / n.channels] : 1;
}

void naive_batch_mean(const struct naive_call *call)
{
    struct channels n = channels_of(call->node->in[0]);
    for (int64_t i = 0; i < n.numbers * call->count; i++)
        call->out[0][i % n.channels] +=
            times(call, 2, i, n) * call->in[1][i / n.numbers] * call->in[0][i] / n.positions;
}

void naive_mean_of_batch(const struct naive_call *call)
{
    struct channels n = channels_of(call->node->in[0]);
    double share = 1 / (n.positions * (double)call->count);
    for (int64_t i = 0; i < n.channels; i++)
        call->out[0][i] = call->training ? 0 : 1;
    for (int64_t i = 0; i < n.numbers * call->count && call->training; i++)
        call->out[0][i % n.channels] += share * call->in[0][i];
}

void naive_batch_variance(const struct naive_call *call)
{
    struct channels n = channels_of(call->node->in[0]);
    for (int64_t i = 0; i < n.numbers * call->count; i++) {
        double difference = call->in[0][i] - call->in[1][i % n.channels];
        call->out[0][i % n.channels] +=
            times(call, 3, i, n) * call->in[2][i / n.numbers] * difference * difference / n.positions;
    }
}

static double normalized(const struct naive_call *call, double x, const double *mean, const double *variance,
                         int64_t channel)
{
    return (x - mean[channel]) / sqrt(variance[channel] + naive_number(call->node, "epsilon"));
}

static double optional(const double *values, int64_t i, double otherwise) { return values ? values[i] : otherwise; }

void naive_normalize(const struct naive_call *call)
{
    struct channels n = channels_of(call->node->in[0]);
    for (int64_t i = 0; i < n.numbers; i++) {
        int64_t c = i % n.channels;
        call->out[0][i] =
            optional(call->in[3], c, 1) * normalized(call, call->in[0][i], call->in[1], call->in[2], c) +
            optional(call->in[4], c, 0);
    }
}

void naive_batch_scale(const struct naive_call *call)
{
    int64_t channels = naive_last_dim(&call->node->in[0]->shape);
    for (int64_t c = 0; c < channels; c++)
        call->out[0][c] = optional(call->in[1], c, 1) / sqrt(call->in[0][c] + naive_number(call->node, "epsilon"));
}

void naive_batch_shift(const struct naive_call *call)
{
    int64_t channels = naive_last_dim(&call->node->in[0]->shape);
    for (int64_t c = 0; c < channels; c++)
        call->out[0][c] = optional(call->in[2], c, 0) - call->in[0][c] * call->in[1][c];
}

void naive_batch_norm(const struct naive_call *call) /* inference */
{
    struct channels n = channels_of(call->node->in[0]);
    for (int64_t i = 0; i < n.numbers; i++) {
        int64_t c = i % n.channels;
        call->out[0][i] =
            optional(call->in[1], c, 1) * normalized(call, call->in[0][i], call->in[3], call->in[4], c) +
            optional(call->in[2], c, 0);
    }
}

void naive_normalize_sums(const struct naive_call *call)
{
    struct channels n = channels_of(call->node->in[0]);
    for (int64_t i = 0; i < n.numbers * call->count; i++) {
        int64_t c = i % n.channels;
        call->out[0][c] += call->in[0][i];
        call->out[1][c] += call->in[0][i] * normalized(call, call->in[1][i], call->in[2], call->in[3], c);
    }
}

void naive_normalize_grad(const struct naive_call *call)
{
    enum { DY, X, MEAN, VARIANCE, GAMMA, DBETA, DGAMMA, WEIGHT, COUNTS };
    struct channels n = channels_of(call->node->in[DY]);
    for (int64_t i = 0; i < n.numbers; i++) {
        int64_t c = i % n.channels;
        double xhat = normalized(call, call->in[X][i], call->in[MEAN], call->in[VARIANCE], c);
        double common = (call->in[DBETA][c] + xhat * call->in[DGAMMA][c]) * times(call, COUNTS, i, n) *
                        call->in[WEIGHT][0] / n.positions;
        double deviation = sqrt(call->in[VARIANCE][c] + naive_number(call->node, "epsilon"));
        call->out[0][i] = optional(call->in[GAMMA], c, 1) / deviation * (call->in[DY][i] - common);
    }
}

/* ---- dropout: the mask is what Philox4x32-10 gives for seed, step, sample, round and element ---- */

/* Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011). */
void naive_philox(uint32_t counter[4], uint32_t key0, uint32_t key1)
{
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xd2511f53u * counter[0], b = (uint64_t)0xcd9e8d57u * counter[2];
        uint32_t c1 = counter[1], c3 = counter[3];
        counter[0] = (uint32_t)(b >> 32) ^ c1 ^ key0;
        counter[1] = (uint32_t)b;
        counter[2] = (uint32_t)(a >> 32) ^ c3 ^ key1;
        counter[3] = (uint32_t)a;
        key0 += 0x9e3779b9u;
        key1 += 0xbb67ae85u;
    }
}

int64_t naive_draws_before(const struct naive_call *call)
{
    int64_t rounds = naive_int(call->node, "rounds"), turn = naive_int(call->node, "turn");
    if (rounds == 0)
        return turn;
    return turn * rounds + (naive_bool(call->node, "reverse") ? rounds - 1 - call->round : call->round);
}

/* 16 bits of a word each: 0..65535. A negative seed is the number of a layer that was given none. `first`: the number of its
 * counter for element 0. */
static uint32_t draw(const struct naive_call *call, int64_t first, int64_t element)
{
    int64_t seed = naive_int(call->node, "seed"), number = seed < 0 ? -seed : 0, key = seed < 0 ? 0 : seed;
    uint32_t layer = (uint32_t)number << 16 | (uint32_t)(call->step >> 32 & 0xffff);
    uint32_t counter[4] = {(uint32_t)(first + element / 8), (uint32_t)call->sample, (uint32_t)call->step, layer};
    naive_philox(counter, (uint32_t)call->seed ^ (uint32_t)key, (uint32_t)(call->seed >> 32));
    return counter[element % 8 / 2] >> (element % 2 * 16) & 0xffff;
}

void naive_dropout(const struct naive_call *call)
{
    double rate = naive_number(call->node, "rate"), scale = naive_number(call->node, "scale");
    int64_t count = shape_count(&call->node->in[0]->shape), masked = count / naive_int(call->node, "rows");
    int64_t first = naive_draws_before(call) * ((masked + 7) / 8);
    for (int64_t i = 0; i < count; i++) {
        if (!call->training)
            call->out[0][i] = call->in[0][i];
        else if (draw(call, first, i % masked) >= (uint32_t)(rate * 65536 + 0.5))
            call->out[0][i] = call->in[0][i] * scale + naive_number(call->node, "shift");
        else
            call->out[0][i] = naive_number(call->node, "dropped");
    }
}
