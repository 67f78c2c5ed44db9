/* several.c -- a network with two inputs and two outputs: such are for prediction only. */
#include "kernel.h"

#include <dlfcn.h>
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>

const struct kernel_case several_case = {
    "several", NULL,
    "local left, right = Input{shape = {8, 7, 1}}, Input{shape = {8, 7, 2}} "
    "local see = Conv2D{4, 3, padding = 'same', activation = 'relu'} "
    "local both = Concatenate()({see(left), Conv2D{4, 3, padding = 'same'}(right), see(left)}) "
    "local flat = Flatten()(MaxPool2D(2)(both)) "
    "local model = Model{inputs = {left, right}, outputs = {Dense{3, activation = 'softmax'}(flat), Dense{2}(flat)}} "
    "return model",
    NULL, false};

typedef void predict_two(const float *left, const float *right, float *class, float *position);
typedef void predict_many_two(const float *left, const float *right, float *class, float *position,
                              ptrdiff_t count);

union symbol {
    void *address;
    void (*set_parameters)(const float *parameters);
    predict_two *predict;
    predict_many_two *predict_many;
};

enum { COUNT = 5 };

/* Some number between -1 and 1 for each i. */
static float number(int64_t i) { return (float)((i * 7919 + 13) % 401 - 200) / 256.0f; }

static void fill(float *narrow, double *wide, int64_t count, int64_t seed)
{
    for (int64_t i = 0; i < count; i++) {
        narrow[i] = number(i + seed);
        wide[i] = (double)narrow[i];
    }
}

static int differ(const char *what, const float *got, const double *expected, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!(fabs((double)got[i] - expected[i]) <= 1e-5 * fmax(1, fabs(expected[i])))) {
            printf("# several: %s[%d] is %g instead of %g\n", what, (int)i, (double)got[i], expected[i]);
            return 1;
        }
    return 0;
}

static int compare(void *library, const struct naive *naive, const float *parameters, const float *left,
                   const float *right)
{
    union symbol set = {.address = dlsym(library, "several_set_parameters")};
    union symbol predict = {.address = dlsym(library, "several_predict")};
    union symbol many = {.address = dlsym(library, "several_predict_many")};
    if (!set.address || !predict.address || !many.address)
        return 1;
    const double *class = naive_value(naive, naive->graph->outputs[0]),
                 *position = naive_value(naive, naive->graph->outputs[1]);
    float got_class[COUNT * 3], got_position[COUNT * 2];
    set.set_parameters(parameters);
    predict.predict(left, right, got_class, got_position);
    int wrong = differ("class", got_class, class, 3) + differ("position", got_position, position, 2);
    many.predict_many(left, right, got_class, got_position, COUNT);
    return wrong + differ("classes", got_class, class, COUNT * 3) +
           differ("positions", got_position, position, COUNT * 2);
}

int check_several(const char *script, void *library)
{
    enum { LEFT = COUNT * 8 * 7, RIGHT = COUNT * 8 * 7 * 2, PARAMETERS = 4096 };
    static float left[LEFT], right[RIGHT], parameters[PARAMETERS];
    static double wide_left[LEFT], wide_right[RIGHT], wide_parameters[PARAMETERS];
    struct arena arena = {0};
    struct diag diag = {.arena = &arena};
    if (setjmp(arena.out_of_memory))
        return 1;
    const struct graph *model = script_run(&arena, &diag, script);
    if (!model || model->parameter_floats > PARAMETERS) {
        diag_print(&diag, stderr);
        return 1;
    }
    fill(left, wide_left, LEFT, 1);
    fill(right, wide_right, RIGHT, 2);
    fill(parameters, wide_parameters, model->parameter_floats, 3);
    struct naive_data data = {
        .count = COUNT, .inputs = (const double *const[]){wide_left, wide_right}, .parameters = wide_parameters};
    struct naive naive;
    int wrong = !naive_run(&naive, model, &data) || compare(library, &naive, parameters, left, right);
    naive_free(&naive);
    arena_free(&arena);
    return wrong;
}
