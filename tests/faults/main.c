/* main.c -- whatever fails and whenever it dies: a training keeps the old or the new files, says what is wrong,
 * leaks nothing, and goes on with the same bits; the other commands say what is wrong and leak nothing. */
#include "rt_arrays.h"

#include <errno.h>
#include <png.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_model.h"
#include "faults.h"

enum { MAX_WORDS = 24 };
#define TRAIN "net train --data @ --epochs 2 --save @w --history @h --checkpoint @c --checkpoint-every 4 --resume"

static int failures;
static long faults_tried, deaths_tried;

/* What is being tried, for messages. */
struct trial {
    void *folder;
    const char *name;
    struct fault fault;
    struct death death;
};

static bool problem(const struct trial *trial, const char *what, const char *more)
{
    if (failures++ < 20)
        printf("not ok %s, %s %ld%s with %d, death at %ld%s%s: %s%s\n", trial->name, call_names[trial->fault.call],
               trial->fault.nth, trial->fault.always ? " and later" : "", trial->fault.error, trial->death.nth,
               trial->death.power ? ", power" : "", trial->death.undo ? ", undo" : "", what, more);
    return false;
}

/* ---- running a command --------------------------------------------------------------------------------- */

struct result {
    int status;
    char out[8192], err[2048];
};

/* Like rt_run(), but nothing of the test itself runs while calls fail. */
static struct result run(const struct trial *trial, const char *line)
{
    struct cnn_model model = fake_model();
    static char words[MAX_WORDS][RT_PATH];
    char *argv[MAX_WORDS];
    struct result result = {0};
    int count = 0;
    for (const char *at = line; *at; at += strspn(at, " ")) {
        int length = (int)strcspn(at, " "), inside = *at == '@';
        snprintf(words[count], RT_PATH, "%s%s%.*s", inside ? (const char *)trial->folder : "", inside ? "/" : "",
                 length - inside, at + inside);
        argv[count] = words[count];
        count++;
        at += length;
    }
    argv[count] = NULL;
    FILE *out = fmemopen(result.out, sizeof result.out, "w"), *err = fmemopen(result.err, sizeof result.err, "w");
    if (!out || !err)
        abort();
    faults_begin(trial->fault, trial->death);
    result.status = cnn_program(&model, count, argv, out, err);
    faults_end();
    fclose(out);
    fclose(err);
    return result;
}

/* ---- files ------------------------------------------------------------------------------------------------ */

/* Contents of a file; bytes NULL: it is not there. */
struct contents {
    char *bytes;
    size_t size;
};

static struct contents read_contents(const struct trial *trial, const char *name)
{
    char path[RT_PATH];
    struct contents contents = {0};
    void *folder = trial->folder;
    if (access(rt_path(&folder, name, path), F_OK) == 0)
        contents.bytes = rt_read(path, &contents.size);
    return contents;
}

static void write_contents(const struct trial *trial, const char *name, const struct contents *contents)
{
    char path[RT_PATH];
    void *folder = trial->folder;
    remove(rt_path(&folder, name, path));
    if (contents->bytes)
        rt_write(&folder, name, contents->bytes, contents->size);
}

static bool holds(const struct trial *trial, const char *name, const struct contents *wanted)
{
    struct contents now = read_contents(trial, name);
    bool same = (now.bytes != NULL) == (wanted->bytes != NULL) && now.size == wanted->size &&
                (!now.bytes || memcmp(now.bytes, wanted->bytes, now.size) == 0);
    free(now.bytes);
    return same;
}

static bool exists(const struct trial *trial, const char *name)
{
    char path[RT_PATH];
    void *folder = trial->folder;
    return access(rt_path(&folder, name, path), F_OK) == 0;
}

/* ---- a training that meets a fault ------------------------------------------------------------------------ */

/* Where it begins, and the weights that it must end with. */
struct start {
    struct contents checkpoint, weights;
    const struct contents *whole;
};

/* The checkpoint is the old one or a new one, and the weights are the old ones or the last ones. */
static bool check_files(const struct trial *trial, const struct start *start)
{
    struct cnn_model model = fake_model();
    struct cnn_position position;
    struct cnn_error error;
    char path[RT_PATH];
    void *folder = trial->folder;
    bool there = exists(trial, "c");
    if (!there && start->checkpoint.bytes)
        return problem(trial, "the checkpoint is gone", "");
    if (there && !cnn_checkpoint_position(&model, rt_path(&folder, "c", path), &position, &error))
        return problem(trial, "the checkpoint cannot be read: ", error.message);
    if (!holds(trial, "w", &start->weights) && !holds(trial, "w", start->whole))
        return problem(trial, "the weights are neither the old nor the new", "");
    return true;
}

static bool check_going_on(const struct trial *trial, const struct start *start)
{
    struct trial sound = {.folder = trial->folder, .name = trial->name};
    struct result result = run(&sound, TRAIN);
    if (result.status != 0)
        return problem(trial, "does not go on: ", result.err);
    if (!holds(trial, "w", start->whole))
        return problem(trial, "goes on to other weights", "");
    if (exists(trial, "c.tmp") || exists(trial, "w.tmp"))
        return problem(trial, "a temporary file stays for ever", "");
    return true;
}

static bool check_leaks(const struct trial *trial)
{
    char text[32];
    snprintf(text, sizeof text, "%d, %d", faults_leaked_blocks(), faults_leaked_descriptors());
    return (faults_leaked_blocks() == 0 && faults_leaked_descriptors() == 0) ||
           problem(trial, "leaks blocks and descriptors: ", text);
}

/* An error is told by status 1 and one line. */
static bool check_status(const struct trial *trial, const struct result *result)
{
    if (result->status != 0 && result->status != 1)
        return problem(trial, "ends with another status than 0 and 1", "");
    if (result->status == 1 && (strncmp(result->err, "net: error: ", 12) != 0 || strlen(result->err) < 20))
        return problem(trial, "says nothing", result->err);
    return true;
}

/* After some faults all must be well, and some leave no choice but to fail. */
static bool check_outcome(const struct trial *trial, const struct result *result)
{
    const struct fault *fault = &trial->fault;
    bool harmless = fault->error == EINTR || fault->error == WRITES_HALF;
    bool fatal = fault->call == CALL_MALLOC || fault->call == CALL_WRITE || fault->call == CALL_FSYNC ||
                 fault->call == CALL_RENAME || fault->call == CALL_OPEN_MEMSTREAM ||
                 fault->call == CALL_FCLOSE_WRITTEN;
    if (harmless && result->status != 0)
        return problem(trial, "fails for nothing: ", result->err);
    if (!harmless && fatal && result->status != 1)
        return problem(trial, "does not notice", "");
    return true;
}

static bool check_training(struct trial *trial, const struct start *start, const struct fault *fault)
{
    trial->fault = *fault;
    write_contents(trial, "c", &start->checkpoint);
    write_contents(trial, "w", &start->weights);
    struct result result = run(trial, TRAIN);
    /* One that another program has locked is that program's. */
    bool may_stay = fault->call == CALL_UNLINK || (fault->call == CALL_FCNTL && fault->error == EAGAIN);
    if (!check_status(trial, &result) || !check_outcome(trial, &result) || !check_leaks(trial))
        return false;
    if (!may_stay && (exists(trial, "c.tmp") || exists(trial, "w.tmp")))
        return problem(trial, "leaves a temporary file", "");
    if (result.status == 0 && !holds(trial, "w", start->whole))
        return problem(trial, "ends well with other weights", "");
    return check_files(trial, start) && check_going_on(trial, start);
}

/* ---- all faults -------------------------------------------------------------------------------------------- */

struct manner {
    enum call call;
    int error;
};

static const struct manner manners[] = {
    {CALL_MALLOC, ENOMEM},
    {CALL_OPEN_MEMSTREAM, ENOMEM},
    {CALL_OPEN, ENOSPC},
    {CALL_OPEN, EACCES},
    {CALL_OPEN, EMFILE},
    {CALL_OPEN, EINTR},
    {CALL_FCNTL, EAGAIN},
    {CALL_FCNTL, ENOLCK},
    {CALL_STAT, EIO},
    {CALL_FTRUNCATE, EIO},
    {CALL_WRITE, ENOSPC},
    {CALL_WRITE, EIO},
    {CALL_WRITE, EINTR},
    {CALL_WRITE, WRITES_HALF},
    {CALL_WRITE, WRITES_NOTHING},
    {CALL_FSYNC, EIO},
    {CALL_FSYNC, ENOSPC},
    {CALL_FSYNC, EINTR},
    {CALL_RENAME, EIO},
    {CALL_RENAME, ENOSPC},
    {CALL_CLOSE, EIO},
    {CALL_CLOSE, EINTR},
    {CALL_UNLINK, EIO},
    {CALL_FOPEN, EMFILE},
    {CALL_FDOPEN, ENOMEM},
    {CALL_FREAD, EIO},
    {CALL_FSEEKO, EIO},
    {CALL_FFLUSH, ENOSPC},
    {CALL_FCLOSE, EIO},
    {CALL_FCLOSE_WRITTEN, EIO},
    {CALL_GZDOPEN, ENOMEM},
    {CALL_GZREAD, EIO},
    {CALL_INFLATE_INIT, ENOMEM},
    {CALL_INFLATE, ENOMEM},
};

/* Tries a manner of failing at each call, once and from then on. EINTR for ever would be no fault, but a siege. */
static long try_all(struct trial *trial, const struct start *start, const struct manner *manner, const long *count,
                    bool (*check)(struct trial *trial, const struct start *start, const struct fault *fault))
{
    long tried = 0;
    for (long nth = 1; nth <= count[manner->call]; nth++)
        for (int always = 0; always <= (manner->error != EINTR); always++, tried++, faults_tried++)
            check(trial, start, &(struct fault){manner->call, nth, always, manner->error});
    return tried;
}

static void try_manners(struct trial *trial, const struct start *start, const char *line,
                        bool (*check)(struct trial *trial, const struct start *start, const struct fault *fault))
{
    long count[N_CALLS];
    trial->fault = (struct fault){0};
    struct result result = run(trial, line);
    if (result.status != 0)
        problem(trial, "fails by itself: ", result.err);
    if (faults_unsafe())
        problem(trial, "ends with a file that is not safe on the disk", "");
    for (int c = 0; c < N_CALLS; c++)
        count[c] = faults_count((enum call)c);
    for (size_t i = 0; i < COUNT_OF(manners); i++) {
        int before = failures;
        long tried = try_all(trial, start, &manners[i], count, check);
        if (tried > 0 && failures == before)
            printf("ok %s: %s fails in %ld ways with %d\n", trial->name, call_names[manners[i].call], tried,
                   manners[i].error);
    }
}

/* ---- all deaths ---------------------------------------------------------------------------------------------- */

static bool check_death(struct trial *trial, const struct start *start)
{
    int status;
    write_contents(trial, "c", &start->checkpoint);
    write_contents(trial, "w", &start->weights);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        run(trial, TRAIN);
        _exit(0);
    }
    if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        return problem(trial, "does not die", "");
    return check_files(trial, start) && check_going_on(trial, start);
}

static void try_deaths(struct trial *trial, const struct start *start, bool power, bool undo)
{
    int before = failures;
    trial->fault = (struct fault){0};
    write_contents(trial, "c", &start->checkpoint);
    write_contents(trial, "w", &start->weights);
    run(trial, TRAIN);
    long changes = faults_changes();
    for (long nth = 1; nth <= changes; nth++) {
        trial->death = (struct death){nth, power, undo};
        check_death(trial, start);
        deaths_tried++;
    }
    trial->death = (struct death){0};
    if (failures == before)
        printf("ok %s: dies at %ld places%s%s\n", trial->name, changes, power ? ", the disk forgets" : "",
               undo ? ", and a rename with it" : "");
}

/* ---- trainings --------------------------------------------------------------------------------------------------
 */

static void try_training(struct trial *trial, const struct start *start)
{
    write_contents(trial, "c", &start->checkpoint);
    write_contents(trial, "w", &start->weights);
    try_manners(trial, start, TRAIN, check_training);
    try_deaths(trial, start, false, false);
    try_deaths(trial, start, true, false);
    try_deaths(trial, start, true, true);
}

/* From nothing, and from a checkpoint of the first epoch beside the weights of another training. */
static void try_trainings(void *folder)
{
    struct trial trial = {.folder = folder, .name = "train"};
    struct start start = {0};
    struct result result = run(&trial, "net train --data @ --epochs 1 --checkpoint @c");
    struct contents early = read_contents(&trial, "c");
    result.status |= run(&trial, "net train --data @ --epochs 1 --seed 9 --save @w").status;
    struct contents other = read_contents(&trial, "w");
    result.status |= run(&trial, "net train --data @ --epochs 2 --save @w").status;
    struct contents whole = read_contents(&trial, "w");
    if (result.status != 0)
        problem(&trial, "fails by itself", result.err);
    start.whole = &whole;
    try_training(&trial, &start);
    trial.name = "train --resume";
    start.checkpoint = early;
    start.weights = other;
    try_training(&trial, &start);
    free(early.bytes);
    free(other.bytes);
    free(whole.bytes);
}

/* ---- other commands
 * ------------------------------------------------------------------------------------------------ */

static bool check_command(struct trial *trial, const struct start *start, const struct fault *fault)
{
    (void)start;
    trial->fault = *fault;
    struct result result = run(trial, trial->name);
    return check_status(trial, &result) && check_outcome(trial, &result) && check_leaks(trial);
}

static void try_command(void *folder, const char *line)
{
    struct trial trial = {.folder = folder, .name = line};
    try_manners(&trial, NULL, line, check_command);
}

/* ---- predictions in a file -------------------------------------------------------------------------------- */

struct output {
    const char *name;
    struct contents old, whole;
};

static const char *output_of(const char *line) { return strstr(line, "@o.csv") ? "o.csv" : "o.npy"; }

/* The file holds what it held, or all of the new. */
static bool check_output(struct trial *trial, const struct output *output)
{
    const struct fault *fault = &trial->fault;
    char temporary[64];
    snprintf(temporary, sizeof temporary, "%s.tmp", output->name);
    write_contents(trial, output->name, &output->old);
    struct result result = run(trial, trial->name);
    bool may_stay = fault->call == CALL_UNLINK || (fault->call == CALL_FCNTL && fault->error == EAGAIN);
    if (!check_status(trial, &result) || !check_outcome(trial, &result) || !check_leaks(trial))
        return false;
    if (!may_stay && exists(trial, temporary))
        return problem(trial, "leaves a temporary file", "");
    if (!holds(trial, output->name, &output->whole) &&
        (result.status == 0 || !holds(trial, output->name, &output->old)))
        return problem(trial, "the file holds neither the old nor the new", "");
    return true;
}

static bool check_prediction(struct trial *trial, const struct start *start, const struct fault *fault)
{
    static char old[] = "old";
    const struct output output = {output_of(trial->name), {old, sizeof old - 1}, start->weights};
    trial->fault = *fault;
    return check_output(trial, &output);
}

/* The line writes o.csv or o.npy. */
static void try_output(void *folder, const char *line)
{
    struct trial trial = {.folder = folder, .name = line};
    run(&trial, line);
    struct start start = {.weights = read_contents(&trial, output_of(line))};
    try_manners(&trial, &start, line, check_prediction);
    free(start.weights.bytes);
}

static void write_pictures(void **folder)
{
    char path[RT_PATH], pgm[80] = "P5 8 8 255 ";
    png_image png = {.version = PNG_IMAGE_VERSION, .width = 8, .height = 8, .format = PNG_FORMAT_GRAY};
    rt_write(folder, "bar.pgm", pgm, strlen(pgm) + 64);
    if (!png_image_write_to_file(&png, rt_path(folder, "bar.png", path), 0, pgm, 0, NULL))
        abort();
}

/* Four samples each: an archive, packed; a table of pixels, and one that becomes one of floats. */
static void write_tables(void **folder)
{
    static const char pixels[4 * 64], labels[4];
    static unsigned char x[1024], y[1024], archive[4096];
    char text[2048] = "";
    const struct rt_member members[] = {
        {.name = "x_test.npy",
         .data = x,
         .size = rt_npy(x, NPY("'|u1'", "False", "(4, 8, 8)"), pixels, sizeof pixels),
         .deflate = true},
        {.name = "y_test.npy", .data = y, .size = rt_npy(y, NPY("'|i1'", "False", "(4,)"), labels, sizeof labels)}};
    rt_write(folder, "t.npz", archive, rt_zip(archive, members, 2));
    for (int i = 0; i < 4 * 65; i++)
        strcat(text, i % 65 == 0 ? "0" : i % 65 == 64 ? ",9\n" : ",9");
    rt_write(folder, "t.csv", text, strlen(text));
    strcpy(strrchr(text, '9'), "-1");
    rt_write(folder, "f.csv", text, strlen(text));
}

int main(void)
{
    void *folder;
    if (rt_setup(&folder))
        return 1;
    rt_write_set(&folder, "train", 90, 1);
    rt_write_set(&folder, "t10k", 12, 2);
    write_pictures(&folder);
    write_tables(&folder);
    try_trainings(folder);
    try_command(folder, "net evaluate --data @ --weights @w");
    try_command(folder, "net predict --weights @w @t10k-images-idx3-ubyte");
    try_command(folder, "net predict --weights @w @bar.pgm @bar.png");
    try_command(folder, "net evaluate --data @t.npz --weights @w");
    try_command(folder, "net predict --weights @w @t.csv @f.csv");
    try_output(folder, "net predict --weights @w --output @o.csv @t10k-images-idx3-ubyte @bar.pgm @bar.png");
    try_output(folder, "net predict --weights @w --output @o.npy @");
    try_command(folder, "net info");
    try_command(folder, "net bench --seconds 0.001");
    rt_teardown(&folder);
    printf("# %ld faults, %ld deaths\n", faults_tried, deaths_tried);
    return failures > 0;
}
