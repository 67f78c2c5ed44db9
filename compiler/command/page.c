/* page.c -- text for a terminal: what --help prints. */
#include "command/command.h"

#include <string.h>

enum { WIDTH = 116 };

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
