/* learn_avr.c -- learn.c for a machine whose int has 16 bits, which the runtime is not made for, and with as little memory as can
 * be: the C of small_last.lua alone, whose step of training is called as the runtime would call it. */
#include "learner.h"
#include "report.h"
#include "samples.h"

#include <string.h>

enum { TIMES = 3 };

/* A step's workspace, and, while it is not needed, what a prediction takes: parameters as kernels read them, its workspace and
 * an image of floats. A step makes these itself of bytes. */
enum { PREPARED = 0, WORKSPACE = LEARNER_PREPARED_FLOATS, IMAGE = WORKSPACE + LEARNER_WORKSPACE_FLOATS };
enum { ROOM_FLOATS = IMAGE + LEARNER_INPUT_COUNT };

static float parameters[LEARNER_PARAMETER_COUNT], room[ROOM_FLOATS];

static void test(const char *when)
{
    uint32_t right = 0;
    learner_prepare(parameters, room + PREPARED);
    for (int i = 0; i < TEST_SAMPLES; i++) {
        float scores[LEARNER_OUTPUT_COUNT];
        for (int k = 0; k < SAMPLE_BYTES; k++)
            room[IMAGE + k] = (float)test_images[i][k] / 255;
        learner_predict_with(parameters, room + PREPARED, room + WORKSPACE, room + IMAGE, scores);
        right += index_of_largest(scores, LEARNER_OUTPUT_COUNT) == test_labels[i];
    }
    print_score(when, right, TEST_SAMPLES);
}

static void make_step(void *step)
{
    double sums[LEARNER_COLUMNS] = {0};
    learner_model.stages[0].train_step(step, sums);
}

static struct cost learn(const struct cnn_stage *stage)
{
    struct cost most = {0, 0};
    float label;
    unsigned char image[SAMPLE_BYTES];
    struct cnn_step step = {
        .batch = {.inputs = {image}, .input_elements = {CNN_BYTE}, .labels = {&label}, .count = 1},
        .parameters = parameters,
        .workspace = room,
        .threads = 1,
        .learning_rate = stage->learning_rate};
    for (int i = 0; i < TIMES * LEARN_SAMPLES; i++, step.step++) {
        for (int k = 0; k < SAMPLE_BYTES; k++)
            image[k] = learn_images[i % LEARN_SAMPLES][k];
        label = learn_labels[i % LEARN_SAMPLES];
        keep_most(&most, measure(make_step, &step));
    }
    return most;
}

int main(void)
{
    const struct cnn_stage *stage = &learner_model.stages[0];
    if (stage->train_bytes(1, 1) > (int64_t)sizeof room) {
        print_number((uint32_t)stage->train_bytes(1, 1));
        board_print(" bytes are needed for a step\n");
        board_exit(1);
    }
    for (int i = 0; i < (int)sizeof parameters; i++)
        ((unsigned char *)parameters)[i] = trained[i];
    memset(parameters + LEARNER_DENSE_KERNEL_OFFSET, 0,
           sizeof parameters - LEARNER_DENSE_KERNEL_OFFSET * sizeof *parameters);
    test("before");
    struct cost cost = learn(stage);
    test("after");
    report_cost("training step", cost);
    report_ram(cost.stack);
    board_exit(0);
}
