/* embed.c -- a tool of the build: puts the Lua and template files into the binary.
 *
 *   embed OUT.c FILE...
 *
 * writes a C file that defines embedded_find() (base.h). A file is found by its path below templates/ or
 * compiler/. The output depends on nothing but the arguments and the files' bytes. */
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

/* Writes one file as `file_NUMBER`, with a NUL behind that is not counted. */
static bool write_file(FILE *out, int number, const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        return false;
    fprintf(out, "/* %s */\nstatic const unsigned char file_%d[] = {", path, number);
    int byte;
    for (long count = 0; (byte = getc(in)) != EOF; count++)
        fprintf(out, "%s%d,", count % 24 == 0 ? "\n" : "", byte);
    fputs("0};\n\n", out);
    bool read_all = !ferror(in);
    return fclose(in) == 0 && read_all;
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
