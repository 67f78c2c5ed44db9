/* keras.c -- what a file of Keras has, as tables of Lua: of HDF5, or of a zip archive with the HDF5 of its weights in it. */
#include "import/import.h"

#include "../../runtime/file/file.h"

#include <string.h>

/* A member of the archive, in the arena. */
static struct import_bytes read_member(lua_State *lua, const char *path, const char *name)
{
    struct cnn_error error;
    struct cnn_input input;
    struct origin at = {.file = path};
    if (!cnn_zip_open_file(&input, path, name, &error))
        script_fail(lua, at, "%s", error.message);
    int64_t size = input.max;
    if (!import_fits(lua, size)) {
        cnn_input_close(&input);
        (void)arena_alloc(script_of(lua)->arena, (size_t)size); /* which fails, and says what would help */
    }
    unsigned char *data = arena_alloc(script_of(lua)->arena, (size_t)size + 1);
    bool ok = input.read(&input, data, size) == size;
    cnn_input_close(&input);
    if (!ok)
        script_fail(lua, at, "%s", error.message);
    return (struct import_bytes){data, (size_t)size};
}

void keras_push_hdf5(lua_State *lua, const char *path) { hdf5_push(lua, path, import_read(lua, path)); }

/* Says of a sound archive without a configuration that it is something else. */
static void check_is_keras(lua_State *lua, const char *path)
{
    struct cnn_error error;
    struct cnn_input input;
    bool ok = cnn_zip_open_file(&input, path, "config.json", &error);
    cnn_input_close(&input);
    if (!ok && strstr(error.message, ": has no "))
        script_fail(lua, (struct origin){.file = path},
                    "this is a zip archive, and no model of Keras, which has a config.json: save one with "
                    "model.save(\"model.keras\")");
}

void keras_push_archive(lua_State *lua, const char *path)
{
    static const char *const texts[][2] = {{"config.json", "config"}, {"metadata.json", "metadata"}};
    import_allow(lua, path);
    check_is_keras(lua, path);
    hdf5_push(lua, path, read_member(lua, path, "model.weights.h5"));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct import_bytes bytes = read_member(lua, path, texts[i][0]);
        lua_pushlstring(lua, (const char *)bytes.data, bytes.size);
        lua_setfield(lua, -2, texts[i][1]);
    }
}
