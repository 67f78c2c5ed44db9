/* runtime/file/foreign.c */
#include "rt_support.h"

#include <string.h>

#include "fake_model.h"
#include "file/file.h"

static const struct {
    const char *name, *bytes;
    size_t size;
    const char *is;
} files[] = {
    {"photo", "GIF89a", 6, "is a GIF picture, which is not read here; pictures are read as PNG, JPEG"},
    {"photo", "RIFF\1\2\3\4WEBPVP8 ", 16, "is a WebP picture"},
    {"photo",
     "\0\0\0\x1c"
     "ftypavif",
     12, "is an AVIF picture"},
    {"x_train.h5", "\x89HDF\r\n\x1a\n", 8, "is an HDF5 file, which is not read here; arrays are read as .npy"},
    {"data_batch_1", "\x80\2}q", 4, "is a Python pickle"},
    {"clip.mp4",
     "\0\0\0\x18"
     "ftypmp42",
     12, "is a video, which is not read here; pictures are read from folders"},
    {"yes.wav", "RIFF\1\2\3\4WAVEfmt ", 16, "is a WAV sound, which is not read here; sounds are read as arrays"},
    {"x.mat", "MATLAB 5.0 MAT-file", 19, "is a MATLAB file, which is not read here; arrays are read as .npy"},
    {"a.tfrecord", "\x40\1\0\0\0\0\0\0\1\2\3\4\n\5", 14, "is a TFRecord file, it seems, which is not read here"},
    {"train.parquet", "PAR1\25\0", 6, "is a Parquet file, which is not read here; tables are read as CSV"},
    {"train.csv.xz",
     "\xfd"
     "7zXZ\0",
     6, "is a file packed by xz"},
};

static void are_named(void **state)
{
    char path[RT_PATH];
    struct cnn_error error;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        rt_write(state, files[i].name, files[i].bytes, files[i].size);
        assert_true(cnn_foreign(rt_path(state, files[i].name, path), &error));
        rt_assert_contains(error.message, files[i].is);
    }
}

/* In every place where a file is named by a user. */
static void are_named_wherever_they_are_given(void **state)
{
    struct cnn_model model = fake_model();
    float parameters[FAKE_INPUTS * FAKE_CLASSES + FAKE_CLASSES] = {0};
    char path[RT_PATH];
    assert_true(cnn_weights_save(&model, rt_path(state, "w", path), parameters, NULL));
    rt_write(state, "a.gif", files[0].bytes, files[0].size);
    rt_write(state, "a.h5", "\x89HDF\r\n\x1a\n", 8);
    rt_write(state, "a.pt", "PK\3\4\0\0\10\10", 8);
    rt_expect(state, &model, "net predict --weights @w @a.gif", 1, "", "a.gif: is a GIF picture");
    rt_expect(state, &model, "net predict --weights @w @a.h5", 1, "", "a.h5: is an HDF5 file");
    rt_expect(state, &model, "net predict --weights @a.h5 @w", 1, "", "a.h5: is an HDF5 file");
    rt_expect(state, &model, "net predict --weights @a.pt @a.gif", 1, "", "a.pt: is a zip archive");
    rt_expect(state, &model, "net train @a.h5", 1, "", "a.h5: is an HDF5 file");
}

static void sound_files_are_not_called_foreign(void **state)
{
    char path[RT_PATH];
    struct cnn_error error = {""};
    rt_write(state, "text", "BMW,1,2,3,4,5\n", 14);
    assert_false(cnn_foreign(rt_path(state, "text", path), &error));
    assert_false(cnn_foreign(rt_path(state, "nowhere", path), &error));
    assert_string_equal(error.message, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_named),
        cmocka_unit_test(are_named_wherever_they_are_given),
        cmocka_unit_test(sound_files_are_not_called_foreign),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
