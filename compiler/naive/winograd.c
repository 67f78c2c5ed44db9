/* winograd.c -- twins of the ops of Winograd's convolution: products of its matrices, as the formula has them. */
#include "naive/naive.h"

static const double G[4][3] = {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}};
static const double B[4][4] = {{1, 0, 0, 0}, {0, 1, -1, 1}, {-1, 1, 1, 0}, {0, 0, 0, -1}};
static const double A[4][2] = {{1, 0}, {1, 1}, {1, -1}, {0, -1}};

/* Where number `at` of the 16 of a channel and filter is in the panels of the transformed kernel. */
static int64_t place(const struct shape *panels, int64_t at, int64_t channel, int64_t filter)
{
    int64_t panel = panels->dim[2], channels = panels->dim[1] / 16;
    return ((filter / panel * 16 + at) * channels + channel) * panel + filter % panel;
}

void naive_winograd_kernel(const struct naive_call *call)
{
    const int64_t *k = call->node->in[0]->shape.dim;
    bool transposed = naive_bool(call->node, "transposed"), backwards = naive_bool(call->node, "backwards");
    for (int64_t c = 0; c < k[2]; c++)
        for (int64_t f = 0; f < k[3]; f++)
            for (int at = 0; at < 16; at++)
                for (int tap = 0; tap < 9; tap++)
                    call->out[0][place(&call->node->out[0]->shape, at, transposed ? f : c, transposed ? c : f)] +=
                        G[at / 4][tap / 3] * G[at % 4][tap % 3] *
                        call->in[0][((backwards ? 8 - tap : tap) * k[2] + c) * k[3] + f];
}

/* B' d B of the inputs from `row`, `column` on; what lies outside is zero. */
static void transform(const struct naive_call *call, int64_t row, int64_t column, int64_t channel,
                      double result[16])
{
    const struct shape *x = &call->node->in[0]->shape;
    for (int at = 0; at < 16; at++) {
        result[at] = 0;
        for (int i = 0; i < 16; i++) {
            int64_t r = row + i / 4, q = column + i % 4;
            if (r >= 0 && r < x->dim[0] && q >= 0 && q < x->dim[1])
                result[at] +=
                    B[i / 4][at / 4] * B[i % 4][at % 4] * call->in[0][(r * x->dim[1] + q) * x->dim[2] + channel];
        }
    }
}

/* Adds to each filter's 16 sums what a channel gives. */
static void add_products(const struct naive_call *call, int64_t channel, const double inputs[16],
                         double (*sums)[16])
{
    for (int64_t f = 0; f < call->node->out[0]->shape.dim[2]; f++)
        for (int at = 0; at < 16; at++)
            sums[f][at] += inputs[at] * call->in[1][place(&call->node->in[1]->shape, at, channel, f)];
}

static void tile(const struct naive_call *call, int64_t row, int64_t column, double (*sums)[16])
{
    const int64_t *pads = naive_ints(call->node, "pads");
    const struct shape *y = &call->node->out[0]->shape;
    double inputs[16];
    for (int64_t i = 0; i < y->dim[2] * 16; i++)
        sums[i / 16][i % 16] = 0;
    for (int64_t c = 0; c < call->node->in[0]->shape.dim[2]; c++) {
        transform(call, row - pads[0], column - pads[2], c, inputs);
        add_products(call, c, inputs, sums);
    }
    for (int64_t p = row; p < row + 2 && p < y->dim[0]; p++)
        for (int64_t q = column; q < column + 2 && q < y->dim[1]; q++)
            for (int64_t f = 0; f < y->dim[2]; f++)
                for (int at = 0; at < 16; at++)
                    call->out[0][(p * y->dim[1] + q) * y->dim[2] + f] +=
                        A[at / 4][p - row] * A[at % 4][q - column] * sums[f][at];
}

void naive_winograd(const struct naive_call *call)
{
    const struct shape *y = &call->node->out[0]->shape;
    double(*sums)[16] = arena_array(call->arena, y->dim[2], sizeof *sums);
    for (int64_t row = 0; row < y->dim[0]; row += 2)
        for (int64_t column = 0; column < y->dim[1]; column += 2)
            tile(call, row, column, sums);
}
