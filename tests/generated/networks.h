/* networks.h -- runs all programs of the network that net.h declares, in memory that the caller gives out. */
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

#endif
