/* peak.c -- the multiply-adds of float32 that this machine can do at most, with the vectors that the
 * compiler's flags allow. Answers requests of the kind "peak": see serve.h. */
#include "serve.h"

#include <omp.h>
#include <string.h>

#if defined(__AVX512F__)
#include <immintrin.h>
typedef __m512 vec;
enum { LANES = 16 };
#define vset1 _mm512_set1_ps
#define vfma  _mm512_fmadd_ps
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
typedef __m256 vec;
enum { LANES = 8 };
#define vset1 _mm256_set1_ps
#define vfma  _mm256_fmadd_ps
#elif defined(__SSE2__)
#include <emmintrin.h>
typedef __m128 vec;
enum { LANES = 4 };
#define vset1         _mm_set1_ps
#define vfma(a, b, c) _mm_add_ps(_mm_mul_ps(a, b), c)
#elif defined(__aarch64__)
#include <arm_neon.h>
typedef float32x4_t vec;
enum { LANES = 4 };
#define vset1         vdupq_n_f32
#define vfma(a, b, c) vfmaq_f32(c, a, b)
#else
typedef float vec;
enum { LANES = 1 };
#define vset1(a)      (a)
#define vfma(a, b, c) ((a) * (b) + (c))
#endif

/* Two units with a latency of 4 or 5 cycles want 10 independent sums; SSE and AVX2 have 16 registers. */
enum { ACCUMULATORS = 14 };

/* Sums that began alike would be alike for ever, and compilers compute such sums once. */
static float sums(long rounds)
{
    vec x = vset1(0.5f), y = vset1(1.0f);
    vec a = vset1(1), b = vset1(2), c = vset1(3), d = vset1(4), e = vset1(5), f = vset1(6), g = vset1(7);
    vec h = vset1(8), i = vset1(9), j = vset1(10), k = vset1(11), l = vset1(12), m = vset1(13), n = vset1(14);
    while (rounds-- > 0) {
        a = vfma(a, x, y), b = vfma(b, x, y), c = vfma(c, x, y), d = vfma(d, x, y), e = vfma(e, x, y);
        f = vfma(f, x, y), g = vfma(g, x, y), h = vfma(h, x, y), i = vfma(i, x, y), j = vfma(j, x, y);
        k = vfma(k, x, y), l = vfma(l, x, y), m = vfma(m, x, y), n = vfma(n, x, y);
    }
    vec all[ACCUMULATORS] = {a, b, c, d, e, f, g, h, i, j, k, l, m, n};
    float lane[ACCUMULATORS * LANES], sum = 0;
    memcpy(lane, all, sizeof all);
    for (int at = 0; at < ACCUMULATORS * LANES; at++)
        sum += lane[at];
    return sum;
}

static const char *prepare(void *user, const struct request *request)
{
    (void)user;
    return strcmp(request->kind, "peak") == 0 ? NULL : "the peak is that of no network";
}

static void gigaflop(void *user, const struct request *request)
{
    long rounds = 1000000000L / (2L * LANES * ACCUMULATORS * request->threads);
    float sum = 0;
#pragma omp parallel num_threads(request->threads) reduction(+ : sum)
    sum += sums(rounds);
    *(float *)user = sum; /* or the compiler would leave it all out */
}

int main(void)
{
    static volatile float sink;
    return serve((void *)&sink, prepare, gigaflop);
}
