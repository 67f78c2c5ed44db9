/* checkpoint.c -- a training as a file, from which it goes on as if it had never stopped.
 *
 * The container is a safetensors file, so that everything that reads weights reads those of a checkpoint, this
 * runtime, cnnc --weights and Python alike, and so that each number of the training has a name and can be looked
 * at. The parameters stand in it as in a file of weights. What else a training is stands beside them, under names
 * that begin with ".training/": the optimizer's state for every trainable parameter
 * (".training/velocity/conv2d/kernel"), the position, the sums of the epoch so far, the history, and what the
 * training was told, which must be the same to go on with the same bits. Random numbers are functions of seed, step
 * and epoch: their keys need no more.
 *
 * The last tensor, ".training/crc32", is the CRC-32 of all bytes before it. file.c sees to it that a file is
 * complete; the checksum is for disks and copies that change what they were given. */
#include "train/train.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define VERSION "3"
#define STATE   CNN_CHECKPOINT_PREFIX
#define ANEW    "; go on with the same, or begin anew with its weights alone, which can be loaded from it"
enum { CRC_BYTES = 4, HASH_TEXT = 17, NUMBER_TEXT = 24, MAX_TEXT = 256 };

/* ---- which network? --------------------------------------------------------------------------------- */

static void hash_shape(uint64_t *hash, int rank, const int64_t *dim)
{
    cnn_hash_number(hash, rank);
    for (int i = 0; i < rank; i++)
        cnn_hash_number(hash, dim[i]);
}

/* What a stage trains, but not for how long. */
static void hash_stage(uint64_t *hash, const struct cnn_model *model, const struct cnn_stage *stage)
{
    cnn_hash_number(hash, stage->fresh);
    cnn_hash_text(hash, stage->optimizer);
    for (int s = 0; s < stage->n_slots; s++)
        cnn_hash_text(hash, stage->slots[s]);
    for (int p = 0; p < model->n_parameters; p++)
        cnn_hash_number(hash, cnn_stage_trains(model, stage, p));
}

/* Inputs and outputs behind the first of each, and what these are compared with. */
static void hash_further(uint64_t *hash, const struct cnn_model *model)
{
    for (int i = 1; i < model->n_inputs; i++)
        hash_shape(hash, model->inputs[i].rank, model->inputs[i].dim);
    for (int i = 1; i < model->n_outputs; i++) {
        hash_shape(hash, model->outputs[i].rank, model->outputs[i].dim);
        cnn_hash_text(hash, model->outputs[i].loss ? model->outputs[i].loss : "");
    }
}

/* Of what the descriptor says about the network itself. Its name may change, and so may where parameters are in
 * memory and for which target it was compiled. */
static void network_hash(const struct cnn_model *model, char text[HASH_TEXT])
{
    uint64_t hash = CNN_HASH_BEGIN;
    hash_shape(&hash, model->inputs[0].rank, model->inputs[0].dim);
    hash_shape(&hash, model->outputs[0].rank, model->outputs[0].dim);
    hash_further(&hash, model);
    for (int i = 0; i < model->n_layers; i++) {
        cnn_hash_text(&hash, model->layers[i].name);
        cnn_hash_text(&hash, model->layers[i].type);
        hash_shape(&hash, model->layers[i].rank, model->layers[i].dim);
    }
    for (int p = 0; p < model->n_parameters; p++) {
        cnn_hash_text(&hash, model->parameters[p].name);
        hash_shape(&hash, model->parameters[p].rank, model->parameters[p].dim);
        cnn_hash_number(&hash, model->parameters[p].trainable);
    }
    for (int c = 1; c < model->n_columns; c++)
        cnn_hash_text(&hash, model->columns[c]);
    for (int i = 0; i < model->n_stages; i++)
        hash_stage(&hash, model, &model->stages[i]);
    snprintf(text, HASH_TEXT, "%016" PRIx64, hash);
}

/* Of what optimizers do beside the numbers that fields name. */
static uint64_t constants_hash(const struct cnn_model *model)
{
    uint64_t hash = CNN_HASH_BEGIN;
    for (int i = 0; i < model->n_stages; i++)
        cnn_hash_number(&hash, (int64_t)model->stages[i].digest);
    return hash;
}

/* What metadata have as a number that must be the same to go on, and what one that is not says. */
static const struct hashed {
    const char *key, *differs;
} hashed[] = {
    {"computes",
     "its network computes something else: an argument of a layer, the loss or a metric was another (an "
     "activation, a rate of Dropout, a regularizer, say)"},
    {"constants",
     "its training has other constants: an argument of the optimizer was another (a momentum, clipnorm or "
     "schedule, say)"},
    {"class_weights", "its training has other weights of classes (class_weight of fit, or --class-weight)"},
    {"callbacks", "its training has other callbacks: there was another one, or an argument or an option of one was "
                  "another (a monitor, patience or restore_best_weights, say, or --no-callbacks)"},
};
enum { N_HASHED = sizeof hashed / sizeof *hashed };

/* What metadata have as a number where the script or an option says it, and what it is called where it must be the same. */
static const struct number {
    const char *key, *told;
    size_t member;
} numbers[] = {
    {"steps_per_epoch", "steps per epoch", offsetof(struct cnn_checkpoint, steps_per_epoch)},
    {"initial_epoch", "initial epoch", offsetof(struct cnn_checkpoint, initial_epoch)},
};
enum { N_NUMBERS = sizeof numbers / sizeof *numbers };

static void number_text(const struct number *number, const struct cnn_checkpoint *checkpoint,
                        char text[NUMBER_TEXT])
{
    snprintf(text, NUMBER_TEXT, "%" PRId64,
             *(const int64_t *)(const void *)((const char *)checkpoint + number->member));
}

/* Of a training that is told what the checkpoint says, and stands where it does. */
static void make_hashes(const struct cnn_model *model, const struct cnn_checkpoint *checkpoint,
                        char texts[N_HASHED][HASH_TEXT])
{
    const uint64_t hashes[N_HASHED] = {model->digest, constants_hash(model), checkpoint->class_weights,
                                       cnn_told_hash(checkpoint)};
    for (int i = 0; i < N_HASHED; i++)
        snprintf(texts[i], HASH_TEXT, "%016" PRIx64, hashes[i]);
}

/* "mse"; of several outputs "kind: sparse_categorical_crossentropy, size: mse", as far as there is room: the hash has all. */
static void list_losses(const struct cnn_model *model, char text[MAX_TEXT])
{
    size_t used = 0;
    *text = '\0';
    for (int i = 0; i < model->n_outputs && used < MAX_TEXT; i++) {
        const struct cnn_model_output *output = &model->outputs[i];
        const bool named = model->n_outputs > 1;
        if (output->loss)
            used += (size_t)snprintf(text + used, MAX_TEXT - used, "%s%s%s%s", used ? ", " : "",
                                     named ? output->name : "", named ? ": " : "", output->loss);
    }
}

/* ---- the tensors ------------------------------------------------------------------------------------- */

#define MEMBER(name) offsetof(struct cnn_checkpoint, name)
static const struct field {
    const char *name;
    enum cnn_dtype dtype;
    size_t member;
    const char *told; /* what it is called where it must be the same to go on; NULL: it need not be */
} fields[] = {
    {STATE "batch_size", CNN_I64, MEMBER(batch_size), "batch size"},
    {STATE "seed", CNN_U64, MEMBER(seed), "seed"},
    {STATE "shuffle", CNN_I64, MEMBER(shuffle), "shuffle"},
    {STATE "first_learning_rate", CNN_F64, MEMBER(first_learning_rate), "learning rate"},
    {STATE "rows", CNN_I64, MEMBER(rows), "number of training rows"},
    {STATE "validation_rows", CNN_I64, MEMBER(validation_rows), "number of validation rows"},
    {STATE "data", CNN_U64, MEMBER(data), "data with checksum"},
    {STATE "callback_bytes", CNN_I64, MEMBER(callback_bytes), "size of callback state"},
    {STATE "step", CNN_U64, MEMBER(step), NULL},
    {STATE "first_step", CNN_U64, MEMBER(first_step), NULL},
    {STATE "epoch", CNN_I64, MEMBER(epoch), NULL},
    {STATE "batch", CNN_I64, MEMBER(batch), NULL},
    {STATE "stopped", CNN_I64, MEMBER(stopped), NULL},
    {STATE "learning_rate", CNN_F64, MEMBER(learning_rate), NULL},
    {STATE "seconds", CNN_F64, MEMBER(seconds), NULL},
};
enum { N_FIELDS = sizeof fields / sizeof *fields, N_ARRAYS = 5 };

/* The tensors of a checkpoint in their order, and memory for the names that were put together. */
struct list {
    struct cnn_tensors tensors;
    char *names;
    struct cnn_tensor *stage_rows, *history, *callbacks, *crc; /* among them */
};

static void free_list(struct list *list)
{
    free(list->tensors.tensor);
    free(list->names);
}

static bool allocate_list(const struct cnn_model *model, const struct cnn_stage *stage, struct list *list,
                          struct cnn_error *error)
{
    int64_t name_bytes = 1;
    for (int s = 0; s < stage->n_slots; s++)
        for (int p = 0; p < model->n_parameters; p++)
            name_bytes += (int64_t)(strlen(stage->slots[s]) + strlen(model->parameters[p].name) + sizeof STATE "/");
    int64_t count = N_FIELDS + N_ARRAYS + (int64_t)model->n_parameters * (1 + stage->n_slots);
    *list = (struct list){.tensors = {.model = model->name}};
    list->tensors.tensor = cnn_alloc(count * (int64_t)sizeof *list->tensors.tensor, error);
    list->names = list->tensors.tensor ? cnn_alloc(name_bytes, error) : NULL;
    return list->names != NULL;
}

static struct cnn_tensor *add(struct list *list, const char *name, enum cnn_dtype dtype, int rank,
                              const int64_t *dim, void *data)
{
    struct cnn_tensor *tensor = &list->tensors.tensor[list->tensors.count++];
    *tensor = (struct cnn_tensor){.name = name, .dtype = dtype, .rank = rank, .data = data};
    for (int i = 0; i < rank; i++)
        tensor->dim[i] = dim[i];
    return tensor;
}

/* ".training/velocity/conv2d/kernel" for every slot and parameter that the stage trains. */
static void add_optimizer_state(const struct cnn_model *model, const struct cnn_stage *stage, float *state,
                                struct list *list)
{
    char *name = list->names;
    for (int s = 0; s < stage->n_slots; s++)
        for (int p = 0; p < model->n_parameters; p++) {
            const struct cnn_parameter *parameter = &model->parameters[p];
            if (!cnn_stage_trains(model, stage, p))
                continue;
            add(list, name, CNN_F32, parameter->rank, parameter->dim, state);
            state = state ? state + parameter->count : NULL;
            name += sprintf(name, STATE "%s/%s", stage->slots[s], parameter->name) + 1;
        }
}

/* Of a checkpoint in the stage that it names. Those of eight bytes come first, which keeps all of them aligned. */
static bool make_list(const struct cnn_model *model, struct cnn_checkpoint *checkpoint, struct list *list,
                      struct cnn_error *error)
{
    const struct cnn_stage *stage = &model->stages[checkpoint->stage];
    if (!allocate_list(model, stage, list, error))
        return false;
    const int64_t sums = model->n_sums, stages = model->n_stages, any[] = {CNN_ANY, CNN_ANY};
    for (int i = 0; i < N_FIELDS; i++)
        add(list, fields[i].name, fields[i].dtype, 0, NULL, (char *)checkpoint + fields[i].member);
    add(list, STATE "sums", CNN_F64, 1, &sums, checkpoint->sums);
    list->stage_rows = add(list, STATE "stage_rows", CNN_I64, 1, &stages, checkpoint->stage_rows);
    list->history = add(list, STATE "history", CNN_F64, 2, any, NULL);
    cnn_weights_list(model, checkpoint->parameters, list->tensors.tensor + list->tensors.count);
    list->tensors.count += model->n_parameters;
    add_optimizer_state(model, stage, checkpoint->state, list);
    list->callbacks = add(list, STATE "callbacks", CNN_U8, 1, any, NULL);
    list->crc = add(list, STATE "crc32", CNN_U32, 0, NULL, NULL);
    return true;
}

/* ---- writing ------------------------------------------------------------------------------------------ */

static void write_list(const struct cnn_model *model, const struct cnn_checkpoint *checkpoint,
                       const struct list *list, const struct cnn_kept *kept, struct cnn_file *file)
{
    enum { OWN_ENTRIES = 6 };
    char hash[HASH_TEXT], stage_text[NUMBER_TEXT], texts[N_NUMBERS][NUMBER_TEXT], losses[MAX_TEXT],
        hashes[N_HASHED][HASH_TEXT];
    int own = OWN_ENTRIES;
    network_hash(model, hash);
    make_hashes(model, checkpoint, hashes);
    list_losses(model, losses);
    snprintf(stage_text, sizeof stage_text, "%d", checkpoint->stage + 1);
    struct cnn_metadata metadata[OWN_ENTRIES + N_NUMBERS + N_HASHED + CNN_PREPROCESSING_ENTRIES] = {
        {"checkpoint", VERSION}, {"model", model->name},
        {"stage", stage_text},   {"optimizer", model->stages[checkpoint->stage].optimizer},
        {"loss", losses},        {"network", hash}};
    for (int i = 0; i < N_NUMBERS; i++) {
        number_text(&numbers[i], checkpoint, texts[i]);
        if (strcmp(texts[i], "0") != 0)
            metadata[own++] = (struct cnn_metadata){numbers[i].key, texts[i]};
    }
    for (int i = 0; i < N_HASHED; i++)
        metadata[own++] = (struct cnn_metadata){hashed[i].key, hashes[i]};
    memcpy(metadata + own, kept->entry, sizeof kept->entry);
    cnn_tensors_write_header(file, metadata, own + kept->count, &list->tensors);
    for (const struct cnn_tensor *tensor = list->tensors.tensor; tensor < list->crc; tensor++)
        cnn_tensors_write_data(file, tensor);
    uint32_t crc = cnn_file_crc(file);
    struct cnn_tensor last = *list->crc;
    last.data = &crc;
    cnn_tensors_write_data(file, &last);
}

bool cnn_checkpoint_save(const struct cnn_model *model, const char *path, struct cnn_checkpoint *checkpoint,
                         struct cnn_error *error)
{
    struct list list;
    struct cnn_file file;
    struct cnn_kept kept = {.count = 0};
    bool ok = make_list(model, checkpoint, &list, error) &&
              cnn_kept_make(checkpoint->preprocessing, &kept, error) && cnn_file_begin(&file, path, error);
    if (ok) {
        list.history->data = checkpoint->history;
        list.history->dim[0] = checkpoint->history_rows;
        list.history->dim[1] = checkpoint->history_columns;
        list.callbacks->data = checkpoint->callbacks;
        list.callbacks->dim[0] = checkpoint->callback_bytes;
        write_list(model, checkpoint, &list, &kept, &file);
        ok = cnn_file_commit(&file, error);
    }
    cnn_kept_free(&kept);
    free_list(&list);
    return ok;
}

/* ---- reading ------------------------------------------------------------------------------------------ */

static bool check_crc(const struct cnn_tensor_file *in)
{
    unsigned char chunk[4096], stored[CRC_BYTES];
    int64_t rest = in->data_start + in->data_bytes - CRC_BYTES;
    uLong crc = 0;
    rewind(in->file);
    while (rest > 0) {
        size_t part = rest < (int64_t)sizeof chunk ? (size_t)rest : sizeof chunk;
        if (fread(chunk, 1, part, in->file) != part)
            return cnn_tensors_damaged(in, "its data cannot be read");
        crc = crc32(crc, chunk, (uInt)part);
        rest -= (int64_t)part;
    }
    if (fread(stored, 1, CRC_BYTES, in->file) != CRC_BYTES)
        return cnn_tensors_damaged(in, "its data cannot be read");
    return crc == cnn_little_endian(stored, CRC_BYTES) ||
           cnn_fail(in->error, "%s: this checkpoint is damaged: its checksum is not that of its data", in->path);
}

bool cnn_checkpoint_check(const struct cnn_tensor_file *in, bool *is_checkpoint)
{
    char version[MAX_TEXT];
    *is_checkpoint = cnn_tensors_metadata(in, "checkpoint", version, sizeof version);
    if (!*is_checkpoint)
        return true;
    if (strcmp(version, VERSION) != 0)
        return cnn_fail(in->error, "%s: is a checkpoint of version %s, but this program reads version %s", in->path,
                        version, VERSION);
    return check_crc(in);
}

/* An entry of the metadata that each checkpoint has. */
static bool read_entry(const struct cnn_tensor_file *in, const char *key, char text[MAX_TEXT])
{
    return cnn_tensors_metadata(in, key, text, MAX_TEXT) ||
           cnn_fail(in->error, "%s: this checkpoint is damaged: it does not name its %s", in->path, key);
}

/* The stage in which a checkpoint stands, of those that the model has. */
static bool read_stage(const struct cnn_tensor_file *in, const struct cnn_model *model, int *stage)
{
    char text[MAX_TEXT], *end;
    bool is_checkpoint;
    if (!cnn_checkpoint_check(in, &is_checkpoint))
        return false;
    if (!is_checkpoint)
        return cnn_fail(in->error, "%s: is no checkpoint of a training", in->path);
    if (!read_entry(in, "stage", text))
        return false;
    long number = strtol(text, &end, 10);
    if (*end || number < 1)
        return cnn_fail(in->error, "%s: this checkpoint is damaged: its stage is no number", in->path);
    if (number > model->n_stages)
        return cnn_fail(in->error, "%s: stands in stage %ld of its training, but this one has %d", in->path, number,
                        model->n_stages);
    *stage = (int)number - 1;
    return true;
}

/* Of the same kind of network? What differs is told by name where it has one. */
static bool check_network(const struct cnn_tensor_file *in, const struct cnn_model *model, int stage,
                          struct list *list)
{
    char text[MAX_TEXT], hash[HASH_TEXT], losses[MAX_TEXT];
    list_losses(model, losses);
    const struct cnn_metadata same[] = {{"optimizer", model->stages[stage].optimizer}, {"loss", losses}};
    for (int i = 0; i < 2; i++) {
        if (!read_entry(in, same[i].key, text))
            return false;
        if (strcmp(text, same[i].value) != 0)
            return cnn_fail(in->error, "%s: its training has the %s %s, but this one has %s", in->path, same[i].key,
                            text, same[i].value);
    }
    if (!cnn_tensors_find(in, NULL, &list->tensors) || !read_entry(in, "network", text))
        return false;
    network_hash(model, hash);
    if (strcmp(text, hash) == 0)
        return true;
    return cnn_fail(in->error,
                    "%s: is a checkpoint of another network: its parameters are those of model %s, its layers are "
                    "not (%s here, %s there)",
                    in->path, model->name, hash, text);
}

/* The same layers and optimizer, but told something else? A checkpoint of an older runtime does not say. `here`: what this
 * training is told, where the checkpoint stands. */
static bool check_hashed(const struct cnn_tensor_file *in, const struct cnn_model *model,
                         const struct cnn_checkpoint *here)
{
    char ours[N_HASHED][HASH_TEXT], its[HASH_TEXT];
    make_hashes(model, here, ours);
    for (int i = 0; i < N_HASHED; i++)
        if (cnn_tensors_metadata(in, hashed[i].key, its, sizeof its) && strcmp(its, ours[i]) != 0)
            return cnn_fail(in->error, "%s: %s" ANEW, in->path, hashed[i].differs);
    return true;
}

/* The value of a field as text. */
static const char *field_text(const struct field *field, const struct cnn_checkpoint *checkpoint, char text[32])
{
    const void *member = (const char *)checkpoint + field->member;
    if (field->dtype == CNN_F64)
        snprintf(text, 32, "%.9g", *(const double *)member);
    else if (field->dtype == CNN_U64)
        snprintf(text, 32, "%" PRIu64, *(const uint64_t *)member);
    else
        snprintf(text, 32, "%" PRId64, *(const int64_t *)member);
    return text;
}

static bool differs(const struct cnn_tensor_file *in, const char *what, const char *its, const char *ours)
{
    return cnn_fail(in->error, "%s: its training has %s %s, but this one has %s" ANEW, in->path, what, its, ours);
}

/* A column that has a name may stand elsewhere. */
static bool is_other_label(const struct cnn_preprocessing *one, const struct cnn_preprocessing *other)
{
    return one->label_column && other->label_column && one->label_column != other->label_column &&
           (!*one->label || strcmp(one->label, other->label) != 0);
}

/* The same, of what the data went through. What one of both does not know cannot differ. */
static bool check_preprocessing(const struct cnn_tensor_file *in, const struct cnn_preprocessing *here)
{
    struct cnn_preprocessing there;
    bool ok = cnn_kept_read(in, &there);
    if (ok && here && here->scale && there.scale && here->scale != there.scale)
        ok = differs(in, "features with scale", cnn_scale_name(there.scale), cnn_scale_name(here->scale));
    if (ok && here && is_other_label(here, &there)) {
        char its[32], ours[32];
        snprintf(its, sizeof its, "%" PRId64, there.label_column);
        snprintf(ours, sizeof ours, "%" PRId64, here->label_column);
        ok = differs(in, "labels in column", its, ours);
    }
    cnn_preprocessing_free(&there);
    return ok;
}

static bool check_numbers(const struct cnn_tensor_file *in, const struct cnn_checkpoint *here)
{
    char its[MAX_TEXT], ours[NUMBER_TEXT];
    for (int i = 0; i < N_NUMBERS; i++) {
        if (!cnn_tensors_metadata(in, numbers[i].key, its, sizeof its))
            snprintf(its, sizeof its, "0");
        number_text(&numbers[i], here, ours);
        if (strcmp(its, ours) != 0)
            return differs(in, numbers[i].told, its, ours);
    }
    return true;
}

/* What a training was told decides its bits, so it cannot go on being told something else. */
static bool check_told(const struct cnn_tensor_file *in, const struct cnn_model *model,
                       const struct cnn_checkpoint *there, const struct cnn_checkpoint *here)
{
    if (!check_hashed(in, model, there) || !check_preprocessing(in, here->preprocessing) ||
        !check_numbers(in, here))
        return false;
    for (int i = 0; i < N_FIELDS; i++) {
        const struct field *field = &fields[i];
        if (field->told &&
            memcmp((const char *)there + field->member, (const char *)here + field->member, sizeof(int64_t)) != 0) {
            char its[32], ours[32];
            return differs(in, field->told, field_text(field, there, its), field_text(field, here, ours));
        }
    }
    return true;
}

/* Has each stage as many epochs in the history as it can have, when so many of this one have ended? */
static bool check_rows(const struct cnn_model *model, const struct cnn_checkpoint *there, const struct list *list)
{
    int64_t sum = 0;
    for (int i = 0; i < model->n_stages; i++) {
        int64_t rows = there->stage_rows[i];
        if (rows < 0 || rows > UINT32_MAX || (i == there->stage && rows != there->epoch) ||
            (i > there->stage && rows != 0))
            return false;
        sum += rows;
    }
    return list->history->dim[1] > 0 && sum == list->history->dim[0]; /* no more than the file has room for */
}

static bool stands_nowhere(const struct cnn_tensor_file *in)
{
    return cnn_fail(in->error, "%s: this checkpoint is damaged: it stands where no training can", in->path);
}

static bool check_position(const struct cnn_tensor_file *in, const struct cnn_checkpoint *there,
                           const struct list *list)
{
    bool ok = there->rows > 0 && there->batch_size > 0 && there->epoch >= 0 && there->epoch <= UINT32_MAX &&
              there->batch >= 0 && there->batch <= UINT32_MAX && (there->stopped == 0 || there->stopped == 1) &&
              isfinite(there->learning_rate) && isfinite(there->seconds) && there->first_step <= there->step &&
              list->history->dim[1] == there->history_columns && list->callbacks->dim[0] == there->callback_bytes;
    return ok || stands_nowhere(in);
}

/* Makes the list for the stage in which the file stands, with room for stage_rows. Checks all that can be checked without
 * knowing what the training was told, and fills the fields. */
static bool read_fields(const struct cnn_tensor_file *in, const struct cnn_model *model,
                        struct cnn_checkpoint *there, struct list *list)
{
    if (!read_stage(in, model, &there->stage) || !make_list(model, there, list, in->error) ||
        !check_network(in, model, there->stage, list))
        return false;
    for (int i = 0; i < N_FIELDS; i++)
        if (!cnn_tensors_read(in, &list->tensors.tensor[i]))
            return false;
    return cnn_tensors_read(in, list->stage_rows) && (check_rows(model, there, list) || stands_nowhere(in));
}

/* The tensors behind the fields, but for the checksum. */
static bool read_rest(const struct cnn_tensor_file *in, const struct list *list)
{
    for (const struct cnn_tensor *tensor = list->tensors.tensor + N_FIELDS; tensor < list->crc; tensor++)
        if (!cnn_tensors_read(in, tensor))
            return false;
    return true;
}

bool cnn_checkpoint_load(const struct cnn_model *model, const char *path, struct cnn_checkpoint *checkpoint,
                         struct cnn_error *error)
{
    struct cnn_checkpoint there = *checkpoint;
    struct cnn_tensor_file in = {0};
    struct list list = {0};
    there.history = NULL;
    there.stage_rows = cnn_alloc(model->n_stages * (int64_t)sizeof *there.stage_rows, error);
    bool ok = there.stage_rows && cnn_tensors_open(&in, path, error) && read_fields(&in, model, &there, &list) &&
              check_told(&in, model, &there, checkpoint) && check_position(&in, &there, &list);
    if (ok) {
        there.history_rows = list.history->dim[0];
        there.history = cnn_alloc(cnn_tensor_count(list.history) * (int64_t)sizeof(double), error);
        list.history->data = there.history;
        list.callbacks->data = there.callbacks;
        ok = there.history && read_rest(&in, &list);
    }
    int64_t *rows = there.stage_rows;
    if (ok) {
        memcpy(checkpoint->stage_rows, rows, (size_t)model->n_stages * sizeof *rows);
        there.stage_rows = checkpoint->stage_rows;
        *checkpoint = there;
    } else
        free(there.history);
    free(rows);
    cnn_tensors_close(&in);
    free_list(&list);
    return ok;
}

bool cnn_checkpoint_position(const struct cnn_model *model, const char *path, struct cnn_position *position,
                             struct cnn_error *error)
{
    struct cnn_checkpoint there = {0};
    struct cnn_tensor_file in = {0};
    struct list list = {0};
    if (!cnn_model_check(model, error))
        return false;
    if (model->n_stages == 0)
        return cnn_fail(error, "%s: model %s cannot be trained", path, model->name);
    there.stage_rows = cnn_alloc(model->n_stages * (int64_t)sizeof *there.stage_rows, error);
    bool ok = there.stage_rows && cnn_tensors_open(&in, path, error) && read_fields(&in, model, &there, &list);
    there.history_columns = ok ? list.history->dim[1] : 0;
    ok = ok && check_position(&in, &there, &list);
    if (ok)
        *position = (struct cnn_position){there.stage, there.step, there.epoch, there.batch, there.stopped != 0};
    cnn_tensors_close(&in);
    free(there.stage_rows);
    free_list(&list);
    return ok;
}
