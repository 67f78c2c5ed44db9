/* runtime/file/map.c and array.c: large files are mapped, and give what they give when they are read. */
#include "rt_arrays.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/data.h"
#include "fake_model.h"

enum { ROWS = CNN_MAP_FROM / FAKE_INPUTS, SEEN = 1000 };

/* "images" and "images.gz": a header, and `bytes` of data of which the first and the last are random, the others 0. */
static void write_both(void **state, const void *header, size_t header_bytes, size_t bytes)
{
    unsigned char *file = calloc(1, header_bytes + bytes);
    assert_non_null(file);
    memcpy(file, header, header_bytes);
    for (size_t i = 0; i < SEEN; i++) {
        file[header_bytes + i] = (unsigned char)(i * 37);
        file[header_bytes + bytes - 4 * i - 1] =
            (unsigned char)(i % 60); /* the upper byte of a float that is finite */
    }
    rt_write(state, "images", file, header_bytes + bytes);
    rt_write_gz(state, "images.gz", file, header_bytes + bytes);
    free(file);
}

static struct cnn_dataset read_set(void **state, const char *name, enum cnn_scale scale)
{
    struct cnn_model model = fake_model();
    struct cnn_preprocessing preprocessing = {.scale = scale, .scale_is_chosen = scale != CNN_SCALE_UNKNOWN};
    struct cnn_dataset set;
    struct cnn_error error = {""};
    char path[RT_PATH];
    cnn_dataset_read_as(&model, rt_path(state, name, path), NULL, &preprocessing, &set, &error);
    assert_string_equal(error.message, "");
    cnn_preprocessing_free(&preprocessing);
    return set;
}

static void gives_the_same(void **state, int64_t offset, enum cnn_scale scale, bool stays_mapped)
{
    struct cnn_dataset mapped = read_set(state, "images", scale), read = read_set(state, "images.gz", scale);
    assert_int_equal(mapped.map_offsets[0], stays_mapped ? offset : 0);
    assert_int_equal(read.map_offsets[0], 0);
    assert_int_equal(mapped.count, read.count);
    assert_int_equal(mapped.input_elements[0], read.input_elements[0]);
    size_t bytes = (size_t)(mapped.count * FAKE_INPUTS * cnn_element_bytes(mapped.input_elements[0]));
    assert_int_equal(memcmp(mapped.inputs[0], read.inputs[0], bytes), 0);
    cnn_dataset_free(&mapped);
    cnn_dataset_free(&read);
}

static void bytes_are_mapped(void **state)
{
    unsigned char header[32];
    size_t size = rt_idx_header(header, 8, 3, (const uint32_t[]){ROWS, FAKE_SIDE, FAKE_SIDE});
    write_both(state, header, size, CNN_MAP_FROM);
    gives_the_same(state, (int64_t)size, CNN_SCALE_UNKNOWN, true);
    gives_the_same(state, (int64_t)size, CNN_SCALE_NONE, false); /* they become floats */
    /* The file itself stays as it is, and one that is cut short or goes on is refused as ever. */
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH];
    assert_int_equal(truncate(rt_path(state, "images", path), (off_t)(size + CNN_MAP_FROM + 1)), 0);
    assert_false(cnn_dataset_read(&model, path, NULL, &set, &error));
    rt_assert_contains(error.message, "goes on after the data that its header promises");
    assert_int_equal(truncate(path, CNN_MAP_FROM), 0);
    assert_false(cnn_dataset_read(&model, path, NULL, &set, &error));
    rt_assert_contains(error.message, "truncated");
}

static void floats_are_mapped_and_scaled_in_memory_alone(void **state)
{
    static unsigned char header[256];
    char dict[128], path[RT_PATH];
    snprintf(dict, sizeof dict, NPY("'<f4'", "False", "(%d, 8, 8)"), ROWS / 4);
    size_t size = rt_npy(header, dict, "", 0);
    bool fits = size % sizeof(float) == 0;
    write_both(state, header, size, CNN_MAP_FROM);
    gives_the_same(state, (int64_t)size, CNN_SCALE_NONE, fits);
    char *before = rt_read(rt_path(state, "images", path), NULL);
    gives_the_same(state, (int64_t)size, CNN_SCALE_PIXELS, fits);
    char *after = rt_read(path, NULL);
    assert_int_equal(memcmp(before, after, size + CNN_MAP_FROM), 0);
    free(before);
    free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_mapped),
        cmocka_unit_test(floats_are_mapped_and_scaled_in_memory_alone),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
