/* max_pooling2d (line 6): 6x10x4 -> max_pool2d -> 4x8x4 */
KERNEL static void max_pooling2d_block(const float *restrict x, float *restrict y)
{
    for (int row = 0; row < 4; row++) {
        for (int column = 0; column < 8; column++) {
            const int corner = (row * 10 + column) * 32;
            const int to = (row * 8 + column) * 32;
            for (int i = 0; i < 32; i += VL) {
                vec best = vload(x + corner + i);
                for (int down = 0; down < 3; down++)
                    for (int across = 0; across < 3; across++) {
                        vec cell = vload(x + corner + (down * 10 + across) * 32 + i);
                        best = vmax(cell, best);
                    }
                vstore(y + to + i, best);
            }
        }
    }
}

/* conv2d_1 (line 7): 4x8x4 -> conv2d, add, tanh -> 3x4x6; tile 4 columns x 2 filters */
KERNEL static void conv2d_1_block(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                                  float *restrict y)
{
    for (int oy = 0; oy < 3; oy++) {
        for (int f = 0; f < 6; f += 2) {
            const float *restrict wf = kernel + f / 8 * 192 + f % 8;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
            vec a3_0 = b0, a3_1 = b1;
            for (int i = 0; i < 2; i++) {
                const int iy0 = oy + i;
                const float *restrict x0 = x + iy0 * 8 * 32;
                const float *restrict w = wf + i * 96;
                for (int c = 0; c < 4; c++, x0 += 8, w += 8) {
                    {
                        const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                        { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                        { const vec v = vload(x0 + 32); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                        { const vec v = vload(x0 + 64); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                        { const vec v = vload(x0 + 96); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                    }
                    RELOAD(x0);
                    {
                        const vec w0 = vset1(w[32]), w1 = vset1(w[33]);
                        { const vec v = vload(x0 + 64); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                        { const vec v = vload(x0 + 96); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                        { const vec v = vload(x0 + 128); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                        { const vec v = vload(x0 + 160); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                    }
                    RELOAD(x0);
                    {
                        const vec w0 = vset1(w[64]), w1 = vset1(w[65]);
                        { const vec v = vload(x0 + 128); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                        { const vec v = vload(x0 + 160); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                        { const vec v = vload(x0 + 192); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                        { const vec v = vload(x0 + 224); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                    }
                }
            }
            float *restrict to = y + (oy * 4 * 6 + f) * 8;
            vstore(to, vtanh(a0_0));
            vstore(to + 8, vtanh(a0_1));
            vstore(to + 48, vtanh(a1_0));
            vstore(to + 56, vtanh(a1_1));
            vstore(to + 96, vtanh(a2_0));
            vstore(to + 104, vtanh(a2_1));
            vstore(to + 144, vtanh(a3_0));
            vstore(to + 152, vtanh(a3_1));
        }
    }
}

/* average_pooling2d (line 8), backward: 3x2x6 -> average_pool2d_grad -> 3x4x6 */
KERNEL static void average_pooling2d_grad(const float *restrict dy, float *restrict dx)
{
    for (int row = 0; row < 3; row++) {
        for (int column = 0; column < 2; column++) {
            const int column_start = column * 3 - 1, left = column_start < 0 ? -column_start : 0, right = 4 -
                column_start < 3 ? 4 - column_start : 3;
            const int corner = (row * 4 + column_start) * 48;
            const int to = (row * 2 + column) * 48;
            vec share = vset1(1.0f / (float)((right - left)));
            for (int i = 0; i < 48; i += VL) {
                vec part = vmul(vload(dy + to + i), share);
                for (int across = left; across < right; across++) {
                    float *cell = dx + (corner + across * 48);
                    vstore(cell + i, part);
                }
            }
        }
    }
}

/* conv2d (line 5), backward: 11x10x4 -> conv2d_grad_kernel -> 4x3x2x4; tile 2 channels x 2 filters x 3 taps */
KERNEL static void conv2d_grad_kernel(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int g = 0; g < 2; g++) {
        for (int i = 0; i < 4; i++) {
            vec a0_0_0 = vzero(), a0_0_1 = vzero(), a0_1_0 = vzero(), a0_1_1 = vzero();
            vec a1_0_0 = vzero(), a1_0_1 = vzero(), a1_1_0 = vzero(), a1_1_1 = vzero();
            vec a2_0_0 = vzero(), a2_0_1 = vzero(), a2_1_0 = vzero(), a2_1_1 = vzero();
            for (int oy = 0; oy < 6; oy++) {
                const int iy = oy * 2 + i - 1;
                if (iy >= 0 && iy < 11) {
                    const float *restrict xr = x + (iy * 40 + g * 2) * VL;
                    const float *restrict d = dy + (oy * 40 + g * 2) * VL;
                    {
                        const vec d0 = vload(d);
                        const vec d1 = vload(d + VL);
                        { const vec v = vload(xr); a1_0_0 = vfma(v, d0, a1_0_0); a1_0_1 = vfma(v, d1, a1_0_1); }
                        { const vec v = vload(xr + VL); a1_1_0 = vfma(v, d0, a1_1_0); a1_1_1 = vfma(v, d1, a1_1_1);
                          }
                        { const vec v = vload(xr + 4 * VL); a2_0_0 = vfma(v, d0, a2_0_0);
                          a2_0_1 = vfma(v, d1, a2_0_1); }
                        { const vec v = vload(xr + 5 * VL); a2_1_0 = vfma(v, d0, a2_1_0);
                          a2_1_1 = vfma(v, d1, a2_1_1); }
                    }
                    for (int ox = 1; ox < 9; ox++) {
                        const vec d0 = vload(d + ox * 4 * VL);
                        const vec d1 = vload(d + (ox * 4 + 1) * VL);
                        { const vec v = vload(xr + (ox + -1) * 4 * VL); a0_0_0 = vfma(v, d0, a0_0_0);
                          a0_0_1 = vfma(v, d1, a0_0_1); }
                        { const vec v = vload(xr + ((ox + -1) * 4 + 1) * VL); a0_1_0 = vfma(v, d0, a0_1_0);
                          a0_1_1 = vfma(v, d1, a0_1_1); }
                        { const vec v = vload(xr + ox * 4 * VL); a1_0_0 = vfma(v, d0, a1_0_0);
                          a1_0_1 = vfma(v, d1, a1_0_1); }
                        { const vec v = vload(xr + (ox * 4 + 1) * VL); a1_1_0 = vfma(v, d0, a1_1_0);
                          a1_1_1 = vfma(v, d1, a1_1_1); }
                        { const vec v = vload(xr + (ox + 1) * 4 * VL); a2_0_0 = vfma(v, d0, a2_0_0);
                          a2_0_1 = vfma(v, d1, a2_0_1); }
                        { const vec v = vload(xr + ((ox + 1) * 4 + 1) * VL); a2_1_0 = vfma(v, d0, a2_1_0);
                          a2_1_1 = vfma(v, d1, a2_1_1); }
                    }
                    {
                        const vec d0 = vload(d + 36 * VL);
                        const vec d1 = vload(d + 37 * VL);
                        { const vec v = vload(xr + 32 * VL); a0_0_0 = vfma(v, d0, a0_0_0);
                          a0_0_1 = vfma(v, d1, a0_0_1); }
                        { const vec v = vload(xr + 33 * VL); a0_1_0 = vfma(v, d0, a0_1_0);
                          a0_1_1 = vfma(v, d1, a0_1_1); }
                        { const vec v = vload(xr + 36 * VL); a1_0_0 = vfma(v, d0, a1_0_0);
                          a1_0_1 = vfma(v, d1, a1_0_1); }
                        { const vec v = vload(xr + 37 * VL); a1_1_0 = vfma(v, d0, a1_1_0);
                          a1_1_1 = vfma(v, d1, a1_1_1); }
                    }
                }
            }
            float *restrict to = dk + i * 3 * 2 * 4 + g * 2;
            to[0] += vsum(a0_0_0);
            to[1] += vsum(a0_0_1);
            to[4] += vsum(a0_1_0);
            to[5] += vsum(a0_1_1);
            to[8] += vsum(a1_0_0);
            to[9] += vsum(a1_0_1);
            to[12] += vsum(a1_1_0);
            to[13] += vsum(a1_1_1);
            to[16] += vsum(a2_0_0);
            to[17] += vsum(a2_0_1);
            to[20] += vsum(a2_1_0);
            to[21] += vsum(a2_1_1);
        }
    }
}
