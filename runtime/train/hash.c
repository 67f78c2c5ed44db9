/* hash.c -- FNV-1a, 64 bits (Fowler, Noll, Vo): by which checkpoints tell whether a training is still the same. */
#include "train/train.h"

#include <string.h>

void cnn_hash_number(uint64_t *hash, int64_t number)
{
    for (int i = 0; i < 64; i += 8)
        *hash = (*hash ^ ((uint64_t)number >> i & 0xFF)) * UINT64_C(0x100000001b3);
}

void cnn_hash_text(uint64_t *hash, const char *text)
{
    for (; *text; text++)
        cnn_hash_number(hash, (signed char)*text); /* char has a sign on some machines */
    cnn_hash_number(hash, 0);
}

void cnn_hash_real(uint64_t *hash, double number)
{
    int64_t bits;
    memcpy(&bits, &number, sizeof bits);
    cnn_hash_number(hash, bits);
}
