/* learn.c -- a device trains the last layer of the network that it has: the part of the runtime that needs no files drives the
 * C of last.lua. The other layers are as they were trained elsewhere; the last one has forgotten all that it knew. */
#include "learner.h"
#include "report.h"
#include "samples.h"

#include <stdlib.h>
#include <string.h>

enum { TIMES = 3 }; /* that it looks at each of the digits that it learns from */

static float parameters[LEARNER_PARAMETER_COUNT], image[LEARNER_INPUT_COUNT];
static struct cnn_error error;

static void load(const unsigned char *pixels)
{
    for (int i = 0; i < SAMPLE_BYTES; i++)
        image[i] = (float)pixels[i] / 255;
}

/* ---- how many digits does it read? ---- */

/* The memory is borrowed while the training needs none: parameters as kernels read them, and the workspace. */
static bool test(const char *when)
{
    float *prepared = cnn_alloc_floats(LEARNER_PREPARED_FLOATS, &error);
    float *workspace = prepared ? cnn_alloc_floats(LEARNER_WORKSPACE_FLOATS, &error) : NULL;
    uint32_t right = 0;
    if (workspace)
        learner_prepare(parameters, prepared);
    for (int i = 0; workspace && i < TEST_SAMPLES; i++) {
        float scores[LEARNER_OUTPUT_COUNT];
        load(test_images[i]);
        learner_predict_with(parameters, prepared, workspace, image, scores);
        right += index_of_largest(scores, LEARNER_OUTPUT_COUNT) == test_labels[i];
    }
    free(prepared);
    free(workspace);
    print_score(when, right, TEST_SAMPLES);
    return workspace != NULL;
}

/* ---- it learns ---- */

struct step {
    struct cnn_trainer trainer;
    float label;
    bool done;
};

static void make_step(void *argument)
{
    struct step *step = argument;
    struct cnn_batch batch = {.inputs = {image}, .labels = {&step->label}, .count = 1};
    step->done = cnn_train_on_batch(&step->trainer, &batch, NULL, &error);
}

static bool learn(struct cost *most)
{
    static struct step step;
    bool done = cnn_trainer_open(&step.trainer, &learner_model, parameters, 1, 1, &error);
    for (int i = 0; done && i < TIMES * LEARN_SAMPLES; i++) {
        load(learn_images[i % LEARN_SAMPLES]);
        step.label = (float)learn_labels[i % LEARN_SAMPLES];
        struct cost cost = measure(make_step, &step);
        keep_most(most, cost);
        done = step.done;
    }
    cnn_trainer_close(&step.trainer);
    return done;
}

/* A small printf() cannot say how many bytes of 64 bits are not to be had. */
static int fail(void)
{
    if (strncmp(error.message, "out of memory", 13) != 0) {
        board_print(error.message);
    } else {
        board_print("a training step takes ");
        print_number((uint32_t)learner_model.stages[0].train_bytes(1, 1));
        board_print(" bytes of heap, and a prediction with its parameters ");
        print_number(LEARNER_WORKSPACE_BYTES + LEARNER_PREPARED_FLOATS * sizeof(float));
        board_print(": more than variables leave of the RAM");
    }
    board_print("\n");
    return 1;
}

int main(void)
{
    struct cost most = {0, 0};
    memcpy(parameters, trained, sizeof parameters);
    memset(parameters + LEARNER_DENSE_KERNEL_OFFSET, 0,
           sizeof parameters - LEARNER_DENSE_KERNEL_OFFSET * sizeof *parameters);
    if (!test("before") || !learn(&most) || !test("after"))
        return fail();
    report_cost("training step", most);
    report_ram(most.stack);
    return 0;
}
