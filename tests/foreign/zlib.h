/* zlib.h -- as much of zlib as the runtime needs to link on a machine whose zlib is not at hand: files are read as they
 * are, and CRC-32 is computed. stand_in.c has it. */
#ifndef FOREIGN_ZLIB_H
#define FOREIGN_ZLIB_H

#include <stddef.h>

enum {
    Z_OK = 0,
    Z_STREAM_END = 1,
    Z_ERRNO = -1,
    Z_DATA_ERROR = -3,
    Z_MEM_ERROR = -4,
    Z_NO_FLUSH = 0,
    MAX_WBITS = 15
};

typedef unsigned int uInt;
typedef unsigned long uLong;
typedef struct file_as_it_is *gzFile;

typedef struct {
    const unsigned char *next_in;
    unsigned char *next_out;
    uInt avail_in, avail_out;
} z_stream;

gzFile gzdopen(int descriptor, const char *mode);
int gzbuffer(gzFile file, unsigned size);
int gzdirect(gzFile file);
int gzread(gzFile file, void *out, unsigned size);
const char *gzerror(gzFile file, int *code);
int gzclose_r(gzFile file);

int inflateInit2(z_stream *stream, int bits);
int inflate(z_stream *stream, int flush);
int inflateEnd(z_stream *stream);

uLong crc32(uLong crc, const unsigned char *bytes, uInt count);
uLong crc32_z(uLong crc, const unsigned char *bytes, size_t count);

#endif
