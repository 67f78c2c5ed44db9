/* predict.c -- prints the bits of what a network with embedded weights says of some inputs, which are the same on every
 * machine. The network is called net. */
#include "net.h"

#include <stdint.h>
#include <stdio.h>

enum { SAMPLES = 5 }; /* more than a block has on some targets, and no whole number of blocks */

static void print(const float *outputs, int count)
{
    for (int i = 0; i < count; i++)
        printf("%a\n", (double)outputs[i]);
}

int main(void)
{
    static float input[SAMPLES * NET_INPUT_COUNT], output[SAMPLES * NET_OUTPUT_COUNT];
    uint32_t state = 1;
    for (int i = 0; i < SAMPLES * NET_INPUT_COUNT; i++) {
        state = state * 1664525 + 1013904223; /* Knuth's linear congruential generator */
        input[i] = (float)(int32_t)(state >> 8) * 0x1p-23f - 1;
    }
    for (int i = 0; i < SAMPLES; i++) {
        net_predict(input + i * NET_INPUT_COUNT, output);
        print(output, NET_OUTPUT_COUNT);
    }
    net_predict_many(input, output, SAMPLES);
    print(output, SAMPLES * NET_OUTPUT_COUNT);
    return 0;
}
