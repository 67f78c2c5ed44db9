/* arrays.c -- see networks.h. */
#include "networks.h"

uint64_t hash(uint64_t value, const void *bytes, int64_t count)
{
    const unsigned char *at = bytes;
    for (int64_t i = 0; i < count; i++)
        value = (value ^ at[i]) * 0x100000001b3; /* FNV-1a */
    return value;
}

float *floats(const struct memory *memory, int64_t count)
{
    return memory->give(memory->user, count * (int64_t)sizeof(float), sizeof(float));
}

/* Some number between -1 and 1 for each i. */
float *numbers(const struct memory *memory, int64_t count, int64_t seed)
{
    float *values = floats(memory, count);
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)((seed + i * 7919) % 401 - 200) / 256.0f;
    return values;
}
