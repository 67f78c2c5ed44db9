/* train.c -- ./net train */
#define _POSIX_C_SOURCE 200809L
#include "program/program.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { HISTORIES = 2 }; /* of --history, and of the script's CSVLogger */

/* What a training reads and writes. */
struct session {
    const struct cnn_arguments *arguments;
    struct cnn_preprocessing preprocessing;
    struct cnn_dataset train, validation;
    struct cnn_dataset split[2]; /* of the training set what a report calls trained, and judges; not owned */
    bool test_validates;         /* the test set does so */
    bool lacks_labels;           /* the test set, which then is none */
    float *parameters;
    double *class_weights; /* of --class-weight */
    struct cnn_history histories[HISTORIES];
    struct cnn_report report; /* without a path: none is wanted */
    struct cnn_interrupt interrupt;
};

/* Do rows of the training set validate, in any stage? */
static bool splits(const struct cnn_arguments *arguments)
{
    const struct cnn_model *model = arguments->model;
    bool some = arguments->validation_split > 0;
    for (int i = 0; arguments->validation_split == CNN_OF_STAGE && i < model->n_stages; i++)
        some |= model->stages[i].validation_split > 0;
    return some;
}

/* The set that validates, if there is one: the test set where the data have none for that. That of data that were given for
 * it may be called anything. */
static bool find_validation(const struct cnn_arguments *arguments, struct cnn_set_place *place, bool *is_there,
                            struct cnn_error *error)
{
    static const char *const prefixes[] = {"validation", "t10k"};
    const char *given = arguments->validation_data, *data = given ? given : arguments->data;
    *place = (struct cnn_set_place){.data = data, .prefix = given ? "train" : "t10k"};
    *is_there = false;
    for (int i = 0; data && i < 2 && !*is_there; i++) {
        if (!cnn_dataset_look(arguments->model, data, prefixes[i], is_there, error))
            return false;
        if (*is_there)
            place->prefix = prefixes[i];
    }
    return true;
}

/* The file of a history; NULL: none. That of a CSVLogger is what --history is by default. */
static const char *history_of(const struct cnn_arguments *arguments, int number)
{
    const char *logger = arguments->model->history, *told = arguments->history;
    if (number == 0)
        return told == logger ? NULL : told;
    bool is_one = logger && told && told != logger && strcmp(told, logger) == 0;
    return arguments->no_callbacks || is_one ? NULL : logger;
}

enum { OPTIONS = 4 + HISTORIES }; /* that name a file which is written */

/* Files that the options and the script's callbacks write, some of which have no path: they write none. */
static int count_outputs(const struct cnn_arguments *arguments)
{
    int count = OPTIONS;
    for (int s = 0; s < arguments->model->n_stages && !arguments->no_callbacks; s++)
        count += arguments->model->stages[s].n_callbacks;
    return count;
}

/* The file of a ModelCheckpoint. */
static struct cnn_output saved_by(const char *writer, const char *file)
{
    struct cnn_output output = cnn_output_replaced(writer, file);
    output.is_pattern = file && strchr(file, '{');
    return output;
}

static struct cnn_output output_of(const struct cnn_arguments *arguments, int number)
{
    const struct cnn_stage *stage = arguments->model->stages;
    const char *told = arguments->model_checkpoint.file;
    switch (number) {
    case 0: return cnn_output_replaced("--save", arguments->save);
    case 1: return cnn_output_replaced("--checkpoint", arguments->checkpoint);
    case 2: return (struct cnn_output){.writer = "--history", .path = history_of(arguments, 0)};
    case 3: return (struct cnn_output){.writer = "CSVLogger", .path = history_of(arguments, 1)};
    case 4: return saved_by("--model-checkpoint-file", told);
    case 5: return cnn_output_replaced("--report", arguments->report);
    default: number -= OPTIONS;
    }
    for (; number >= stage->n_callbacks; stage++)
        number -= stage->n_callbacks;
    return saved_by("ModelCheckpoint", told ? NULL : stage->callbacks[number].file);
}

/* Is there a file to be written whose name is known? */
static bool writes(const struct cnn_arguments *arguments)
{
    bool some = false;
    for (int i = 0; i < count_outputs(arguments); i++) {
        const struct cnn_output output = output_of(arguments, i);
        some |= output.path && !output.is_pattern;
    }
    return some;
}

/* Data whose files are not written over. They are looked for once, for all that is written. */
struct data {
    const struct cnn_arguments *arguments;
    const char *path, *what;
    struct cnn_error *error;
};

enum { DATA = 2 };
static struct data data_of(const struct cnn_arguments *arguments, int number, struct cnn_error *error)
{
    return number == 0 ? (struct data){arguments, arguments->data, "a file of --data", error}
                       : (struct data){arguments, arguments->validation_data, "a file of --validation-data", error};
}

static bool spares(void *user, const char *file)
{
    const struct data *data = user;
    bool ok = true;
    for (int i = 0; ok && i < count_outputs(data->arguments); i++) {
        const struct cnn_output output = output_of(data->arguments, i);
        ok = cnn_output_spares(&output, file, data->what, data->error);
    }
    return ok;
}

static bool spares_arrays(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    const bool some = writes(arguments);
    bool ok = true;
    for (int i = 0; i < DATA && some && ok; i++) {
        struct data data = data_of(arguments, i, error);
        ok = !data.path || cnn_arrays_each(arguments->model, data.path, spares, &data, error);
    }
    return ok;
}

static bool spares_data(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    const bool some = writes(arguments);
    bool ok = true;
    for (int i = 0; i < DATA && some && ok; i++) {
        struct data data = data_of(arguments, i, error);
        ok = !data.path || cnn_dataset_each(data.path, spares, &data);
    }
    return ok;
}

/* It validates unless a part of the training rows was asked for. */
static bool read_sets(struct session *session, struct cnn_error *error)
{
    const struct cnn_arguments *arguments = session->arguments;
    struct cnn_set_place places[2] = {cnn_arguments_place(arguments, arguments->data, "train")};
    bool is_there;
    if (!spares_arrays(arguments, error) || !find_validation(arguments, &places[1], &is_there, error))
        return false;
    bool validates = arguments->validation_data || (!splits(arguments) && is_there);
    struct cnn_dataset sets[2] = {{0}, {0}};
    if (!cnn_sets_read(arguments->model, places, validates ? 2 : 1, CNN_NEED_TRAINING, &session->preprocessing,
                       sets, error))
        return false;
    session->train = sets[0];
    session->test_validates = !arguments->validation_data && strcmp(places[1].prefix, "t10k") == 0;
    session->validation = sets[1];
    session->lacks_labels = validates && !cnn_dataset_is_labelled(arguments->model, &sets[1]);
    if (session->lacks_labels) {
        cnn_dataset_free(&session->validation);
        session->validation.count = 0;
    }
    return true;
}

/* Is there a checkpoint to go on from? It says what the data went through before, otherwise the first weights do. */
static bool goes_on(const struct cnn_arguments *arguments)
{
    return arguments->resume && arguments->checkpoint && access(arguments->checkpoint, F_OK) == 0;
}

/* Of a part of other weights no more is taken than how features were scaled: labels may be of another kind. */
static bool begin_preprocessing(const struct cnn_arguments *arguments, struct cnn_preprocessing *preprocessing,
                                struct cnn_error *error)
{
    const char *kept = goes_on(arguments) ? arguments->checkpoint : arguments->weights;
    if (!cnn_arguments_preprocessing(arguments, kept, preprocessing, error))
        return false;
    if (goes_on(arguments) || !arguments->weights || !arguments->partial)
        return true;
    const enum cnn_scale scale = preprocessing->scale;
    cnn_preprocessing_free(preprocessing);
    if (!cnn_arguments_preprocessing(arguments, NULL, preprocessing, error))
        return false;
    preprocessing->scale = scale;
    return true;
}

/* Shows what the options, or the stage, want of the progress. */
struct show {
    const struct cnn_arguments *arguments;
    struct cnn_progress progress;
};

static enum cnn_verdict show_call(void *user, enum cnn_event event, struct cnn_training *training,
                                  struct cnn_error *error)
{
    struct show *show = user;
    const struct cnn_arguments *arguments = show->arguments;
    enum cnn_verbose verbose = arguments->model->stages[training->stage].verbose;
    if (arguments->verbose >= 0)
        verbose = CNN_VERBOSE_NOTHING + (enum cnn_verbose)arguments->verbose;
    if (verbose == CNN_VERBOSE_NOTHING)
        return CNN_CONTINUE;
    show->progress.terminal = arguments->terminal && verbose != CNN_VERBOSE_LINES;
    return cnn_progress_call(&show->progress, event, training, error);
}

static bool fit(struct session *session, struct cnn_error *error)
{
    const struct cnn_arguments *arguments = session->arguments;
    struct show show = {.arguments = arguments, .progress = {.out = arguments->out}};
    struct cnn_callback callbacks[3 + HISTORIES] = {{.call = show_call, .user = &show},
                                                    {.call = cnn_interrupt_call, .user = &session->interrupt}};
    int n_callbacks = 2;
    for (int i = 0; i < HISTORIES; i++)
        if (session->histories[i].file)
            callbacks[n_callbacks++] =
                (struct cnn_callback){.call = cnn_history_call, .user = &session->histories[i]};
    if (session->report.path)
        callbacks[n_callbacks++] = (struct cnn_callback){.call = cnn_report_call, .user = &session->report};
    struct cnn_fit_options options = cnn_fit_defaults(arguments->model);
    options.epochs = arguments->epochs ? arguments->epochs : CNN_OF_STAGE;
    options.initial_epoch = arguments->initial_epoch;
    options.early_stopping = arguments->early_stopping;
    options.plateau = arguments->plateau;
    options.model_checkpoint = arguments->model_checkpoint;
    options.class_weights = session->class_weights;
    if (arguments->class_weight)
        options.n_class_weights = cnn_class_weights(arguments->class_weight, session->class_weights);
    options.batch_size = arguments->batch_size ? arguments->batch_size : CNN_OF_STAGE;
    if (arguments->learning_rate > 0)
        options.learning_rate = arguments->learning_rate;
    options.steps_per_epoch = arguments->steps_per_epoch;
    options.validation_steps = arguments->validation_steps;
    options.validation_freq = arguments->validation_freq;
    options.no_callbacks = arguments->no_callbacks;
    if (arguments->no_shuffle)
        options.shuffle = 0;
    options.validation_split = arguments->validation_split;
    options.seed = arguments->seed;
    options.threads = cnn_arguments_threads(arguments);
    options.callbacks = callbacks;
    options.n_callbacks = n_callbacks;
    options.checkpoint = arguments->checkpoint;
    options.checkpoint_every = arguments->checkpoint_every;
    options.resume = arguments->resume;
    options.preprocessing = &session->preprocessing;
    options.out = arguments->verbose == 0 ? NULL : arguments->out;
    return cnn_interrupt_fit(arguments->model, &session->train,
                             session->validation.count ? &session->validation : NULL, &options, session->parameters,
                             error);
}

/* ---- a training that was interrupted --------------------------------------------------------------- */

/* A word as a shell reads it back. */
static void print_word(const char *word, FILE *out)
{
    const char *plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./,:=+@%";
    if (*word && word[strspn(word, plain)] == '\0') {
        fputs(word, out);
        return;
    }
    putc('\'', out);
    for (; *word; word++)
        fputs(*word == '\'' ? "'\\''" : (const char[]){*word, '\0'}, out);
    putc('\'', out);
}

/* The weights of half a training are not written to --save: what stands there was trained to its end. */
static void tell_how_to_go_on(const struct session *session)
{
    const struct cnn_arguments *arguments = session->arguments;
    FILE *out = arguments->out;
    fprintf(out, "%sInterrupted after step %" PRIu64 ". ", arguments->terminal ? "\n" : "",
            session->interrupt.step);
    if (!arguments->checkpoint) {
        fputs("Nothing was kept; --checkpoint FILE would have kept it.\n", out);
        return;
    }
    fputs("To go on:\n ", out);
    for (char **word = arguments->words; *word; word++) {
        putc(' ', out);
        print_word(*word, out);
    }
    fputs(arguments->resume ? "\n" : " --resume\n", out);
}

/* ---- a training from files to files ------------------------------------------------------------------ */

/* What other programs will take the file for; NULL: for nothing else than it is. */
static const char *promised_format(const char *path)
{
    static const struct {
        const char *ending, *format;
    } others[] = {{".h5", "HDF5"},
                  {".hdf5", "HDF5"},
                  {".keras", "Keras' archive"},
                  {".onnx", "ONNX"},
                  {".pt", "PyTorch's"},
                  {".pth", "PyTorch's"},
                  {".ckpt", "a checkpoint"},
                  {".tflite", "TensorFlow Lite"},
                  {".pb", "TensorFlow's"},
                  {".npz", "NumPy's archive"}};
    const char *ending = strrchr(path, '.');
    for (size_t i = 0; ending && i < sizeof others / sizeof *others; i++)
        if (strcasecmp(ending, others[i].ending) == 0)
            return others[i].format;
    return NULL;
}

static bool save(const struct session *session, struct cnn_error *error)
{
    const struct cnn_arguments *arguments = session->arguments;
    if (!arguments->save)
        return true;
    if (!cnn_weights_save_with(arguments->model, arguments->save, session->parameters, &session->preprocessing,
                               error))
        return false;
    const char *promised = promised_format(arguments->save);
    fprintf(arguments->out, "Saved %s\n", arguments->save);
    if (promised)
        fprintf(arguments->out, "note: it is a safetensors file, and not %s as its name says\n", promised);
    return true;
}

/* The test set did not validate: a part of the training rows did, or a set of its own. */
static bool evaluate_test_set(struct session *session, struct cnn_error *error)
{
    const struct cnn_arguments *arguments = session->arguments;
    const struct cnn_set_place place = {.data = arguments->data, .prefix = "t10k"};
    struct cnn_dataset set = {0};
    bool ok = cnn_sets_read(arguments->model, &place, 1, CNN_NEED_TRAINING, &session->preprocessing, &set, error);
    if (ok && cnn_dataset_is_labelled(arguments->model, &set))
        ok = cnn_evaluation_print(arguments, &set, session->parameters, error);
    else if (ok)
        fputs("Nothing to evaluate: the test set has no labels\n", arguments->out);
    cnn_dataset_free(&set);
    return ok;
}

/* The script's model:evaluate(). */
static bool evaluate(struct session *session, struct cnn_error *error)
{
    const struct cnn_arguments *arguments = session->arguments;
    if (!arguments->model->evaluates)
        return true;
    if (session->validation.count && session->test_validates)
        return cnn_evaluation_print(arguments, &session->validation, session->parameters, error);
    bool has_test_set = false;
    if (arguments->data && !cnn_dataset_look(arguments->model, arguments->data, "t10k", &has_test_set, error))
        return false;
    if (!session->lacks_labels && has_test_set)
        return evaluate_test_set(session, error);
    fprintf(arguments->out, "Nothing to evaluate: the %s\n",
            session->lacks_labels ? "test set has no labels" : "data have no test set");
    return true;
}

/* Opened without losing what they have, before training begins: whether they can be written should be known then. */
static bool open_histories(struct session *session, struct cnn_error *error)
{
    for (int i = 0; i < HISTORIES; i++) {
        struct cnn_history *history = &session->histories[i];
        history->path = history_of(session->arguments, i);
        if (history->path && !(history->file = fopen(history->path, "a")))
            return cnn_fail(error, "%s: cannot be written: %s", history->path, strerror(errno));
    }
    return true;
}

static bool close_histories(struct session *session, bool ok, struct cnn_error *error)
{
    for (int i = 0; i < HISTORIES; i++) {
        struct cnn_history *history = &session->histories[i];
        if (history->file && fclose(history->file) != 0 && ok)
            ok = cnn_fail(error, "%s: cannot be written: %s", history->path, strerror(errno));
    }
    return ok;
}

/* Of rows that a split keeps from the training, as the last stage has it, those are judged. */
static void split_report(struct session *session)
{
    const struct cnn_arguments *arguments = session->arguments;
    const struct cnn_stage *last = &arguments->model->stages[arguments->model->n_stages - 1];
    const double split =
        arguments->validation_split == CNN_OF_STAGE ? last->validation_split : arguments->validation_split;
    const int64_t count = session->train.count, trained = cnn_split_trained(count, split);
    if (session->validation.count > 0 || trained < 1 || trained >= count)
        return; /* training says what is wrong with a split that leaves nothing */
    session->split[0] = cnn_dataset_slice(&session->train, 0, trained);
    session->split[1] = cnn_dataset_slice(&session->train, trained, count - trained);
    session->report.train = &session->split[0];
    session->report.judged = &session->split[1];
    session->report.judged_name = "validation set";
}

/* What is judged: the validation set, or else what was trained on. */
static void begin_report(struct session *session)
{
    const struct cnn_arguments *arguments = session->arguments;
    const bool validates = session->validation.count > 0;
    session->report = (struct cnn_report){.model = arguments->model,
                                          .path = arguments->report,
                                          .words = arguments->words,
                                          .seed = arguments->seed,
                                          .threads = cnn_arguments_threads(arguments),
                                          .preprocessing = &session->preprocessing,
                                          .train = &session->train,
                                          .judged = validates ? &session->validation : &session->train,
                                          .judged_name = !validates                ? "training set"
                                                         : session->test_validates ? "test set"
                                                                                   : "validation set"};
    split_report(session);
}

static bool end_report(struct session *session, struct cnn_error *error)
{
    struct cnn_report *report = &session->report;
    if (!report->path)
        return true;
    report->state = session->interrupt.signal ? CNN_REPORT_INTERRUPTED : CNN_REPORT_ENDED;
    if (!cnn_report_measured(report, session->parameters, error))
        return false;
    fprintf(session->arguments->out, "Report %s\n", report->path);
    return true;
}

static bool train_and_save(struct session *session, struct cnn_error *error)
{
    const struct cnn_arguments *arguments = session->arguments;
    session->parameters = cnn_arguments_parameters(arguments, goes_on(arguments) ? NULL : &session->train, error);
    if (!session->parameters || !open_histories(session, error))
        return false;
    if (arguments->model->summarizes)
        cnn_layers_print(arguments->model, arguments->out);
    cnn_preprocessing_print(&session->preprocessing, arguments->out);
    if (session->lacks_labels)
        fputs("validation: none, for the test set has no labels (--validation-split X takes training rows)\n",
              arguments->out);
    begin_report(session);
    if (!fit(session, error))
        return false;
    *arguments->signal = session->interrupt.signal;
    if (!session->interrupt.signal)
        return evaluate(session, error) && save(session, error) && end_report(session, error);
    tell_how_to_go_on(session);
    return end_report(session, error);
}

/* The script's own weights may be those that are yet to be trained. */
static const char *first_weights(const struct cnn_arguments *arguments)
{
    const struct cnn_model *model = arguments->model;
    const char *own = cnn_weights_place(model->weights);
    if (arguments->weights != own || !own)
        return arguments->weights;
    if (model->begins_with_weights && access(own, F_OK) == 0)
        return own;
    if (model->begins_with_weights)
        fprintf(arguments->out, "%s is not there: training begins with fresh parameters\n", own);
    return NULL;
}

static bool run(const struct cnn_arguments *given, struct cnn_error *error)
{
    struct cnn_arguments own = *given, *arguments = &own;
    struct session session = {.arguments = arguments};
    if (given->model->n_stages == 0)
        return cnn_fail(error, "model %s cannot be trained: its script compiles no loss", given->model->name);
    arguments->weights = first_weights(given);
    if (arguments->save && !cnn_weights_writable(arguments->save, error))
        return false;
    if (arguments->report && !cnn_file_writable(arguments->report, error))
        return false;
    if (arguments->class_weight) {
        int64_t count = cnn_class_weights(arguments->class_weight, NULL);
        if (!(session.class_weights = cnn_alloc(count * (int64_t)sizeof *session.class_weights, error)))
            return false;
    }
    bool ok = begin_preprocessing(arguments, &session.preprocessing, error) && read_sets(&session, error) &&
              train_and_save(&session, error);
    ok = close_histories(&session, ok, error);
    cnn_report_free(&session.report);
    free(session.parameters);
    free(session.class_weights);
    cnn_dataset_free(&session.train);
    cnn_dataset_free(&session.validation);
    cnn_preprocessing_free(&session.preprocessing);
    return ok;
}

/* ---- files that are one ------------------------------------------------------------------------------ */

static bool check_outputs(const struct cnn_output *one, const struct cnn_output *other, struct cnn_error *error)
{
    if (!one->path || !other->path)
        return true;
    char what[64];
    const char *file = other->is_pattern ? NULL : cnn_output_at(one, other->path);
    const char *other_file = one->is_pattern ? NULL : cnn_output_at(other, one->path);
    snprintf(what, sizeof what, "the file of %s", file ? other->writer : one->writer);
    if (file)
        return cnn_output_clash(one, file, what, error);
    return !other_file || cnn_output_clash(other, other_file, what, error);
}

/* A file that is replaced may be the one of --weights, which have been read by then. */
static bool check_inputs(const struct cnn_output *output, const struct cnn_arguments *arguments,
                         struct cnn_error *error)
{
    if (!output->path)
        return true;
    if (!cnn_output_spares_files(output, arguments, error))
        return false;
    const char *file = arguments->weights ? cnn_output_at(output, arguments->weights) : NULL;
    return !file || output->is_pattern || (file == output->path && *output->temporary) ||
           cnn_output_clash(output, file, "the file of --weights", error);
}

static bool script_has(const struct cnn_model *model, enum cnn_callback_kind kind)
{
    bool has = false;
    for (int s = 0; s < model->n_stages; s++)
        for (int i = 0; i < model->stages[s].n_callbacks; i++)
            has |= model->stages[s].callbacks[i].kind == kind;
    return has;
}

/* Why a callback is not there; NULL: it is. */
static const char *missing(const struct cnn_arguments *arguments, enum cnn_callback_kind kind)
{
    if (!script_has(arguments->model, kind))
        return "which the script has not";
    return arguments->no_callbacks ? "which --no-callbacks leaves out" : NULL;
}

/* What a callback is told that there is not would mean nothing. */
static bool check_callbacks(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    const char *given = cnn_told_option(&arguments->early_stopping);
    const char *why = missing(arguments, CNN_EARLY_STOPPING);
    if (given && why && arguments->early_stopping.patience == CNN_OF_STAGE)
        return cnn_fail(error, "--%s is for EarlyStopping, %s: --patience N makes one", given, why);
    given = cnn_told_option(&arguments->plateau);
    why = missing(arguments, CNN_REDUCE_LR_ON_PLATEAU);
    if (given && why)
        return cnn_fail(error, "--plateau-%s is for ReduceLROnPlateau, %s", given, why);
    given = cnn_told_option(&arguments->model_checkpoint);
    why = missing(arguments, CNN_MODEL_CHECKPOINT);
    if (given && why && !arguments->model_checkpoint.file)
        return cnn_fail(error,
                        "--model-checkpoint-%s is for ModelCheckpoint, %s: --model-checkpoint-file FILE makes one",
                        given, why);
    if (arguments->model_checkpoint.best_only > 1)
        return cnn_fail(error, "--model-checkpoint-best-only is 0 or 1, not %" PRId64,
                        arguments->model_checkpoint.best_only);
    return cnn_told_check(arguments->model, &arguments->model_checkpoint, error) &&
           cnn_told_check(arguments->model, &arguments->early_stopping, error) &&
           cnn_told_check(arguments->model, &arguments->plateau, error);
}

static bool check_class_weight(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    const char *text = arguments->class_weight;
    return !text || cnn_class_weights_fit(arguments->model, cnn_class_weights(text, NULL), error);
}

/* A callback of two stages may be one. */
static bool check_others(const struct cnn_arguments *arguments, int number, struct cnn_error *error)
{
    const struct cnn_output output = output_of(arguments, number);
    bool ok = true;
    for (int i = number + 1; ok && number < OPTIONS && i < count_outputs(arguments); i++) {
        const struct cnn_output other = output_of(arguments, i);
        ok = check_outputs(&output, &other, error);
    }
    return ok;
}

/* Hours of training, or the data, could be lost by a word that is there twice. */
static bool check(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    bool ok =
        check_callbacks(arguments, error) && check_class_weight(arguments, error) && spares_data(arguments, error);
    for (int i = 0; ok && i < count_outputs(arguments); i++) {
        const struct cnn_output output = output_of(arguments, i);
        ok = check_others(arguments, i, error) && check_inputs(&output, arguments, error);
    }
    return ok;
}

const struct cnn_command cnn_command_train = {
    .name = "train",
    .about = "train the network on a data set",
    .options =
        "model data! input validation-data scale label sample-weight weights partial save history report checkpoint "
        "checkpoint-every resume epochs initial-epoch batch-size no-shuffle learning-rate "
        "steps-per-epoch validation-split validation-steps validation-freq monitor monitor-mode patience "
        "min-delta baseline start-from-epoch restore-best plateau-monitor plateau-monitor-mode plateau-patience plateau-min-delta "
        "plateau-factor plateau-cooldown plateau-min-lr model-checkpoint-file model-checkpoint-save-freq "
        "model-checkpoint-best-only model-checkpoint-monitor model-checkpoint-monitor-mode model-checkpoint-baseline "
        "class-weight no-callbacks verbose seed threads",
    .data_operand = true,
    .check = check,
    .run = run,
};
