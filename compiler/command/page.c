/* page.c -- text for a terminal: lines of --help, and what is wrong with a command line. */
#include "command/command.h"

#include <string.h>

enum { WIDTH = 116 };

int usage_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("cnnc: ", stderr);
    vfprintf(stderr, format, args);
    fputs("\nTry `cnnc --help`.\n", stderr);
    va_end(args);
    return STATUS_USAGE;
}

void print_wrapped(const char *text, int indent, int column, FILE *out)
{
    bool begins = true; /* a line */
    while (*text) {
        int word = (int)strcspn(text, " ");
        if (!begins && column + 1 + word > WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
            begins = true;
        }
        column += fprintf(out, "%s%.*s", begins ? "" : " ", word, text);
        begins = false;
        text += word;
        text += strspn(text, " ");
    }
    putc('\n', out);
}
