/* bytes.c -- a file as bytes in memory. */
#include "import/import.h"

#include "../../runtime/file/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What a file's numbers become in memory, beside it: messages as they were, arrays, which of halves have twice the bytes, and
 * these once more in a few other orders. */
enum { MEMORY_OF_FILE = 16 };

bool import_fits(lua_State *lua, int64_t bytes)
{
    const struct arena *arena = script_of(lua)->arena;
    return bytes >= 0 && (!arena->limit || (uint64_t)bytes < arena->limit - arena->held);
}

/* The memory of a file with so many bytes. */
static void allow(lua_State *lua, int64_t bytes)
{
    struct arena *arena = script_of(lua)->arena;
    if (arena->limit)
        arena->limit += (size_t)bytes * MEMORY_OF_FILE;
}

void import_allow(lua_State *lua, const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && status.st_size > 0)
        allow(lua, status.st_size);
}

static FILE *open_file(lua_State *lua, const char *path, int64_t *bytes)
{
    struct cnn_error error;
    FILE *file = cnn_file_stream(path, bytes, &error);
    if (!file)
        script_fail(lua, (struct origin){.file = path}, "%s", error.message);
    diag_reads(script_of(lua)->diag, path);
    return file;
}

struct import_bytes import_read(lua_State *lua, const char *path)
{
    int64_t bytes;
    FILE *file = open_file(lua, path, &bytes);
    allow(lua, bytes);
    unsigned char *data = arena_alloc(script_of(lua)->arena, (size_t)bytes + 1);
    size_t size = fread(data, 1, (size_t)bytes, file);
    (void)fclose(file); /* only read */
    if (size != (size_t)bytes)
        script_fail(lua, (struct origin){.file = path}, "cannot be read to its end");
    if (size == 0)
        script_fail(lua, (struct origin){.file = path}, "the file is empty");
    return (struct import_bytes){data, size};
}

const char *import_beside(lua_State *lua, const char *path, const char *name, const char **why)
{
    const char *slash = strrchr(path, '/');
    struct stat status;
    *why = "is not beside the model: data elsewhere are not read";
    if (!name || !*name || strchr(name, '/') || name[0] == '.')
        return NULL;
    const char *beside =
        arena_printf(script_of(lua)->arena, "%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, name);
    bool is_there = lstat(beside, &status) == 0;
    *why = is_there ? "is no plain file: links are not followed" : "is not there, beside the model";
    if (!is_there || !S_ISREG(status.st_mode))
        return NULL;
    *why = NULL;
    return beside;
}

bool import_has(const char *path, int64_t bytes)
{
    struct stat status;
    return stat(path, &status) == 0 && status.st_size >= bytes;
}

/* How many bytes of the file were read, with so many more: as tensors do not overlap, it has as many. */
static int64_t bytes_read(lua_State *lua, const char *path, int64_t more)
{
    static const char key = 0;
    if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &key) != LUA_TTABLE) {
        lua_newtable(lua);
        lua_pushvalue(lua, -1);
        lua_rawsetp(lua, LUA_REGISTRYINDEX, &key);
        lua_replace(lua, -2);
    }
    lua_getfield(lua, -1, path);
    int64_t bytes = lua_tointeger(lua, -1) + more;
    lua_pushinteger(lua, bytes);
    lua_setfield(lua, -3, path);
    lua_pop(lua, 2);
    return bytes;
}

unsigned char *import_read_part(lua_State *lua, const char *path, int64_t offset, int64_t length)
{
    int64_t bytes;
    FILE *file = open_file(lua, path, &bytes);
    bool fits = offset <= bytes && length <= bytes - offset && bytes_read(lua, path, length) <= bytes &&
                fseek(file, (long)offset, SEEK_SET) == 0;
    if (fits)
        allow(lua, length);
    unsigned char *data = fits ? arena_alloc(script_of(lua)->arena, (size_t)length + 1) : NULL;
    fits = fits && fread(data, 1, (size_t)length, file) == (size_t)length;
    (void)fclose(file); /* only read */
    if (!fits)
        script_fail(lua, (struct origin){.file = path}, "is shorter than the model says");
    return data;
}
