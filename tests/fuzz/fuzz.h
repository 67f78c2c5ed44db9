/* fuzz.h -- what the fuzz targets share.
 *
 * A target is a file fuzz_NAME.c with LLVMFuzzerTestOneInput(): it gives libFuzzer's bytes to one reader of the
 * compiler or the runtime, which may refuse them or take them, but must not crash, leak or hang. Every input is
 * judged by itself, so a target keeps nothing from one to the next but what is costly to make. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Calls abort() when `ok` is false: what a reader took is not what it promises. */
void fuzz_assert(int ok);

/* A file of these bytes, which must stay where they are while it is read; see file.c. Returns its path, which is
 * good until the next call. */
const char *fuzz_file(const void *data, size_t size);

#endif
