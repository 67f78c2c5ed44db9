/* diag.c -- errors as values, and how they look on a terminal. */
#include "cnnc.h"

#include <string.h>

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

/* ---- printing ---- */

/* Reads line `number` without its end; tabs become spaces, so that the carets stand below it. A longer line is
 * cut. False when there is no such line, or it cannot be read. */
static bool read_line(const char *path, int number, char text[LINE_MAX_BYTES + 1])
{
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    int line = 1, byte = getc(file);
    while (line < number && byte != EOF) {
        line += byte == '\n';
        byte = getc(file);
    }
    int length = 0;
    for (; byte != EOF && byte != '\n' && length < LINE_MAX_BYTES; byte = getc(file))
        text[length++] = byte < ' ' || byte == 127 ? ' ' : (char)byte;
    (void)fclose(file); /* only read */
    while (length > 0 && text[length - 1] == ' ')
        length--;
    text[length] = '\0';
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

/* A message may quote the script: what would steer the terminal is replaced. */
static void print_text(const char *text, FILE *out)
{
    for (const char *p = text; *p; p++)
        fputc(((unsigned char)*p < ' ' && *p != '\n') || *p == 127 ? '?' : *p, out);
    fputc('\n', out);
}

static void print_note(int gutter, const char *kind, const char *text, FILE *out)
{
    fprintf(out, "%*s = %s: ", gutter, "", kind);
    print_text(text, out);
}

void diag_print(const struct diag *diag, FILE *out)
{
    if (!diag->failed)
        return;
    const struct origin *at = &diag->at;
    char text[LINE_MAX_BYTES + 1];
    int gutter = at->line > 0 ? snprintf(NULL, 0, "%d", at->line) : 1;
    fputs("error: ", out);
    print_text(diag->message, out);
    if (at->file && at->line > 0)
        fprintf(out, "%*s--> %s:%d\n", gutter, "", at->file, at->line);
    else if (at->file)
        fprintf(out, "%*s--> %s\n", gutter, "", at->file);
    if (at->file && at->line > 0 && read_line(at->file, at->line, text)) {
        fprintf(out, "%*s |\n%d | %s\n%*s | ", gutter, "", at->line, text, gutter, "");
        print_carets(text, out);
    }
    if (diag->trail)
        print_note(gutter, "shapes", diag->trail, out);
    if (diag->hint)
        print_note(gutter, "help", diag->hint, out);
}
