/* roofline.c -- the time of each kernel of a program, beside what a core could do in it: Williams, Waterman and
 * Patterson, Roofline: an insightful visual performance model for multicore architectures (CACM 2009).
 *
 * The kernels run in the program's order on the program's data, with a look at the clock in between. So each finds
 * in the caches what it finds there in real use, and those that write over what they read do so once. */
#include "program/program.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A pass is one run of the program, with the peak behind it. PEAK_ROUNDS take some microseconds, no longer than a
 * kernel: both suffer alike from whatever else the machine does. */
enum { PASSES = 999, PASSES_MIN = 3, PEAK_ROUNDS = 4000 };
static const double CLOCK_STEP = 1e-9;

/* What is measured, and what has been so far. */
struct trial {
    const struct cnn_model *model;
    const struct cnn_roofline *roofline;
    struct cnn_kernel_data data;
    int columns;     /* one for each kernel, then the peak */
    double *seconds; /* PASSES rows of them */
    int passes;
};

static int64_t blocks_of(const struct cnn_roofline *roofline, int kernel)
{
    int64_t samples = roofline->kernels[kernel].samples;
    return samples > 0 ? (roofline->batch + samples - 1) / samples : 1;
}

static int rounds_of(const struct cnn_kernel *kernel) { return kernel->loop ? kernel->rounds : 1; }

int cnn_kernel_times(const struct cnn_kernel *kernel) { return kernel->loop ? kernel->times : 1; }

static int64_t calls_of(const struct cnn_roofline *roofline, int kernel)
{
    return blocks_of(roofline, kernel) * cnn_kernel_times(&roofline->kernels[kernel]);
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

double cnn_median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare_doubles);
    return values[count / 2];
}

/* Calls a kernel, or the kernels of its loop round by round; adds the time of each. Returns the first one behind them. */
static int time_loop(struct trial *trial, int first, int end, double *seconds)
{
    const struct cnn_kernel *kernels = trial->roofline->kernels;
    int last = first + 1;
    while (kernels[first].loop && last < end && kernels[last].loop == kernels[first].loop)
        last++;
    double before = cnn_seconds();
    for (int round = 0; round < rounds_of(&kernels[first]); round++)
        for (int k = first; k < last; k++) {
            trial->data.round = round;
            trial->model->run_kernel(trial->roofline->program, k, &trial->data);
            double now = cnn_seconds();
            seconds[k] += now - before;
            before = now;
        }
    return last;
}

/* The same for kernels first .. end-1, for a block. */
static void time_kernels(struct trial *trial, int first, int end, int64_t block, double *seconds)
{
    trial->data.block = block;
    while (first < end)
        first = time_loop(trial, first, end, seconds);
}

/* Those that work on blocks stand together, phase by phase: each block goes through all of a phase. */
static void time_pass(struct trial *trial, double *seconds)
{
    const struct cnn_roofline *roofline = trial->roofline;
    int first = 0, end;
    for (; first < roofline->count; first = end) {
        bool blocks = roofline->kernels[first].samples > 0;
        for (end = first; end < roofline->count && (roofline->kernels[end].samples > 0) == blocks; end++)
            seconds[end] = 0;
        int64_t blocks_to_go = blocks_of(roofline, first);
        for (int64_t block = 0; block < blocks_to_go; block++)
            time_kernels(trial, first, end, block, seconds);
    }
}

/* Returns the FLOP. */
static double time_peak(struct trial *trial, double *seconds)
{
    double start = cnn_seconds(), flop = trial->model->peak(PEAK_ROUNDS);
    *seconds = cnn_seconds() - start;
    return flop;
}

/* Seconds of a call that does nothing, which every measured time contains. */
static double cost_of_call(struct trial *trial)
{
    double seconds[PASSES] = {0};
    for (int i = 0; i < PASSES; i++) {
        double before = cnn_seconds();
        trial->model->run_kernel(trial->roofline->program, trial->roofline->count, &trial->data);
        seconds[i] = cnn_seconds() - before;
    }
    return cnn_median(seconds, PASSES);
}

static double median_of(const struct trial *trial, int column)
{
    double values[PASSES] = {0};
    for (int i = 0; i < trial->passes; i++)
        values[i] = trial->seconds[i * trial->columns + column];
    return cnn_median(values, trial->passes);
}

static void measure(struct trial *trial, double budget, struct cnn_roofline *roofline)
{
    double start = cnn_seconds(), flop = 0;
    time_pass(trial, trial->seconds); /* fetches code and data; the next one takes its place */
    double cost = cost_of_call(trial);
    while (trial->passes < PASSES && (trial->passes < PASSES_MIN || cnn_seconds() - start < budget)) {
        double *row = trial->seconds + (ptrdiff_t)trial->passes++ * trial->columns;
        time_pass(trial, row);
        flop = time_peak(trial, row + roofline->count);
    }
    for (int k = 0; k < roofline->count; k++) {
        double seconds = median_of(trial, k) / (double)calls_of(roofline, k) - cost;
        roofline->seconds[k] = seconds > CLOCK_STEP ? seconds : CLOCK_STEP;
    }
    roofline->peak = flop / median_of(trial, roofline->count);
}

static void find_kernels(const struct cnn_model *model, struct cnn_roofline *roofline)
{
    int total;
    const struct cnn_kernel *all = model->kernels(&total);
    for (int i = 0; i < total; i++)
        if (all[i].program == roofline->program && roofline->count++ == 0)
            roofline->kernels = &all[i];
}

bool cnn_roofline_measure(const struct cnn_model *model, enum cnn_program_kind program,
                          const struct cnn_kernel_data *data, double budget, struct cnn_roofline *roofline,
                          struct cnn_error *error)
{
    *roofline =
        (struct cnn_roofline){.program = program, .batch = program == CNN_PREDICT_ONE ? 1 : data->step.batch.count};
    find_kernels(model, roofline);
    struct trial trial = {.model = model, .roofline = roofline, .data = *data};
    trial.columns = roofline->count + 1;
    trial.seconds = cnn_alloc((int64_t)PASSES * trial.columns * (int64_t)sizeof(double), error);
    roofline->seconds = cnn_alloc(roofline->count * (int64_t)sizeof(double), error);
    bool ok = trial.seconds && roofline->seconds;
    if (ok)
        measure(&trial, budget, roofline);
    else
        cnn_roofline_free(roofline);
    free(trial.seconds);
    return ok;
}

void cnn_roofline_free(struct cnn_roofline *roofline)
{
    free(roofline->seconds);
    roofline->seconds = NULL;
}

/* ---- printing --------------------------------------------------------------------------------------- */

static const struct {
    const char *text, *csv;
} names[] = {[CNN_PREDICT_ONE] = {"predict one", "one"},
             [CNN_PREDICT_MANY] = {"predict many", "many"},
             [CNN_TRAIN_STEP] = {"training step", "train"}};

/* What the tables say of a call. */
struct figures {
    int64_t calls;
    double microseconds, flop, bytes;
    double share;          /* of the program's time */
    double speed, percent; /* GFLOP/s, of the peak; 0 where nothing counts as FLOP */
};

static double program_seconds(const struct cnn_roofline *roofline)
{
    double seconds = 0;
    for (int k = 0; k < roofline->count; k++)
        seconds += (double)calls_of(roofline, k) * roofline->seconds[k];
    return seconds;
}

static struct figures figures_of(const struct cnn_roofline *roofline, int k)
{
    const struct cnn_kernel *kernel = &roofline->kernels[k];
    double seconds = roofline->seconds[k], samples = (double)(kernel->samples ? kernel->samples : roofline->batch);
    struct figures f = {.calls = calls_of(roofline, k), .microseconds = seconds * 1e6};
    f.flop = samples * (double)kernel->flop;
    f.bytes = samples * (double)kernel->sample_bytes + (double)kernel->shared_bytes;
    f.share = (double)f.calls * seconds / program_seconds(roofline);
    f.speed = f.flop / seconds / 1e9;
    f.percent = 100 * f.flop / seconds / roofline->peak;
    return f;
}

/* The widest name. */
static int width_of(const struct cnn_roofline *roofline, bool layer)
{
    size_t width = strlen("kernel");
    for (int k = 0; k < roofline->count; k++) {
        size_t length = strlen(layer ? roofline->kernels[k].layer : roofline->kernels[k].name);
        width = length > width ? length : width;
    }
    return (int)width;
}

static void print_speed(double speed, double percent, FILE *out)
{
    if (speed > 0)
        fprintf(out, " %9.1f %5.0f%%", speed, percent);
    else
        fprintf(out, " %9s %6s", "-", "-");
}

static void print_kernel(const struct cnn_roofline *roofline, int k, int name_width, int layer_width, FILE *out)
{
    const struct cnn_kernel *kernel = &roofline->kernels[k];
    struct figures f = figures_of(roofline, k);
    fprintf(out, "  %-*s %-*s %6" PRId64 " %13.3f %5.1f%%", name_width, kernel->name, layer_width, kernel->layer,
            f.calls, f.microseconds, 100 * f.share);
    print_speed(f.speed, f.percent, out);
    fprintf(out, " %9.1f %8.1f\n", f.bytes / 1e3, f.bytes / f.microseconds / 1e3);
}

void cnn_roofline_print(const struct cnn_roofline *roofline, FILE *out)
{
    if (roofline->count == 0)
        return;
    int name_width = width_of(roofline, false), layer_width = width_of(roofline, true);
    double flop = 0, seconds = program_seconds(roofline);
    fprintf(out, "\n%s, batch %" PRId64 ", 1 thread; peak %.1f GFLOP/s\n", names[roofline->program].text,
            roofline->batch, roofline->peak / 1e9);
    fprintf(out, "  %-*s %-*s %6s %13s %6s %9s %6s %9s %8s\n", name_width, "kernel", layer_width, "layer", "calls",
            "us of a call", "time", "GFLOP/s", "peak", "KB", "GB/s");
    for (int k = 0; k < roofline->count; k++) {
        struct figures f = figures_of(roofline, k);
        flop += (double)f.calls * f.flop;
        print_kernel(roofline, k, name_width, layer_width, out);
    }
    fprintf(out, "  %-*s %13.3f %6s", name_width + layer_width + 8, "all", seconds * 1e6, "");
    print_speed(flop / seconds / 1e9, 100 * flop / seconds / roofline->peak, out);
    putc('\n', out);
}

void cnn_roofline_csv_header(FILE *out)
{
    fputs("program,kernel,layer,op,samples,calls,microseconds,gflops,percent_of_peak,peak_gflops,bytes\n", out);
}

void cnn_roofline_csv(const struct cnn_roofline *roofline, FILE *out)
{
    for (int k = 0; k < roofline->count; k++) {
        const struct cnn_kernel *kernel = &roofline->kernels[k];
        struct figures f = figures_of(roofline, k);
        fprintf(out, "%s,%s,%s,%s,%d,%" PRId64 ",%.4f,%.3f,%.2f,%.2f,%.0f\n", names[roofline->program].csv,
                kernel->name, kernel->layer, kernel->op, kernel->samples, f.calls, f.microseconds, f.speed,
                f.percent, roofline->peak / 1e9, f.bytes);
    }
}
