/* What a script may have many of: there is no limit, or a message that names it. */
#include "../../runtime/cnnrt.h"
#include "emit/emit.h"
#include "pass/pass.h"
#include "script_support.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void takes_as_many_layers_in_braces_as_there_are(void **state)
{
    struct script_fixture *fixture = *state;
    const char *text = "return Sequential{Input{4}";
    for (int i = 0; i < 100; i++)
        text = arena_printf(&fixture->arena, "%s, Dense(4)", text);
    assert_int_equal(script_compile(fixture, arena_printf(&fixture->arena, "%s}\n", text))->n_layers, 100);
    assert_script_error(fixture, "Dense{[1 << 20] = 1}\n", 1, "a call takes at most 65536 values without a name",
                        NULL);
}

static void joins_as_many_tensors_as_there_are(void **state)
{
    struct graph *graph = script_compile(*state, "local x, all = Input{2}, {}\n"
                                                 "for i = 1, 150 do all[i] = x end\n"
                                                 "local y = Concatenate()(all)\n"
                                                 "all[151] = {axis = 0}\n"
                                                 "local z = op.concat(table.unpack(all))\n"
                                                 "return Model{inputs = x, outputs = Add()({y, z})}\n");
    assert_int_equal(graph->outputs[0]->shape.dim[0], 300);
    graph = script_compile(*state, "local Last = Layer{name = 'Last', inputs = 100,\n"
                                   "  call = function(layer, ...) return (select(100, ...)) * 2 end}\n"
                                   "local x, all = Input{2}, {}\n"
                                   "for i = 1, 100 do all[i] = x end\n"
                                   "return Model{inputs = x, outputs = Last()(all)}\n");
    assert_int_equal(graph->n_layers, 2);
    assert_script_error(*state, "Layer{name = 'L', inputs = 0, call = print}\n", 1,
                        "Layer: inputs must be the number of tensors or \"many\", not 0", NULL);
}

static void takes_as_many_metrics_as_there_are(void **state)
{
    const struct graph *graph = script_compile(*state, "local m = Sequential{Input{4}, Dense(1)}\nlocal many = {}\n"
                                                       "for i = 1, 9 do many[i] = 'mse' end\n"
                                                       "m:compile{loss = 'mse', metrics = many}\nreturn m\n");
    assert_int_equal(graph->training.n_columns, 10);
    assert_string_equal(graph->training.columns[9], "mse_8");
}

static void knows_the_limits_of_the_runtime(void **state)
{
    (void)state;
    assert_int_equal(SHAPE_MAX_RANK, CNN_MAX_RANK);
    assert_int_equal(ARRAYS_MAX, CNN_MAX_ARRAYS);
}

/* No optimizer has one yet that is not 0. */
static void says_what_fresh_slots_hold(void **state)
{
    struct script_fixture *fixture = *state;
    struct graph *graph = script_compile(fixture, "local m = Sequential{Input{4}, Dense(1)}\n"
                                                  "m:compile{loss = 'mse', optimizer = 'adam'}\n");
    graph->training.stages->slots[1].initial = 0.1;
    struct options options = {.output = "net.c", .name = "net", .target = target_find("generic")};
    struct unit unit = {0};
    const char *source, *header;
    assert_true(compile_unit(&unit, graph, &options) && emit_unit(&unit, &source, &header));
    assert_non_null(strstr(source, "slot_initial[] = {0, 0.10000000000000001};"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(takes_as_many_layers_in_braces_as_there_are),
        TEST(joins_as_many_tensors_as_there_are),
        TEST(takes_as_many_metrics_as_there_are),
        TEST(knows_the_limits_of_the_runtime),
        TEST(says_what_fresh_slots_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
