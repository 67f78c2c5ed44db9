/* rt_support.c -- what the runtime's tests share. */
#include "rt_support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "fake_model.h"

int rt_setup(void **state)
{
    /* In memory where there is such a place: files that are forced to a disk take their time there. */
    char *folder = strdup(access("/dev/shm", W_OK) == 0 ? "/dev/shm/cnnrt-test-XXXXXX" : "/tmp/cnnrt-test-XXXXXX");
    *state = folder;
    return folder && mkdtemp(folder) ? 0 : -1;
}

/* Calls `visit` with the path of every file, and returns how many there are. */
static int for_files(const char *folder, int (*visit)(const char *path))
{
    int count = 0;
    DIR *directory = opendir(folder);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char path[RT_PATH + 256];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        count++;
        if (visit)
            visit(path);
    }
    if (directory)
        closedir(directory);
    return count;
}

int rt_teardown(void **state)
{
    alarm(0); /* of rt_pipe() */
    for_files(*state, unlink);
    int result = rmdir(*state);
    free(*state);
    return result;
}

int rt_count_files(void **state) { return for_files(*state, NULL); }

const char *rt_path(void **state, const char *name, char path[RT_PATH])
{
    snprintf(path, RT_PATH, "%s/%s", (const char *)*state, name);
    return path;
}

void rt_write(void **state, const char *name, const void *data, size_t size)
{
    char path[RT_PATH];
    FILE *file = fopen(rt_path(state, name, path), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void rt_write_gz(void **state, const char *name, const void *data, size_t size)
{
    char path[RT_PATH];
    gzFile file = gzopen(rt_path(state, name, path), "wb1");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, data, (unsigned)size), size);
    assert_int_equal(gzclose(file), Z_OK);
}

void rt_pipe(void **state, const char *name)
{
    char path[RT_PATH];
    assert_int_equal(mkfifo(rt_path(state, name, path), 0600), 0);
    alarm(60);
}

char *rt_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    size_t length = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(length + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, length, file), length);
    text[length] = '\0';
    fclose(file);
    if (size)
        *size = length;
    return text;
}

size_t rt_idx_header(unsigned char *out, int type, int rank, const uint32_t *dim)
{
    size_t length = 0;
    out[length++] = 0;
    out[length++] = 0;
    out[length++] = (unsigned char)type;
    out[length++] = (unsigned char)rank;
    for (int i = 0; i < rank; i++)
        for (int shift = 24; shift >= 0; shift -= 8)
            out[length++] = (unsigned char)(dim[i] >> shift);
    return length;
}

static void fill_picture(uint8_t *picture, uint32_t row, uint32_t seed)
{
    struct cnn_draw draw = cnn_draw(seed, CNN_PURPOSE_BENCH, row);
    uint32_t bar = row % FAKE_CLASSES * 3;
    for (uint32_t i = 0; i < FAKE_INPUTS; i++) {
        uint32_t word[4];
        cnn_draw_block(&draw, i, 0, word);
        picture[i] = (uint8_t)((word[0] >> 26) + (i % FAKE_SIDE == bar ? 150 : 0));
    }
}

struct cnn_dataset rt_set(uint32_t count, uint32_t seed)
{
    struct cnn_dataset set = {
        .count = count, .input_counts = {FAKE_INPUTS}, .label_counts = {1}, .input_elements = {CNN_BYTE}};
    set.inputs[0] = cnn_alloc(count * FAKE_INPUTS, NULL);
    set.labels[0] = cnn_alloc_floats(count, NULL);
    assert_true(set.inputs[0] && set.labels[0]);
    for (uint32_t row = 0; row < count; row++) {
        fill_picture((uint8_t *)set.inputs[0] + row * FAKE_INPUTS, row, seed);
        set.labels[0][row] = (float)(row % FAKE_CLASSES);
    }
    return set;
}

void rt_write_set(void **state, const char *prefix, uint32_t count, uint32_t seed)
{
    struct cnn_dataset set = rt_set(count, seed);
    unsigned char *file = malloc(64 + count * FAKE_INPUTS);
    char name[RT_PATH];
    assert_non_null(file);
    size_t header = rt_idx_header(file, 8, 3, (const uint32_t[]){count, FAKE_SIDE, FAKE_SIDE});
    memcpy(file + header, set.inputs[0], count * FAKE_INPUTS);
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", prefix);
    rt_write(state, name, file, header + count * FAKE_INPUTS);
    header = rt_idx_header(file, 8, 1, &count);
    for (uint32_t row = 0; row < count; row++)
        file[header + row] = (unsigned char)set.labels[0][row];
    snprintf(name, sizeof name, "%s-labels-idx1-ubyte.gz", prefix);
    rt_write_gz(state, name, file, header + count);
    free(file);
    cnn_dataset_free(&set);
}

enum { MAX_WORDS = 32 };

/* Splits a line into words, freed singly by the caller. */
static int split(void **state, const char *line, char *words[MAX_WORDS])
{
    int count = 0;
    for (const char *at = line; *at && count < MAX_WORDS - 1;) {
        int length = (int)strcspn(at, " ");
        bool in_folder = *at == '@';
        words[count] = malloc(RT_PATH);
        assert_non_null(words[count]);
        snprintf(words[count++], RT_PATH, "%s%s%.*s", in_folder ? (const char *)*state : "", in_folder ? "/" : "",
                 length - in_folder, at + in_folder);
        at += length;
        at += strspn(at, " ");
    }
    words[count] = NULL;
    return count;
}

struct rt_run rt_run(void **state, const struct cnn_model *model, const char *line)
{
    struct rt_run run = {0};
    size_t out_length, err_length;
    char *words[MAX_WORDS], *given[MAX_WORDS];
    int count = split(state, line, words);
    FILE *out = open_memstream(&run.out, &out_length), *err = open_memstream(&run.err, &err_length);
    assert_true(out && err);
    memcpy(given, words, sizeof given); /* getopt may change the order */
    run.status = cnn_program(model, count, given, out, err);
    fclose(out);
    fclose(err);
    for (int i = 0; i < count; i++)
        free(words[i]);
    return run;
}

void rt_run_free(struct rt_run *run)
{
    free(run->out);
    free(run->err);
}

void rt_expect(void **state, const struct cnn_model *model, const char *line, int status, const char *out,
               const char *err)
{
    struct rt_run run = rt_run(state, model, line);
    if (run.status != status)
        fail_msg("'%s' ends with %d: %s%s", line, run.status, run.out, run.err);
    rt_assert_contains(run.out, out);
    rt_assert_contains(run.err, err);
    rt_run_free(&run);
}

void rt_assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not contain \"%s\"", text, part);
}
