/* batch_normalization (line 4): 8x8x4 -> batch_mean -> 4 */
KERNEL static void batch_normalization_train(const float *restrict x, const float *restrict weight,
                                             float *restrict mean)
{
    vec share = vmul(vload(weight), vset1(0x1p-6f));
    vec sum[4];
    UNROLL
    for (int k = 0; k < 4; k++)
        sum[k] = vzero();
    for (int run_1 = 0; run_1 < 64; run_1 += 32) {
        const int run_1_end = run_1 + 32;
        vec sum_1[4];
        UNROLL
        for (int k = 0; k < 4; k++)
            sum_1[k] = vzero();
        for (int p = run_1; p < run_1_end; p++) {
            UNROLL
            for (int k = 0; k < 4; k++) {
                const int i = (p * 4 + k) * VL;
                sum_1[k] = vadd(sum_1[k], vload(x + i));
            }
        }
        UNROLL
        for (int k = 0; k < 4; k++)
            sum[k] = vadd(sum[k], sum_1[k]);
    }
    UNROLL
    for (int k = 0; k < 4; k++)
        mean[k] += vsum(vmul(sum[k], share));
}

/* batch_normalization (line 4): 8x8x4 -> batch_variance -> 4 */
KERNEL static void batch_normalization_batch_variance_train(const float *restrict x, const float *restrict mean,
    const float *restrict weight,
    float *restrict variance)
{
    vec share = vmul(vload(weight), vset1(0x1p-6f));
    vec sum[4];
    UNROLL
    for (int k = 0; k < 4; k++)
        sum[k] = vzero();
    for (int run_1 = 0; run_1 < 64; run_1 += 32) {
        const int run_1_end = run_1 + 32;
        vec sum_1[4];
        UNROLL
        for (int k = 0; k < 4; k++)
            sum_1[k] = vzero();
        for (int p = run_1; p < run_1_end; p++) {
            UNROLL
            for (int k = 0; k < 4; k++) {
                const int i = (p * 4 + k) * VL;
                vec off = vsub(vload(x + i), vset1(mean[k]));
                sum_1[k] = vfma(off, off, sum_1[k]);
            }
        }
        UNROLL
        for (int k = 0; k < 4; k++)
            sum[k] = vadd(sum[k], sum_1[k]);
    }
    UNROLL
    for (int k = 0; k < 4; k++)
        variance[k] += vsum(vmul(sum[k], share));
}

/* dropout (line 7): 4x4x8 -> dropout -> 4x4x8
 * dropout (line 7), backward: 4x4x8 -> dropout -> 4x4x8 */
KERNEL static void dropout_train(const float *x, float *y, const struct random *random)
{
    const vec scale = vset1(0x1p+1f), limit = vset1(0x1p+15f);
    vint sample = viadd(viset1((int32_t)random->sample), vcvt_int(vlane_index()));
    vint step = viset1((int32_t)random->step);
    vint layer = viset1((int32_t)((uint32_t)1 << 16 | (random->step >> 32 & 0xffffu)));
    for (int e = 0; e < 128; e += 8) {
        vint word[4] = {viset1(e / 8), sample, step, layer};
        vphilox(word, random->key[0], random->key[1]);
        for (int k = 0; k < 8; k++) {
            vint half = k % 2 ? vishr(word[k / 2], 16) : viand(word[k / 2], viset1(0xffff));
            vec v = vmul(vload(x + (e + k) * VL), scale);
            vstore(y + (e + k) * VL, vselect(vge(vcvt_float(half), limit), v, vzero()));
        }
    }
}

/* dense (line 8), backward: 3 -> matmul_grad_input -> 128; tile 1 columns x 13 filters */
KERNEL static void dense_grad_input(const float *restrict x, const float *restrict kernel, float *restrict y)
{
    for (int f = 0; f < 117; f += 13) {
        const float *restrict wf = kernel + f * 3;
        vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a0_4 = vzero(), a0_5 = vzero();
        vec a0_6 = vzero(), a0_7 = vzero(), a0_8 = vzero(), a0_9 = vzero(), a0_10 = vzero(), a0_11 = vzero();
        vec a0_12 = vzero();
        const float *restrict x0 = x;
        const float *restrict w = wf;
        for (int c = 0; c < 3; c++, x0 += 8, w++) {
            const vec w0 = vset1(w[0]), w1 = vset1(w[3]), w2 = vset1(w[6]), w3 = vset1(w[9]), w4 = vset1(w[12]),
                w5 = vset1(w[15]), w6 = vset1(w[18]), w7 = vset1(w[21]), w8 = vset1(w[24]), w9 = vset1(w[27]),
                w10 = vset1(w[30]), w11 = vset1(w[33]), w12 = vset1(w[36]);
            { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2);
              a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); a0_5 = vfma(v, w5, a0_5);
              a0_6 = vfma(v, w6, a0_6); a0_7 = vfma(v, w7, a0_7); a0_8 = vfma(v, w8, a0_8);
              a0_9 = vfma(v, w9, a0_9); a0_10 = vfma(v, w10, a0_10); a0_11 = vfma(v, w11, a0_11);
              a0_12 = vfma(v, w12, a0_12); }
        }
        float *restrict to = y + f * 8;
        vstore(to, a0_0);
        vstore(to + 8, a0_1);
        vstore(to + 16, a0_2);
        vstore(to + 24, a0_3);
        vstore(to + 32, a0_4);
        vstore(to + 40, a0_5);
        vstore(to + 48, a0_6);
        vstore(to + 56, a0_7);
        vstore(to + 64, a0_8);
        vstore(to + 72, a0_9);
        vstore(to + 80, a0_10);
        vstore(to + 88, a0_11);
        vstore(to + 96, a0_12);
    }
    {
        const float *restrict wf = kernel + 351;
        vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a0_4 = vzero(), a0_5 = vzero();
        vec a0_6 = vzero(), a0_7 = vzero(), a0_8 = vzero(), a0_9 = vzero(), a0_10 = vzero();
        const float *restrict x0 = x;
        const float *restrict w = wf;
        for (int c = 0; c < 3; c++, x0 += 8, w++) {
            const vec w0 = vset1(w[0]), w1 = vset1(w[3]), w2 = vset1(w[6]), w3 = vset1(w[9]), w4 = vset1(w[12]),
                w5 = vset1(w[15]), w6 = vset1(w[18]), w7 = vset1(w[21]), w8 = vset1(w[24]), w9 = vset1(w[27]),
                w10 = vset1(w[30]);
            { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2);
              a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); a0_5 = vfma(v, w5, a0_5);
              a0_6 = vfma(v, w6, a0_6); a0_7 = vfma(v, w7, a0_7); a0_8 = vfma(v, w8, a0_8);
              a0_9 = vfma(v, w9, a0_9); a0_10 = vfma(v, w10, a0_10); }
        }
        float *restrict to = y + 117 * 8;
        vstore(to, a0_0);
        vstore(to + 8, a0_1);
        vstore(to + 16, a0_2);
        vstore(to + 24, a0_3);
        vstore(to + 32, a0_4);
        vstore(to + 40, a0_5);
        vstore(to + 48, a0_6);
        vstore(to + 56, a0_7);
        vstore(to + 64, a0_8);
        vstore(to + 72, a0_9);
        vstore(to + 80, a0_10);
    }
}

/* concatenate (line 6), backward: 8x8x8 -> slice -> 8x8x4 */
KERNEL static void concatenate_slice(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 64; i++)
        memcpy(y + i * 32, x + i * 64, 32 * sizeof *y);
}

/* batch_normalization (line 4), backward: 8x8x4 -> normalize_grad -> 8x8x4 */
KERNEL static void batch_normalization_grad(const float *dy, const float *x, const float *mean,
                                            const float *variance,
    const float *gamma, const float *dbeta, const float *dgamma, const float *weight, const float *beta, float *dx)
{
    vec share = vmul(vload(weight), vset1(0x1p-6f));
    vec scale[4], slope[4], level[4];
    for (int k = 0; k < 4; k++) {
        vec deviation = vsqrt(vadd(vset1(variance[k]), vset1(0x1.0624dep-10f)));
        scale[k] = vdiv(vset1(gamma[k]), deviation);
        slope[k] = vmul(vdiv(vset1(dgamma[k]), deviation), share);
        level[k] = vmul(vset1(dbeta[k]), share);
    }
    for (int p = 0; p < 64; p++) {
        for (int k = 0; k < 4; k++) {
            const int i = (p * 4 + k) * VL;
            vec d = vload(dy + i);
            vec y = vsub(vload(x + i), vset1(mean[k]));
            y = vfma(y, scale[k], vset1(beta[k]));
            y = vmax(vzero(), y);
            d = vselect(vgt(y, vzero()), d, vzero());
            vec common = vfma(vsub(vload(x + i), vset1(mean[k])), slope[k], level[k]);
            vstore(dx + i, vmul(scale[k], vsub(d, common)));
        }
    }
}

/* A training step, phase 1: up to a sum over the batch. */
static void train_phase_1(struct block *b, const struct rows *input, const struct rows *label)
{
    (void)input;
    (void)label;
    /* batch_normalization (line 4): 8x8x4 -> batch_variance -> 4 */
    float *const conv2d = b->saved; /* 8x8x4xVL */
    float *const batch_normalization_batch_mean = b->combined; /* 4 */
    float *const share = b->saved + 5120; /* 1xVL */
    float *const batch_normalization_part = b->partial + 624; /* 4 */
    batch_normalization_batch_variance_train(conv2d, batch_normalization_batch_mean, share,
                                             batch_normalization_part);
}

static void update(float *parameters, const float *gradients, float *all_velocity, int64_t count,
                   float learning_rate, uint64_t step)
{
    (void)step;
    const vec rho = vset1(0x1.ccccccp-1f);
    const vec rest = vset1(0x1.99999ap-4f);
    const vec rate = vset1(learning_rate);
    int64_t i = 0;
    for (; i + VL <= count; i += VL) {
        vec w = vload(parameters + i), g = vload(gradients + i);
        vec velocity = vload(all_velocity + i);
        velocity = vfma(rho, velocity, vmul(rest, vmul(g, g)));
        w = vsub(w, vdiv(vmul(rate, g), vsqrt(vadd(velocity, vset1(0x1.ad7f2ap-24f)))));
        vstore(parameters + i, w);
        vstore(all_velocity + i, velocity);
    }
    if (i < count) {
        const int n = (int)(count - i);
        vec w = vload_n(parameters + i, n), g = vload_n(gradients + i, n);
        vec velocity = vload_n(all_velocity + i, n);
        velocity = vfma(rho, velocity, vmul(rest, vmul(g, g)));
        w = vsub(w, vdiv(vmul(rate, g), vsqrt(vadd(velocity, vset1(0x1.ad7f2ap-24f)))));
        vstore_n(parameters + i, w, n);
        vstore_n(all_velocity + i, velocity, n);
    }
}

static void train_step(const struct cnn_step *step, double *sums)
{
    const int64_t count = step->batch.count, blocks = (count + VL - 1) / VL;
    const struct rows input = input_rows(&step->batch, 0), label = label_rows(&step->batch, 0);
    const struct memory memory = divide(step->workspace, count, step->threads), *m = &memory;
    const int64_t busy = blocks < GROUPS ? blocks : (int64_t)GROUPS; /* groups that have blocks */
    const int threads = step->threads;
    (void)busy, (void)threads;
    for (int phase = 0, sum = 0; phase < 4; phase++) {
        run_phase(step, m, busy, phase, &input, &label);
        for (; sum < 4 && phase_sums[sum].phase == phase; sum++)
            combine(m->partial + phase_sums[sum].from, m->combined + phase_sums[sum].to, phase_sums[sum].count);
    }
    for (int i = 0; i < 2; i++)
        add(m->partial + gradient_sums[i].to, m->combined + gradient_sums[i].from, gradient_sums[i].count);
    optimize(step, m, blocks);
    for (int i = 0; i < 2; i++)
        move(step->parameters + moved_parameters[i].parameter, m->combined + moved_parameters[i].from,
             moved_parameters[i].count, moved_parameters[i].momentum);
    for (int64_t i = 0; i < blocks; i++)
        for (int k = 0; k < 2; k++)
            sums[k] += m->sums[i][k];
}
