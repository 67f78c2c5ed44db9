/* diag.c -- errors and warnings as values, and how they look on a terminal. */
#include "../../runtime/file/file.h"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LINE_MAX_BYTES = 200 };

bool diag_error(struct diag *diag, struct origin at, const char *format, ...)
{
    if (diag->failed)
        return false;
    diag->failed = true;
    diag->at = at;
    va_list args;
    va_start(args, format);
    diag->message = arena_vprintf(diag->arena, format, args);
    va_end(args);
    return false;
}

bool diag_hint(struct diag *diag, const char *format, ...)
{
    if (diag->hint)
        return false;
    va_list args;
    va_start(args, format);
    diag->hint = arena_vprintf(diag->arena, format, args);
    va_end(args);
    return false;
}

void diag_trail(struct diag *diag, const char *trail)
{
    if (!diag->trail)
        diag->trail = trail;
}

static bool warned(const struct diag *diag, const struct warning *warning)
{
    for (int i = 0; i < diag->n_warnings; i++)
        if (diag->warnings[i].at.line == warning->at.line &&
            strcmp(diag->warnings[i].message, warning->message) == 0)
            return true;
    return false;
}

void diag_warn(struct diag *diag, struct warning warning)
{
    if (warned(diag, &warning))
        return;
    diag->warnings = arena_grow(diag->arena, diag->warnings, diag->n_warnings, sizeof *diag->warnings);
    diag->warnings[diag->n_warnings++] = warning;
}

void diag_reads(struct diag *diag, const char *path)
{
    for (int i = 0; i < diag->n_read; i++)
        if (strcmp(diag->read[i], path) == 0)
            return;
    diag->read = arena_grow(diag->arena, diag->read, diag->n_read, sizeof *diag->read);
    diag->read[diag->n_read++] = arena_strdup(diag->arena, path);
}

/* ---- printing ---- */

FILE *open_again(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) ? fopen(path, "r") : NULL;
}

bool source_line(const char *path, int number, char *text, size_t size)
{
    FILE *file = open_again(path);
    if (!file)
        return false;
    int line = 1, byte = getc(file);
    while (line < number && byte != EOF) {
        line += byte == '\n';
        byte = getc(file);
    }
    size_t length = 0;
    for (; byte != EOF && byte != '\n' && length + 1 < size; byte = getc(file))
        text[length++] = byte < ' ' ? ' ' : (char)byte;
    (void)fclose(file); /* only read */
    while (length > 0 && text[length - 1] == ' ')
        length--;
    text[length] = '\0';
    cnn_make_printable(text);
    return length > 0;
}

/* Below the line: carets under all of it but the indentation. A character of several bytes is one caret wide. */
static void print_carets(const char *text, FILE *out)
{
    size_t indent = strspn(text, " ");
    fprintf(out, "%*s", (int)indent, "");
    for (const char *p = text + indent; *p; p++)
        if (((unsigned char)*p & 0xc0) != 0x80)
            fputc('^', out);
    fputc('\n', out);
}

void print_printable(const char *text, size_t length, FILE *out)
{
    char *copy = malloc(length + 1);
    if (!copy) {
        fputs("out of memory", out);
        return;
    }
    for (size_t begin = 0, end; begin <= length; begin = end + 1) {
        for (end = begin; end < length && text[end] != '\n' && text[end] != '\t'; end++)
            copy[end - begin] = text[end] ? text[end] : '?';
        copy[end - begin] = '\0';
        cnn_make_printable(copy);
        fputs(copy, out);
        if (end < length)
            fputc(text[end], out);
    }
    free(copy);
}

/* A message may quote the script. */
static void print_text(const char *text, FILE *out)
{
    print_printable(text, strlen(text), out);
    fputc('\n', out);
}

static void print_note(int gutter, const char *kind, const char *text, FILE *out)
{
    fprintf(out, "%*s = %s: ", gutter, "", kind);
    print_text(text, out);
}

/* Message, place and line; returns the width of what the notes below are indented by. */
static int print_head(const char *kind, const char *message, const struct origin *at, FILE *out)
{
    char text[LINE_MAX_BYTES + 1];
    int gutter = at->line > 0 ? snprintf(NULL, 0, "%d", at->line) : 1;
    fprintf(out, "%s: ", kind);
    print_text(message, out);
    if (at->file) {
        fprintf(out, "%*s--> ", gutter, "");
        print_printable(at->file, strlen(at->file), out);
        if (at->line > 0)
            fprintf(out, ":%d", at->line);
        fputc('\n', out);
    }
    if (at->file && at->line > 0 && source_line(at->file, at->line, text, sizeof text)) {
        fprintf(out, "%*s |\n%d | %s\n%*s | ", gutter, "", at->line, text, gutter, "");
        print_carets(text, out);
    }
    return gutter;
}

void diag_print(struct diag *diag, FILE *out)
{
    for (; diag->n_printed < diag->n_warnings; diag->n_printed++) {
        const struct warning *warning = &diag->warnings[diag->n_printed];
        int gutter = print_head("warning", warning->message, &warning->at, out);
        if (warning->hint)
            print_note(gutter, "help", warning->hint, out);
    }
    if (!diag->failed)
        return;
    int gutter = print_head("error", diag->message, &diag->at, out);
    if (diag->trail)
        print_note(gutter, "shapes", diag->trail, out);
    if (diag->hint)
        print_note(gutter, "help", diag->hint, out);
}
