/* classify.c -- reads digits: classify IMAGE.pgm...
 *
 * All it knows of the network is digits.h. Nothing is loaded or allocated at run time: the weights are constants in
 * digits.c, and so is the size of every buffer. */
#include "digits.h"
#include "pgm.h"

#include <stdio.h>

enum { ROWS = 28, COLUMNS = 28 };
_Static_assert(ROWS *COLUMNS == DIGITS_INPUT_COUNT, "digits.c was made from a network with another input");

static int index_of_largest(const float *values, int count)
{
    int largest = 0;
    for (int i = 1; i < count; i++)
        if (values[i] > values[largest])
            largest = i;
    return largest;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s IMAGE.pgm...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        float image[DIGITS_INPUT_COUNT], probabilities[DIGITS_OUTPUT_COUNT];
        const char *error = pgm_read(argv[i], ROWS, COLUMNS, image);
        if (error) {
            fprintf(stderr, "%s: %s\n", argv[i], error);
            return 1;
        }
        digits_predict(image, probabilities);
        int digit = index_of_largest(probabilities, DIGITS_OUTPUT_COUNT);
        printf("%s: %d (%.1f %%)\n", argv[i], digit, 100 * (double)probabilities[digit]);
    }
    return 0;
}
