/* weights.c -- saves parameters of a network that has not been trained: fresh ones, each moved a little, so that none is 0
 * or 1 by convention and variances stay positive. */
#include "net.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    static float parameters[NET_PARAMETER_COUNT];
    struct cnn_error error = {"usage: weights FILE"};
    uint32_t state = 1;
    bool ok = argc == 2 && cnn_initialise(&net_model, 1, parameters, &error);
    for (int i = 0; i < NET_PARAMETER_COUNT; i++) {
        state = state * 1664525 + 1013904223;
        parameters[i] += (float)(state >> 8) * 0x1p-26f; /* up to 1/4 */
    }
    if (ok && cnn_weights_save(&net_model, argv[1], parameters, &error))
        return EXIT_SUCCESS;
    fprintf(stderr, "%s\n", error.message);
    return EXIT_FAILURE;
}
