/* runtime/data/rng.c */
#include "rt_support.h"

#include <math.h>
#include <string.h>

/* Known answers: kat_vectors of Random123, philox4x32 10. */
static void philox_gives_the_known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], answer[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        uint32_t out[4];
        cnn_philox(known[i].key, known[i].counter, out);
        assert_memory_equal(out, known[i].answer, sizeof out);
    }
}

static void a_draw_is_keyed_as_documented(void **state)
{
    (void)state;
    struct cnn_draw draw = cnn_draw(0x1122334455667788, CNN_PURPOSE_SHUFFLE, 9);
    uint64_t mixed = cnn_key(0x1122334455667788, CNN_PURPOSE_SHUFFLE);
    const uint32_t key[2] = {(uint32_t)mixed, (uint32_t)(mixed >> 32)}, counter[4] = {5, 1, 9, 2};
    uint32_t direct[4], drawn[4];
    cnn_philox(key, counter, direct);
    cnn_draw_block(&draw, 0x100000005, 2, drawn);
    assert_memory_equal(direct, drawn, sizeof direct);
}

/* Purposes of different seeds must not meet. */
static void keys_are_mixed(void **state)
{
    (void)state;
    assert_true(cnn_key(0, CNN_PURPOSE_DROPOUT) != cnn_key(1, CNN_PURPOSE_DROPOUT));
    assert_true(cnn_key(7, CNN_PURPOSE_DROPOUT) != cnn_key(7, CNN_PURPOSE_SHUFFLE));
    assert_true(cnn_key((uint64_t)CNN_PURPOSE_SHUFFLE << 32 | 7, CNN_PURPOSE_DROPOUT) !=
                cnn_key(7, CNN_PURPOSE_SHUFFLE));
    /* mix(0) = 0xe220a8397b1dcdaf; mix of that, computed apart. */
    assert_true(cnn_key(0, CNN_PURPOSE_DROPOUT) == 0xa706dd2f4d197e6fu);
}

static void units_are_below_one(void **state)
{
    (void)state;
    assert_true(cnn_unit(0) == 0);
    assert_true(cnn_unit(UINT32_MAX) < 1);
    assert_true((float)cnn_unit(UINT32_MAX) < 1);
}

static void normals_have_the_right_moments(void **state)
{
    (void)state;
    enum { BLOCKS = 50000 };
    struct cnn_draw draw = cnn_draw(1, CNN_PURPOSE_BENCH, 0);
    double sum[5] = {0};
    for (uint64_t block = 0; block < BLOCKS; block++) {
        double normal[4];
        cnn_draw_normals(&draw, block, 0, normal);
        for (int i = 0; i < 4; i++)
            for (int power = 1; power <= 4; power++)
                sum[power] += pow(normal[i], power);
    }
    /* Standard errors with n = 200,000: sqrt(1/n), sqrt(2/n), sqrt(15/n), sqrt(96/n); five of each. */
    double n = 4.0 * BLOCKS;
    assert_true(fabs(sum[1] / n - 0) < 5 * sqrt(1 / n));
    assert_true(fabs(sum[2] / n - 1) < 5 * sqrt(2 / n));
    assert_true(fabs(sum[3] / n - 0) < 5 * sqrt(15 / n));
    assert_true(fabs(sum[4] / n - 3) < 5 * sqrt(96 / n));
}

static void a_shuffle_is_a_permutation(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    uint32_t index[COUNT];
    bool seen[COUNT] = {false};
    cnn_shuffle(3, 0, index, COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_true(index[i] < COUNT && !seen[index[i]]);
        seen[index[i]] = true;
    }
}

static void a_shuffle_depends_on_seed_and_epoch_alone(void **state)
{
    (void)state;
    uint32_t a[100], b[100];
    cnn_shuffle(3, 1, a, 100);
    cnn_shuffle(3, 1, b, 100);
    assert_memory_equal(a, b, sizeof a);
    cnn_shuffle(3, 2, b, 100);
    assert_memory_not_equal(a, b, sizeof a);
    cnn_shuffle(4, 1, b, 100);
    assert_memory_not_equal(a, b, sizeof a);
}

static void all_orders_of_three_are_as_likely(void **state)
{
    (void)state;
    enum { TRIALS = 6000 };
    int counts[27] = {0};
    for (uint32_t epoch = 0; epoch < TRIALS; epoch++) {
        uint32_t index[3];
        cnn_shuffle(0, epoch, index, 3);
        counts[index[0] * 9 + index[1] * 3 + index[2]]++;
    }
    double chi_squared = 0;
    for (int i = 0; i < 27; i++)
        if (counts[i])
            chi_squared += pow(counts[i] - TRIALS / 6.0, 2) / (TRIALS / 6.0);
    assert_true(chi_squared < 20.5); /* 5 degrees of freedom, p = 0.001 */
}

static void short_shuffles_are_possible(void **state)
{
    (void)state;
    uint32_t index[1] = {7};
    cnn_shuffle(0, 0, index, 0);
    assert_int_equal(index[0], 7);
    cnn_shuffle(0, 0, index, 1);
    assert_int_equal(index[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_known_answers),
        cmocka_unit_test(a_draw_is_keyed_as_documented),
        cmocka_unit_test(keys_are_mixed),
        cmocka_unit_test(units_are_below_one),
        cmocka_unit_test(normals_have_the_right_moments),
        cmocka_unit_test(a_shuffle_is_a_permutation),
        cmocka_unit_test(a_shuffle_depends_on_seed_and_epoch_alone),
        cmocka_unit_test(all_orders_of_three_are_as_likely),
        cmocka_unit_test(short_shuffles_are_possible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
