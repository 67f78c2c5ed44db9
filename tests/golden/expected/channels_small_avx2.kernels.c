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

/* conv2d (line 4): 8x8x3 -> conv2d, add, max_pool2d, relu -> 3x3x4 */
KERNEL static void conv2d_conv2d_one(const float *restrict x, const float *restrict kernel,
                                     const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 3; oy++) {
        for (int ox = 0; ox < 3; ox++) {
            const int count = 4;
            const float *first = kernel, *w = first;
            vec max = vset1(-INFINITY);
            for (int p = 0; p < 2; p++) {
                for (int q = 0; q < 2; q++) {
                    vec sum = vload_n(bias, count);
                    w = first;
                    for (int i = 0; i < 3; i++) {
                        const float *from = x + (oy * 2 + p + i) * 24 + (ox * 2 + q) * 3;
                        for (int n = 0; n < 9; n++, w += 4)
                            sum = vfma(vset1(from[n]), vload_n(w, count), sum);
                    }
                    max = vmax(sum, max);
                }
            }
            vstore_n(y, vmax(vzero(), max), count);
            y += count;
        }
    }
}

/* dense (line 7): 36 -> matmul, add, sigmoid -> 2 */
KERNEL static void dense_one(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                             float *restrict y)
{
    const int count = 2;
    const float *w = kernel;
    vec sum = vload_n(bias, count);
    const float *from = x;
    for (int n = 0; n < 36; n++, w += 2)
        sum = vfma(vset1(from[n]), vload_n(w, count), sum);
    vstore_n(y, vsigmoid(sum), count);
    y += count;
}
