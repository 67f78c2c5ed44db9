/* The first of them that this processor can run. */
static int best(void)
{
#if defined(__GNUC__) && defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx2") &&
        __builtin_cpu_supports("fma"))
        return VARIANT_avx512;
    if (__builtin_cpu_supports("avx2") &&
        __builtin_cpu_supports("fma"))
        return VARIANT_avx2;
#endif
    return VARIANT_generic;
}

void mlp_fat_prepare(const float *parameters, float *prepared)
{
    variants[best()].prepare(parameters, prepared);
}

void mlp_fat_predict(const float *input, float *output)
{
    variants[best()].predict_one(mlp_fat_prepared, predict_workspace, input, output);
}

void mlp_fat_predict_many(const float *inputs, float *outputs, ptrdiff_t count)
{
    const struct rows input = {.values = inputs, .count = count};
    const int all = omp_get_max_threads(), most = all < MAX_THREADS ? all : (int)MAX_THREADS;
    int threads = most;
#if defined(_OPENMP)
    static struct pace pace;
    const double start = omp_get_wtime();
    threads = pace_threads(&pace, most);
#endif
    omp_set_num_threads(threads);
    variants[best()].predict_rows(mlp_fat_prepared, &many_workspace[0][0], threads, &input, count, outputs);
    omp_set_num_threads(all);
#if defined(_OPENMP)
    if (most > 1 && count > 0)
        pace_call(&pace, threads, omp_get_wtime() - start, (double)count);
#endif
}
