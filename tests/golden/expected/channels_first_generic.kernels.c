/* conv2d (line 4): 3x8x8 -> permute -> 8x8x3 */
KERNEL static void conv2d_one(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 8; i++) {
        for (int j = 0; j < 8; j++) {
            for (int k = 0; k < 3; k++) {
                memcpy(y, x + i * 8 + j + k * 64, sizeof *y);
                y++;
            }
        }
    }
}

/* conv2d (line 4): 8x8x3 -> conv2d, add, max_pool2d, relu -> 3x3x4; tile 2 columns x 2 filters */
KERNEL static void conv2d_conv2d_one(const float *restrict x, const float *restrict kernel,
                                     const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 3; oy++) {
        for (int f = 0; f < 4; f += 2) {
            const float *restrict wf = kernel + f;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            for (int ox = 0; ox < 6; ox += 2) {
                vec a0_0_0 = b0, a0_0_1 = b1, a0_1_0 = b0, a0_1_1 = b1, a1_0_0 = b0, a1_0_1 = b1;
                vec a1_1_0 = b0, a1_1_1 = b1;
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy * 2 + i;
                    const int iy1 = oy * 2 + 1 + i;
                    const float *restrict x0 = x + (iy0 * 8 + ox) * 3;
                    const float *restrict x1 = x + (iy1 * 8 + ox) * 3;
                    const float *restrict w = wf + i * 36;
                    for (int c = 0; c < 3; c++, x0++, x1++, w += 4) {
                        {
                            const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                            { const vec v = vload(x0); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                            { const vec v = vload(x0 + 3); a0_1_0 = vfma(v, w0, a0_1_0);
                              a0_1_1 = vfma(v, w1, a0_1_1); }
                            { const vec v = vload(x1); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                            { const vec v = vload(x1 + 3); a1_1_0 = vfma(v, w0, a1_1_0);
                              a1_1_1 = vfma(v, w1, a1_1_1); }
                        }
                        {
                            const vec w0 = vset1(w[12]), w1 = vset1(w[13]);
                            { const vec v = vload(x0 + 3); a0_0_0 = vfma(v, w0, a0_0_0);
                              a0_0_1 = vfma(v, w1, a0_0_1); }
                            { const vec v = vload(x0 + 6); a0_1_0 = vfma(v, w0, a0_1_0);
                              a0_1_1 = vfma(v, w1, a0_1_1); }
                            { const vec v = vload(x1 + 3); a1_0_0 = vfma(v, w0, a1_0_0);
                              a1_0_1 = vfma(v, w1, a1_0_1); }
                            { const vec v = vload(x1 + 6); a1_1_0 = vfma(v, w0, a1_1_0);
                              a1_1_1 = vfma(v, w1, a1_1_1); }
                        }
                        {
                            const vec w0 = vset1(w[24]), w1 = vset1(w[25]);
                            { const vec v = vload(x0 + 6); a0_0_0 = vfma(v, w0, a0_0_0);
                              a0_0_1 = vfma(v, w1, a0_0_1); }
                            { const vec v = vload(x0 + 9); a0_1_0 = vfma(v, w0, a0_1_0);
                              a0_1_1 = vfma(v, w1, a0_1_1); }
                            { const vec v = vload(x1 + 6); a1_0_0 = vfma(v, w0, a1_0_0);
                              a1_0_1 = vfma(v, w1, a1_0_1); }
                            { const vec v = vload(x1 + 9); a1_1_0 = vfma(v, w0, a1_1_0);
                              a1_1_1 = vfma(v, w1, a1_1_1); }
                        }
                    }
                }
                float *restrict to = y + (oy * 3 + ox / 2) * 4 + f;
                {
                    vec max = a0_0_0;
                    max = vmax(a0_1_0, max);
                    max = vmax(a1_0_0, max);
                    max = vmax(a1_1_0, max);
                    vstore(to, vmax(vzero(), max));
                }
                {
                    vec max = a0_0_1;
                    max = vmax(a0_1_1, max);
                    max = vmax(a1_0_1, max);
                    max = vmax(a1_1_1, max);
                    vstore(to + 1, vmax(vzero(), max));
                }
            }
        }
    }
}
