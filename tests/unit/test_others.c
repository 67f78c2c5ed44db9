/* compiler/import/others.c: files of other kinds, which are told by their first bytes and named with what to do. */
#include "import/import.h"
#include "script_support.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_refused(struct script_fixture *fixture, const char *path, const char *message)
{
    const struct import_options options = {.path = path, .limits = fixture->limits, .shapes = &fixture->shapes};
    fixture->diag = (struct diag){.arena = &fixture->arena};
    assert_null(import_run(&fixture->arena, &fixture->diag, &options));
    if (!strstr(fixture->diag.message, message))
        fail_msg("%s: '%s', not '%s'", path, fixture->diag.message, message);
    assert_string_equal(fixture->diag.at.file, path);
    assert_int_equal(fixture->diag.at.line, 0);
}

/* The heads of files are enough. */
static void says_what_other_files_are(void **state)
{
    static const char zip[30] = "PK\3\4\0\0\x8\x8\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xa";
    struct script_fixture *fixture = *state;
    static const char *const empty[] = {"a.onnx", "a.h5", "a.keras"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        assert_refused(fixture, script_write(fixture, empty[i], ""), "the file is empty");
    const char *path = script_write(fixture, "old.pth", "\x80\2\x8a\nl\xfc");
    assert_true(import_reads(path));
    assert_refused(fixture, path, "as torch.save writes it");
    path = script_write(fixture, "new.pt", "");
    FILE *file = fopen(path, "wb");
    fwrite(zip, 1, sizeof zip, file);
    fputs("w/data.pklFB", file);
    fclose(file);
    assert_refused(fixture, path, "as torch.save writes it");
    static const struct {
        const char *name, *bytes, *message;
        size_t n;
    } others[] = {{"a.bin", "\x1c\0\0\0TFL3", "TensorFlow Lite, which is not read; take the Keras model", 8},
                  {"b.bin", "\x10\0\0\0\0\0\0\0{\"a\":0}", "these are weights alone", 16},
                  {"c.npy", "\x93NUMPY\1", "this is an array", 7},
                  {"d.onnx.gz", "\x1f\x8b\x8", "gunzip makes it what it was", 3},
                  {"e.json", " {}", "this is JSON", 3}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const char *other = script_write(fixture, others[i].name, "");
        file = fopen(other, "wb");
        fwrite(others[i].bytes, 1, others[i].n, file);
        fclose(file);
        assert_true(import_reads(other));
        assert_refused(fixture, other, others[i].message);
    }
    const char *folder = arena_printf(&fixture->arena, "%s/saved", fixture->folder);
    assert_int_equal(mkdir(folder, 0777), 0);
    assert_false(import_reads(folder));
    const char *graph = script_write(fixture, "saved/saved_model.pb", "\x8\1");
    assert_refused(fixture, folder, "this is a SavedModel of TensorFlow");
    assert_true(unlink(graph) == 0 && rmdir(folder) == 0);
    struct import_weights weights = {.path = path};
    fixture->diag = (struct diag){.arena = &fixture->arena};
    assert_false(import_list_weights(&fixture->arena, &fixture->diag, fixture->limits, &weights));
    assert_non_null(strstr(fixture->diag.message, "safetensors.torch.save_file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(says_what_other_files_are, script_fixture_open, script_fixture_close)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
