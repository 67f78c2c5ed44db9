/* compiler/script/callbacks.lua: what of Keras' callbacks is refused at the script's line. */
#include "script_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define FORMS "{epoch:02d} and {val_loss:.2f} stand for numbers"
#define TRAINED(callback)                                                                                          \
    "local m = Sequential{Dense{1, input_shape = {4}}}\nm:compile{optimizer = 'adam', loss = 'mse'}\n"             \
    "m:fit{epochs = 5000, callbacks = {" callback "}}\nreturn m\n"

static void names_of_files_have_numbers_in_braces(void **state)
{
    static const char *const sound[] = {
        TRAINED("ModelCheckpoint('best.safetensors')"),
        TRAINED("ModelCheckpoint('{epoch}-{epoch:d}-{epoch:3d}-{epoch:03d}.safetensors')"),
        TRAINED("ModelCheckpoint('{epoch:02d}-{loss}-{val_loss:.2f}-{loss:.12f}.safetensors')"),
        TRAINED("ModelCheckpoint{'{epoch:02d}-{batch}-{batch:03d}-{loss:.2f}.safetensors', save_freq = 100}"),
        TRAINED("ModelCheckpoint{'best.safetensors', save_freq = 1, monitor = 'loss', save_best_only = true}"),
    };
    for (size_t i = 0; i < sizeof sound / sizeof *sound; i++)
        script_compile(*state, sound[i]);
}

static void other_forms_are_refused(void **state)
{
    static const char *const forms[] = {"{epoch:02x}", "{loss:d}",      "{loss:03d}",  "{loss:.2}",
                                        "{loss:.f}",   "{epoch:1000d}", "{loss:.100f}"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct script_fixture *fixture = *state;
        const char *message = arena_printf(&fixture->arena, "ModelCheckpoint: %s is no number's form", forms[i]);
        assert_script_error(fixture,
                            arena_printf(&fixture->arena, TRAINED("ModelCheckpoint('m%s.safetensors')"), forms[i]),
                            3, message, FORMS);
    }
    assert_script_error(*state, TRAINED("ModelCheckpoint('m{loss:.2e}.safetensors')"), 3,
                        "ModelCheckpoint: {loss:.2e} is no number's form", FORMS);
}

static void braces_come_in_pairs(void **state)
{
    static const char *const names[] = {"m{epoch.safetensors", "m{epoch:02d.safetensors", "mepoch}.safetensors",
                                        "m{epoch}}.safetensors", "m{{epoch}.safetensors"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct script_fixture *fixture = *state;
        const char *message =
            arena_printf(&fixture->arena, "ModelCheckpoint: a brace of '%s' has no other", names[i]);
        assert_script_error(fixture, arena_printf(&fixture->arena, TRAINED("ModelCheckpoint('%s')"), names[i]), 3,
                            message, FORMS);
    }
}

static void batches_have_no_validation(void **state)
{
    assert_script_error(*state,
                        TRAINED("ModelCheckpoint{'best.safetensors', save_freq = 100, save_best_only = true}"), 3,
                        "ModelCheckpoint: there is no val_loss after 100 batches, but at the end of an epoch",
                        "save_freq = \"epoch\", or loss");
    assert_script_error(*state, TRAINED("ModelCheckpoint{'m{val_loss:.2f}.safetensors', save_freq = 7}"), 3,
                        "ModelCheckpoint: there is no val_loss after 7 batches, but at the end of an epoch",
                        "save_freq = \"epoch\", or loss");
    assert_script_error(
        *state, TRAINED("ModelCheckpoint('m{batch}.safetensors')"), 3,
        "ModelCheckpoint: there is no column 'batch'",
        "columns are loss, and these with val_ in front; metrics = {\"accuracy\"} of compile makes another");
    assert_script_error(*state, TRAINED("ModelCheckpoint{'m.safetensors', save_freq = 0}"), 3,
                        "ModelCheckpoint: save_freq must be \"epoch\" or a number of batches, not 0", NULL);
}

static void a_table_of_learning_rates_ends(void **state)
{
    assert_script_error(*state, TRAINED("LearningRateScheduler(function(epoch, rate) return rate end)"), 3,
                        "LearningRateScheduler: fit has 5000 epochs, and the table of learning rates at most 4096",
                        "a schedule as learning_rate, CosineDecay{...} say, goes on as long as the training does");
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, script_fixture_open, script_fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(names_of_files_have_numbers_in_braces),
        FRESH(other_forms_are_refused),
        FRESH(braces_come_in_pairs),
        FRESH(batches_have_no_validation),
        FRESH(a_table_of_learning_rates_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
