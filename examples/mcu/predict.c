/* predict.c -- reads digits, whose network is constants in flash: digits.h is all that is known of it. */
#include "digits.h"
#include "report.h"
#include "samples.h"

_Static_assert(SAMPLE_BYTES == DIGITS_INPUT_COUNT, "digits.c was made from a network with another input");

static float image[DIGITS_INPUT_COUNT], scores[DIGITS_OUTPUT_COUNT];

static void predict(void *unused)
{
    (void)unused;
    digits_predict(image, scores);
}

static void print_answer(int digit, int answer)
{
    board_print("a ");
    print_number((uint32_t)digit);
    board_print(" is read as ");
    print_number((uint32_t)answer);
    board_print(" (");
    print_percent(scores[answer]);
    board_print(")\n");
}

int main(void)
{
    uint32_t right = 0;
    struct cost most = {0, 0};
    for (int i = 0; i < TEST_SAMPLES; i++) {
        for (int k = 0; k < SAMPLE_BYTES; k++)
            image[k] = (float)test_images[i][k] / 255;
        keep_most(&most, measure(predict, 0));
        int answer = index_of_largest(scores, DIGITS_OUTPUT_COUNT);
        print_answer(test_labels[i], answer);
        right += answer == test_labels[i];
    }
    print_score("all", right, TEST_SAMPLES);
    report_cost("prediction", most);
    report_ram(most.stack);
    board_exit(0);
}
