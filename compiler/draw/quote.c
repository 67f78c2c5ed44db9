/* quote.c -- names in the languages of pictures: a function for each. */
#include "draw/draw.h"

/* What XML cannot hold at all, control characters and bytes that are no UTF-8, becomes U+FFFD. */
void quote_xml(const char *text, struct growing *out)
{
    static const char *const marks[256] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;", ['\\'] = "&#92;"};
    for (const unsigned char *byte = (const unsigned char *)text; *byte;) {
        int length = text_character(byte);
        bool control = *byte < 0x20 || *byte == 0x7f;
        if (marks[*byte])
            write_text(out, marks[*byte]);
        else if (length == 0 || control)
            write_text(out, "\xef\xbf\xbd");
        else
            write_bytes(out, (const char *)byte, (size_t)length);
        byte += length > 0 ? length : 1;
    }
}

/* In such a text only " ends it, and \ begins what Graphviz puts something else in the place of. */
void quote_dot(const char *text, struct growing *out)
{
    write_text(out, "\"");
    for (const unsigned char *byte = (const unsigned char *)text; *byte;) {
        int length = text_character(byte);
        if (*byte == '"' || *byte == '\\')
            write_format(out, "\\%c", *byte);
        else if (length == 0 || *byte < 0x20 || *byte == 0x7f)
            write_text(out, "\xef\xbf\xbd");
        else
            write_bytes(out, (const char *)byte, (size_t)length);
        byte += length > 0 ? length : 1;
    }
    write_text(out, "\"");
}
