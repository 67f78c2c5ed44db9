/* caller.c -- NAME_predict() and NAME_predict_many() take inputs and outputs one by one: here they are called with lists of
 * them. */
#include "kernel.h"

#include <dlfcn.h>

const struct kernel_case several_case = {
    "several", NULL,
    "local left, right = Input{shape = {8, 7, 1}}, Input{shape = {8, 7, 2}} "
    "local see = Conv2D{4, 3, padding = 'same', activation = 'relu'} "
    "local both = Concatenate()({see(left), Conv2D{4, 3, padding = 'same'}(right), see(left)}) "
    "local flat = Flatten()(MaxPool2D(2)(both)) "
    "local model = Model{inputs = {left, right}, outputs = {Dense{3, activation = 'softmax'}(flat), Dense{2}(flat)}} "
    "return model",
    NULL, false};

static void write_arguments(FILE *file, const struct graph *model)
{
    for (int i = 0; i < model->n_inputs; i++)
        fprintf(file, "%sinputs[%d]", i ? ", " : "", i);
    for (int i = 0; i < model->n_outputs; i++)
        fprintf(file, ", outputs[%d]", i);
}

bool caller_add(const char *source_path, const struct graph *model, const char *name)
{
    FILE *file = fopen(source_path, "a");
    if (!file)
        return false;
    fprintf(file,
            "\nvoid call_one(const void *const *inputs, float *const *outputs);"
            "\nvoid call_one(const void *const *inputs, float *const *outputs)\n{\n    %s_predict(",
            name);
    write_arguments(file, model);
    fprintf(file,
            ");\n}\n\nvoid call_many(const void *const *inputs, float *const *outputs, ptrdiff_t count);"
            "\nvoid call_many(const void *const *inputs, float *const *outputs, ptrdiff_t count)\n{\n"
            "    %s_predict_many(",
            name);
    write_arguments(file, model);
    fputs(", count);\n}\n", file);
    return fclose(file) == 0;
}

union symbol {
    void *address;
    call_one *one;
    call_many *many;
};

call_one *caller_one(void *library) { return (union symbol){.address = dlsym(library, "call_one")}.one; }

call_many *caller_many(void *library) { return (union symbol){.address = dlsym(library, "call_many")}.many; }
