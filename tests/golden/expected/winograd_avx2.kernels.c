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
            vstore(y + oy * 2 * 64 + g * 16, a0_0);
            vstore(y + oy * 2 * 64 + g * 16 + 8, a0_1);
            vstore(y + (oy * 2 + 1) * 64 + g * 16, a1_0);
            vstore(y + (oy * 2 + 1) * 64 + g * 16 + 8, a1_1);
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
        {
            vec sum = a0_0_0;
            sum = vadd(sum, a0_1_0);
            sum = vadd(sum, a1_0_0);
            sum = vadd(sum, a1_1_0);
            vstore(y + f, vmul(sum, vset1(0x1p-2f)));
        }
        {
            vec sum = a0_0_1;
            sum = vadd(sum, a0_1_1);
            sum = vadd(sum, a1_0_1);
            sum = vadd(sum, a1_1_1);
            vstore(y + f + 8, vmul(sum, vset1(0x1p-2f)));
        }
    }
}

/* conv2d_1 (line 5): 13x12x32 -> winograd, add, relu -> 13x12x40; tile 6 columns x 2 filters x 40 group x 4 shares
 * x 6 tiles */
KERNEL static void conv2d_1_block_part1(const float *restrict input, const float *restrict weights,
                                        const float *restrict bias, float *restrict output, float *restrict scratch,
                                        int share)
{
    const int place = omp_get_num_threads() <= 4 ? omp_get_thread_num() : share;
    float *restrict inputs = scratch + place * 56064, *restrict sums = inputs + 25344;
    for (int first = share * 6; first < 42; first += 24) {
        const int n = 6;
        for (int t = 0; t < n; t++) {
            const int row = (first + t) / 6 * 2 - 1, column = (first + t) % 6 * 2 - 1;
            if (row >= 0 && row <= 9 && column >= 0 && column <= 8) {
                const float *restrict from = input + (row * 12 + column) * 256;
                for (int c = 0; c < 32; c++) {
                    float *restrict to = inputs + (t * 33 + c) * 8;
                    const vec d00 = vload(from + c * 8), d10 = vload(from + 3072 + c * 8),
                        d20 = vload(from + 6144 + c * 8), d30 = vload(from + 9216 + c * 8);
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10),
                        t30 = vsub(d10, d30);
                    const vec d01 = vload(from + 256 + c * 8), d11 = vload(from + 3328 + c * 8),
                        d21 = vload(from + 6400 + c * 8), d31 = vload(from + 9472 + c * 8);
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11),
                        t31 = vsub(d11, d31);
                    const vec d02 = vload(from + 512 + c * 8), d12 = vload(from + 3584 + c * 8),
                        d22 = vload(from + 6656 + c * 8), d32 = vload(from + 9728 + c * 8);
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12),
                        t32 = vsub(d12, d32);
                    const vec d03 = vload(from + 768 + c * 8), d13 = vload(from + 3840 + c * 8),
                        d23 = vload(from + 6912 + c * 8), d33 = vload(from + 9984 + c * 8);
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13),
                        t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 1584, vadd(t01, t02));
                    vstore(to + 3168, vsub(t02, t01));
                    vstore(to + 4752, vsub(t01, t03));
                    vstore(to + 6336, vsub(t10, t12));
                    vstore(to + 7920, vadd(t11, t12));
                    vstore(to + 9504, vsub(t12, t11));
                    vstore(to + 11088, vsub(t11, t13));
                    vstore(to + 12672, vsub(t20, t22));
                    vstore(to + 14256, vadd(t21, t22));
                    vstore(to + 15840, vsub(t22, t21));
                    vstore(to + 17424, vsub(t21, t23));
                    vstore(to + 19008, vsub(t30, t32));
                    vstore(to + 20592, vadd(t31, t32));
                    vstore(to + 22176, vsub(t32, t31));
                    vstore(to + 23760, vsub(t31, t33));
                }
            } else {
                const float *at[16];
                for (int i = 0; i < 16; i++) {
                    const int y = row + i / 4, x = column + i % 4;
                    at[i] = y >= 0 && y < 13 && x >= 0 && x < 12 ? input + (y * 12 + x) * 256 : NULL;
                }
                for (int c = 0; c < 32; c++) {
                    float *restrict to = inputs + (t * 33 + c) * 8;
                    const vec d00 = at[0] ? vload(at[0] + c * 8) : vzero(), d10 = at[4] ? vload(at[4] + c * 8) :
                        vzero(), d20 = at[8] ? vload(at[8] + c * 8) : vzero(), d30 = at[12] ?
                        vload(at[12] + c * 8) : vzero();
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10),
                        t30 = vsub(d10, d30);
                    const vec d01 = at[1] ? vload(at[1] + c * 8) : vzero(), d11 = at[5] ? vload(at[5] + c * 8) :
                        vzero(), d21 = at[9] ? vload(at[9] + c * 8) : vzero(), d31 = at[13] ?
                        vload(at[13] + c * 8) : vzero();
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11),
                        t31 = vsub(d11, d31);
                    const vec d02 = at[2] ? vload(at[2] + c * 8) : vzero(), d12 = at[6] ? vload(at[6] + c * 8) :
                        vzero(), d22 = at[10] ? vload(at[10] + c * 8) : vzero(), d32 = at[14] ?
                        vload(at[14] + c * 8) : vzero();
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12),
                        t32 = vsub(d12, d32);
                    const vec d03 = at[3] ? vload(at[3] + c * 8) : vzero(), d13 = at[7] ? vload(at[7] + c * 8) :
                        vzero(), d23 = at[11] ? vload(at[11] + c * 8) : vzero(), d33 = at[15] ?
                        vload(at[15] + c * 8) : vzero();
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13),
                        t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 1584, vadd(t01, t02));
                    vstore(to + 3168, vsub(t02, t01));
                    vstore(to + 4752, vsub(t01, t03));
                    vstore(to + 6336, vsub(t10, t12));
                    vstore(to + 7920, vadd(t11, t12));
                    vstore(to + 9504, vsub(t12, t11));
                    vstore(to + 11088, vsub(t11, t13));
                    vstore(to + 12672, vsub(t20, t22));
                    vstore(to + 14256, vadd(t21, t22));
                    vstore(to + 15840, vsub(t22, t21));
                    vstore(to + 17424, vsub(t21, t23));
                    vstore(to + 19008, vsub(t30, t32));
                    vstore(to + 20592, vadd(t31, t32));
                    vstore(to + 22176, vsub(t32, t31));
                    vstore(to + 23760, vsub(t31, t33));
                }
            }
        }
        for (int i = 0; i < 16; i++) {
            const float *restrict x = inputs + i * 1584, *restrict kernel = weights + i * 256;
            float *restrict y = sums + i * 1920;
            for (int f = 0; f < 40; f += 2) {
                const float *restrict wf = kernel + f / 8 * 4096 + f % 8;
                vec a0_0 = vzero(), a0_1 = vzero(), a1_0 = vzero(), a1_1 = vzero(), a2_0 = vzero(), a2_1 = vzero();
                vec a3_0 = vzero(), a3_1 = vzero(), a4_0 = vzero(), a4_1 = vzero(), a5_0 = vzero(), a5_1 = vzero();
                const float *restrict x0 = x;
                const float *restrict w = wf;
                for (int c = 0; c < 32; c++, x0 += 8, w += 8) {
                    const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                    { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                    { const vec v = vload(x0 + 264); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                    { const vec v = vload(x0 + 528); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                    { const vec v = vload(x0 + 792); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                    { const vec v = vload(x0 + 1056); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                    { const vec v = vload(x0 + 1320); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                }
                vstore(y + f * 8, a0_0);
                vstore(y + (f + 1) * 8, a0_1);
                vstore(y + (40 + f) * 8, a1_0);
                vstore(y + (40 + f + 1) * 8, a1_1);
                vstore(y + (2 * 40 + f) * 8, a2_0);
                vstore(y + (2 * 40 + f + 1) * 8, a2_1);
                vstore(y + (3 * 40 + f) * 8, a3_0);
                vstore(y + (3 * 40 + f + 1) * 8, a3_1);
                vstore(y + (4 * 40 + f) * 8, a4_0);
                vstore(y + (4 * 40 + f + 1) * 8, a4_1);
                vstore(y + (5 * 40 + f) * 8, a5_0);
                vstore(y + (5 * 40 + f + 1) * 8, a5_1);
            }
        }
        for (int t = 0; t < n; t++) {
            const int ty = (first + t) / 6, tx = (first + t) % 6;
            for (int k = 0; k < 40; k++) {
                const float *restrict m = sums + (t * 40 + k) * 8;
                const vec m00 = vload(m), m10 = vload(m + 7680), m20 = vload(m + 15360), m30 = vload(m + 23040);
                const vec t00 = vadd(vadd(m00, m10), m20), t10 = vsub(vsub(m10, m20), m30);
                const vec m01 = vload(m + 1920), m11 = vload(m + 9600), m21 = vload(m + 17280),
                    m31 = vload(m + 24960);
                const vec t01 = vadd(vadd(m01, m11), m21), t11 = vsub(vsub(m11, m21), m31);
                const vec m02 = vload(m + 3840), m12 = vload(m + 11520), m22 = vload(m + 19200),
                    m32 = vload(m + 26880);
                const vec t02 = vadd(vadd(m02, m12), m22), t12 = vsub(vsub(m12, m22), m32);
                const vec m03 = vload(m + 5760), m13 = vload(m + 13440), m23 = vload(m + 21120),
                    m33 = vload(m + 28800);
                const vec t03 = vadd(vadd(m03, m13), m23), t13 = vsub(vsub(m13, m23), m33);
                vec y00 = vadd(vadd(t00, t01), t02), y01 = vsub(vsub(t01, t02), t03);
                vec y10 = vadd(vadd(t10, t11), t12), y11 = vsub(vsub(t11, t12), t13);
                const vec b = vset1(bias[k]);
                y00 = vadd(y00, b), y01 = vadd(y01, b), y10 = vadd(y10, b), y11 = vadd(y11, b);
                vstore(output + ((2 * ty * 12 + 2 * tx) * 40 + k) * 8, vmax(vzero(), y00));
                vstore(output + ((2 * ty * 12 + 2 * tx + 1) * 40 + k) * 8, vmax(vzero(), y01));
                if (2 * ty + 1 < 13)
                    vstore(output + (((2 * ty + 1) * 12 + 2 * tx) * 40 + k) * 8, vmax(vzero(), y10));
                if (2 * ty + 1 < 13)
                    vstore(output + (((2 * ty + 1) * 12 + 2 * tx + 1) * 40 + k) * 8, vmax(vzero(), y11));
            }
        }
    }
}
