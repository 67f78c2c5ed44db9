/* one.c -- prints what the third network of several.c predicts, alone. */
#include "third.h"

#include <stdio.h>

int main(void)
{
    static float input[THIRD_INPUT_COUNT], output[THIRD_OUTPUT_COUNT];
    for (int i = 0; i < THIRD_INPUT_COUNT; i++)
        input[i] = (float)(i % 2);
    third_predict(input, output);
    for (int i = 0; i < THIRD_OUTPUT_COUNT; i++)
        printf("%a\n", (double)output[i]);
    return 0;
}
