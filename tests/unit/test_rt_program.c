/* runtime/program/program.c */
#include "rt_support.h"

#include <stdlib.h>
#include <string.h>

#include "fake_model.h"

static void help_lists_the_commands(void **state)
{
    struct cnn_model model = fake_model();
    rt_expect(state, &model, "./net --help", 0, "usage: net COMMAND [OPTION...]", "");
    rt_expect(state, &model, "net -h", 0, "\n  evaluate   print loss", "");
    rt_expect(state, &model, "net --help", 0, "The network fake, made by the tests.", "");
}

static void every_command_has_help(void **state)
{
    static const char *const names[] = {"train", "evaluate", "predict", "info", "bench"};
    struct cnn_model model = fake_model();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char line[64], usage[64];
        snprintf(line, sizeof line, "some/where/net %s --help", names[i]);
        snprintf(usage, sizeof usage, "usage: net %s ", names[i]);
        rt_expect(state, &model, line, 0, usage, "");
    }
}

static void wrong_use_ends_with_2(void **state)
{
    struct cnn_model model = fake_model();
    rt_expect(state, &model, "net", 2, "", "usage: net COMMAND");
    rt_expect(state, &model, "net fly", 2, "", "net: there is no command 'fly'\nusage:");
    rt_expect(state, &model, "net --nonsense", 2, "", "there is no command '--nonsense'");
    rt_expect(state, &model, "net train --nonsense", 2, "",
              "net: train does not know option '--nonsense'\nnet train --help tells more\n");
    rt_expect(state, &model, "net train", 2, "", "train needs --data PATH");
    rt_expect(state, &model, "net train --data @ --resume", 2, "", "--resume needs --checkpoint FILE");
    rt_expect(state, &model, "net train --data @ --checkpoint-every 3", 2, "",
              "--checkpoint-every needs --checkpoint FILE");
    rt_expect(state, &model, "net train --data @ --resume=3", 2, "", "--resume takes no value: leave out '=3'");
    rt_expect(state, &model, "net info extra", 2, "", "info takes no 'extra'");
}

static void what_is_meant_is_suggested(void **state)
{
    struct cnn_model model = fake_model();
    rt_expect(state, &model, "net trian", 2, "", "there is no command 'trian'; did you mean train?\nusage:");
    rt_expect(state, &model, "net train --epohcs=3", 2, "", "option '--epohcs=3'; did you mean --epochs?\n");
    rt_expect(state, &model, "net train --Batch_Sizes 3", 2, "", "did you mean --batch-size?\n");
    rt_expect(state, &model, "net train -epochs 3", 2, "", "option '-epochs'; did you mean --epochs?\n");
    rt_expect(state, &model, "net train -e 3", 2, "", "train does not know option '-e'\n");
    rt_expect(state, &model, "net train --val 3", 2, "",
              "'--val' may be any of --validation-data, --validation-steps, ");
    rt_expect(state, &model, "net train --=3", 2, "", "train does not know option '--=3'\n");
    rt_expect(state, &model, "net train --epochs-of-all-the-training-there-is 3", 2, "", "-is'\n");
}

static void a_users_error_ends_with_1(void **state)
{
    struct cnn_model model = fake_model();
    rt_expect(state, &model, "net train --data @nowhere", 1, "", "net: error: ");
}

static void a_program_may_have_no_name(void **state)
{
    struct cnn_model model = fake_model();
    rt_expect(state, &model, "", 2, "", "usage: net COMMAND");
}

static void another_runtime_is_refused(void **state)
{
    struct cnn_model model = fake_model();
    model.abi = CNN_ABI + 1;
    rt_expect(state, &model, "net info", 1, "", "run cnnc again");
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    char name[] = "net", command[] = "info", *argv[] = {name, command, NULL}, *text = NULL;
    size_t length;
    FILE *full = fopen("/dev/full", "w"), *err = open_memstream(&text, &length);
    assert_non_null(err);
    if (full)
        assert_int_equal(cnn_program(&model, 2, argv, full, err), 1);
    fclose(err);
    if (full) {
        rt_assert_contains(text, "standard output cannot be written");
        fclose(full);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_lists_the_commands),    cmocka_unit_test(every_command_has_help),
        cmocka_unit_test(wrong_use_ends_with_2),      cmocka_unit_test(a_users_error_ends_with_1),
        cmocka_unit_test(a_program_may_have_no_name), cmocka_unit_test(another_runtime_is_refused),
        cmocka_unit_test(a_full_disk_is_an_error),    cmocka_unit_test(what_is_meant_is_suggested),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
