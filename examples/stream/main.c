/* main.c -- reads values, one a line, and says after each which one will come next. */
#include "stream.h"

#include <math.h>
#include <stdio.h>

int main(void)
{
    float state[STREAM_STATE_FLOATS], value, next = 0;
    double error = 0;
    long count = 0;
    stream_reset(state);
    while (scanf("%f", &value) == 1) {
        if (count > 0)
            error += fabs((double)(value - next));
        stream_predict_step(state, &value, &next);
        printf("%g -> %g\n", (double)value, (double)next);
        count++;
    }
    if (count > 1)
        fprintf(stderr, "%ld values, off by %.3f on average\n", count, error / (double)(count - 1));
    return 0;
}
