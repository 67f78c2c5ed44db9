/* conv2d (line 5): 11x10x4 -> conv2d, add -> 6x10x4; tile 5 columns x 2 filters */
KERNEL static void conv2d_one(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                              float *restrict y)
{
    for (int oy = 0; oy < 6; oy++) {
        for (int g = 0; g < 2; g++) {
            const float *restrict wf = kernel + g * 2;
            const vec b0 = vset1(bias[g * 2]);
            const vec b1 = vset1(bias[g * 2 + 1]);
            {
                vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
                vec a3_0 = b0, a3_1 = b1, a4_0 = b0, a4_1 = b1;
                for (int i = 0; i < 4; i++) {
                    const int iy0 = oy * 2 + i - 1;
                    if (iy0 >= 0 && iy0 < 11) {
                        const float *restrict x0 = x + iy0 * 10 * 4 + g * 2;
                        const float *restrict w = wf + i * 24;
                        for (int c = 0; c < 2; c++, x0++, w += 4) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                                { const vec v = vload(x0); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 4); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 8); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 12); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1);
                                  }
                            }
                            {
                                const vec w0 = vset1(w[8]), w1 = vset1(w[9]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 4); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 8); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 12); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1);
                                  }
                                { const vec v = vload(x0 + 16); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1);
                                  }
                            }
                            {
                                const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                                { const vec v = vload(x0 + 4); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 8); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 12); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1);
                                  }
                                { const vec v = vload(x0 + 16); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1);
                                  }
                                { const vec v = vload(x0 + 20); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1);
                                  }
                            }
                        }
                    }
                }
                float *restrict to = y + oy * 10 * 4 + g * 2;
                vstore(to, a0_0);
                vstore(to + 1, a0_1);
                vstore(to + 4, a1_0);
                vstore(to + 5, a1_1);
                vstore(to + 8, a2_0);
                vstore(to + 9, a2_1);
                vstore(to + 12, a3_0);
                vstore(to + 13, a3_1);
                vstore(to + 16, a4_0);
                vstore(to + 17, a4_1);
            }
            {
                vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
                vec a3_0 = b0, a3_1 = b1, a4_0 = b0, a4_1 = b1;
                for (int i = 0; i < 4; i++) {
                    const int iy0 = oy * 2 + i - 1;
                    if (iy0 >= 0 && iy0 < 11) {
                        const float *restrict x0 = x + (iy0 * 10 + 4) * 4 + g * 2;
                        const float *restrict w = wf + i * 24;
                        for (int c = 0; c < 2; c++, x0++, w += 4) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 4); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 8); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 12); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1);
                                  }
                                { const vec v = vload(x0 + 16); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1);
                                  }
                            }
                            {
                                const vec w0 = vset1(w[8]), w1 = vset1(w[9]);
                                { const vec v = vload(x0 + 4); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 8); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 12); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1);
                                  }
                                { const vec v = vload(x0 + 16); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1);
                                  }
                                { const vec v = vload(x0 + 20); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1);
                                  }
                            }
                            {
                                const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                                { const vec v = vload(x0 + 8); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 12); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1);
                                  }
                                { const vec v = vload(x0 + 16); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1);
                                  }
                                { const vec v = vload(x0 + 20); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1);
                                  }
                            }
                        }
                    }
                }
                float *restrict to = y + (oy * 10 + 5) * 4 + g * 2;
                vstore(to, a0_0);
                vstore(to + 1, a0_1);
                vstore(to + 4, a1_0);
                vstore(to + 5, a1_1);
                vstore(to + 8, a2_0);
                vstore(to + 9, a2_1);
                vstore(to + 12, a3_0);
                vstore(to + 13, a3_1);
                vstore(to + 16, a4_0);
                vstore(to + 17, a4_1);
            }
        }
    }
}

/* conv2d_1 (line 7): 4x8x4 -> conv2d, add, tanh -> 3x4x6; tile 4 columns x 3 filters */
KERNEL static void conv2d_1_one(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                                float *restrict y)
{
    for (int oy = 0; oy < 3; oy++) {
        for (int f = 0; f < 6; f += 3) {
            const float *restrict wf = kernel + f;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            const vec b2 = vset1(bias[f + 2]);
            vec a0_0 = b0, a0_1 = b1, a0_2 = b2, a1_0 = b0, a1_1 = b1, a1_2 = b2;
            vec a2_0 = b0, a2_1 = b1, a2_2 = b2, a3_0 = b0, a3_1 = b1, a3_2 = b2;
            for (int i = 0; i < 2; i++) {
                const int iy0 = oy + i;
                const float *restrict x0 = x + iy0 * 8 * 4;
                const float *restrict w = wf + i * 72;
                for (int c = 0; c < 4; c++, x0++, w += 6) {
                    {
                        const vec w0 = vset1(w[0]), w1 = vset1(w[1]), w2 = vset1(w[2]);
                        { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1);
                          a0_2 = vfma(v, w2, a0_2); }
                        { const vec v = vload(x0 + 4); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1);
                          a1_2 = vfma(v, w2, a1_2); }
                        { const vec v = vload(x0 + 8); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1);
                          a2_2 = vfma(v, w2, a2_2); }
                        { const vec v = vload(x0 + 12); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1);
                          a3_2 = vfma(v, w2, a3_2); }
                    }
                    {
                        const vec w0 = vset1(w[24]), w1 = vset1(w[25]), w2 = vset1(w[26]);
                        { const vec v = vload(x0 + 8); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1);
                          a0_2 = vfma(v, w2, a0_2); }
                        { const vec v = vload(x0 + 12); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1);
                          a1_2 = vfma(v, w2, a1_2); }
                        { const vec v = vload(x0 + 16); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1);
                          a2_2 = vfma(v, w2, a2_2); }
                        { const vec v = vload(x0 + 20); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1);
                          a3_2 = vfma(v, w2, a3_2); }
                    }
                    {
                        const vec w0 = vset1(w[48]), w1 = vset1(w[49]), w2 = vset1(w[50]);
                        { const vec v = vload(x0 + 16); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1);
                          a0_2 = vfma(v, w2, a0_2); }
                        { const vec v = vload(x0 + 20); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1);
                          a1_2 = vfma(v, w2, a1_2); }
                        { const vec v = vload(x0 + 24); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1);
                          a2_2 = vfma(v, w2, a2_2); }
                        { const vec v = vload(x0 + 28); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1);
                          a3_2 = vfma(v, w2, a3_2); }
                    }
                }
            }
            float *restrict to = y + oy * 4 * 6 + f;
            vstore(to, vtanh(a0_0));
            vstore(to + 1, vtanh(a0_1));
            vstore(to + 2, vtanh(a0_2));
            vstore(to + 6, vtanh(a1_0));
            vstore(to + 7, vtanh(a1_1));
            vstore(to + 8, vtanh(a1_2));
            vstore(to + 12, vtanh(a2_0));
            vstore(to + 13, vtanh(a2_1));
            vstore(to + 14, vtanh(a2_2));
            vstore(to + 18, vtanh(a3_0));
            vstore(to + 19, vtanh(a3_1));
            vstore(to + 20, vtanh(a3_2));
        }
    }
}

/* dense (line 10), backward: 3 -> matmul_grad_input -> 36; tile 1 columns x 12 filters */
KERNEL static void dense_grad_input(const float *restrict x, const float *restrict kernel, float *restrict y)
{
    for (int f = 0; f < 36; f += 12) {
        const float *restrict wf = kernel + f * 3;
        vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a0_4 = vzero(), a0_5 = vzero();
        vec a0_6 = vzero(), a0_7 = vzero(), a0_8 = vzero(), a0_9 = vzero(), a0_10 = vzero(), a0_11 = vzero();
        const float *restrict x0 = x;
        const float *restrict w = wf;
        for (int c = 0; c < 3; c++, x0++, w++) {
            const vec w0 = vset1(w[0]), w1 = vset1(w[3]), w2 = vset1(w[6]), w3 = vset1(w[9]), w4 = vset1(w[12]),
                w5 = vset1(w[15]), w6 = vset1(w[18]), w7 = vset1(w[21]), w8 = vset1(w[24]), w9 = vset1(w[27]),
                w10 = vset1(w[30]), w11 = vset1(w[33]);
            { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2);
              a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); a0_5 = vfma(v, w5, a0_5);
              a0_6 = vfma(v, w6, a0_6); a0_7 = vfma(v, w7, a0_7); a0_8 = vfma(v, w8, a0_8);
              a0_9 = vfma(v, w9, a0_9); a0_10 = vfma(v, w10, a0_10); a0_11 = vfma(v, w11, a0_11); }
        }
        float *restrict to = y + f;
        vstore(to, a0_0);
        vstore(to + 1, a0_1);
        vstore(to + 2, a0_2);
        vstore(to + 3, a0_3);
        vstore(to + 4, a0_4);
        vstore(to + 5, a0_5);
        vstore(to + 6, a0_6);
        vstore(to + 7, a0_7);
        vstore(to + 8, a0_8);
        vstore(to + 9, a0_9);
        vstore(to + 10, a0_10);
        vstore(to + 11, a0_11);
    }
}

/* conv2d_1 (line 7), backward: 3x4x6 -> conv2d_grad_input -> 4x8x4; tile 4 columns x 2 filters */
KERNEL static void conv2d_1_grad_input(const float *restrict x, const float *restrict kernel, float *restrict y)
{
    for (int oy = 0; oy < 4; oy++) {
        for (int f = 0; f < 4; f += 2) {
            const float *restrict wf = kernel + f * 6;
            {
                vec a0_0 = vzero(), a0_1 = vzero(), a1_0 = vzero(), a1_1 = vzero(), a2_0 = vzero(), a2_1 = vzero();
                vec a3_0 = vzero(), a3_1 = vzero();
                for (int i = 0; i < 2; i++) {
                    const int iy0 = oy - i;
                    if (iy0 >= 0 && iy0 < 3) {
                        const float *restrict x0 = x + iy0 * 4 * 6;
                        const float *restrict w = wf + i * 72;
                        for (int c = 0; c < 6; c++, x0++, w++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[6]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 6); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 12); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1);
                                  }
                                { const vec v = vload(x0 + 18); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1);
                                  }
                            }
                            {
                                const vec w0 = vset1(w[24]), w1 = vset1(w[30]);
                                { const vec v = vload(x0); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 6); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                        }
                    }
                }
                float *restrict to = y + oy * 8 * 4 + f;
                vstore(to, a0_0);
                vstore(to + 1, a0_1);
                vstore(to + 4, a1_0);
                vstore(to + 5, a1_1);
                vstore(to + 8, a2_0);
                vstore(to + 9, a2_1);
                vstore(to + 12, a3_0);
                vstore(to + 13, a3_1);
            }
            {
                vec a0_0 = vzero(), a0_1 = vzero(), a1_0 = vzero(), a1_1 = vzero(), a2_0 = vzero(), a2_1 = vzero();
                vec a3_0 = vzero(), a3_1 = vzero();
                for (int i = 0; i < 2; i++) {
                    const int iy0 = oy - i;
                    if (iy0 >= 0 && iy0 < 3) {
                        const float *restrict x0 = x + iy0 * 4 * 6;
                        const float *restrict w = wf + i * 72;
                        for (int c = 0; c < 6; c++, x0++, w++) {
                            {
                                const vec w0 = vset1(w[24]), w1 = vset1(w[30]);
                                { const vec v = vload(x0 + 12); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1);
                                  }
                                { const vec v = vload(x0 + 18); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1);
                                  }
                            }
                            {
                                const vec w0 = vset1(w[48]), w1 = vset1(w[54]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 6); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 12); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1);
                                  }
                                { const vec v = vload(x0 + 18); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1);
                                  }
                            }
                        }
                    }
                }
                float *restrict to = y + (oy * 8 + 4) * 4 + f;
                vstore(to, a0_0);
                vstore(to + 1, a0_1);
                vstore(to + 4, a1_0);
                vstore(to + 5, a1_1);
                vstore(to + 8, a2_0);
                vstore(to + 9, a2_1);
                vstore(to + 12, a3_0);
                vstore(to + 13, a3_1);
            }
        }
    }
}
