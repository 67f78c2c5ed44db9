/* pgm.c -- P5: these letters, then columns, rows and the value of white as decimal numbers, each behind white space,
 * where '#' begins a comment that ends with its line; then one white space, and a byte for each pixel. */
#include "pgm.h"

#include <ctype.h>
#include <stdio.h>

enum { LARGEST_NUMBER = 1 << 20 };

static int skip_space(FILE *file)
{
    int c = fgetc(file);
    while (isspace(c) || c == '#') {
        if (c == '#')
            while (c != '\n' && c != EOF)
                c = fgetc(file);
        c = fgetc(file);
    }
    return c;
}

/* The next number of the header, -1 if there is none. Takes the character behind it too. */
static int read_number(FILE *file)
{
    int c = skip_space(file);
    if (!isdigit(c))
        return -1;
    int number = 0;
    for (; isdigit(c) && number < LARGEST_NUMBER; c = fgetc(file))
        number = 10 * number + (c - '0');
    return number;
}

static const char *read_image(FILE *file, int rows, int columns, float *pixels)
{
    if (fgetc(file) != 'P' || fgetc(file) != '5')
        return "not a binary PGM image (P5)";
    int width = read_number(file), height = read_number(file), white = read_number(file);
    if (width != columns || height != rows)
        return "the image has another size than the network's input";
    if (white < 1 || white > 255)
        return "the image has no pixels of one byte";
    for (int i = 0; i < rows * columns; i++) {
        int value = fgetc(file);
        if (value == EOF)
            return "the image ends too early";
        pixels[i] = (float)value / (float)white;
    }
    return NULL;
}

const char *pgm_read(const char *path, int rows, int columns, float *pixels)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return "cannot open the image";
    const char *error = read_image(file, rows, columns, pixels);
    fclose(file);
    return error;
}
