/* hash.c -- FNV-1a, 64 bits (Fowler, Noll, Vo). */
#include "base/base.h"

#include <string.h>

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t hash_text(uint64_t hash, const char *text) { return hash_bytes(hash, text, strlen(text) + 1); }

uint64_t hash_number(uint64_t hash, int64_t number)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)number >> 8 * i & 0xFF);
    return hash_bytes(hash, bytes, sizeof bytes);
}

uint64_t hash_real(uint64_t hash, double number)
{
    int64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return hash_number(hash, bits);
}
