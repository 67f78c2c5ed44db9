/* runtime/train/interrupt.c, and what ./net train makes of it. */
#include "rt_support.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fake_model.h"

enum { SIGNALLED_STEP = 7, STEPS_AN_EPOCH = 6 };

static int setup(void **state)
{
    signal(SIGINT, SIG_DFL); /* a shell that starts the tests in the background has it ignored */
    if (rt_setup(state))
        return -1;
    rt_write_set(state, "train", 90, 1);
    return 0;
}

/* Training steps during which signals come. */
static void step_with(const struct cnn_step *step, double *sums, int signal)
{
    if (step->step == SIGNALLED_STEP)
        raise(signal);
    fake_stage.train_step(step, sums);
}

static void step_with_interrupt(const struct cnn_step *step, double *sums) { step_with(step, sums, SIGINT); }

static void step_with_two_interrupts(const struct cnn_step *step, double *sums)
{
    const struct timespec later = {.tv_nsec = 300000000};
    if (step->step == SIGNALLED_STEP) {
        raise(SIGTERM);
        nanosleep(&later, NULL);
    }
    step_with(step, sums, SIGINT);
}

/* As `timeout` sends it. */
static void step_with_an_interrupt_twice(const struct cnn_step *step, double *sums)
{
    if (step->step == SIGNALLED_STEP)
        raise(SIGINT);
    step_with(step, sums, SIGINT);
}

static void step_with_termination(const struct cnn_step *step, double *sums) { step_with(step, sums, SIGTERM); }

static void step_with_last_moment_interrupt(const struct cnn_step *step, double *sums)
{
    if (step->step == 3 * STEPS_AN_EPOCH - 1)
        raise(SIGINT);
    fake_stage.train_step(step, sums);
}

static void assert_same_file(void **state, const char *a, const char *b)
{
    char path[RT_PATH];
    size_t a_size, b_size;
    char *left = rt_read(rt_path(state, a, path), &a_size), *right = rt_read(rt_path(state, b, path), &b_size);
    assert_int_equal(a_size, b_size);
    assert_memory_equal(left, right, a_size);
    free(left);
    free(right);
}

static void an_interrupted_training_goes_on(void **state)
{
    static const struct {
        void (*train_step)(const struct cnn_step *step, double *sums);
        int status;
    } cases[] = {{step_with_interrupt, 130}, {step_with_termination, 143}, {step_with_an_interrupt_twice, 130}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cnn_model model = fake_model();
        char path[RT_PATH];
        rt_expect(state, &model, "net train --data @ --save @whole", 0, "Saved", "");
        struct cnn_stage stage = fake_stage;
        stage.train_step = cases[i].train_step;
        model.stages = &stage;
        struct rt_run run = rt_run(state, &model, "./net train --data @ --save @w --checkpoint @c --seed 0");
        assert_int_equal(run.status, cases[i].status);
        rt_assert_contains(run.out, "Epoch 2/3\nInterrupted after step 8. To go on:\n  ./net train --data ");
        rt_assert_contains(run.out, "/c --seed 0 --resume\n");
        assert_null(strstr(run.out, "Saved"));
        assert_int_not_equal(access(rt_path(state, "w", path), F_OK), 0);
        rt_run_free(&run);
        stage.train_step = fake_stage.train_step;
        rt_expect(state, &model, "net train --data @ --save @w --checkpoint @c --resume", 0,
                  "Epoch 2/3, after batch 2/6\n6/6 - ", "");
        assert_same_file(state, "w", "whole");
        assert_int_equal(remove(rt_path(state, "c", path)), 0);
        assert_int_equal(remove(rt_path(state, "w", path)), 0);
    }
}

static void the_command_to_go_on_is_one_for_a_shell(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_stage stage = fake_stage;
    stage.train_step = step_with_interrupt;
    model.stages = &stage;
    struct rt_run run = rt_run(state, &model, "it's train --data @ --resume --checkpoint @a$b --seed=0");
    rt_assert_contains(run.out, "\n  'it'\\''s' train --data ");
    rt_assert_contains(run.out, " --resume --checkpoint '/");
    rt_assert_contains(run.out, "/a$b' --seed=0\n");
    rt_run_free(&run);
}

static void without_a_checkpoint_it_says_what_would_have_helped(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_stage stage = fake_stage;
    stage.train_step = step_with_interrupt;
    model.stages = &stage;
    rt_expect(state, &model, "net train --data @", 130,
              "Interrupted after step 8. Nothing was kept; --checkpoint FILE would have kept it.\n", "");
}

static void the_last_step_leaves_its_epoch_to_be_ended(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_stage stage = fake_stage;
    stage.train_step = step_with_last_moment_interrupt;
    model.stages = &stage;
    rt_expect(state, &model, "net train --data @ --checkpoint @c", 130, "To go on:", "");
    stage.train_step = fake_stage.train_step;
    rt_expect(state, &model, "net train --data @ --checkpoint @c --resume", 0, "Epoch 3/3, after batch 6/6\n", "");
}

static void evaluate_with_interrupt(const struct cnn_batch *batch, const float *parameters, const float *prepared,
                                    void *workspace, int threads, double *sums)
{
    raise(SIGINT);
    fake_model().evaluate(batch, parameters, prepared, workspace, threads, sums);
}

static void an_interrupt_of_the_last_validation_changes_nothing(void **state)
{
    struct cnn_model model = fake_model();
    model.evaluate = evaluate_with_interrupt;
    rt_expect(state, &model, "net train --data @ --validation-split 0.5 --epochs 1 --save @w", 0, "Saved", "");
    rt_expect(state, &model, "net train --data @ --validation-split 0.5 --epochs 2 --save @w", 130, "", "");
}

/* Runs it in a child, whose end is returned as waitpid() tells it. */
static int end_of(void **state, struct cnn_model *model, const char *line, void (*before)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (before)
            before();
        struct rt_run run = rt_run(state, model, line);
        _exit(run.status);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void the_second_signal_kills(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_stage stage = fake_stage;
    stage.train_step = step_with_two_interrupts;
    model.stages = &stage;
    int status = end_of(state, &model, "net train --data @ --checkpoint @c", NULL);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

static void ignore_interrupts(void) { signal(SIGINT, SIG_IGN); }

static void an_ignored_signal_stays_ignored(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_stage stage = fake_stage;
    stage.train_step = step_with_interrupt;
    model.stages = &stage;
    int status = end_of(state, &model, "net train --data @ --checkpoint @c", ignore_interrupts);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void outside_of_training_signals_do_as_before(void **state)
{
    struct cnn_model model = fake_model();
    struct sigaction before, after;
    sigaction(SIGINT, NULL, &before);
    rt_expect(state, &model, "net train --data @ --epochs 1", 0, "Epoch 1/1", "");
    sigaction(SIGINT, NULL, &after);
    assert_true(before.sa_handler == after.sa_handler);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, setup, rt_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(an_interrupted_training_goes_on),
        FRESH(the_command_to_go_on_is_one_for_a_shell),
        FRESH(without_a_checkpoint_it_says_what_would_have_helped),
        FRESH(the_last_step_leaves_its_epoch_to_be_ended),
        FRESH(an_interrupt_of_the_last_validation_changes_nothing),
        FRESH(the_second_signal_kills),
        FRESH(an_ignored_signal_stays_ignored),
        FRESH(outside_of_training_signals_do_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
