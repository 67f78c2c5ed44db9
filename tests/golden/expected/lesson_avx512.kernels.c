/* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8; tile 4 filters x 1 vectors */
KERNEL static void conv2d_one(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                              float *restrict y)
{
    float split[1][28][2][18];
    memset(split, 0, sizeof split);
    for (int row = 0; row < 28; row++)
        for (int r = 0; r < 2; r++)
            for (int q = 0; q < 18 && q * 2 + r < 28; q++)
                split[0][row][r][q] = x[(row * 28 + q * 2 + r)];
    for (int oy = 0; oy < 12; oy++) {
        for (int f = 0; f < 8; f += 4) {
            const float *restrict wf = kernel + f / 16 * 400 + f % 16;
            vec a0_0 = vset1(bias[f]), a0_1 = vset1(bias[f + 1]), a0_2 = vset1(bias[f + 2]),
                a0_3 = vset1(bias[f + 3]);
            vec a1_0 = vset1(bias[f]), a1_1 = vset1(bias[f + 1]), a1_2 = vset1(bias[f + 2]),
                a1_3 = vset1(bias[f + 3]);
            vec a2_0 = vset1(bias[f]), a2_1 = vset1(bias[f + 1]), a2_2 = vset1(bias[f + 2]),
                a2_3 = vset1(bias[f + 3]);
            vec a3_0 = vset1(bias[f]), a3_1 = vset1(bias[f + 1]), a3_2 = vset1(bias[f + 2]),
                a3_3 = vset1(bias[f + 3]);
            for (int i = 0; i < 5; i++) {
                const float *restrict w = wf + i * 5 * 16;
                float(*restrict row0)[18] = split[0][oy * 2 + i];
                float(*restrict row1)[18] = split[0][oy * 2 + 1 + i];
                {
                    const vec w0 = vset1(w[0]), w1 = vset1(w[1]), w2 = vset1(w[2]), w3 = vset1(w[3]);
                    { const vec in = vload(&row0[0][0]); a0_0 = vfma(in, w0, a0_0); a0_1 = vfma(in, w1, a0_1);
                      a0_2 = vfma(in, w2, a0_2); a0_3 = vfma(in, w3, a0_3); }
                    { const vec in = vload(&row0[1][0]); a1_0 = vfma(in, w0, a1_0); a1_1 = vfma(in, w1, a1_1);
                      a1_2 = vfma(in, w2, a1_2); a1_3 = vfma(in, w3, a1_3); }
                    { const vec in = vload(&row1[0][0]); a2_0 = vfma(in, w0, a2_0); a2_1 = vfma(in, w1, a2_1);
                      a2_2 = vfma(in, w2, a2_2); a2_3 = vfma(in, w3, a2_3); }
                    { const vec in = vload(&row1[1][0]); a3_0 = vfma(in, w0, a3_0); a3_1 = vfma(in, w1, a3_1);
                      a3_2 = vfma(in, w2, a3_2); a3_3 = vfma(in, w3, a3_3); }
                }
                {
                    const vec w0 = vset1(w[16]), w1 = vset1(w[17]), w2 = vset1(w[18]), w3 = vset1(w[19]);
                    { const vec in = vload(&row0[1][0]); a0_0 = vfma(in, w0, a0_0); a0_1 = vfma(in, w1, a0_1);
                      a0_2 = vfma(in, w2, a0_2); a0_3 = vfma(in, w3, a0_3); }
                    { const vec in = vload(&row0[0][1]); a1_0 = vfma(in, w0, a1_0); a1_1 = vfma(in, w1, a1_1);
                      a1_2 = vfma(in, w2, a1_2); a1_3 = vfma(in, w3, a1_3); }
                    { const vec in = vload(&row1[1][0]); a2_0 = vfma(in, w0, a2_0); a2_1 = vfma(in, w1, a2_1);
                      a2_2 = vfma(in, w2, a2_2); a2_3 = vfma(in, w3, a2_3); }
                    { const vec in = vload(&row1[0][1]); a3_0 = vfma(in, w0, a3_0); a3_1 = vfma(in, w1, a3_1);
                      a3_2 = vfma(in, w2, a3_2); a3_3 = vfma(in, w3, a3_3); }
                }
                {
                    const vec w0 = vset1(w[32]), w1 = vset1(w[33]), w2 = vset1(w[34]), w3 = vset1(w[35]);
                    { const vec in = vload(&row0[0][1]); a0_0 = vfma(in, w0, a0_0); a0_1 = vfma(in, w1, a0_1);
                      a0_2 = vfma(in, w2, a0_2); a0_3 = vfma(in, w3, a0_3); }
                    { const vec in = vload(&row0[1][1]); a1_0 = vfma(in, w0, a1_0); a1_1 = vfma(in, w1, a1_1);
                      a1_2 = vfma(in, w2, a1_2); a1_3 = vfma(in, w3, a1_3); }
                    { const vec in = vload(&row1[0][1]); a2_0 = vfma(in, w0, a2_0); a2_1 = vfma(in, w1, a2_1);
                      a2_2 = vfma(in, w2, a2_2); a2_3 = vfma(in, w3, a2_3); }
                    { const vec in = vload(&row1[1][1]); a3_0 = vfma(in, w0, a3_0); a3_1 = vfma(in, w1, a3_1);
                      a3_2 = vfma(in, w2, a3_2); a3_3 = vfma(in, w3, a3_3); }
                }
                {
                    const vec w0 = vset1(w[48]), w1 = vset1(w[49]), w2 = vset1(w[50]), w3 = vset1(w[51]);
                    { const vec in = vload(&row0[1][1]); a0_0 = vfma(in, w0, a0_0); a0_1 = vfma(in, w1, a0_1);
                      a0_2 = vfma(in, w2, a0_2); a0_3 = vfma(in, w3, a0_3); }
                    { const vec in = vload(&row0[0][2]); a1_0 = vfma(in, w0, a1_0); a1_1 = vfma(in, w1, a1_1);
                      a1_2 = vfma(in, w2, a1_2); a1_3 = vfma(in, w3, a1_3); }
                    { const vec in = vload(&row1[1][1]); a2_0 = vfma(in, w0, a2_0); a2_1 = vfma(in, w1, a2_1);
                      a2_2 = vfma(in, w2, a2_2); a2_3 = vfma(in, w3, a2_3); }
                    { const vec in = vload(&row1[0][2]); a3_0 = vfma(in, w0, a3_0); a3_1 = vfma(in, w1, a3_1);
                      a3_2 = vfma(in, w2, a3_2); a3_3 = vfma(in, w3, a3_3); }
                }
                {
                    const vec w0 = vset1(w[64]), w1 = vset1(w[65]), w2 = vset1(w[66]), w3 = vset1(w[67]);
                    { const vec in = vload(&row0[0][2]); a0_0 = vfma(in, w0, a0_0); a0_1 = vfma(in, w1, a0_1);
                      a0_2 = vfma(in, w2, a0_2); a0_3 = vfma(in, w3, a0_3); }
                    { const vec in = vload(&row0[1][2]); a1_0 = vfma(in, w0, a1_0); a1_1 = vfma(in, w1, a1_1);
                      a1_2 = vfma(in, w2, a1_2); a1_3 = vfma(in, w3, a1_3); }
                    { const vec in = vload(&row1[0][2]); a2_0 = vfma(in, w0, a2_0); a2_1 = vfma(in, w1, a2_1);
                      a2_2 = vfma(in, w2, a2_2); a2_3 = vfma(in, w3, a2_3); }
                    { const vec in = vload(&row1[1][2]); a3_0 = vfma(in, w0, a3_0); a3_1 = vfma(in, w1, a3_1);
                      a3_2 = vfma(in, w2, a3_2); a3_3 = vfma(in, w3, a3_3); }
                }
            }
            const vec max0_0 = vmax(a3_0, vmax(a2_0, vmax(a1_0, a0_0)));
            vstore_n(y + f * 144 + oy * 12, vmax(vzero(), max0_0), 12);
            const vec max0_1 = vmax(a3_1, vmax(a2_1, vmax(a1_1, a0_1)));
            vstore_n(y + (f + 1) * 144 + oy * 12, vmax(vzero(), max0_1), 12);
            const vec max0_2 = vmax(a3_2, vmax(a2_2, vmax(a1_2, a0_2)));
            vstore_n(y + (f + 2) * 144 + oy * 12, vmax(vzero(), max0_2), 12);
            const vec max0_3 = vmax(a3_3, vmax(a2_3, vmax(a1_3, a0_3)));
            vstore_n(y + (f + 3) * 144 + oy * 12, vmax(vzero(), max0_3), 12);
        }
    }
}

/* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8; tile 6 columns x 2 filters */
KERNEL static void conv2d_block(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                                float *restrict y)
{
    for (int oy = 0; oy < 12; oy++) {
        for (int f = 0; f < 8; f += 2) {
            const float *restrict wf = kernel + f / 16 * 400 + f % 16;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            for (int ox = 0; ox < 24; ox += 6) {
                vec a0_0_0 = b0, a0_0_1 = b1, a0_1_0 = b0, a0_1_1 = b1, a0_2_0 = b0, a0_2_1 = b1;
                vec a0_3_0 = b0, a0_3_1 = b1, a0_4_0 = b0, a0_4_1 = b1, a0_5_0 = b0, a0_5_1 = b1;
                vec a1_0_0 = b0, a1_0_1 = b1, a1_1_0 = b0, a1_1_1 = b1, a1_2_0 = b0, a1_2_1 = b1;
                vec a1_3_0 = b0, a1_3_1 = b1, a1_4_0 = b0, a1_4_1 = b1, a1_5_0 = b0, a1_5_1 = b1;
                for (int i = 0; i < 5; i++) {
                    const int iy0 = oy * 2 + i;
                    const int iy1 = oy * 2 + 1 + i;
                    const float *restrict x0 = x + (iy0 * 28 + ox) * 16;
                    const float *restrict x1 = x + (iy1 * 28 + ox) * 16;
                    const float *restrict w = wf + i * 80;
                    {
                        const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                        { const vec v = vload(x0); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                        { const vec v = vload(x0 + 16); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1);
                          }
                        { const vec v = vload(x0 + 32); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1);
                          }
                        { const vec v = vload(x0 + 48); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1);
                          }
                        { const vec v = vload(x0 + 64); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1);
                          }
                        { const vec v = vload(x0 + 80); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1);
                          }
                        { const vec v = vload(x1); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                        { const vec v = vload(x1 + 16); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1);
                          }
                        { const vec v = vload(x1 + 32); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1);
                          }
                        { const vec v = vload(x1 + 48); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1);
                          }
                        { const vec v = vload(x1 + 64); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1);
                          }
                        { const vec v = vload(x1 + 80); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1);
                          }
                    }
                    RELOAD(x0);
                    RELOAD(x1);
                    {
                        const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                        { const vec v = vload(x0 + 16); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1);
                          }
                        { const vec v = vload(x0 + 32); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1);
                          }
                        { const vec v = vload(x0 + 48); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1);
                          }
                        { const vec v = vload(x0 + 64); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1);
                          }
                        { const vec v = vload(x0 + 80); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1);
                          }
                        { const vec v = vload(x0 + 96); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1);
                          }
                        { const vec v = vload(x1 + 16); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1);
                          }
                        { const vec v = vload(x1 + 32); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1);
                          }
                        { const vec v = vload(x1 + 48); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1);
                          }
                        { const vec v = vload(x1 + 64); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1);
                          }
                        { const vec v = vload(x1 + 80); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1);
                          }
                        { const vec v = vload(x1 + 96); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1);
                          }
                    }
                    RELOAD(x0);
                    RELOAD(x1);
                    {
                        const vec w0 = vset1(w[32]), w1 = vset1(w[33]);
                        { const vec v = vload(x0 + 32); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1);
                          }
                        { const vec v = vload(x0 + 48); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1);
                          }
                        { const vec v = vload(x0 + 64); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1);
                          }
                        { const vec v = vload(x0 + 80); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1);
                          }
                        { const vec v = vload(x0 + 96); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1);
                          }
                        { const vec v = vload(x0 + 112); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1);
                          }
                        { const vec v = vload(x1 + 32); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1);
                          }
                        { const vec v = vload(x1 + 48); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1);
                          }
                        { const vec v = vload(x1 + 64); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1);
                          }
                        { const vec v = vload(x1 + 80); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1);
                          }
                        { const vec v = vload(x1 + 96); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1);
                          }
                        { const vec v = vload(x1 + 112); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1);
                          }
                    }
                    RELOAD(x0);
                    RELOAD(x1);
                    {
                        const vec w0 = vset1(w[48]), w1 = vset1(w[49]);
                        { const vec v = vload(x0 + 48); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1);
                          }
                        { const vec v = vload(x0 + 64); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1);
                          }
                        { const vec v = vload(x0 + 80); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1);
                          }
                        { const vec v = vload(x0 + 96); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1);
                          }
                        { const vec v = vload(x0 + 112); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1);
                          }
                        { const vec v = vload(x0 + 128); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1);
                          }
                        { const vec v = vload(x1 + 48); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1);
                          }
                        { const vec v = vload(x1 + 64); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1);
                          }
                        { const vec v = vload(x1 + 80); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1);
                          }
                        { const vec v = vload(x1 + 96); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1);
                          }
                        { const vec v = vload(x1 + 112); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1);
                          }
                        { const vec v = vload(x1 + 128); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1);
                          }
                    }
                    RELOAD(x0);
                    RELOAD(x1);
                    {
                        const vec w0 = vset1(w[64]), w1 = vset1(w[65]);
                        { const vec v = vload(x0 + 64); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1);
                          }
                        { const vec v = vload(x0 + 80); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1);
                          }
                        { const vec v = vload(x0 + 96); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1);
                          }
                        { const vec v = vload(x0 + 112); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1);
                          }
                        { const vec v = vload(x0 + 128); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1);
                          }
                        { const vec v = vload(x0 + 144); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1);
                          }
                        { const vec v = vload(x1 + 64); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1);
                          }
                        { const vec v = vload(x1 + 80); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1);
                          }
                        { const vec v = vload(x1 + 96); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1);
                          }
                        { const vec v = vload(x1 + 112); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1);
                          }
                        { const vec v = vload(x1 + 128); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1);
                          }
                        { const vec v = vload(x1 + 144); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1);
                          }
                    }
                }
                float *restrict to = y + ((oy * 12 + ox / 2) * 8 + f) * 16;
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
                    vstore(to + 16, vmax(vzero(), max));
                }
                {
                    vec max = a0_2_0;
                    max = vmax(a0_3_0, max);
                    max = vmax(a1_2_0, max);
                    max = vmax(a1_3_0, max);
                    vstore(to + 128, vmax(vzero(), max));
                }
                {
                    vec max = a0_2_1;
                    max = vmax(a0_3_1, max);
                    max = vmax(a1_2_1, max);
                    max = vmax(a1_3_1, max);
                    vstore(to + 144, vmax(vzero(), max));
                }
                {
                    vec max = a0_4_0;
                    max = vmax(a0_5_0, max);
                    max = vmax(a1_4_0, max);
                    max = vmax(a1_5_0, max);
                    vstore(to + 256, vmax(vzero(), max));
                }
                {
                    vec max = a0_4_1;
                    max = vmax(a0_5_1, max);
                    max = vmax(a1_4_1, max);
                    max = vmax(a1_5_1, max);
                    vstore(to + 272, vmax(vzero(), max));
                }
            }
        }
    }
}

/* dense (line 8): 10 -> softmax -> 10 */
KERNEL static void dense_softmax_block(const float *x, float *y)
{
    vec largest = vset1(-0x1.fffffep+127f), sum = vzero();
    for (int i = 0; i < 160; i += VL)
        largest = vmax(vload(x + i), largest);
    for (int i = 0; i < 160; i += VL) {
        vec e = vexp(vsub(vload(x + i), largest));
        vstore(y + i, e);
        sum = vadd(e, sum);
    }
    vec scale = vdiv(vset1(1.0f), sum);
    for (int i = 0; i < 160; i += VL)
        vstore(y + i, vmul(vload(y + i), scale));
}

/* conv2d_1 (line 4), backward: 12x12x8 -> conv2d_grad_kernel -> 3x3x8x16; tile 2 channels x 4 filters x 3 taps */
KERNEL static void conv2d_1_grad_kernel(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int i = 0; i < 3; i++) {
        for (int c = 0; c < 8; c += 2) {
            for (int f = 0; f < 16; f += 4) {
                vec a0_0_0 = vzero(), a0_0_1 = vzero(), a0_0_2 = vzero(), a0_0_3 = vzero();
                vec a0_1_0 = vzero(), a0_1_1 = vzero(), a0_1_2 = vzero(), a0_1_3 = vzero();
                vec a1_0_0 = vzero(), a1_0_1 = vzero(), a1_0_2 = vzero(), a1_0_3 = vzero();
                vec a1_1_0 = vzero(), a1_1_1 = vzero(), a1_1_2 = vzero(), a1_1_3 = vzero();
                vec a2_0_0 = vzero(), a2_0_1 = vzero(), a2_0_2 = vzero(), a2_0_3 = vzero();
                vec a2_1_0 = vzero(), a2_1_1 = vzero(), a2_1_2 = vzero(), a2_1_3 = vzero();
                for (int oy = 0; oy < 10; oy++) {
                    const int iy = oy + i;
                    const float *restrict xr = x + (iy * 96 + c) * VL;
                    const float *restrict d = dy + (oy * 160 + f) * VL;
                    for (int ox = 0; ox < 10; ox++) {
                        const vec d0 = vload(d + ox * 16 * VL);
                        const vec d1 = vload(d + (ox * 16 + 1) * VL);
                        const vec d2 = vload(d + (ox * 16 + 2) * VL);
                        const vec d3 = vload(d + (ox * 16 + 3) * VL);
                        { const vec v = vload(xr + ox * 8 * VL); a0_0_0 = vfma(v, d0, a0_0_0);
                          a0_0_1 = vfma(v, d1, a0_0_1); a0_0_2 = vfma(v, d2, a0_0_2); a0_0_3 = vfma(v, d3, a0_0_3);
                          }
                        { const vec v = vload(xr + (ox * 8 + 1) * VL); a0_1_0 = vfma(v, d0, a0_1_0);
                          a0_1_1 = vfma(v, d1, a0_1_1); a0_1_2 = vfma(v, d2, a0_1_2); a0_1_3 = vfma(v, d3, a0_1_3);
                          }
                        { const vec v = vload(xr + (ox + 1) * 8 * VL); a1_0_0 = vfma(v, d0, a1_0_0);
                          a1_0_1 = vfma(v, d1, a1_0_1); a1_0_2 = vfma(v, d2, a1_0_2); a1_0_3 = vfma(v, d3, a1_0_3);
                          }
                        { const vec v = vload(xr + ((ox + 1) * 8 + 1) * VL); a1_1_0 = vfma(v, d0, a1_1_0);
                          a1_1_1 = vfma(v, d1, a1_1_1); a1_1_2 = vfma(v, d2, a1_1_2); a1_1_3 = vfma(v, d3, a1_1_3);
                          }
                        { const vec v = vload(xr + (ox + 2) * 8 * VL); a2_0_0 = vfma(v, d0, a2_0_0);
                          a2_0_1 = vfma(v, d1, a2_0_1); a2_0_2 = vfma(v, d2, a2_0_2); a2_0_3 = vfma(v, d3, a2_0_3);
                          }
                        { const vec v = vload(xr + ((ox + 2) * 8 + 1) * VL); a2_1_0 = vfma(v, d0, a2_1_0);
                          a2_1_1 = vfma(v, d1, a2_1_1); a2_1_2 = vfma(v, d2, a2_1_2); a2_1_3 = vfma(v, d3, a2_1_3);
                          }
                    }
                }
                float *restrict to = dk + (i * 3 * 8 + c) * 16 + f;
                to[0] += vsum(a0_0_0);
                to[1] += vsum(a0_0_1);
                to[2] += vsum(a0_0_2);
                to[3] += vsum(a0_0_3);
                to[16] += vsum(a0_1_0);
                to[17] += vsum(a0_1_1);
                to[18] += vsum(a0_1_2);
                to[19] += vsum(a0_1_3);
                to[128] += vsum(a1_0_0);
                to[129] += vsum(a1_0_1);
                to[130] += vsum(a1_0_2);
                to[131] += vsum(a1_0_3);
                to[144] += vsum(a1_1_0);
                to[145] += vsum(a1_1_1);
                to[146] += vsum(a1_1_2);
                to[147] += vsum(a1_1_3);
                to[256] += vsum(a2_0_0);
                to[257] += vsum(a2_0_1);
                to[258] += vsum(a2_0_2);
                to[259] += vsum(a2_0_3);
                to[272] += vsum(a2_1_0);
                to[273] += vsum(a2_1_1);
                to[274] += vsum(a2_1_2);
                to[275] += vsum(a2_1_3);
            }
        }
    }
}

/* conv2d_1 (line 4), backward: 10x10x16 -> conv2d_grad_input -> 12x12x8; tile 6 columns x 4 filters */
KERNEL static void conv2d_1_grad_input(const float *restrict x, const float *restrict kernel, float *restrict y)
{
    for (int oy = 0; oy < 12; oy++) {
        for (int f = 0; f < 8; f += 4) {
            const float *restrict wf = kernel + f * 16;
            {
                vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a1_0 = vzero(), a1_1 = vzero();
                vec a1_2 = vzero(), a1_3 = vzero(), a2_0 = vzero(), a2_1 = vzero(), a2_2 = vzero(), a2_3 = vzero();
                vec a3_0 = vzero(), a3_1 = vzero(), a3_2 = vzero(), a3_3 = vzero(), a4_0 = vzero(), a4_1 = vzero();
                vec a4_2 = vzero(), a4_3 = vzero(), a5_0 = vzero(), a5_1 = vzero(), a5_2 = vzero(), a5_3 = vzero();
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy - i;
                    if (iy0 >= 0 && iy0 < 10) {
                        const float *restrict x0 = x + iy0 * 10 * 256;
                        const float *restrict w = wf + i * 384;
                        for (int c = 0; c < 16; c++, x0 += 16, w++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[16]), w2 = vset1(w[32]), w3 = vset1(w[48]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1);
                                  a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                                { const vec v = vload(x0 + 256); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1);
                                  a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                                { const vec v = vload(x0 + 512); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1);
                                  a2_2 = vfma(v, w2, a2_2); a2_3 = vfma(v, w3, a2_3); }
                                { const vec v = vload(x0 + 768); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1);
                                  a3_2 = vfma(v, w2, a3_2); a3_3 = vfma(v, w3, a3_3); }
                                { const vec v = vload(x0 + 1024); a4_0 = vfma(v, w0, a4_0);
                                  a4_1 = vfma(v, w1, a4_1); a4_2 = vfma(v, w2, a4_2); a4_3 = vfma(v, w3, a4_3); }
                                { const vec v = vload(x0 + 1280); a5_0 = vfma(v, w0, a5_0);
                                  a5_1 = vfma(v, w1, a5_1); a5_2 = vfma(v, w2, a5_2); a5_3 = vfma(v, w3, a5_3); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[128]), w1 = vset1(w[144]), w2 = vset1(w[160]),
                                    w3 = vset1(w[176]);
                                { const vec v = vload(x0); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1);
                                  a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                                { const vec v = vload(x0 + 256); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1);
                                  a2_2 = vfma(v, w2, a2_2); a2_3 = vfma(v, w3, a2_3); }
                                { const vec v = vload(x0 + 512); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1);
                                  a3_2 = vfma(v, w2, a3_2); a3_3 = vfma(v, w3, a3_3); }
                                { const vec v = vload(x0 + 768); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1);
                                  a4_2 = vfma(v, w2, a4_2); a4_3 = vfma(v, w3, a4_3); }
                                { const vec v = vload(x0 + 1024); a5_0 = vfma(v, w0, a5_0);
                                  a5_1 = vfma(v, w1, a5_1); a5_2 = vfma(v, w2, a5_2); a5_3 = vfma(v, w3, a5_3); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[256]), w1 = vset1(w[272]), w2 = vset1(w[288]),
                                    w3 = vset1(w[304]);
                                { const vec v = vload(x0); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1);
                                  a2_2 = vfma(v, w2, a2_2); a2_3 = vfma(v, w3, a2_3); }
                                { const vec v = vload(x0 + 256); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1);
                                  a3_2 = vfma(v, w2, a3_2); a3_3 = vfma(v, w3, a3_3); }
                                { const vec v = vload(x0 + 512); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1);
                                  a4_2 = vfma(v, w2, a4_2); a4_3 = vfma(v, w3, a4_3); }
                                { const vec v = vload(x0 + 768); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1);
                                  a5_2 = vfma(v, w2, a5_2); a5_3 = vfma(v, w3, a5_3); }
                            }
                        }
                    }
                }
                float *restrict to = y + (oy * 12 * 8 + f) * 16;
                vstore(to, a0_0);
                vstore(to + 16, a0_1);
                vstore(to + 32, a0_2);
                vstore(to + 48, a0_3);
                vstore(to + 128, a1_0);
                vstore(to + 144, a1_1);
                vstore(to + 160, a1_2);
                vstore(to + 176, a1_3);
                vstore(to + 256, a2_0);
                vstore(to + 272, a2_1);
                vstore(to + 288, a2_2);
                vstore(to + 304, a2_3);
                vstore(to + 384, a3_0);
                vstore(to + 400, a3_1);
                vstore(to + 416, a3_2);
                vstore(to + 432, a3_3);
                vstore(to + 512, a4_0);
                vstore(to + 528, a4_1);
                vstore(to + 544, a4_2);
                vstore(to + 560, a4_3);
                vstore(to + 640, a5_0);
                vstore(to + 656, a5_1);
                vstore(to + 672, a5_2);
                vstore(to + 688, a5_3);
            }
            {
                vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a1_0 = vzero(), a1_1 = vzero();
                vec a1_2 = vzero(), a1_3 = vzero(), a2_0 = vzero(), a2_1 = vzero(), a2_2 = vzero(), a2_3 = vzero();
                vec a3_0 = vzero(), a3_1 = vzero(), a3_2 = vzero(), a3_3 = vzero(), a4_0 = vzero(), a4_1 = vzero();
                vec a4_2 = vzero(), a4_3 = vzero(), a5_0 = vzero(), a5_1 = vzero(), a5_2 = vzero(), a5_3 = vzero();
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy - i;
                    if (iy0 >= 0 && iy0 < 10) {
                        const float *restrict x0 = x + (iy0 * 10 + 4) * 256;
                        const float *restrict w = wf + i * 384;
                        for (int c = 0; c < 16; c++, x0 += 16, w++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[16]), w2 = vset1(w[32]), w3 = vset1(w[48]);
                                { const vec v = vload(x0 + 512); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1);
                                  a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                                { const vec v = vload(x0 + 768); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1);
                                  a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                                { const vec v = vload(x0 + 1024); a2_0 = vfma(v, w0, a2_0);
                                  a2_1 = vfma(v, w1, a2_1); a2_2 = vfma(v, w2, a2_2); a2_3 = vfma(v, w3, a2_3); }
                                { const vec v = vload(x0 + 1280); a3_0 = vfma(v, w0, a3_0);
                                  a3_1 = vfma(v, w1, a3_1); a3_2 = vfma(v, w2, a3_2); a3_3 = vfma(v, w3, a3_3); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[128]), w1 = vset1(w[144]), w2 = vset1(w[160]),
                                    w3 = vset1(w[176]);
                                { const vec v = vload(x0 + 256); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1);
                                  a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                                { const vec v = vload(x0 + 512); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1);
                                  a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                                { const vec v = vload(x0 + 768); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1);
                                  a2_2 = vfma(v, w2, a2_2); a2_3 = vfma(v, w3, a2_3); }
                                { const vec v = vload(x0 + 1024); a3_0 = vfma(v, w0, a3_0);
                                  a3_1 = vfma(v, w1, a3_1); a3_2 = vfma(v, w2, a3_2); a3_3 = vfma(v, w3, a3_3); }
                                { const vec v = vload(x0 + 1280); a4_0 = vfma(v, w0, a4_0);
                                  a4_1 = vfma(v, w1, a4_1); a4_2 = vfma(v, w2, a4_2); a4_3 = vfma(v, w3, a4_3); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[256]), w1 = vset1(w[272]), w2 = vset1(w[288]),
                                    w3 = vset1(w[304]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1);
                                  a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                                { const vec v = vload(x0 + 256); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1);
                                  a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                                { const vec v = vload(x0 + 512); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1);
                                  a2_2 = vfma(v, w2, a2_2); a2_3 = vfma(v, w3, a2_3); }
                                { const vec v = vload(x0 + 768); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1);
                                  a3_2 = vfma(v, w2, a3_2); a3_3 = vfma(v, w3, a3_3); }
                                { const vec v = vload(x0 + 1024); a4_0 = vfma(v, w0, a4_0);
                                  a4_1 = vfma(v, w1, a4_1); a4_2 = vfma(v, w2, a4_2); a4_3 = vfma(v, w3, a4_3); }
                                { const vec v = vload(x0 + 1280); a5_0 = vfma(v, w0, a5_0);
                                  a5_1 = vfma(v, w1, a5_1); a5_2 = vfma(v, w2, a5_2); a5_3 = vfma(v, w3, a5_3); }
                            }
                        }
                    }
                }
                float *restrict to = y + ((oy * 12 + 6) * 8 + f) * 16;
                vstore(to, a0_0);
                vstore(to + 16, a0_1);
                vstore(to + 32, a0_2);
                vstore(to + 48, a0_3);
                vstore(to + 128, a1_0);
                vstore(to + 144, a1_1);
                vstore(to + 160, a1_2);
                vstore(to + 176, a1_3);
                vstore(to + 256, a2_0);
                vstore(to + 272, a2_1);
                vstore(to + 288, a2_2);
                vstore(to + 304, a2_3);
                vstore(to + 384, a3_0);
                vstore(to + 400, a3_1);
                vstore(to + 416, a3_2);
                vstore(to + 432, a3_3);
                vstore(to + 512, a4_0);
                vstore(to + 528, a4_1);
                vstore(to + 544, a4_2);
                vstore(to + 560, a4_3);
                vstore(to + 640, a5_0);
                vstore(to + 656, a5_1);
                vstore(to + 672, a5_2);
                vstore(to + 688, a5_3);
            }
        }
    }
}
