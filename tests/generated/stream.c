/* stream.c -- a stateful network that gets a stream step by step predicts what the whole sequence gives, for two streams in
 * turns; without a state it begins anew in every call. */
#include "net.h"
#include "whole.h"

#include <math.h>
#include <stdio.h>

enum { STEPS = 6, FEATURES = 3, OUTPUTS = 2 };

static float parameters[NET_PARAMETER_COUNT], x[2][STEPS * FEATURES], whole[2][STEPS * OUTPUTS];

static void fill(void)
{
    for (int i = 0; i < NET_PARAMETER_COUNT; i++)
        parameters[i] = (float)(i * 7919 % 1000) / 1000.0f - 0.5f;
    for (int i = 0; i < 2 * STEPS * FEATURES; i++)
        x[i / (STEPS * FEATURES)][i % (STEPS * FEATURES)] = (float)(i % 5) - 2;
}

/* The largest difference of a step's outputs from what the whole sequence gave; floats are added in another order. */
static double difference(const float *y, const float *expected)
{
    double largest = 0;
    for (int i = 0; i < OUTPUTS; i++)
        largest = fmax(largest, fabs((double)(y[i] - expected[i])));
    return largest;
}

int main(void)
{
    static float state[2][NET_STATE_FLOATS];
    float y[OUTPUTS];
    double largest = 0;
    fill();
    net_set_parameters(parameters);
    whole_set_parameters(parameters);
    for (int stream = 0; stream < 2; stream++) {
        whole_predict(x[stream], whole[stream]);
        net_predict_step(state[stream], x[stream], y); /* is forgotten */
        net_reset(state[stream]);
    }
    for (int t = 0; t < STEPS; t++)
        for (int stream = 0; stream < 2; stream++) {
            net_predict_step(state[stream], x[stream] + t * FEATURES, y);
            largest = fmax(largest, difference(y, whole[stream] + t * OUTPUTS));
            net_predict(x[stream], y);
            largest = fmax(largest, difference(y, whole[stream]));
        }
    printf("%s a stream of steps gives what the whole sequence gives\n", largest < 1e-6 ? "ok" : "not ok");
    return largest < 1e-6 ? 0 : 1;
}
