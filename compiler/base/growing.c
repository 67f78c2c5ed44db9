/* growing.c -- a text that grows in an arena as it is written, so that nothing is to be freed when memory is short. */
#include "base/base.h"

#include <string.h>

void write_bytes(struct growing *to, const char *bytes, size_t length)
{
    enum { FIRST = 1024 };
    if (to->length + length + 1 > to->room) {
        size_t room = to->room ? to->room : FIRST;
        while (room < to->length + length + 1)
            room *= 2;
        char *text = arena_alloc(to->arena, room);
        if (to->length > 0)
            memcpy(text, to->text, to->length);
        to->text = text;
        to->room = room;
    }
    memcpy(to->text + to->length, bytes, length);
    to->length += length;
    to->text[to->length] = '\0';
}

void write_text(struct growing *to, const char *text) { write_bytes(to, text, strlen(text)); }

void write_format(struct growing *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_text(to, arena_vprintf(to->arena, format, args));
    va_end(args);
}
