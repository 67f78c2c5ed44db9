/* json.c -- just enough JSON (RFC 8259) for the header of a safetensors file. */
#include "file/file.h"

#include <string.h>

enum { MAX_DEPTH = 64 };

static void skip_blanks(struct cnn_json *json)
{
    while (json->at < json->end && strchr(" \t\r\n", *json->at) && *json->at)
        json->at++;
}

bool cnn_json_next_is(struct cnn_json *json, char c)
{
    skip_blanks(json);
    return json->at < json->end && *json->at == c;
}

bool cnn_json_take(struct cnn_json *json, char c)
{
    if (!cnn_json_next_is(json, c))
        return false;
    json->at++;
    return true;
}

bool cnn_json_at_end(struct cnn_json *json)
{
    skip_blanks(json);
    return json->at == json->end;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four hexadecimal digits; -1 when they are not there. */
static long hex_word(struct cnn_json *json)
{
    long value = 0;
    if (json->end - json->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(*json->at++);
        if (digit < 0)
            return -1;
        value = 16 * value + digit;
    }
    return value;
}

/* What follows "\u": a code point, from a surrogate pair where it begins one. -1: malformed. */
static long code_point(struct cnn_json *json)
{
    long first = hex_word(json);
    if (first < 0xD800 || first > 0xDFFF)
        return first;
    if (first > 0xDBFF || json->end - json->at < 2 || json->at[0] != '\\' || json->at[1] != 'u')
        return -1;
    json->at += 2;
    long second = hex_word(json);
    if (second < 0xDC00 || second > 0xDFFF)
        return -1;
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

static int encode_utf8(long point, char out[4])
{
    int more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
    for (int i = more; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3F));
    out[0] = (char)(lead[more] | point);
    return more + 1;
}

/* Takes one character of a string, which may be an escape, as up to four bytes. 0: malformed. */
static int take_character(struct cnn_json *json, char out[4])
{
    out[0] = *json->at++;
    if ((unsigned char)out[0] < 0x20)
        return 0;
    if (out[0] != '\\')
        return 1;
    if (json->at == json->end)
        return 0;
    char escape = *json->at++;
    if (escape == 'u') {
        long point = code_point(json);
        return point > 0 ? encode_utf8(point, out) : 0;
    }
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *name = escape ? strchr(names, escape) : NULL;
    if (!name)
        return 0;
    out[0] = values[name - names];
    return 1;
}

/* `out` NULL: only moves past the string. */
static bool take_string(struct cnn_json *json, char *out, size_t size)
{
    size_t length = 0;
    if (!cnn_json_take(json, '"'))
        return false;
    while (json->at < json->end) {
        if (*json->at == '"') {
            json->at++;
            if (out)
                out[length] = '\0';
            return true;
        }
        char bytes[4];
        int count = take_character(json, bytes);
        if (count == 0 || (out && length + (size_t)count >= size))
            return false;
        if (out)
            memcpy(out + length, bytes, (size_t)count);
        length += (size_t)count;
    }
    return false;
}

bool cnn_json_string(struct cnn_json *json, char *out, size_t size)
{
    return size > 0 && take_string(json, out, size);
}

bool cnn_json_count(struct cnn_json *json, int64_t *value)
{
    skip_blanks(json);
    const char *start = json->at;
    *value = 0;
    for (; json->at < json->end && *json->at >= '0' && *json->at <= '9'; json->at++) {
        int digit = *json->at - '0';
        if (*value > (INT64_MAX - digit) / 10)
            return false;
        *value = 10 * *value + digit;
    }
    return json->at > start;
}

static bool skip_value(struct cnn_json *json, int depth);

/* Members of an object or elements of an array, up to and with `close`. */
/* NOLINTNEXTLINE(misc-no-recursion): MAX_DEPTH levels deep at most. */
static bool skip_members(struct cnn_json *json, char close, int depth)
{
    if (cnn_json_take(json, close))
        return true;
    do {
        if (close == '}' && !(take_string(json, NULL, 0) && cnn_json_take(json, ':')))
            return false;
        if (!skip_value(json, depth))
            return false;
    } while (cnn_json_take(json, ','));
    return cnn_json_take(json, close);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep. */
static bool skip_value(struct cnn_json *json, int depth)
{
    if (depth > MAX_DEPTH)
        return false;
    if (cnn_json_next_is(json, '"'))
        return take_string(json, NULL, 0);
    if (cnn_json_take(json, '{'))
        return skip_members(json, '}', depth + 1);
    if (cnn_json_take(json, '['))
        return skip_members(json, ']', depth + 1);
    const char *start = json->at; /* a number, true, false or null */
    while (json->at < json->end && *json->at && strchr("+-.0123456789Eabceflnrstu", *json->at))
        json->at++;
    return json->at > start;
}

bool cnn_json_skip(struct cnn_json *json) { return skip_value(json, 0); }

void cnn_json_write(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putc('\\', out);
        if ((unsigned char)*text < 0x20)
            fprintf(out, "\\u%04x", (unsigned)*text);
        else
            putc(*text, out);
    }
    putc('"', out);
}
