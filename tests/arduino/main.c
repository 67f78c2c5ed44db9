/* main.c -- predicts once with the library that CMakeLists.txt has built. */
#include <sine.h>

#include <stdio.h>

int main(void)
{
    float x = 1.5f, y;
    sine_predict(&x, &y);
    printf("%.2f\n", (double)y);
    return 0;
}
