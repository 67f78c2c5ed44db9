/* embed.c -- a tool of the build: puts the Lua and template files into the binary.
 *
 *   embed OUT.c FILE...
 *
 * writes a C file that defines embedded_find() (base.h). A file is found by its path below templates/ or
 * compiler/. Lua is compiled here: for cnnc to do so whenever it starts takes longer than all else that it does for a small
 * network. The output depends on nothing but the arguments, the files' bytes and the version of Lua. */
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The path without the folder that all files of its kind are in. */
static const char *embedded_name(const char *path)
{
    static const char *const folders[] = {"templates/", "compiler/"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        const char *found = strstr(path, folders[i]);
        if (found)
            return found + strlen(folders[i]);
    }
    return path;
}

/* The caller frees it, and begins with a length of 0. NULL: it cannot be read. */
static char *read_whole(const char *path, size_t *length)
{
    enum { MORE = 1 << 16 };
    FILE *in = fopen(path, "rb");
    char *text = NULL;
    for (bool ended = !in; !ended;) {
        char *longer = realloc(text, *length + MORE);
        if (!longer)
            break;
        text = longer;
        size_t count = fread(text + *length, 1, MORE, in);
        *length += count;
        ended = count < MORE;
    }
    bool ok = in && !ferror(in) && feof(in);
    if (in && fclose(in) == 0 && ok)
        return text;
    free(text);
    return NULL;
}

struct writer {
    FILE *out;
    long count; /* of the bytes so far */
};

static void write_byte(struct writer *writer, unsigned char byte)
{
    fprintf(writer->out, "%s%d,", writer->count++ % 24 == 0 ? "\n" : "", byte);
}

/* A lua_Writer. */
static int write_chunk(lua_State *lua, const void *bytes, size_t count, void *data)
{
    (void)lua;
    for (size_t i = 0; i < count; i++)
        write_byte(data, ((const unsigned char *)bytes)[i]);
    return 0;
}

static bool write_bytes_of(struct writer *writer, const char *path)
{
    size_t length = 0;
    char *text = read_whole(path, &length);
    if (text)
        write_chunk(NULL, text, length, writer);
    free(text);
    return text != NULL;
}

/* With the numbers of its lines. What serves a user's script, or model, bears its name only, so that a message's line is the
 * script's, or none (script/state.c). */
static bool write_lua(struct writer *writer, const char *path)
{
    static const char *const of_scripts[] = {"script/", "command/"};
    char name[500];
    snprintf(name, sizeof name, "@compiler/%s", embedded_name(path));
    for (size_t i = 0; i < sizeof of_scripts / sizeof *of_scripts; i++)
        if (strncmp(embedded_name(path), of_scripts[i], strlen(of_scripts[i])) == 0)
            snprintf(name, sizeof name, "=%s", embedded_name(path) + strlen(of_scripts[i]));
    if (strncmp(embedded_name(path), "import/", strlen("import/")) == 0)
        snprintf(name, sizeof name, "@\1%s", embedded_name(path));
    lua_State *lua = luaL_newstate();
    size_t length = 0;
    char *text = lua ? read_whole(path, &length) : NULL;
    bool ok = text && luaL_loadbufferx(lua, text, length, name, "t") == LUA_OK;
    if (text && !ok)
        fprintf(stderr, "embed: %s\n", lua_tostring(lua, -1));
    ok = ok && lua_dump(lua, write_chunk, writer, 0) == 0;
    free(text);
    if (lua)
        lua_close(lua);
    return ok;
}

/* Writes one file as `file_NUMBER`, with a NUL behind that is not counted. */
static bool write_file(FILE *out, int number, const char *path)
{
    struct writer writer = {.out = out};
    const char *end = strrchr(path, '.');
    fprintf(out, "/* %s */\nstatic const unsigned char file_%d[] = {", path, number);
    bool ok = end && strcmp(end, ".lua") == 0 ? write_lua(&writer, path) : write_bytes_of(&writer, path);
    fputs("0};\n\n", out);
    return ok;
}

static void write_lookup(FILE *out, int count, char **paths)
{
    fputs("static const struct {\n    const char *name;\n    const unsigned char *text;\n"
          "    size_t length;\n} files[] = {\n",
          out);
    for (int i = 0; i < count; i++)
        fprintf(out, "    {\"%s\", file_%d, sizeof file_%d - 1},\n", embedded_name(paths[i]), i, i);
    fputs("};\n\nconst char *embedded_find(const char *name, size_t *length)\n{\n"
          "    for (size_t i = 0; i < sizeof files / sizeof *files; i++)\n"
          "        if (strcmp(files[i].name, name) == 0) {\n"
          "            *length = files[i].length;\n"
          "            return (const char *)files[i].text;\n"
          "        }\n"
          "    return NULL;\n}\n",
          out);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: embed OUT.c FILE...\n", stderr);
        return 2;
    }
    FILE *out = fopen(argv[1], "w");
    bool ok = out != NULL;
    const char *failed = argv[1];
    if (out) {
        fputs("/* Written by compiler/base/embed.c from the files named below. */\n"
              "#include \"base/base.h\"\n\n#include <string.h>\n\n",
              out);
        for (int i = 2; i < argc && ok; i++) {
            failed = argv[i];
            ok = write_file(out, i - 2, failed);
        }
        write_lookup(out, argc - 2, argv + 2);
        bool written = !ferror(out);
        if ((fclose(out) != 0 || !written) && ok) {
            failed = argv[1];
            ok = false;
        }
    }
    if (ok)
        return 0;
    fprintf(stderr, "embed: ");
    perror(failed);
    (void)remove(argv[1]);
    return 1;
}
