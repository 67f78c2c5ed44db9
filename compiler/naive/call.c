/* call.c -- what twins ask of their node: its attributes, and how much a float would err. */
#include "naive/naive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- attributes ---- */

static const struct attribute *find_attribute(const struct node *node, const char *name)
{
    for (const struct attribute *a = node->op->attributes; a && a->name; a++)
        if (strcmp(a->name, name) == 0)
            return a;
    abort(); /* a test of the op sees it */
}

static const void *attribute(const struct node *node, const char *name)
{
    return (const char *)node->attributes + find_attribute(node, name)->offset;
}

int64_t naive_int(const struct node *node, const char *name) { return *(const int64_t *)attribute(node, name); }

double naive_number(const struct node *node, const char *name) { return *(const double *)attribute(node, name); }

bool naive_bool(const struct node *node, const char *name) { return *(const bool *)attribute(node, name); }

const char *naive_choice(const struct node *node, const char *name)
{
    return find_attribute(node, name)->choices[*(const int *)attribute(node, name)];
}

const int64_t *naive_ints(const struct node *node, const char *name)
{
    const void *value = attribute(node, name);
    if (find_attribute(node, name)->type == ATTRIBUTE_SHAPE)
        return ((const struct shape *)value)->dim;
    return value;
}

const struct shape *naive_shape(const struct node *node, const char *name) { return attribute(node, name); }

int64_t naive_last_dim(const struct shape *shape) { return shape->rank ? shape->dim[shape->rank - 1] : 1; }

/* ---- shaking ---- */

/* What rounding does to a network differs by orders of magnitude from one network to another. It is measured instead of
 * guessed: a run in which every number is moved at random, by somewhat more than float would err in it, differs from the
 * exact run as float may (Parker: Monte Carlo arithmetic, 1997; Vignes: CESTAC, 1974).
 *
 * A sum of n products in float errs by about sqrt(n) * 2^-24 of its partial sums; functions by 3 units in the last place
 * of numbers near 1. Whole numbers stay: zeros, indices and the values at which functions are cut off are exact in float. */
double naive_moved(double x, uint64_t key, double amplitude)
{
    if (x == floor(x) && fabs(x) < 1 << 24)
        return x;
    uint64_t z = key * 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return x * (1 + amplitude * (2 * (double)((z ^ z >> 31) >> 11) / 9007199254740992.0 - 1));
}

double naive_shaken(const struct naive_call *call, double x, int64_t index)
{
    uint64_t key = (call->shake * 0x2545f4914f6cdd1du + (uint64_t)call->sample) << 24;
    return call->shake ? naive_moved(x, key + (uint64_t)index, 3 * NAIVE_ROUNDING) : x;
}

double naive_shaken_sum(const struct naive_call *call, double sum, double size, int64_t index, int64_t terms)
{
    uint64_t key = (call->shake * 0x2545f4914f6cdd1du + (uint64_t)call->sample + 0x51d) << 24;
    double off = naive_moved(0.5, key + (uint64_t)index, NAIVE_ROUNDING * (3 + sqrt((double)terms))) / 0.5 - 1;
    return call->shake ? sum + size * off : sum;
}

double naive_nudged(const struct naive_call *call, double size)
{
    double off = 64 * NAIVE_ROUNDING * size + 1e-37; /* below that float has hardly a number but 0 */
    return !call->shake ? 0 : call->shake % 2 ? off : -off;
}
