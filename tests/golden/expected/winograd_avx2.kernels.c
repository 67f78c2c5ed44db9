/* conv2d_1 (line 5): 3x3x32x40 -> winograd_kernel -> 5x512x8 */
KERNEL static void conv2d_1_winograd_kernel(const float *restrict x, float *restrict y)
{
    for (int first = 0; first < 40; first += 8, y += 4096)
        for (int c = 0; c < 32; c++)
            for (int k = 0; k < 8; k++) {
                float g[9], columns[3][4];
                for (int i = 0; i < 9; i++)
                    g[i] = x[(i * 32 + c) * 40 + first + k];
                for (int j = 0; j < 3; j++) {
                    const float ends = g[j] + g[6 + j];
                    columns[j][0] = g[j];
                    columns[j][1] = 0.5f * (ends + g[3 + j]);
                    columns[j][2] = 0.5f * (ends - g[3 + j]);
                    columns[j][3] = g[6 + j];
                }
                for (int i = 0; i < 4; i++) {
                    float *to = y + (4 * i * 32 + c) * 8 + k;
                    const float ends = columns[0][i] + columns[2][i];
                    to[0] = columns[0][i];
                    to[256] = 0.5f * (ends + columns[1][i]);
                    to[512] = 0.5f * (ends - columns[1][i]);
                    to[768] = columns[2][i];
                }
            }
}

/* conv2d_6 (line 11): 2x2x64 -> conv2d, add -> 2x2x64; tile 2 columns x 1 sums x 2 vectors */
KERNEL static void conv2d_6_one(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                                float *restrict y)
{
    for (int g = 0; g < 4; g++) {
        for (int oy = 0; oy < 2; oy++) {
            const float *restrict wf = kernel + g * 2304;
            const vec b0 = vload(bias + g * 16);
            const vec b1 = vload(bias + g * 16 + 8);
            vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1;
            for (int i = 0; i < 3; i++) {
                const int iy0 = oy + i - 1;
                if (iy0 >= 0 && iy0 < 2) {
                    const float *restrict x0 = x + iy0 * 2 * 64 + g * 16;
                    const float *restrict w = wf + i * 384;
                    for (int c = 0; c < 16; c++, x0++, w += 8) {
                        {
                            const vec w0 = vload(w), w1 = vload(w + 1152);
                            { const vec v = vset1(x0[0]); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                        }
                        {
                            const vec w0 = vload(w + 128), w1 = vload(w + 1280);
                            { const vec v = vset1(x0[0]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                            { const vec v = vset1(x0[64]); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                        }
                        {
                            const vec w0 = vload(w + 256), w1 = vload(w + 1408);
                            { const vec v = vset1(x0[64]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                        }
                    }
                }
            }
            float *restrict to = y + oy * 2 * 64 + g * 16;
            vstore(to, a0_0);
            vstore(to + 8, a0_1);
            vstore(to + 64, a1_0);
            vstore(to + 72, a1_1);
        }
    }
}

/* conv2d_7 (line 12): 2x2x64 -> conv2d, add, average_pool2d -> 1x1x64; tile 2 columns x 1 sums x 2 vectors */
KERNEL static void conv2d_7_one(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                                float *restrict y)
{
    for (int f = 0; f < 64; f += 16) {
        const float *restrict wf = kernel + f * 192;
        const vec b0 = vload(bias + f);
        const vec b1 = vload(bias + f + 8);
        vec a0_0_0 = b0, a0_0_1 = b1, a0_1_0 = b0, a0_1_1 = b1, a1_0_0 = b0, a1_0_1 = b1;
        vec a1_1_0 = b0, a1_1_1 = b1;
        const int iy0 = 0;
        const int iy1 = 1;
        const float *restrict x0 = x + iy0 * 2 * 64;
        const float *restrict x1 = x + iy1 * 2 * 64;
        const float *restrict w = wf;
        for (int c = 0; c < 64; c++, x0++, x1++, w += 8) {
            {
                const vec w0 = vload(w), w1 = vload(w + 1536);
                { const vec v = vset1(x0[0]); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                { const vec v = vset1(x1[0]); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
            }
            {
                const vec w0 = vload(w + 512), w1 = vload(w + 2048);
                { const vec v = vset1(x0[0]); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                { const vec v = vset1(x0[64]); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                { const vec v = vset1(x1[0]); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                { const vec v = vset1(x1[64]); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
            }
            {
                const vec w0 = vload(w + 1024), w1 = vload(w + 2560);
                { const vec v = vset1(x0[64]); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                { const vec v = vset1(x1[64]); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
            }
        }
        float *restrict to = y + f;
        {
            vec sum = a0_0_0;
            sum = vadd(sum, a0_1_0);
            sum = vadd(sum, a1_0_0);
            sum = vadd(sum, a1_1_0);
            vstore(to, vmul(sum, vset1(0x1p-2f)));
        }
        {
            vec sum = a0_0_1;
            sum = vadd(sum, a0_1_1);
            sum = vadd(sum, a1_0_1);
            sum = vadd(sum, a1_1_1);
            vstore(to + 8, vmul(sum, vset1(0x1p-2f)));
        }
    }
}
