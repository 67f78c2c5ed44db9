/* names.c -- which arrays of an archive or a folder are the inputs, labels and weights of a set, by what they are called. */
#include "data/data.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 512, LISTED = 12 };

/* Names of arrays. Capitals stand for: K x or y, S the set, N the layer, I its number. */
static const char *const of_set[] = {"K_S_N", "N_S", "S_N", "K_N_S", "K_S_I", "KI_S", NULL};
static const char *const of_any[] = {"N", "K_N", "K_I", "KI", NULL};
static const char *const only_of_set[] = {"K_S", "K_S_N", "N_S", "S_N",
                                          NULL}; /* there is no other input, or label */
static const char *const only_of_any[] = {"N", "K", NULL};
static const char *const weights_of_set[] = {"sample_weight_S", "sample_weights_S", "S_sample_weight",
                                             "S_sample_weights", NULL};
static const char *const weights_of_any[] = {"sample_weight", "sample_weights", NULL};

/* What S is. */
static const char *word_of(const char *prefix)
{
    return strcmp(prefix, "t10k") == 0 ? "test" : strcmp(prefix, "validation") == 0 ? "val" : prefix;
}

/* What an array is called: what a form's capitals are. */
struct meaning {
    const char *kind, *set, *layer;
    int number;
};

static void expand(const char *form, const struct meaning *meaning, char name[NAME_SIZE])
{
    size_t used = 0;
    for (*name = '\0'; *form && used < NAME_SIZE; form++) {
        const char letter[] = {*form, '\0'};
        char number[16];
        snprintf(number, sizeof number, "%d", meaning->number);
        const char *text = *form == 'K'   ? meaning->kind
                           : *form == 'S' ? meaning->set
                           : *form == 'N' ? meaning->layer
                           : *form == 'I' ? number
                                          : letter;
        used += (size_t)snprintf(name + used, NAME_SIZE - used, "%s", text);
    }
}

/* ---- what there is ------------------------------------------------------------------------------------- */

struct collected {
    struct cnn_listing *listing;
    bool ok;
};

static void collect(void *user, const char *name)
{
    struct collected *collected = user;
    collected->ok = collected->ok && cnn_listing_add(collected->listing, name);
}

/* The arrays of an archive, or the files of a folder that hold one. */
static bool list_arrays(struct cnn_arrays *arrays, struct cnn_error *error)
{
    struct collected collected = {&arrays->listing, true};
    if (arrays->is_folder)
        return cnn_list(arrays->data, CNN_LIST_ARRAYS, &arrays->listing, error);
    return cnn_zip_each(arrays->data, collect, &collected, error) &&
           ((collected.ok && cnn_listing_index(&arrays->listing)) ||
            cnn_fail(error, "%s: out of memory for the names of its arrays", arrays->data));
}

/* Of a listed name, without what a file's says of its format behind the last dot, but for .gz. */
static size_t stem_length(const struct cnn_arrays *arrays, const char *listed)
{
    size_t length = strlen(listed);
    if (!arrays->is_folder)
        return length;
    if (length > 3 && strcmp(listed + length - 3, ".gz") == 0)
        length -= 3;
    while (length > 0 && listed[length - 1] != '.')
        length--;
    return length > 0 ? length - 1 : 0;
}

static bool is_of_word(char letter)
{
    return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z');
}

static const char *skip_between(const char *at, const char *end)
{
    while (at < end && !is_of_word(*at))
        at++;
    return at;
}

bool cnn_array_is_called(const char *listed, size_t length, const char *name)
{
    static const char *const fronts[] = {"input_", "output_"};
    const char *end = listed + length, *end_of_name = name + strlen(name);
    listed = skip_between(listed, end);
    for (size_t i = 0; i < 2 && listed < end && *listed >= '0' && *listed <= '9'; i++)
        if (strncmp(name, fronts[i], strlen(fronts[i])) == 0)
            name += strlen(fronts[i]);
    while (listed < end && name < end_of_name && *listed == *name) {
        const char *word = skip_between(listed + 1, end), *other = skip_between(name + 1, end_of_name);
        if ((word > listed + 1) != (other > name + 1) && word < end && other < end_of_name)
            return false;
        listed = word;
        name = other;
    }
    return listed == end && name == end_of_name;
}

static const char *find_name(const struct cnn_arrays *arrays, const char *name)
{
    const char *found = NULL;
    for (int64_t i = 0; i < arrays->listing.count; i++) {
        const char *listed = arrays->listing.names[i];
        size_t length = stem_length(arrays, listed);
        if (strlen(name) == length && strncmp(listed, name, length) == 0)
            return listed;
        if (!found && cnn_array_is_called(listed, length, name))
            found = listed;
    }
    return found;
}

/* The place of an array that is listed. False: out of memory. */
static bool place_at(struct cnn_arrays *arrays, const char *listed, struct cnn_place *place,
                     struct cnn_error *error)
{
    *place = (struct cnn_place){arrays->data, listed};
    if (!arrays->is_folder)
        return true;
    size_t size = strlen(arrays->data) + strlen(listed) + 2;
    char *path = cnn_alloc((int64_t)size, error);
    if (!path)
        return false;
    snprintf(path, size, "%s/%s", arrays->data, listed);
    arrays->paths[arrays->n_paths++] = path;
    *place = (struct cnn_place){path, NULL};
    return true;
}

/* ---- finding ------------------------------------------------------------------------------------------- */

static bool find_one(struct cnn_arrays *arrays, const char *const *forms, const struct meaning *meaning,
                     struct cnn_place *place, struct cnn_error *error)
{
    const char *listed = NULL;
    for (; *forms && !listed; forms++) {
        char name[NAME_SIZE];
        expand(*forms, meaning, name);
        listed = find_name(arrays, name);
    }
    return !listed || place_at(arrays, listed, place, error);
}

/* Arrays may be counted from 0 or from 1. */
static int first_number(const struct cnn_arrays *arrays, const char *const *forms, const char *kind,
                        const char *set)
{
    const struct meaning zero = {kind, set, "", 0};
    for (; *forms; forms++) {
        char name[NAME_SIZE];
        expand(*forms, &zero, name);
        if (strchr(*forms, 'I') && find_name(arrays, name))
            return 0;
    }
    return 1;
}

static int count_labels(const struct cnn_model *model)
{
    int count = 0;
    for (int i = 0; i < model->n_outputs; i++)
        count += model->outputs[i].loss != NULL;
    return count;
}

/* By names with the set in them, or without. */
static bool find_all(const struct cnn_model *model, const char *set, bool in_names, struct cnn_arrays *arrays,
                     struct cnn_error *error)
{
    const char *const *forms = in_names ? of_set : of_any, *const *only = in_names ? only_of_set : only_of_any;
    const char *const *inputs = model->n_inputs == 1 ? only : forms;
    const char *const *labels = count_labels(model) == 1 ? only : forms;
    struct meaning input = {"x", set, "", first_number(arrays, forms, "x", set)};
    struct meaning label = {"y", set, "", first_number(arrays, forms, "y", set)};
    bool ok = true;
    for (int i = 0; i < model->n_inputs && ok; i++, input.number++) {
        input.layer = model->inputs[i].name;
        ok = find_one(arrays, inputs, &input, &arrays->inputs[i], error);
    }
    for (int i = 0; i < model->n_outputs && ok; i++, label.number++) {
        label.layer = model->outputs[i].name;
        if (model->outputs[i].loss)
            ok = find_one(arrays, labels, &label, &arrays->labels[i], error);
    }
    return ok;
}

static int count_found(const struct cnn_arrays *arrays)
{
    int count = 0;
    for (int i = 0; i < CNN_MAX_ARRAYS; i++)
        count += (arrays->inputs[i].path != NULL) + (arrays->labels[i].path != NULL);
    return count;
}

/* Has the data a training set whose name is in those of its arrays? */
static bool has_named_training(const struct cnn_model *model, struct cnn_arrays *arrays)
{
    struct cnn_arrays other = {.data = arrays->data, .is_folder = arrays->is_folder, .listing = arrays->listing};
    bool has = find_all(model, "train", true, &other, NULL) && count_found(&other) > 0;
    other.listing = (struct cnn_listing){.count = 0};
    cnn_arrays_free(&other);
    return has;
}

bool cnn_arrays_find(const struct cnn_model *model, const char *data, const char *prefix, bool named,
                     struct cnn_arrays *arrays, struct cnn_error *error)
{
    const char *set = word_of(prefix);
    *arrays = (struct cnn_arrays){.data = data, .prefix = prefix, .is_folder = cnn_is_folder(data)};
    if (!list_arrays(arrays, error) || !find_all(model, set, true, arrays, error))
        return false;
    bool any =
        count_found(arrays) == 0 && !named && (strcmp(set, "train") == 0 || !has_named_training(model, arrays));
    if (any && !find_all(model, set, false, arrays, error))
        return false;
    const struct meaning meaning = {"", set, "", 0};
    return find_one(arrays, weights_of_set, &meaning, &arrays->weights, error) &&
           (arrays->weights.path || (!any && strcmp(set, "train") != 0) ||
            find_one(arrays, weights_of_any, &meaning, &arrays->weights, error));
}

bool cnn_arrays_have_inputs(const struct cnn_model *model, const struct cnn_arrays *arrays)
{
    for (int i = 0; i < model->n_inputs; i++)
        if (!arrays->inputs[i].path)
            return false;
    return true;
}

void cnn_arrays_free(struct cnn_arrays *arrays)
{
    for (int i = 0; i < arrays->n_paths; i++)
        free(arrays->paths[i]);
    arrays->n_paths = 0;
    cnn_listing_free(&arrays->listing);
}

/* ---- what is missing ----------------------------------------------------------------------------------- */

/* "it has title, body and 3 more", as far as there is room. */
static void list_found(const struct cnn_arrays *arrays, char text[CNN_ABOUT])
{
    size_t used = 0;
    int64_t count = arrays->listing.count, shown = count < LISTED ? count : LISTED;
    *text = '\0';
    for (int64_t i = 0; i < shown && used < CNN_ABOUT; i++)
        used += (size_t)snprintf(text + used, CNN_ABOUT - used, "%s%.*s", i ? ", " : "",
                                 (int)stem_length(arrays, arrays->listing.names[i]), arrays->listing.names[i]);
    if (shown < count && used < CNN_ABOUT)
        snprintf(text + used, CNN_ABOUT - used, " and more");
    if (count == 0)
        snprintf(text, CNN_ABOUT, "none");
}

int64_t cnn_archive_names(const char *path, char names[CNN_ABOUT], struct cnn_error *error)
{
    struct cnn_arrays arrays = {.data = path};
    const bool ok = list_arrays(&arrays, error);
    const int64_t count = ok ? arrays.listing.count : -1;
    if (ok)
        list_found(&arrays, names);
    cnn_arrays_free(&arrays);
    return count;
}

bool cnn_arrays_lack(const struct cnn_model *model, const struct cnn_arrays *arrays, struct cnn_error *error)
{
    const char *set = word_of(arrays->prefix), *kind = "x", *layer = NULL;
    char has[CNN_ABOUT];
    for (int i = 0; i < model->n_inputs && !layer; i++)
        layer = arrays->inputs[i].path ? NULL : model->inputs[i].name;
    bool is_input = layer != NULL;
    for (int i = 0; i < model->n_outputs && !layer; i++)
        layer = !model->outputs[i].loss || arrays->labels[i].path ? NULL : model->outputs[i].name;
    kind = is_input ? "x" : "y";
    list_found(arrays, has);
    return cnn_fail(error, "%s: has no array for the %s %s of model %s: %s_%s_%s, %s_%s or %s; its arrays are %s",
                    arrays->data, is_input ? "input" : "labels of the output", layer ? layer : "", model->name,
                    kind, set, layer ? layer : "", layer ? layer : "", set, layer ? layer : "", has);
}
