/* picture.c -- draws a small grey picture in a terminal. */
#include "cnnrt.h"

enum { MAX_COLUMNS = 78 };

struct drawing {
    int64_t rows, columns;
    const float *grey;
    int64_t shrink; /* pixels of the picture along one side of a drawn pixel */
};

/* Mean of a rectangle of drawn pixels, 0 outside the picture. */
static float level(const struct drawing *drawing, int64_t row, int64_t column, int64_t height)
{
    float sum = 0;
    int64_t counted = 0;
    for (int64_t r = row * drawing->shrink; r < (row + height) * drawing->shrink && r < drawing->rows; r++)
        for (int64_t c = column * drawing->shrink; c < (column + 1) * drawing->shrink && c < drawing->columns;
             c++) {
            sum += drawing->grey[r * drawing->columns + c];
            counted++;
        }
    float mean = counted ? sum / (float)counted : 0;
    return mean > 0 ? mean < 1 ? mean : 1 : 0;
}

/* Two rows a line: a character is about twice as high as it is wide. */
static void print_ascii(const struct drawing *drawing, int64_t row, int64_t columns, FILE *out)
{
    static const char ramp[] = " .:-=+*#%@";
    for (int64_t c = 0; c < columns; c++)
        putc(ramp[(int)(level(drawing, row, c, 2) * 9 + 0.5f)], out);
}

static int grey_colour(float grey)
{
    return 232 + (int)(grey * 23 + 0.5f); /* the 24 greys at the end of the 256 colours */
}

static void print_blocks(const struct drawing *drawing, int64_t row, int64_t columns, FILE *out)
{
    for (int64_t c = 0; c < columns; c++)
        fprintf(out, "\033[38;5;%d;48;5;%dm\xe2\x96\x80", grey_colour(level(drawing, row, c, 1)),
                grey_colour(level(drawing, row + 1, c, 1)));
    fputs("\033[0m", out);
}

void cnn_picture_print(int64_t rows, int64_t columns, const float *grey, enum cnn_picture style, FILE *out)
{
    struct drawing drawing = {rows, columns, grey, (columns + MAX_COLUMNS - 1) / MAX_COLUMNS};
    if (drawing.shrink < 1)
        return;
    int64_t lines = (rows + 2 * drawing.shrink - 1) / (2 * drawing.shrink);
    for (int64_t line = 0; line < lines; line++) {
        int64_t drawn = (columns + drawing.shrink - 1) / drawing.shrink;
        fputs("  ", out);
        if (style == CNN_PICTURE_BLOCKS)
            print_blocks(&drawing, 2 * line, drawn, out);
        else
            print_ascii(&drawing, 2 * line, drawn, out);
        putc('\n', out);
    }
}
