/* rt_arrays.c -- see rt_arrays.h */
#include "rt_arrays.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

size_t rt_npy(unsigned char *out, const char *dict, const void *data, size_t size)
{
    size_t length = strlen(dict), padded = (10 + length + 1 + 63) / 64 * 64 - 10;
    memcpy(out, "\x93NUMPY\1\0", 8);
    out[8] = (unsigned char)padded;
    out[9] = (unsigned char)(padded >> 8);
    memset(out + 10, ' ', padded);
    memcpy(out + 10, dict, length);
    out[10 + padded - 1] = '\n';
    memcpy(out + 10 + padded, data, size);
    return 10 + padded + size;
}

static unsigned char *put(unsigned char *at, uint32_t value, int size)
{
    for (int i = 0; i < size; i++)
        *at++ = (unsigned char)(value >> 8 * i);
    return at;
}

static unsigned char *put_bytes(unsigned char *at, const void *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

static uint32_t or_else(uint32_t wish, uint32_t truth) { return wish ? wish : truth; }

/* From "flags" to "sizes", which stand alike in both headers of a member. */
static unsigned char *put_facts(unsigned char *at, const struct rt_member *member, uint32_t packed)
{
    at = put(at, member->flags, 2);
    at = put(at, or_else(member->method, member->deflate ? 8 : 0), 2);
    at = put(at, 0, 4); /* time */
    at = put(at, or_else(member->crc, (uint32_t)crc32(0, member->data, (uInt)member->size)), 4);
    at = put(at, or_else(member->packed, packed), 4);
    at = put(at, or_else(member->whole, (uint32_t)member->size), 4);
    return put(at, (uint32_t)strlen(member->name), 2);
}

static uint32_t pack(unsigned char *out, const struct rt_member *member)
{
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)member->data,
                       .avail_in = (uInt)member->size,
                       .next_out = out,
                       .avail_out = 1 << 20};
    if (!member->deflate) {
        memcpy(out, member->data, member->size);
        return (uint32_t)member->size;
    }
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return (uint32_t)stream.total_out;
}

size_t rt_zip(unsigned char *out, const struct rt_member *members, int count)
{
    uint32_t offsets[8], packed[8];
    unsigned char *at = out;
    assert_in_range(count, 0, 8);
    for (int i = 0; i < count; i++) {
        offsets[i] = (uint32_t)(at - out);
        unsigned char *data = at + 30 + strlen(members[i].name) + 5;
        packed[i] = pack(data, &members[i]);
        at = put_bytes(put(put_bytes(at, "PK\3\4", 4), 20, 2), "", 0);
        at =
            put(put_facts(at, &members[i], packed[i]), 5, 2); /* five bytes of an extra field, which nobody knows */
        put_bytes(put_bytes(at, members[i].name, strlen(members[i].name)), "extra", 5);
        at = data + packed[i];
    }
    uint32_t directory = (uint32_t)(at - out);
    for (int i = 0; i < count; i++) {
        at = put(put_bytes(at, "PK\1\2", 4), 20 << 16 | 20, 4);
        at = put(put_facts(at, &members[i], packed[i]), 0, 2); /* no extra field */
        at = put(put(put(at, 0, 4), 0, 4), 0, 2);              /* no comment; disk, attributes */
        at = put(at, or_else(members[i].offset, offsets[i]), 4);
        at = put_bytes(at, members[i].name, strlen(members[i].name));
    }
    uint32_t bytes = (uint32_t)(at - out) - directory;
    at = put(put_bytes(at, "PK\5\6", 4), 0, 4);
    at = put(put(at, (uint32_t)count, 2), (uint32_t)count, 2);
    at = put(put(put(at, bytes, 4), directory, 4), 7, 2);
    return (size_t)(put_bytes(at, "comment", 7) - out);
}
