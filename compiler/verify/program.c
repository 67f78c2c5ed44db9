/* program.c -- programs around the C of a network: its inputs are constants in them, so they need no files. */
#include "verify/verify.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS_IN_LINE = 8 };

/* A text that grows. */
struct text {
    FILE *out;
    char *bytes;
    size_t length;
};

static bool text_open(struct text *text)
{
    text->out = open_memstream(&text->bytes, &text->length);
    return text->out != NULL;
}

/* In the arena; leaves it as memory that is short does. */
static const char *text_close(struct text *text, struct arena *arena)
{
    bool ok = text->out && !ferror(text->out);
    ok = text->out && fclose(text->out) == 0 && ok && text->bytes;
    const char *copy = ok ? arena_strdup(arena, text->bytes) : NULL;
    free(text->bytes);
    if (!copy)
        longjmp(arena->out_of_memory, 1);
    return copy;
}

/* ---- numbers of C ---- */

static void print_float(double value, FILE *out)
{
    char number[40];
    if (isnan(value) || fabs(value) > (double)FLT_MAX) {
        fputs(isnan(value) ? "NAN" : value < 0 ? "-INFINITY" : "INFINITY", out);
        return;
    }
    snprintf(number, sizeof number, "%.9g", value);
    fprintf(out, "%s%sf", number, strpbrk(number, ".e") ? "" : ".0");
}

static const char *type_of(const struct tensor *tensor)
{
    return tensor->element == ELEMENT_BYTE ? "uint8_t" : tensor->element == ELEMENT_INT32 ? "int32_t" : "float";
}

/* Of names in front of which the network's own functions may stand. */
#define TEST "selftest_"

static void print_array(const char *type, const char *name, int index, const double *values, int64_t count,
                        FILE *out)
{
    fprintf(out, "static const %s %s_%d[] = {", type, name, index + 1);
    for (int64_t i = 0; i < count; i++) {
        fputs(i % NUMBERS_IN_LINE ? ", " : i ? ",\n    " : "\n    ", out);
        if (strcmp(type, "float") == 0)
            print_float(values[i], out);
        else
            fprintf(out, "%" PRId64, (int64_t)values[i]);
    }
    fputs("};\n", out);
}

static void print_inputs(const struct samples *samples, const char *name, FILE *out)
{
    for (int i = 0; i < samples->n_inputs; i++)
        print_array(type_of(samples->inputs[i]), name, i, samples->values[i],
                    samples->count * shape_count(&samples->inputs[i]->shape), out);
}

/* ---- calls ---- */

/* "net_predict(input_1 + s * 784, output_1": of sample s, or of all. */
static void print_call(const char *function, const char *prefix, const struct samples *samples,
                       const struct reference *reference, bool one, FILE *out)
{
    fprintf(out, "%s(", function);
    for (int i = 0; i < samples->n_inputs; i++) {
        fprintf(out, "%s%sinput_%d", i ? ", " : "", prefix, i + 1);
        if (one)
            fprintf(out, " + s * %" PRId64, shape_count(&samples->inputs[i]->shape));
    }
    for (int i = 0; i < reference->n_outputs; i++)
        fprintf(out, ", %soutput_%d", prefix, i + 1);
}

static const char *const PRINTING = "/* The bits of floats, as digits. */\n"
                                    "static void print(const float *values, long count)\n"
                                    "{\n"
                                    "    for (long i = 0; i < count; i++) {\n"
                                    "        uint32_t bits;\n"
                                    "        memcpy(&bits, &values[i], sizeof bits);\n"
                                    "        for (int place = 28; place >= 0; place -= 4)\n"
                                    "            putchar(\"0123456789abcdef\"[bits >> place & 15]);\n"
                                    "        putchar('\\n');\n"
                                    "    }\n"
                                    "}\n\n";

static void print_results(const char *name, const struct watched *list, int count, int64_t times, FILE *out)
{
    for (int i = 0; i < count; i++)
        fprintf(out, "    %sprint(%s_%d, %" PRId64 ");\n", times > 1 ? "" : "    ", name, i + 1,
                times * list[i].count);
}

static void print_main(const struct reference *reference, const struct samples *samples, const char *name,
                       const char *layers, FILE *out)
{
    struct arena *arena = reference->model->arena;
    fprintf(out, "int main(void)\n{\n    for (long s = 0; s < %" PRId64 "; s++) {\n        ", samples->count);
    print_call(arena_printf(arena, "%s_predict", name), "", samples, reference, true, out);
    fputs(");\n", out);
    print_results("output", reference->outputs, reference->n_outputs, 1, out);
    if (layers) {
        fputs("        ", out);
        print_call(arena_printf(arena, "%s_predict", layers), "", samples, reference, true, out);
        for (int i = 0; i < reference->n_layers; i++)
            fprintf(out, ", layer_%d", i + 1);
        fputs(");\n", out);
        print_results("layer", reference->layers, reference->n_layers, 1, out);
    }
    fputs("    }\n    ", out);
    print_call(arena_printf(arena, "%s_predict_many", name), "", samples, reference, false, out);
    fprintf(out, ", %" PRId64 ");\n", samples->count);
    for (int i = 0; i < reference->n_outputs; i++)
        fprintf(out, "    print(output_%d, %" PRId64 ");\n", i + 1, samples->count * reference->outputs[i].count);
    fputs("    return 0;\n}\n", out);
}

const char *verify_program(const struct reference *reference, const struct samples *samples, const char *name,
                           const char *layers)
{
    struct text text;
    if (text_open(&text)) {
        fprintf(text.out, "#include \"%s.h\"\n", name);
        if (layers)
            fprintf(text.out, "#include \"%s.h\"\n", layers);
        fputs("\n#include <stdint.h>\n#include <stdio.h>\n#include <string.h>\n\n", text.out);
        print_inputs(samples, "input", text.out);
        for (int i = 0; i < reference->n_outputs; i++)
            fprintf(text.out, "static float output_%d[%" PRId64 "];\n", i + 1,
                    samples->count * reference->outputs[i].count);
        for (int i = 0; layers && i < reference->n_layers; i++)
            fprintf(text.out, "static float layer_%d[%" PRId64 "];\n", i + 1, reference->layers[i].count);
        fputs(PRINTING, text.out);
        print_main(reference, samples, name, layers, text.out);
    }
    return text_close(&text, reference->model->arena);
}

float *verify_parse(struct arena *arena, const char *printed, int64_t count)
{
    float *values = arena_array(arena, count + 1, sizeof *values);
    for (int64_t i = 0; i < count; i++) {
        char *end;
        unsigned long long bits = strtoull(printed, &end, 16);
        if (end - printed < 8 || bits > UINT32_MAX)
            return NULL;
        uint32_t word = (uint32_t)bits;
        memcpy(&values[i], &word, sizeof word);
        printed = end;
    }
    return printed[strspn(printed, "\r\n ")] ? NULL : values;
}

/* ---- a program that compares by itself ---- */

static const char *const COMPARING =
    "/* The largest error, in parts of the one that is allowed; counts those that are larger. */\n"
    "static float selftest_compare(const float *found, const float *expected, long count, float allowed, float worst,\n"
    "                              long *wrong)\n"
    "{\n"
    "    for (long i = 0; i < count; i++) {\n"
    "        float error = found[i] > expected[i] ? found[i] - expected[i] : expected[i] - found[i];\n"
    "        if (found[i] == expected[i] || (isnan(found[i]) && isnan(expected[i]))) /* infinity, too */\n"
    "            continue;\n"
    "        if (!(error <= allowed)) /* so, too, where it is no number */\n"
    "            ++*wrong;\n"
    "        else if (error > worst * allowed)\n"
    "            worst = error / allowed;\n"
    "    }\n"
    "    return worst;\n"
    "}\n\n";

static void print_selftest(const struct reference *reference, const struct samples *samples, const char *name,
                           FILE *out)
{
    int64_t numbers = 0;
    fputs("int main(void)\n{\n    float worst = 0;\n    long wrong = 0;\n", out);
    fprintf(out, "    for (long s = 0; s < %" PRId64 "; s++) {\n        ", samples->count);
    print_call(arena_printf(reference->model->arena, "%s_predict", name), TEST, samples, reference, true, out);
    fputs(");\n", out);
    for (int i = 0; i < reference->n_outputs; i++) {
        const struct watched *output = &reference->outputs[i];
        fprintf(out,
                "        worst = " TEST "compare(" TEST "output_%d, " TEST "expected_%d + s * %" PRId64 ", %" PRId64
                ", ",
                i + 1, i + 1, output->count, output->count);
        print_float(output->allowed, out);
        fputs(", worst, &wrong);\n", out);
        numbers += samples->count * output->count;
    }
    fprintf(out,
            "    }\n"
            "    if (wrong)\n"
            "        printf(\"%s: WRONG: %%ld of %" PRId64
            " numbers are farther off than float may be\\n\", wrong);\n"
            "    else\n"
            "        printf(\"%s: ok: %" PRId64 " numbers of %" PRId64
            " samples; the largest error is %%d %%%% of what float may be off\\n\", (int)(100 * worst));\n"
            "    return wrong != 0;\n"
            "}\n",
            name, numbers, name, numbers, samples->count);
}

const char *selftest_program(const struct reference *reference, const struct samples *samples, const char *name)
{
    struct text text;
    if (text_open(&text)) {
        fputs("\n/* ---- the test: samples, and what double makes of them ---- */\n\n", text.out);
        fputs("#include <math.h>\n#include <stdio.h>\n\n", text.out);
        print_inputs(samples, TEST "input", text.out);
        for (int i = 0; i < reference->n_outputs; i++) {
            const struct watched *output = &reference->outputs[i];
            print_array("float", TEST "expected", i, output->expected, samples->count * output->count, text.out);
            fprintf(text.out, "static float " TEST "output_%d[%" PRId64 "];\n", i + 1, output->count);
        }
        fputs(
            "\n/* Allowed is what rounding at random does to this network, 16 times the worst of some trials. */\n",
            text.out);
        fputs(COMPARING, text.out);
        print_selftest(reference, samples, name, text.out);
    }
    return text_close(&text, reference->model->arena);
}
