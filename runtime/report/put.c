/* put.c -- JSON as an HTML file can hold it. */
#include "report/report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void put(struct cnn_put *json, const char *text) { cnn_file_write(json->file, text, strlen(text)); }

/* In a script nothing may look like its end, or like the beginning of a comment. */
static void put_string(struct cnn_put *json, const char *text)
{
    char escape[8];
    put(json, "\"");
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte >= 0x20 && byte != 0x7f && !strchr("\"\\<>&", byte)) {
            cnn_file_write(json->file, text, 1);
            continue;
        }
        snprintf(escape, sizeof escape, "\\u%04x", byte);
        put(json, escape);
    }
    put(json, "\"");
}

static void begin(struct cnn_put *json, const char *key)
{
    if (json->follows)
        put(json, ",");
    if (key) {
        put(json, "\n");
        put_string(json, key);
        put(json, ":");
    }
    json->follows = true;
}

void cnn_put_open(struct cnn_put *json, const char *key, char bracket)
{
    begin(json, key);
    cnn_file_write(json->file, &bracket, 1);
    json->follows = false;
}

void cnn_put_close(struct cnn_put *json, char bracket)
{
    cnn_file_write(json->file, &bracket, 1);
    json->follows = true;
}

void cnn_put_text(struct cnn_put *json, const char *key, const char *text)
{
    begin(json, key);
    if (text)
        put_string(json, text);
    else
        put(json, "null");
}

void cnn_put_number(struct cnn_put *json, const char *key, double number)
{
    char text[40];
    begin(json, key);
    snprintf(text, sizeof text, "%.6g", number);
    put(json, isfinite(number) ? text : "null");
}

void cnn_put_integer(struct cnn_put *json, const char *key, int64_t number)
{
    char text[24];
    begin(json, key);
    snprintf(text, sizeof text, "%" PRId64, number);
    put(json, text);
}

void cnn_put_bool(struct cnn_put *json, const char *key, bool value)
{
    begin(json, key);
    put(json, value ? "true" : "false");
}

void cnn_put_integers(struct cnn_put *json, const char *key, const int64_t *numbers, int64_t count)
{
    cnn_put_open(json, key, '[');
    for (int64_t i = 0; i < count; i++)
        cnn_put_integer(json, NULL, numbers[i]);
    cnn_put_close(json, ']');
}

void cnn_put_bytes(struct cnn_put *json, const char *key, const uint8_t *bytes, int64_t count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    begin(json, key);
    put(json, "\"");
    for (int64_t i = 0; i < count; i += 3) {
        int have = count - i < 3 ? (int)(count - i) : 3;
        uint32_t word =
            (uint32_t)bytes[i] << 16 | (have > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) | (have > 2 ? bytes[i + 2] : 0);
        char four[4];
        for (int j = 0; j < 4; j++)
            four[j] = j > have ? '=' : digits[word >> (18 - 6 * j) & 63];
        cnn_file_write(json->file, four, sizeof four);
    }
    put(json, "\"");
}
