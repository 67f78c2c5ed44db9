/* runtime/data/image.c */
#include "rt_support.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "fake_model.h"

/* A model with pictures of 2 rows and 3 columns. */
static struct cnn_model picture_model(int64_t channels)
{
    struct cnn_model model = fake_model();
    model.inputs[0].count = 6 * channels;
    memcpy(model.inputs[0].dim, ((const int64_t[]){2, 3, channels}), 3 * sizeof(int64_t));
    return model;
}

/* Reads a file's bytes as a picture; the error's message, or "" when it was read. */
static const char *read_bytes(void **state, const struct cnn_model *model, const void *data, size_t size,
                              uint8_t *input, struct cnn_error *error)
{
    char path[RT_PATH];
    rt_write(state, "p", data, size);
    error->message[0] = '\0';
    bool ok = cnn_image_read(model, rt_path(state, "p", path), input, error);
    assert_true(ok == !error->message[0]);
    return error->message;
}

static const char *read_text(void **state, const struct cnn_model *model, const char *text, uint8_t *input,
                             struct cnn_error *error)
{
    return read_bytes(state, model, text, strlen(text), input, error);
}

static void reads_plain_and_raw_pgm(void **state)
{
    static const char *const files[] = {"P2 3 2 255 1 2 3 4 5 6",
                                        "P2\n# a comment\n3 # and one\n 2\n255\n1 2 3\n4 5 6\n",
                                        "P5 3 2 255\n\1\2\3\4\5\6", "P5\n#x\n3\n2\n255 \1\2\3\4\5\6"};
    struct cnn_model model = picture_model(1);
    struct cnn_error error;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        uint8_t input[6] = {0};
        assert_string_equal(read_text(state, &model, files[i], input, &error), "");
        assert_memory_equal(input, "\1\2\3\4\5\6", 6);
    }
}

static void scales_to_255(void **state)
{
    struct cnn_model model = picture_model(1);
    struct cnn_error error;
    uint8_t input[6];
    assert_string_equal(read_text(state, &model, "P2 3 2 15 0 1 7 8 14 15", input, &error), "");
    assert_memory_equal(input, ((const uint8_t[]){0, 17, 119, 136, 238, 255}), 6);
    assert_string_equal(
        read_bytes(state, &model, "P5 3 2 65535\n\0\0\0\x80\0\x81\x7f\xff\xff\0\xff\xff", 25, input, &error), "");
    assert_memory_equal(input, ((const uint8_t[]){0, 0, 1, 127, 254, 255}), 6);
}

static void colour_becomes_grey_where_the_model_is(void **state)
{
    const char *ppm = "P3 3 2 255  255 0 0  0 255 0  0 0 255  255 255 255  10 10 10  0 0 0";
    struct cnn_model model = picture_model(1);
    struct cnn_error error;
    uint8_t input[18];
    assert_string_equal(read_text(state, &model, ppm, input, &error), "");
    assert_memory_equal(input, ((const uint8_t[]){76, 150, 29, 255, 10, 0}), 6);
}

static void colour_goes_where_the_model_wants_it(void **state)
{
    const char *ppm = "P3 2 3 255  1 2 3  4 5 6  7 8 9  10 11 12  13 14 15  16 17 18"; /* 3 rows, 2 columns */
    struct cnn_model model = fake_model();
    struct cnn_error error;
    uint8_t input[18];
    model.inputs[0].count = 18;
    memcpy(model.inputs[0].dim, ((const int64_t[]){3, 2, 3}), 3 * sizeof(int64_t));
    assert_string_equal(read_text(state, &model, ppm, input, &error), "");
    for (int i = 0; i < 18; i++)
        assert_int_equal(input[i], i + 1);
    memcpy(model.inputs[0].dim, ((const int64_t[]){3, 3, 2}), 3 * sizeof(int64_t));
    assert_string_equal(read_text(state, &model, ppm, input, &error), "");
    for (int i = 0; i < 18; i++)
        assert_int_equal(input[i], i % 6 * 3 + i / 6 + 1);
}

static void grey_becomes_colour(void **state)
{
    struct cnn_model model = picture_model(4);
    struct cnn_error error;
    uint8_t input[24];
    assert_string_equal(read_text(state, &model, "P2 3 2 255 1 2 3 4 5 6", input, &error), "");
    for (int i = 0; i < 24; i++)
        assert_int_equal(input[i], i % 4 == 3 ? 255 : i / 4 + 1);
}

/* Writes pixels of the given format as PNG "p.png" and reads it. */
static const char *read_png(void **state, const struct cnn_model *model, png_uint_32 format, const void *pixels,
                            uint8_t *input, struct cnn_error *error)
{
    char path[RT_PATH];
    png_image png = {.version = PNG_IMAGE_VERSION, .width = 3, .height = 2, .format = format};
    assert_true(png_image_write_to_file(&png, rt_path(state, "p.png", path), 0, pixels, 0, NULL));
    error->message[0] = '\0';
    cnn_image_read(model, path, input, error);
    return error->message;
}

static void reads_png(void **state)
{
    struct cnn_model grey = picture_model(1), colour = picture_model(3);
    struct cnn_error error;
    uint8_t input[18], rgb[18], alpha[12] = {9, 255, 8, 255, 200, 0, 6, 255, 5, 255, 4, 255};
    for (int i = 0; i < 18; i++)
        rgb[i] = (uint8_t)(13 * i);
    assert_string_equal(read_png(state, &grey, PNG_FORMAT_GRAY, "\1\2\3\4\5\6", input, &error), "");
    assert_memory_equal(input, "\1\2\3\4\5\6", 6);
    assert_string_equal(read_png(state, &colour, PNG_FORMAT_RGB, rgb, input, &error), "");
    assert_memory_equal(input, rgb, 18);
    assert_string_equal(read_png(state, &grey, PNG_FORMAT_GA, alpha, input, &error), "");
    assert_memory_equal(input, ((const uint8_t[]){9, 8, 0, 6, 5, 4}), 6); /* transparent is black */
}

static void refuses_damaged_png(void **state)
{
    struct cnn_model model = picture_model(1);
    struct cnn_error error;
    char path[RT_PATH];
    uint8_t input[6];
    size_t size;
    assert_string_equal(read_png(state, &model, PNG_FORMAT_GRAY, "\1\2\3\4\5\6", input, &error), "");
    char *file = rt_read(rt_path(state, "p.png", path), &size);
    for (size_t cut = 2; cut < size - 12; cut++) /* the last 12 bytes, IEND, are not missed */
        rt_assert_contains(read_bytes(state, &model, file, cut, input, &error), "cannot be read as a PNG file");
    free(file);
}

/* Reads a picture of tests/unit/pictures, of which make.py says how they were made. */
static bool read_shipped(const struct cnn_model *model, const char *name, uint8_t *input, struct cnn_error *error)
{
    const char *top = getenv("TOP");
    char path[RT_PATH];
    snprintf(path, sizeof path, "%s/tests/unit/pictures/%s", top ? top : ".", name);
    error->message[0] = '\0';
    return cnn_image_read(model, path, input, error);
}

enum { SHIPPED_ROWS = 13, SHIPPED_COLUMNS = 19, SHIPPED_MAX = 30 * 41 * 3 };

static void jpeg_and_bmp_are_read_as_pil_reads_them(void **state)
{
    static const struct {
        const char *name, *same;
        int64_t rows, columns, channels;
    } files[] = {
        {"baseline.jpg", "baseline.ppm", SHIPPED_ROWS, SHIPPED_COLUMNS, 3},
        {"progressive.jpg", "progressive.ppm", SHIPPED_ROWS, SHIPPED_COLUMNS, 3},
        {"grey.jpg", "grey.pgm", SHIPPED_ROWS, SHIPPED_COLUMNS, 1},
        {"grey.jpg", "grey.pgm", SHIPPED_ROWS, SHIPPED_COLUMNS, 3},
        {"24.bmp", "24.ppm", SHIPPED_ROWS, SHIPPED_COLUMNS, 3},
        {"32.bmp", "24.ppm", SHIPPED_ROWS, SHIPPED_COLUMNS, 3},
        {"8.bmp", "8.pgm", SHIPPED_ROWS, SHIPPED_COLUMNS, 1},
        {"24.bmp", "8x8.ppm", 8, 8, 3},
        {"24.bmp", "30x41.ppm", 30, 41, 3},
        {"24.bmp", "13x5.ppm", 13, 5, 3},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        struct cnn_model model = fake_model();
        struct cnn_error error;
        uint8_t input[SHIPPED_MAX], same[SHIPPED_MAX];
        model.inputs[0].count = files[i].rows * files[i].columns * files[i].channels;
        memcpy(model.inputs[0].dim, ((const int64_t[]){files[i].rows, files[i].columns, files[i].channels}),
               3 * sizeof(int64_t));
        bool ok = read_shipped(&model, files[i].name, input, &error);
        assert_string_equal(error.message, "");
        assert_true(ok && read_shipped(&model, files[i].same, same, &error));
        assert_memory_equal(input, same, (size_t)model.inputs[0].count);
    }
}

static void refuses_cmyk_and_damaged_jpeg(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_error error;
    uint8_t input[64];
    char path[RT_PATH];
    size_t size;
    assert_false(read_shipped(&model, "cmyk.jpg", input, &error));
    rt_assert_contains(error.message,
                       "cmyk.jpg: is a JPEG picture in CMYK, for printing, which is not read; convert");
    const char *const names[] = {"baseline.jpg", "progressive.jpg", "24.bmp", "8.bmp"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *top = getenv("TOP");
        snprintf(path, sizeof path, "%s/tests/unit/pictures/%s", top ? top : ".", names[i]);
        char *file = rt_read(path, &size);
        assert_string_equal(read_bytes(state, &model, file, size, input, &error), "");
        for (size_t cut = 4; cut < size - 4; cut += 3) /* behind the last rows there may be padding */
            assert_string_not_equal(read_bytes(state, &model, file, cut, input, &error), "");
        free(file);
    }
}

static void bmp_headers_are_not_believed(void **state)
{
    static const struct {
        size_t at;
        char value;
        const char *message;
    } cases[] = {
        {14, 12, "is damaged"},                       /* an older header */
        {28, 4, "4 bits a pixel; 8, 24 and 32"},      /* bits */
        {30, 1, "8 bits a pixel, compressed; 8"},     /* run lengths */
        {21, 0x7f, "up to 67108864 pixels are read"}, /* columns */
        {19, 0x40, "for which the file is too short"},
        {13, 0x7f, "is damaged"}, /* where the data are */
    };
    struct cnn_model model = fake_model();
    struct cnn_error error;
    unsigned char file[14 + 40 + 8 * 8] = "BM";
    uint8_t input[64];
    file[10] = 54, file[14] = 40, file[18] = 8, file[22] = 8, file[26] = 1, file[28] = 8;
    assert_string_equal(read_bytes(state, &model, file, sizeof file, input, &error), "");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unsigned char bad[sizeof file];
        memcpy(bad, file, sizeof file);
        bad[cases[i].at] = (unsigned char)cases[i].value;
        rt_assert_contains(read_bytes(state, &model, bad, sizeof bad, input, &error), cases[i].message);
    }
}

static void other_sizes_are_resized(void **state)
{
    struct cnn_model model = picture_model(1), large = fake_model();
    struct cnn_error error;
    uint8_t input[64];
    assert_string_equal(read_text(state, &model, "P2 2 2 255 0 100 200 100", input, &error), "");
    assert_memory_equal(input, ((const uint8_t[]){0, 50, 100, 200, 150, 100}), 6);
    assert_string_equal(read_png(state, &large, PNG_FORMAT_GRAY, "\7\7\7\7\7\7", input, &error), "");
    for (int i = 0; i < 64; i++)
        assert_int_equal(input[i], 7);
}

static void sizes_beyond_reason_are_refused(void **state)
{
    struct cnn_model model = picture_model(1);
    struct cnn_error error;
    uint8_t input[64];
    rt_assert_contains(read_text(state, &model, "P5 2147483647 2147483647 65535\n", input, &error),
                       "the picture is 2147483647 pixels wide and 2147483647 high; up to 67108864 pixels are read");
    rt_assert_contains(read_text(state, &model, "P5 8000 8000 255\n", input, &error),
                       "8000 pixels wide and 8000 high, for which the file is too short");
    rt_assert_contains(read_text(state, &model, "P2 0 2 255\n", input, &error), "0 pixels wide");
}

static void refuses_damaged_pgm(void **state)
{
    static const char *const cases[][2] = {
        {"P2", "header is damaged"},
        {"P2 3", "header is damaged"},
        {"P2 3 2", "header is damaged"},
        {"P2 3 2 0 ", "header is damaged"},
        {"P2 3 2 65536 ", "header is damaged"},
        {"P2 -3 2 255 ", "header is damaged"},
        {"P2 99999999999999999999 2 255 ", "header is damaged"},
        {"P2 3 2 255 1 2 3 4 5", "truncated at pixel 5 of 6"},
        {"P2 3 2 255 1 2 3 4 5 256", "bad value at pixel 5"},
        {"P2 3 2 255 1 2 x 4 5 6", "bad value at pixel 2"},
        {"P5 3 2 100\n123\xff", "bad value at pixel 3"},
        {"P5 3 2 255\n12345", "truncated at pixel 5 of 6"},
        {"P1 3 2 1 0 1 0", "is no CSV, .npy, .npz or IDX file and no picture (PNG"},
        {"GIF89a", "is a GIF picture, which is not read here; pictures are read as PNG"},
        {"\xff\xd8\xff\xe0", "cannot be read as a JPEG picture"},
        {"BM", "is damaged, or no BMP picture"},
        {"", "is no CSV, .npy, .npz or IDX file and no picture (PNG"},
    };
    struct cnn_model model = picture_model(1);
    struct cnn_error error;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t input[6];
        rt_assert_contains(read_text(state, &model, cases[i][0], input, &error), cases[i][1]);
    }
}

static void a_model_may_want_no_picture(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_error error;
    struct cnn_geometry geometry;
    uint8_t input[64];
    model.inputs[0].rank = 1;
    assert_false(cnn_geometry_of(&model, &geometry));
    rt_assert_contains(read_text(state, &model, "P2 3 2 255 1 2 3 4 5 6", input, &error),
                       "is 64, which is no picture");
    model.inputs[0].rank = 2;
    assert_true(cnn_geometry_of(&model, &geometry));
    assert_int_equal(geometry.channels, 1);
}

/* As many numbers are flattened, whatever the picture's size. */
static void an_input_may_be_flat(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_error error;
    uint8_t input[64];
    model.inputs[0].rank = 1;
    model.inputs[0].dim[0] = model.inputs[0].count = 6;
    assert_string_equal(read_text(state, &model, "P2 3 2 255 1 2 3 4 5 6", input, &error), "");
    assert_memory_equal(input, ((const uint8_t[]){1, 2, 3, 4, 5, 6}), 6);
    assert_string_equal(read_text(state, &model, "P3 1 2 255 1 2 3 4 5 6", input, &error), "");
    assert_memory_equal(input, ((const uint8_t[]){1, 2, 3, 4, 5, 6}), 6);
    assert_string_equal(read_text(state, &model, "P3 2 3 255 1 1 1 2 2 2 3 3 3 4 4 4 5 5 5 6 6 6", input, &error),
                        "");
    assert_memory_equal(input, ((const uint8_t[]){1, 2, 3, 4, 5, 6}), 6); /* of a grey picture */
    rt_assert_contains(
        read_text(state, &model, "P2 3 1 255 1 2 3", input, &error),
        "the picture is 3 pixels wide and 1 high, but the input of model fake is 6, which is no picture: "
        "one of as many numbers would be flattened");
}

static void a_missing_file_is_named(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_error error;
    char path[RT_PATH];
    uint8_t input[64];
    assert_false(cnn_image_read(&model, rt_path(state, "nowhere", path), input, &error));
    rt_assert_contains(error.message, "nowhere: No such file");
    rt_pipe(state, "pipe.png");
    assert_false(cnn_image_read(&model, rt_path(state, "pipe.png", path), input, &error));
    rt_assert_contains(error.message, "pipe.png: cannot be read: it is no regular file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_plain_and_raw_pgm),
        cmocka_unit_test(scales_to_255),
        cmocka_unit_test(colour_becomes_grey_where_the_model_is),
        cmocka_unit_test(colour_goes_where_the_model_wants_it),
        cmocka_unit_test(grey_becomes_colour),
        cmocka_unit_test(reads_png),
        cmocka_unit_test(refuses_damaged_png),
        cmocka_unit_test(jpeg_and_bmp_are_read_as_pil_reads_them),
        cmocka_unit_test(refuses_cmyk_and_damaged_jpeg),
        cmocka_unit_test(bmp_headers_are_not_believed),
        cmocka_unit_test(other_sizes_are_resized),
        cmocka_unit_test(sizes_beyond_reason_are_refused),
        cmocka_unit_test(refuses_damaged_pgm),
        cmocka_unit_test(a_model_may_want_no_picture),
        cmocka_unit_test(an_input_may_be_flat),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
