/* rt_support.h -- what the runtime's tests share: a temporary folder, files in it, and small data sets. */
#ifndef RT_SUPPORT_H
#define RT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cnnrt.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

enum { RT_PATH = 512 };

/* cmocka fixtures: *state is the path of an empty folder, which the teardown removes with its files. */
int rt_setup(void **state);
int rt_teardown(void **state);

/* "FOLDER/NAME" in `path`, which is returned. */
const char *rt_path(void **state, const char *name, char path[RT_PATH]);
/* Writes a file of the folder. */
void rt_write(void **state, const char *name, const void *data, size_t size);
/* The same, gzip-compressed. */
void rt_write_gz(void **state, const char *name, const void *data, size_t size);
/* A pipe that nobody writes to: whoever waits for it is ended by a signal after a minute. */
void rt_pipe(void **state, const char *name);
/* The contents of a file, NUL-terminated; *size may be NULL. Freed by the caller. */
char *rt_read(const char *path, size_t *size);
/* Files in the folder. */
int rt_count_files(void **state);

/* An IDX header; returns its length. */
size_t rt_idx_header(unsigned char *out, int type, int rank, const uint32_t *dim);
/* PREFIX-images-idx3-ubyte and PREFIX-labels-idx1-ubyte of `count` 8x8 pictures in three classes that a
 * linear model can tell apart: a bright bar at the left, in the middle or at the right, with noise. */
void rt_write_set(void **state, const char *prefix, uint32_t count, uint32_t seed);
/* Such a set in memory, freed with cnn_dataset_free(). */
struct cnn_dataset rt_set(uint32_t count, uint32_t seed);

/* What a command of the program around a model did. */
struct rt_run {
    int status;
    char *out, *err;
};
/* Runs a command line of words separated by blanks; '@' at the beginning of a word is the folder and a
 * slash. rt_run_free() afterwards. */
struct rt_run rt_run(void **state, const struct cnn_model *model, const char *line);
void rt_run_free(struct rt_run *run);
/* Runs it, and fails the test unless it ends with `status`, having printed `out` and `err` somewhere. */
void rt_expect(void **state, const struct cnn_model *model, const char *line, int status, const char *out,
               const char *err);

/* Fails the test unless `text` contains `part`. */
void rt_assert_contains(const char *text, const char *part);

#endif
