/* networks.h -- runs all programs of the network that net.h declares, in memory that the caller gives out: networks.c
 * those of a network with one input, two_inputs.c those of tests/scripts/two_inputs.lua. */
#ifndef NETWORKS_H
#define NETWORKS_H

#include "net.h"

#include <stdint.h>

/* What all programs gave: hashes of their bits. */
struct results {
    uint64_t predict, predict_with, many, evaluate, parameters;
};

/* Gives out `bytes` of memory, a multiple of `unit` bytes behind an address that is a multiple of it. */
typedef void *give(void *user, int64_t bytes, int64_t unit);
/* Takes back the permission to write into such memory. */
typedef void protect(void *user, void *memory);

struct memory {
    give *give;
    protect *protect;
    void *user;
};

/* `fixed`: also the functions that use one fixed workspace. Batches of 1 sample, of the script's and of what is left over. */
struct results run_programs(const struct memory *memory, int threads, int fixed);

uint64_t hash(uint64_t value, const void *bytes, int64_t count);
float *floats(const struct memory *memory, int64_t count);
/* Some number between -1 and 1 for each i. */
float *numbers(const struct memory *memory, int64_t count, int64_t seed);

#endif
