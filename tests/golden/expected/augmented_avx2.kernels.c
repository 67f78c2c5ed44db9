/* The words for a lane's image. A layer has a number, or a seed of its own; of the steps of a loop each has its
 * turn. */
static inline void augment_random(const struct random *random, int lane, int turn, uint32_t number, uint32_t seed,
                                  uint32_t word[4])
{
    word[0] = 0x80000000u + (uint32_t)turn;
    word[1] = random->sample + (uint32_t)lane;
    word[2] = (uint32_t)random->step;
    word[3] = number << 16 | (uint32_t)(random->step >> 32 & 0xffffu);
    philox(word, random->key[0] ^ seed, random->key[1]);
}

/* The cosine and sine of so many turns, by their series around the nearest quarter. */
static inline void augment_turn(double turns, double *cosine, double *sine)
{
    const double quarters = 4.0 * turns;
    const int nearest = (int)(quarters < 0.0 ? quarters - 0.5 : quarters + 0.5);
    const double a = (quarters - nearest) * 1.5707963267948966, z = a * a;
    const double c = 1.0 - z / 2.0 *
        (1.0 - z / 12.0 *
         (1.0 - z / 30.0 * (1.0 - z / 56.0 * (1.0 - z / 90.0 * (1.0 - z / 132.0 * (1.0 - z / 182.0))))));
    const double s = a *
        (1.0 - z / 6.0 *
         (1.0 - z / 20.0 * (1.0 - z / 42.0 * (1.0 - z / 72.0 * (1.0 - z / 110.0 * (1.0 - z / 156.0))))));
    *cosine = nearest % 2 == 0 ? c : -s;
    *sine = nearest % 2 == 0 ? s : c;
    if (((unsigned)nearest & 3u) > 1u)
        *cosine = -*cosine, *sine = -*sine;
}

/* one image 8x8x3: flip */
KERNEL static void flip_image(const float *restrict x, float *restrict y, const uint32_t word[4])
{
    if (word[0] >= 0x80000000u) {
        memcpy(y, x, 192 * sizeof *y);
        return;
    }
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++)
            for (int c = 0; c < 3; c++)
                y[i * 24 + j * 3 + c] = x[i * 24 + (7 - j) * 3 + c];
}

/* one image 8x8x3 from other places, bilinear; beside it: reflect */
KERNEL static void warp_image(const float *restrict x, float *restrict y, const int64_t v[3], const int64_t u[3])
{
    for (int i = 0; i < 8; i++) {
        int64_t down = v[0] + v[1] * i, across = u[0] + u[1] * i;
        for (int j = 0; j < 8; j++, down += v[2], across += u[2]) {
            float *const to = y + i * 24 + j * 3;
            const int above = (int)(down >> 32), left = (int)(across >> 32);
            const float lower = augment_fraction(down), right = augment_fraction(across); /* how near they are */
            const float w0 = (1.0f - lower) * (1.0f - right), w1 = (1.0f - lower) * right;
            const float w2 = lower * (1.0f - right), w3 = lower * right;
            if (above >= 0 && above < 7 && left >= 0 && left < 7) {
                const float *const p0 = x + above * 24 + left * 3, *const p1 = p0 + 3;
                const float *const p2 = p0 + 24, *const p3 = p2 + 3;
                for (int c = 0; c < 3; c++)
                    to[c] = w0 * p0[c] + w1 * p1[c] + w2 * p2[c] + w3 * p3[c];
            } else {
                const int top = augment_reflect(above, 8), bottom = augment_reflect(above + 1, 8);
                const int first = augment_reflect(left, 8), last = augment_reflect(left + 1, 8);
                const float *const p0 = x + top * 24 + first * 3, *const p1 = x + top * 24 + last * 3;
                const float *const p2 = x + bottom * 24 + first * 3, *const p3 = x + bottom * 24 + last * 3;
                for (int c = 0; c < 3; c++)
                    to[c] = w0 * p0[c] + w1 * p1[c] + w2 * p2[c] + w3 * p3[c];
            }
        }
    }
}

/* one image 8x8x3: rotate */
KERNEL static void rotate_image(const float *restrict x, float *restrict y, const uint32_t word[4])
{
    const double middle_v = 3.5, middle_u = 3.5;
    double cosine, sine;
    augment_turn(-0.1 + 0.2 * (word[0] * 0x1p-32), &cosine, &sine);
    const int64_t v[3] = {augment_fixed(middle_v - cosine * middle_v - sine * middle_u), augment_fixed(cosine),
                          augment_fixed(sine)};
    const int64_t u[3] = {augment_fixed(middle_u - cosine * middle_u + sine * middle_v), augment_fixed(-sine),
                          augment_fixed(cosine)};
    warp_image(x, y, v, u);
}

/* one image 8x8x3: crop */
KERNEL static void crop_image(const float *restrict x, float *restrict y, const uint32_t word[4])
{
    const int top = (int)((uint64_t)word[0] * 3 >> 32), left = (int)((uint64_t)word[1] * 3 >> 32);
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++)
            for (int c = 0; c < 3; c++)
                y[i * 18 + j * 3 + c] = x[(top + i) * 24 + (left + j) * 3 + c];
}

/* random_flip (line 3): rows of the caller, 8x8x3 -> flip, rotate, affine, crop -> 6x6x3 */
KERNEL static void load_input_192_2(const struct rows *rows, int64_t block, float *y, float *images,
                                    const struct random *random)
{
    const int valid = valid_lanes(block, rows->count);
    float *const one = images + 864, *const other = one + 192;
    for (int l = 0; l < VL; l++) {
        uint32_t word[4];
        const int64_t begin = 192 * row_of(rows, block * VL + (l < valid ? l : 0));
        if (rows->bytes)
            for (int i = 0; i < 192; i++)
                one[i] = (float)((const uint8_t *)rows->values)[begin + i];
        else
            for (int i = 0; i < 192; i++)
                one[i] = ((const float *)rows->values)[begin + i];
        augment_random(random, l, 0, 1, 0, word);
        flip_image(one, other, word);
        augment_random(random, l, 0, 0, 7, word);
        rotate_image(other, one, word);
        for (int i = 0; i < 192; i++)
            one[i] = one[i] * 0x1.010102p-8f;
        augment_random(random, l, 0, 3, 0, word);
        crop_image(one, images + l * 108, word);
    }
    for (int i = 0; i < 104; i += VL) {
        vec v[VL];
        UNROLL
        for (int l = 0; l < VL; l++)
            v[l] = vload(images + l * 108 + i);
        vtranspose(v);
        UNROLL
        for (int l = 0; l < VL; l++)
            vstore(y + (i + l) * VL, v[l]);
    }
    for (int i = 104; i < 108; i++)
        for (int l = 0; l < VL; l++)
            y[i * VL + l] = images[l * 108 + i];
}

/* one image 6x6x3 from other places, bilinear; beside it: constant */
KERNEL static void warp_image_2(const float *restrict x, float *restrict y, const int64_t v[3], const int64_t u[3])
{
    for (int i = 0; i < 6; i++) {
        int64_t down = v[0] + v[1] * i, across = u[0] + u[1] * i;
        for (int j = 0; j < 6; j++, down += v[2], across += u[2]) {
            float *const to = y + i * 18 + j * 3;
            const int above = (int)(down >> 32), left = (int)(across >> 32);
            const float lower = augment_fraction(down), right = augment_fraction(across); /* how near they are */
            const float w0 = (1.0f - lower) * (1.0f - right), w1 = (1.0f - lower) * right;
            const float w2 = lower * (1.0f - right), w3 = lower * right;
            if (above >= 0 && above < 5 && left >= 0 && left < 5) {
                const float *const p0 = x + above * 18 + left * 3, *const p1 = p0 + 3;
                const float *const p2 = p0 + 18, *const p3 = p2 + 3;
                for (int c = 0; c < 3; c++)
                    to[c] = w0 * p0[c] + w1 * p1[c] + w2 * p2[c] + w3 * p3[c];
            } else {
                const int is_above = above >= 0 && above < 6, is_below = above + 1 >= 0 && above + 1 < 6;
                const int is_left = left >= 0 && left < 6, is_right = left + 1 >= 0 && left + 1 < 6;
                for (int c = 0; c < 3; c++) {
                    const float p0 = is_above && is_left ? x[above * 18 + left * 3 + c] : 0x0p+0f;
                    const float p1 = is_above && is_right ? x[above * 18 + (left + 1) * 3 + c] : 0x0p+0f;
                    const float p2 = is_below && is_left ? x[(above + 1) * 18 + left * 3 + c] : 0x0p+0f;
                    const float p3 = is_below && is_right ? x[(above + 1) * 18 + (left + 1) * 3 + c] : 0x0p+0f;
                    to[c] = w0 * p0 + w1 * p1 + w2 * p2 + w3 * p3;
                }
            }
        }
    }
}

/* one image 6x6x3: zoom */
KERNEL static void zoom_image(const float *restrict x, float *restrict y, const uint32_t word[4])
{
    const double down = 1.0 + (-0.2 + 0.4 * (word[0] * 0x1p-32)), across = 1.0 + (0.0 + 0.3 * (word[1] * 0x1p-32));
    const int64_t v[3] = {augment_fixed(2.5 * (1.0 - down)), augment_fixed(down), 0};
    const int64_t u[3] = {augment_fixed(2.5 * (1.0 - across)), 0, augment_fixed(across)};
    warp_image_2(x, y, v, u);
}

/* one image 6x6x3 from other places, nearest; beside it: wrap */
KERNEL static void warp_image_3(const float *restrict x, float *restrict y, const int64_t v[3], const int64_t u[3])
{
    for (int i = 0; i < 6; i++) {
        int64_t down = v[0] + v[1] * i, across = u[0] + u[1] * i;
        for (int j = 0; j < 6; j++, down += v[2], across += u[2]) {
            float *const to = y + i * 18 + j * 3;
            const int line = (int)((down + ((int64_t)1 << 31)) >> 32),
                at = (int)((across + ((int64_t)1 << 31)) >> 32);
            const float *const from = x + augment_wrap(line, 6) * 18 + augment_wrap(at, 6) * 3;
            for (int c = 0; c < 3; c++)
                to[c] = from[c];
        }
    }
}

/* one image 6x6x3: contrast */
KERNEL static void contrast_image(const float *restrict x, float *restrict y, const uint32_t word[4])
{
    const double factor = 0.8 + 0.39999999999999991 * (word[0] * 0x1p-32);
    for (int c = 0; c < 3; c++) {
        double mean = 0.0;
        for (int i = 0; i < 36; i++)
            mean += (double)x[i * 3 + c];
        mean /= 36.0;
        for (int i = 0; i < 36; i++)
            y[i * 3 + c] = augment_cut((float)(((double)x[i * 3 + c] - mean) * factor + mean), -0x1p+0f, 0x1p+0f);
    }
}

/* random_zoom (line 4): 6x6x3 -> zoom, translate, contrast -> 6x6x3 */
KERNEL static void random_zoom_train(const float *x, float *y, float *images, const struct random *random)
{
    float *const one = images + 864, *const other = one + 108;
    for (int l = 0; l < VL; l++) {
        uint32_t word[4];
        for (int i = 0; i < 108; i++)
            one[i] = x[i * VL + l];
        augment_random(random, l, 0, 4, 0, word);
        zoom_image(one, other, word);
        augment_random(random, l, 0, 5, 0, word);
        translate_image(other, one, word);
        augment_random(random, l, 0, 6, 0, word);
        contrast_image(one, images + l * 108, word);
    }
    for (int i = 0; i < 104; i += VL) {
        vec v[VL];
        UNROLL
        for (int l = 0; l < VL; l++)
            v[l] = vload(images + l * 108 + i);
        vtranspose(v);
        UNROLL
        for (int l = 0; l < VL; l++)
            vstore(y + (i + l) * VL, v[l]);
    }
    for (int i = 104; i < 108; i++)
        for (int l = 0; l < VL; l++)
            y[i * VL + l] = images[l * 108 + i];
}
