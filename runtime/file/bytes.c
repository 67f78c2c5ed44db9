/* bytes.c -- numbers in the byte order of a file, whatever the machine's is. Nothing else of the runtime knows how a
 * number lies in memory: a file that is made on one machine is read on any other, and has the same checksum there. */
#include "file/file.h"

#include <string.h>

uint64_t cnn_little_endian(const unsigned char *bytes, int size)
{
    uint64_t bits = 0;
    for (int i = size; i-- > 0;)
        bits = bits << 8 | bytes[i];
    return bits;
}

uint64_t cnn_big_endian(const unsigned char *bytes, int size)
{
    uint64_t bits = 0;
    for (int i = 0; i < size; i++)
        bits = bits << 8 | bytes[i];
    return bits;
}

void cnn_put_little_endian(unsigned char *bytes, uint64_t bits, int size)
{
    for (int i = 0; i < size; i++)
        bytes[i] = (unsigned char)(bits >> 8 * i);
}

float cnn_float_of(uint64_t bits)
{
    uint32_t word = (uint32_t)bits;
    float value;
    memcpy(&value, &word, sizeof value);
    return value;
}

double cnn_double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

float cnn_half_of(uint64_t bits)
{
    uint64_t sign = bits >> 15 << 31, exponent = bits >> 10 & 31, fraction = bits & 1023;
    if (exponent == 31)
        return cnn_float_of(sign | UINT64_C(0x7f800000) | fraction << 13);
    if (exponent == 0) /* zero, and what is smaller than its exponent can say */
        return (sign ? -1.0f : 1.0f) * (float)fraction * 0x1p-24f;
    return cnn_float_of(sign | (exponent + 112) << 23 | fraction << 13);
}

/* An element of 1, 4 or 8 bytes in memory, and back. */
static uint64_t bits_of(const unsigned char *element, int size)
{
    uint32_t word;
    uint64_t bits = *element;
    if (size == 4) {
        memcpy(&word, element, sizeof word);
        bits = word;
    } else if (size == 8) {
        memcpy(&bits, element, sizeof bits);
    }
    return bits;
}

static void put_bits(unsigned char *element, uint64_t bits, int size)
{
    uint32_t word = (uint32_t)bits;
    if (size == 4)
        memcpy(element, &word, sizeof word);
    else if (size == 8)
        memcpy(element, &bits, sizeof bits);
    else
        *element = (unsigned char)bits;
}

void cnn_encode(unsigned char *bytes, const void *elements, int64_t count, int size)
{
    const unsigned char *element = elements;
    for (int64_t i = 0; i < count; i++)
        cnn_put_little_endian(bytes + i * size, bits_of(element + i * size, size), size);
}

void cnn_decode(void *elements, const unsigned char *bytes, int64_t count, int size)
{
    unsigned char *element = elements;
    for (int64_t i = 0; i < count; i++)
        put_bits(element + i * size, cnn_little_endian(bytes + i * size, size), size);
}
