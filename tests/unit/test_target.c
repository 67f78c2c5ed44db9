/* The target table, and that every target has its prologue. */
#include "target/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void finds_by_name(void **state)
{
    (void)state;
    for (const struct target *target = target_table; target->name; target++)
        assert_ptr_equal(target_find(target->name), target);
    assert_int_equal(target_find("avx512")->lanes, 16);
    assert_int_equal(target_find("generic")->lanes, 1);
    assert_null(target_find("avx3"));
    assert_null(target_find(""));
}

static void native_is_one_of_them(void **state)
{
    (void)state;
    const struct target *native = target_find("native");
    assert_non_null(native);
    assert_ptr_equal(target_find(native->name), native);
    assert_true(native->runs());
    assert_true(target_find("generic")->runs());
}

static void descriptions_are_complete(void **state)
{
    (void)state;
    for (const struct target *target = target_table; target->name; target++) {
        assert_true(target->lanes > 0 && (target->lanes & (target->lanes - 1)) == 0);
        assert_true(target->registers >= 16);
        assert_true(target->l1 < target->l2);
        assert_non_null(strstr(target->flags, "-ffp-contract=off"));
        assert_true(strlen(target->about) > 0);
    }
}

static void a_guard_says_what_it_needs(void **state)
{
    (void)state;
    for (const struct target *target = target_table; target->name; target++) {
        assert_int_equal(!target->guard, !target->needs);
        if (target->header || target->features || target->test)
            assert_non_null(target->guard);
    }
}

/* What generated code asks of the processor is what its vectors need. */
static void tests_name_all_features(void **state)
{
    (void)state;
    for (const struct target *target = target_table; target->name; target++)
        for (const char *feature = target->test ? target->features : ""; *feature;) {
            char call[64];
            int length = (int)strcspn(feature, ",");
            snprintf(call, sizeof call, "__builtin_cpu_supports(\"%.*s\")", length, feature);
            assert_non_null(strstr(target->test, call));
            feature += length + (feature[length] == ',');
        }
}

/* Kernels are tiled for `lanes` and compiled with the prologue's VL. */
static void prologues_agree(void **state)
{
    (void)state;
    for (const struct target *target = target_table; target->name; target++) {
        char name[64], lanes[32];
        if (target->variants[0])
            continue; /* made of others */
        size_t length;
        snprintf(name, sizeof name, "simd/%s.h.in", target->name);
        snprintf(lanes, sizeof lanes, "#define VL %d\n", target->lanes);
        const char *text = embedded_find(name, &length);
        assert_non_null(text);
        assert_int_equal(strlen(text), length);
        assert_non_null(strstr(text, lanes));
    }
    size_t length;
    assert_null(embedded_find("simd/none.h.in", &length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_by_name),
        cmocka_unit_test(native_is_one_of_them),
        cmocka_unit_test(descriptions_are_complete),
        cmocka_unit_test(prologues_agree),
        cmocka_unit_test(a_guard_says_what_it_needs),
        cmocka_unit_test(tests_name_all_features),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
