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
            "\nvoid %s_call_one(const void *const *inputs, float *const *outputs);"
            "\nvoid %s_call_one(const void *const *inputs, float *const *outputs)\n{\n    %s_predict(",
            name, name, name);
    write_arguments(file, model);
    fprintf(file,
            ");\n}\n\nvoid %s_call_many(const void *const *inputs, float *const *outputs, ptrdiff_t count);"
            "\nvoid %s_call_many(const void *const *inputs, float *const *outputs, ptrdiff_t count)\n{\n"
            "    %s_predict_many(",
            name, name, name);
    write_arguments(file, model);
    fputs(", count);\n}\n", file);
    return fclose(file) == 0;
}

union symbol {
    void *address;
    call_one *one;
    call_many *many;
};

static union symbol find(void *library, const char *name, const char *what)
{
    char symbol[200];
    snprintf(symbol, sizeof symbol, "%s_%s", name, what);
    return (union symbol){.address = dlsym(library, symbol)};
}

call_one *caller_one(void *library, const char *name) { return find(library, name, "call_one").one; }

call_many *caller_many(void *library, const char *name) { return find(library, name, "call_many").many; }
