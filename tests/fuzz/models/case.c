/* case.c -- see case.h. */
#include "case.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS_MAX = 120 }; /* of a network's run; more is a program that hangs */

/* ---- trials ---- */

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static const char *pick(uint64_t *state, const char *const *list, size_t count)
{
    return list[next(state) % count];
}
#define PICK(state, ...)                                                                                           \
    pick(state, (const char *const[]){__VA_ARGS__}, sizeof(const char *[]){__VA_ARGS__} / sizeof(const char *))

/* Unoptimised code is compiled in half the time and has the same bits, so it is most. */
static void draw_compiler(uint64_t *state, struct build *build, bool sanitized)
{
    bool generic = strcmp(build->target, "generic") == 0;
    strcpy(build->compiler,
           generic && !sanitized && next(state) % 16 ? "tcc" : PICK(state, "gcc", "clang", "clang"));
    strcpy(build->level, PICK(state, "-O0", "-O0", "-O0", "-O0", "-O0", "-O0", "-O0", "-O0", "-O0", "-O0", "-O0",
                              "-O0", "-O0", "-O0", "-O1", "-O1", "-O1", "-O2", "-O2", "-O3"));
}

static void draw_build(uint64_t *state, struct build *build, bool sanitized)
{
    strcpy(build->target, PICK(state, "generic", "generic", "generic", "generic", "generic", "generic", "generic",
                               "generic", "generic", "generic", "generic", "generic", "generic", "generic",
                               "avx512", "avx512", "avx2", "avx2", "sse2", "neon"));
    if (next(state) % 64 == 0)
        strcpy(build->target, "fat");
    strcpy(build->form, PICK(state, "train", "train", "train", "infer", "embedded"));
    strcpy(build->optimize, PICK(state, "speed", "speed", "size", "rows"));
    if (strcmp(build->target, "generic") != 0 && strcmp(build->form, "train") == 0)
        strcpy(build->optimize, PICK(state, "speed", "singly", "singly", "size"));
    draw_compiler(state, build, sanitized);
    if (!build_possible(build))
        draw_build(state, build, sanitized);
}

struct trial trial_draw(uint64_t seed, bool sanitized)
{
    uint64_t state = seed * 0x2545f4914f6cdd1du + 1;
    struct trial trial = {.n_builds = 1};
    int64_t max = next(&state) % 2 ? 8 : 36;
    trial.plan.batch_sizes[0] = 1;
    trial.plan.batch_sizes[1] = 2 + (int64_t)(next(&state) % 6);
    trial.plan.batch_sizes[2] = trial.plan.batch_sizes[1] + 1 + (int64_t)(next(&state) % (uint64_t)max);
    trial.plan.seed = next(&state) >> 32;
    trial.plan.bytes = next(&state) % 5 == 0;
    trial.plan.threads[0] = 1;
    trial.plan.threads[1] = (int[]){2, 3, 8}[next(&state) % 3];
    trial.plan.many_rows = next(&state) % 8 == 0 ? 300 : 0;
    trial.plan.weighs = next(&state) % 4 == 0;
    draw_build(&state, &trial.builds[0], sanitized);
    if (next(&state) % 6 == 0) { /* what another compiler makes of the same C */
        struct build *other = &trial.builds[trial.n_builds++];
        *other = trial.builds[0];
        draw_compiler(&state, other, sanitized);
    }
    return trial;
}

void trial_write(const struct trial *trial, FILE *out)
{
    const int64_t *sizes = trial->plan.batch_sizes;
    fprintf(out,
            "--! batches=%" PRId64 ",%" PRId64 ",%" PRId64 " data=%" PRIu64 " bytes=%d threads=%d,%d many=%" PRId64
            " weights=%d",
            sizes[0], sizes[1], sizes[2], trial->plan.seed, trial->plan.bytes, trial->plan.threads[0],
            trial->plan.threads[1], trial->plan.many_rows, trial->plan.weighs);
    for (int i = 0; i < trial->n_builds; i++) {
        const struct build *b = &trial->builds[i];
        fprintf(out, " %s/%s/%s/%s/%s", b->target, b->form, b->optimize, b->compiler, b->level);
    }
    fputc('\n', out);
}

static bool read_builds(struct trial *trial, const char *text)
{
    int length;
    for (trial->n_builds = 0; trial->n_builds < BUILDS_MAX; trial->n_builds++) {
        struct build *b = &trial->builds[trial->n_builds];
        if (sscanf(text, " %15[^/]/%15[^/]/%7[^/]/%7[^/]/%7s%n", b->target, b->form, b->optimize, b->compiler,
                   b->level, &length) != 5)
            break;
        text += length;
    }
    return trial->n_builds > 0;
}

bool trial_read(struct trial *trial, const char *path)
{
    char line[500] = "";
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    bool ok = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    *trial = (struct trial){0};
    int bytes, weights, length = 0;
    int64_t *sizes = trial->plan.batch_sizes;
    ok = ok && sscanf(line,
                      "--! batches=%" SCNd64 ",%" SCNd64 ",%" SCNd64 " data=%" SCNu64
                      " bytes=%d threads=%d,%d many=%" SCNd64 " weights=%d%n",
                      &sizes[0], &sizes[1], &sizes[2], &trial->plan.seed, &bytes, &trial->plan.threads[0],
                      &trial->plan.threads[1], &trial->plan.many_rows, &weights, &length) == 9;
    trial->plan.bytes = ok && bytes;
    trial->plan.weighs = ok && weights;
    ok = ok && sizes[0] > 0 && sizes[0] <= sizes[1] && sizes[1] <= sizes[2]; /* a shrunk one may have others */
    return ok && read_builds(trial, line + length);
}

/* ---- what needs no compiler ---- */

/* Float overflows sooner than double. What is compared is bounded, and all that is computed on the way, which may
 * be squared. */
static const double LARGEST = 1e6, LARGEST_INSIDE = 1e15;

static bool is_usable(const double *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(values[i]) < LARGEST))
            return false;
    return true;
}

bool is_usable_step(const struct graph *model, const struct step_result *step)
{
    return is_usable(step->change, model->parameter_floats) && is_usable(&step->loss, 1) &&
           step->largest < LARGEST_INSIDE;
}

static bool is_usable_inference(const struct reference *r)
{
    bool usable = r->inference.largest < LARGEST_INSIDE;
    for (int i = 0; i < r->model->n_outputs; i++)
        usable &= is_usable(r->inference.outputs[i], r->samples * r->output_counts[i]);
    return usable && (!r->inference.losses || is_usable(r->inference.losses, r->samples));
}

static bool is_usable_reference(const struct reference *r)
{
    bool usable = is_usable_inference(r), trains = r->model->n_labels > 0;
    for (int b = 0; b < BATCHES && usable && trains; b++)
        usable = !r->large && is_usable_step(r->model, &r->step[b]);
    return usable;
}

static double largest(const double *values, int64_t count)
{
    double max = 0;
    for (int64_t i = 0; i < count; i++)
        max = fmax(max, fabs(values[i]));
    return max;
}

const double VAGUE_SLACK = 1e-2;

static double largest_gradient(const struct graph *graph, const double *change)
{
    double max = 0;
    for (int i = 0; i < graph->n_parameters; i++)
        if (is_trained(graph->parameters[i]))
            max = fmax(max,
                       largest(change + graph->parameters[i]->offset, shape_count(&graph->parameters[i]->shape)));
    return max;
}

static bool is_vague(const struct reference *r)
{
    for (int i = 0; i < r->model->n_outputs; i++)
        if (largest(r->slack.outputs[i], r->samples) >
            VAGUE_SLACK * largest(r->inference.outputs[i], r->samples * r->output_counts[i]))
            return true;
    for (int b = 0; b < BATCHES && r->training; b++)
        if (largest(r->slack.step[b].changes, r->model->n_parameters) >
            VAGUE_SLACK * largest_gradient(r->model, r->step[b].change))
            return true;
    return false;
}

/* A softmax that joins its cross-entropy is not clipped to [1e-7, 1 - 1e-7] any more, as in TensorFlow. */
static bool is_clipped(const struct reference *r)
{
    double min = 1, max = 0;
    bool clips = false;
    for (int i = 0; i < r->model->n_labels; i++) {
        const struct label *label = &r->model->labels[i];
        if (!strstr(label->loss, "crossentropy"))
            continue;
        clips = true;
        for (int64_t k = 0; k < r->samples * r->output_counts[label->output]; k++) {
            min = fmin(min, r->inference.outputs[label->output][k]);
            max = fmax(max, r->inference.outputs[label->output][k]);
        }
    }
    for (int b = 0; b < BATCHES && clips; b++) {
        min = fmin(min, r->step[b].min);
        max = fmax(max, r->step[b].max);
    }
    return clips && !(min > 1e-6 && max < 1 - 1e-6);
}

/* Does the graph compute what it did before the compiler's passes? */
static bool rewrites_agree(const struct reference *rewritten, const char *path)
{
    struct plan plan = rewritten->plan;
    struct reference plain;
    plan.rewritten = false;
    plan.shakes = 0;
    bool ok = reference_make(&plain, path, &plan);
    ok = ok && (is_clipped(&plain) || reference_compare(&plain, rewritten) == 0);
    if (!ok)
        puts("# rewrites: the passes change what the script describes");
    reference_free(&plain);
    return ok;
}

/* ---- builds ---- */

/* In a process of its own, for a wrong program may do anything. */
static int check_library(const struct reference *reference, const struct build *build, const char *library,
                         uint64_t *bits)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        printf("# load: %s\n", dlerror());
        return 1;
    }
    const char *name = called(reference->model);
    if (strcmp(build->form, "train") != 0 || reference->model->n_labels == 0)
        return check_functions(reference, handle, name, bits);
    const struct cnn_model *const *model = dlsym(handle, "cnn_program_model");
    int wrong = check_model(reference, handle, name, bits);
    return wrong + (wrong || !model ? 0 : check_steps(reference, *model, bits));
}

static int wait_for(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status)) {
        printf("# death: the program dies of signal %d\n", WTERMSIG(status));
        return 1;
    }
    return WEXITSTATUS(status);
}

static bool check_build(const struct reference *reference, const struct build *build, const char *library,
                        uint64_t *bits)
{
    int ends[2];
    fflush(stdout);
    if (pipe(ends) != 0)
        exit(1);
    pid_t child = fork();
    if (child < 0)
        exit(1);
    if (child == 0) {
        uint64_t found = 0;
        alarm(SECONDS_MAX);
        int wrong = check_library(reference, build, library, &found);
        fflush(stdout);
        _exit(write(ends[1], &found, sizeof found) != sizeof found || wrong != 0);
    }
    close(ends[1]);
    bool ok = wait_for(child) == 0;
    ok = read(ends[0], bits, sizeof *bits) == sizeof *bits && ok;
    close(ends[0]);
    if (!ok)
        printf("#   in %s/%s/%s/%s/%s\n", build->target, build->form, build->optimize, build->compiler,
               build->level);
    return ok;
}

static bool check_builds(const struct workshop *workshop, const struct trial *trial, const char *path,
                         const struct reference *reference)
{
    char library[500];
    uint64_t first = 0, bits = 0;
    snprintf(library, sizeof library, "%s/net.so", workshop->folder);
    for (int i = 0; i < trial->n_builds; i++) {
        const struct build *build = &trial->builds[i];
        if (!build_possible(build))
            continue; /* a case of another machine */
        if (!build_make(workshop, build, path, reference, library) ||
            !check_build(reference, build, library, &bits))
            return false;
        if (first && bits != first) {
            printf("# bits: those of %s %s differ from those of %s %s\n", build->compiler, build->level,
                   trial->builds[0].compiler, trial->builds[0].level);
            return false;
        }
        first = bits;
    }
    return true;
}

enum verdict case_run(const struct workshop *workshop, const char *path)
{
    struct trial trial;
    struct reference reference;
    enum verdict verdict = UNUSABLE;
    if (!trial_read(&trial, path))
        return UNUSABLE;
    trial.plan.shakes = 4;
    trial.plan.rewritten = true;
    if (reference_make(&reference, path, &trial.plan) && is_usable_reference(&reference)) {
        bool same = rewrites_agree(&reference, path) && check_gradients(&reference) == 0 &&
                    check_builds(workshop, &trial, path, &reference);
        verdict = !same ? DIFFERS : is_vague(&reference) ? VAGUE : SAME;
    }
    reference_free(&reference);
    return verdict;
}
