/* rng.c -- Philox4x32-10: random numbers as a function of a key and a counter. */
#include "cnnrt.h"

#include <math.h>

static uint32_t high(uint64_t value) { return (uint32_t)(value >> 32); }

void cnn_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4])
{
    uint32_t k0 = key[0], k1 = key[1];
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0;
        uint64_t p1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = high(p1) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = high(p0) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u; /* golden ratio */
        k1 += 0xBB67AE85u; /* sqrt(3) - 1 */
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

static uint64_t mix(uint64_t z)
{
    z += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

uint64_t cnn_key(uint64_t seed, enum cnn_purpose purpose) { return mix(mix(seed) + (uint64_t)purpose); }

struct cnn_draw cnn_draw(uint64_t seed, enum cnn_purpose purpose, uint32_t stream)
{
    uint64_t key = cnn_key(seed, purpose);
    return (struct cnn_draw){{(uint32_t)key, high(key)}, stream};
}

void cnn_draw_block(const struct cnn_draw *draw, uint64_t block, uint32_t attempt, uint32_t out[4])
{
    const uint32_t counter[4] = {(uint32_t)block, high(block), draw->stream, attempt};
    cnn_philox(draw->key, counter, out);
}

double cnn_unit(uint32_t word) { return (word >> 8) * 0x1p-24; }

void cnn_draw_normals(const struct cnn_draw *draw, uint64_t block, uint32_t attempt, double out[4])
{
    const double two_pi = 6.283185307179586;
    uint32_t word[4];
    cnn_draw_block(draw, block, attempt, word);
    for (int i = 0; i < 4; i += 2) {
        double radius = sqrt(-2.0 * log((word[i] + 0.5) * 0x1p-32)); /* in (0, 1): log is finite */
        double angle = two_pi * (word[i + 1] * 0x1p-32);
        out[i] = radius * cos(angle);
        out[i + 1] = radius * sin(angle);
    }
}

/* A number in [0, bound) from 64 random bits: the high half of their product, which favours no value
 * by more than 2^-32. */
static uint32_t below(uint32_t bound, uint32_t upper, uint32_t lower)
{
    return high((uint64_t)upper * bound + high((uint64_t)lower * bound));
}

void cnn_shuffle(uint64_t seed, uint32_t epoch, uint32_t *index, uint32_t count)
{
    struct cnn_draw draw = cnn_draw(seed, CNN_PURPOSE_SHUFFLE, epoch);
    for (uint32_t i = 0; i < count; i++)
        index[i] = i;
    for (uint32_t i = count; i > 1; i--) {
        uint32_t word[4];
        cnn_draw_block(&draw, i, 0, word);
        uint32_t other = below(i, word[0], word[1]);
        uint32_t kept = index[i - 1];
        index[i - 1] = index[other];
        index[other] = kept;
    }
}
