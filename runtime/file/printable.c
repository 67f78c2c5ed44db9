/* printable.c -- text of files that nobody vouches for, made fit for a terminal.
 *
 * A name in a file can hold what moves the cursor, changes colours or titles, or turns the order of letters: with
 * it a message could say something else than it does. */
#include "file/file.h"

#include <string.h>

/* Bytes of the character of UTF-8 that begins with these two, 1 when none does. After some the second one's range
 * is narrower (RFC 3629): no character has two encodings, none is a surrogate or beyond U+10FFFF. */
static int sequence_length(unsigned char first, unsigned char second)
{
    int length = first >= 0xC2 && first <= 0xDF   ? 2
                 : first >= 0xE0 && first <= 0xEF ? 3
                 : first >= 0xF0 && first <= 0xF4 ? 4
                                                  : 1;
    unsigned char min = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char max = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    return second >= min && second <= max ? length : 1;
}

/* Bytes of the character that begins there; 1 also for what is none. The NUL at the end is no byte that follows. */
static size_t character_length(const unsigned char *at)
{
    int length = sequence_length(at[0], at[1]);
    for (int i = 2; i < length; i++)
        if (at[i] < 0x80 || at[i] > 0xBF)
            return 1;
    return (size_t)length;
}

/* Control characters, also those of eight bits, and the ones by which text changes its direction. */
static bool steers(const unsigned char *at, size_t length)
{
    if (length == 1)
        return at[0] < 0x20 || (at[0] >= 0x7F && at[0] <= 0x9F);
    if (length == 2)
        return at[0] == 0xC2 && at[1] <= 0x9F; /* U+0080 to U+009F */
    return length == 3 && at[0] == 0xE2 &&
           ((at[1] == 0x80 && at[2] >= 0xAA && at[2] <= 0xAE) || /* U+202A to U+202E */
            (at[1] == 0x81 && at[2] >= 0xA6 && at[2] <= 0xA9));  /* U+2066 to U+2069 */
}

void cnn_make_printable(char *text)
{
    char *out = text;
    for (size_t length; *text; text += length) {
        length = character_length((const unsigned char *)text);
        if (steers((const unsigned char *)text, length)) {
            *out++ = '?';
            continue;
        }
        memmove(out, text, length);
        out += length;
    }
    *out = '\0';
}
