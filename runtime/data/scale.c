/* scale.c -- are the numbers of some sets pixels, to be divided by 255, or what they are? cnnrt.h says when. It is decided
 * for all sets together, and only where neither the user nor an earlier training has. */
#include "data/data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Pixels of a whole set come near their end; counts stop wherever they like. */
enum { PIXELS_REACH = 240 };

/* From where to where the numbers of some arrays go. */
struct range {
    bool any;
    bool real, fractions; /* some are no integers by their type; some are none by their value */
    float min, max;
};

/* Those of arrays of whole numbers, and of others: those that have been divided by 255, as it looks, and all else. */
struct numbers {
    struct range whole, shares, wide;
};

/* ---- what there is ---------------------------------------------------------------------------------- */

static struct range range_of(const struct cnn_array *array, bool whole)
{
    struct range range = {.real = !whole};
    int64_t count = cnn_array_row(array) * array->dim[0];
    for (int64_t i = 0; i < count; i++) {
        float value = cnn_array_value(array, i);
        if (!range.any || value < range.min)
            range.min = value;
        if (!range.any || value > range.max)
            range.max = value;
        range.fractions = range.fractions || value != floorf(value);
        range.any = true;
    }
    return range;
}

static struct range join(struct range one, struct range other)
{
    if (!one.any || !other.any)
        return one.any ? one : other;
    return (struct range){true, one.real || other.real, one.fractions || other.fractions, fminf(one.min, other.min),
                          fmaxf(one.max, other.max)};
}

static struct range join_all(const struct numbers *numbers)
{
    return join(numbers->whole, join(numbers->shares, numbers->wide));
}

static void move_range(struct range *from, struct range *to)
{
    *to = *from;
    *from = (struct range){.any = false};
}

static bool are_bytes(const struct range *range) { return range->any && range->min >= 0 && range->max <= 255; }

/* As whoever divided by 255 leaves them. */
static bool are_normalised(const struct range *range) { return range->any && range->min >= -1 && range->max <= 1; }

static void add_array(struct numbers *numbers, const struct cnn_array *array, bool whole)
{
    struct range range = range_of(array, whole);
    struct range *of = whole ? &numbers->whole : are_normalised(&range) ? &numbers->shares : &numbers->wide;
    *of = join(*of, range);
}

static bool has_rows_and_columns(const struct cnn_model *model)
{
    int axes = 0;
    for (int i = 0; i < model->inputs[0].rank; i++)
        axes += model->inputs[0].dim[i] > 1;
    return axes > 1;
}

/* ---- what becomes of it ----------------------------------------------------------------------------- */

/* Whole numbers beside others that are no shares cannot be pixels: both are of one kind. */
static enum cnn_scale decide_features(const struct cnn_model *model, const struct numbers *numbers, bool pictures)
{
    if (model->inputs[0].rescales || numbers->wide.any)
        return CNN_SCALE_NONE;
    if (!numbers->whole.any)
        return CNN_SCALE_UNKNOWN;
    float reach = has_rows_and_columns(model) ? 2 : PIXELS_REACH;
    bool pixels = pictures || (are_bytes(&numbers->whole) && numbers->whole.max >= reach);
    return pixels ? CNN_SCALE_PIXELS : CNN_SCALE_NONE;
}

static enum cnn_scale decide_labels(const struct cnn_model *model, const struct cnn_preprocessing *preprocessing,
                                    const struct numbers *numbers)
{
    bool scaled = preprocessing->scale == CNN_SCALE_PIXELS || cnn_label_is_probability(model);
    bool pixels = scaled && !numbers->shares.any && !numbers->wide.any && are_bytes(&numbers->whole) &&
                  numbers->whole.max > 1;
    return pixels ? CNN_SCALE_PIXELS : CNN_SCALE_NONE;
}

enum { RANGE_TEXT = 64 };

/* "whole numbers 0..255", which they could be, rather than what they happen to be, where that tells more. */
static void describe_range(char about[RANGE_TEXT], const struct range *range, bool divided)
{
    bool bytes = divided && !range->real && are_bytes(range);
    snprintf(about, RANGE_TEXT, "%snumbers %g..%g", range->real ? "" : "whole ", bytes ? 0 : (double)range->min,
             bytes ? 255 : (double)range->max);
}

/* "whole numbers 0..255, divided by 255; numbers 0..0.78, as they are": of those that are divided, and of those that are not. */
static void describe(char about[CNN_ABOUT], const struct range *divided, const struct range *left, const char *why)
{
    char first[RANGE_TEXT] = "", second[RANGE_TEXT] = "";
    if (divided->any)
        describe_range(first, divided, true);
    if (left->any)
        describe_range(second, left, false);
    snprintf(about, CNN_ABOUT, "%s%s%s%s%s%s", first, divided->any ? ", divided by 255" : "",
             divided->any && left->any ? "; " : "", second, left->any ? ", as they are" : "", why);
}

/* Behind what is known of them. Real numbers are labels as they are, unless they are the samples. */
static void describe_labels(struct cnn_preprocessing *preprocessing, const struct numbers *numbers, bool samples)
{
    char about[CNN_ABOUT];
    size_t used = strlen(preprocessing->labels_about);
    struct numbers divided = {.whole = {.any = false}}, left = *numbers;
    if (preprocessing->label_scale == CNN_SCALE_PIXELS)
        move_range(&left.whole, &divided.whole);
    if (samples && preprocessing->scale == CNN_SCALE_PIXELS)
        move_range(&left.wide, &divided.wide);
    if (samples && preprocessing->scale == CNN_SCALE_PIXELS && preprocessing->scale_is_chosen)
        move_range(&left.shares, &divided.shares);
    const struct range all_divided = join_all(&divided), all_left = join_all(&left);
    describe(about, &all_divided, &all_left, "");
    snprintf(preprocessing->labels_about + used, CNN_ABOUT - used, "%s%s", used ? "; " : "", about);
}

static const char *reason(const struct cnn_model *model, const struct cnn_preprocessing *preprocessing,
                          bool decided, const struct range *divided, const struct range *left)
{
    bool pixels = preprocessing->scale == CNN_SCALE_PIXELS;
    return model->inputs[0].element != CNN_FLOAT ? ", for that is what the network takes"
           : preprocessing->scale_is_chosen      ? " (--scale)"
           : model->inputs[0].rescales           ? ", for the network rescales them"
           : pixels && left->any                 ? ", for they are divided already"
           : decided                             ? ", as in training"
           : !divided->any && !left->fractions && are_bytes(left) && left->max > 1
               ? "; --scale pixels divides them by 255"
               : "";
}

/* What scale_features() does to them. */
static void describe_features(const struct cnn_model *model, struct cnn_preprocessing *preprocessing, bool decided,
                              const struct numbers *numbers, bool pictures)
{
    char *about = preprocessing->features_about;
    const struct range none = {.any = false}, other = join(numbers->whole, numbers->wide);
    const struct range all = join(other, numbers->shares);
    bool pixels = preprocessing->scale == CNN_SCALE_PIXELS, chosen = preprocessing->scale_is_chosen;
    const struct range *divided = !pixels ? &none : chosen ? &all : &other;
    const struct range *left = !pixels ? &all : chosen ? &none : &numbers->shares;
    describe(about, divided, left, reason(model, preprocessing, decided, divided, left));
    if (pictures && model->inputs[0].rank == 1)
        snprintf(about + strlen(about), CNN_ABOUT - strlen(about), "; pictures are flattened");
}

/* ---- doing it --------------------------------------------------------------------------------------- */

static bool widen(struct cnn_array *array, struct cnn_error *error)
{
    struct cnn_array wide = *array;
    wide.element = CNN_FLOAT;
    if (!cnn_array_allocate(&wide, error))
        return false;
    float *values = wide.data;
    for (int64_t i = 0; i < cnn_array_row(array) * array->dim[0]; i++)
        values[i] = cnn_array_value(array, i);
    cnn_array_free(array);
    *array = wide;
    return true;
}

/* Are they to be, of features that are pixels? */
static bool are_divided(const struct cnn_array *array, bool whole, const struct cnn_preprocessing *preprocessing)
{
    const struct range range = range_of(array, whole);
    return preprocessing->scale == CNN_SCALE_PIXELS &&
           (whole || preprocessing->scale_is_chosen || !are_normalised(&range));
}

/* Bytes stay bytes where the network scales them as it loads them. */
static bool scale_features(const struct cnn_model *model, struct cnn_raw *raw,
                           const struct cnn_preprocessing *preprocessing, struct cnn_error *error)
{
    struct cnn_array *inputs = &raw->inputs;
    if (preprocessing->scale != CNN_SCALE_PIXELS)
        return inputs->element == CNN_FLOAT || model->inputs[0].rescales || widen(inputs, error);
    if (inputs->element == CNN_BYTE)
        return true;
    bool divided = are_divided(inputs, raw->inputs_are_whole, preprocessing);
    float *values = inputs->data;
    for (int64_t i = 0; divided && i < cnn_array_row(inputs) * inputs->dim[0]; i++)
        values[i] *= 1.0f / 255;
    return true;
}

/* Integers that are bytes become some, whatever the type that they came in. */
static void narrow(struct cnn_raw *raw)
{
    struct cnn_array *inputs = &raw->inputs;
    if (!raw->inputs_are_whole || inputs->element != CNN_FLOAT)
        return;
    const struct range range = range_of(inputs, true);
    if (!are_bytes(&range))
        return;
    unsigned char *bytes = inputs->data; /* none is written before its float was read */
    int64_t count = cnn_array_row(inputs) * inputs->dim[0];
    for (int64_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)cnn_array_value(inputs, i);
    inputs->element = CNN_BYTE;
    void *less = realloc(inputs->data, (size_t)count);
    inputs->data = less ? less : inputs->data;
}

static void take_inputs(struct cnn_dataset *set, struct cnn_array *inputs)
{
    set->inputs[0] = inputs->data;
    set->input_elements[0] = inputs->element;
    set->map_offsets[0] = inputs->map_offset;
    inputs->data = NULL;
}

static bool pictures_become_whole(const struct cnn_model *model, struct cnn_dataset *set, struct cnn_array array,
                                  struct cnn_error *error)
{
    struct cnn_raw raw = {.inputs = array, .inputs_name = "pictures"};
    bool ok = cnn_inputs_become_whole(model, &raw, error);
    take_inputs(set, &raw.inputs);
    return ok;
}

bool cnn_pictures_scale(const struct cnn_model *model, const struct cnn_preprocessing *preprocessing,
                        struct cnn_dataset *set, struct cnn_error *error)
{
    struct cnn_array array = {.rank = 2,
                              .dim = {set->count, set->input_counts[0]},
                              .element = set->input_elements[0],
                              .data = set->inputs[0],
                              .map_offset = set->map_offsets[0]};
    if (model->inputs[0].element != CNN_FLOAT)
        return pictures_become_whole(model, set, array, error);
    if (preprocessing->scale != CNN_SCALE_NONE || model->inputs[0].rescales || array.element == CNN_FLOAT)
        return true;
    bool ok = widen(&array, error);
    take_inputs(set, &array);
    return ok;
}

/* ---- all sets together ------------------------------------------------------------------------------ */

static bool decide(const struct cnn_model *model, const struct cnn_raw *raws, int count,
                   struct cnn_preprocessing *preprocessing, struct cnn_error *error)
{
    struct numbers features = {.whole = {.any = false}}, labels = {.whole = {.any = false}};
    bool pictures = false, samples = false, decided = preprocessing->scale != CNN_SCALE_UNKNOWN;
    for (int i = 0; i < count; i++) {
        add_array(&features, &raws[i].inputs, raws[i].inputs_are_whole);
        if (raws[i].labels.data && cnn_labels_are_pictures(model, &raws[i].labels))
            add_array(&labels, &raws[i].labels, raws[i].labels_are_whole);
        pictures = pictures || raws[i].is_picture;
        samples = samples || raws[i].labels_are_samples;
    }
    bool pixels = preprocessing->scale_is_chosen && preprocessing->scale == CNN_SCALE_PIXELS;
    if (model->inputs[0].element != CNN_FLOAT && pixels)
        return cnn_fail(error, "--scale pixels: model %s takes whole numbers, which are not divided by 255",
                        model->name);
    if (model->inputs[0].rescales && pixels)
        return cnn_fail(error, "--scale pixels: model %s begins with Rescaling and divides pixels by itself",
                        model->name);
    if (!decided || model->inputs[0].rescales)
        preprocessing->scale = decide_features(model, &features, pictures);
    if (labels.whole.any && preprocessing->label_scale == CNN_SCALE_UNKNOWN)
        preprocessing->label_scale = decide_labels(model, preprocessing, &labels);
    describe_features(model, preprocessing, decided, &features, pictures);
    if (labels.whole.any || labels.shares.any || labels.wide.any)
        describe_labels(preprocessing, &labels, samples);
    return true;
}

static bool finish(const struct cnn_model *model, struct cnn_raw *raw,
                   const struct cnn_preprocessing *preprocessing, struct cnn_dataset *set, struct cnn_error *error)
{
    enum cnn_scale labels = raw->labels_are_whole ? preprocessing->label_scale : CNN_SCALE_NONE;
    if (raw->labels_are_samples && !raw->labels_are_whole && are_divided(&raw->labels, false, preprocessing))
        labels = CNN_SCALE_PIXELS;
    if (raw->inputs.data &&
        (!scale_features(model, raw, preprocessing, error) || !cnn_inputs_become_whole(model, raw, error)))
        return false;
    if (raw->labels.data && !cnn_labels_convert(model, raw, labels, error))
        return false;
    set->count = raw->inputs.dim[0];
    set->input_counts[0] = model->inputs[0].count;
    set->label_counts[0] = model->outputs[0].label_count;
    take_inputs(set, &raw->inputs);
    set->labels[0] = raw->labels.data;
    set->label_map_offsets[0] = raw->labels.map_offset;
    raw->labels.data = NULL;
    set->row_names = raw->row_names;
    raw->row_names = NULL;
    return true;
}

bool cnn_raws_finish(const struct cnn_model *model, struct cnn_raw *raws, int count,
                     struct cnn_preprocessing *preprocessing, struct cnn_dataset *sets, struct cnn_error *error)
{
    for (int i = 0; i < count; i++) {
        narrow(&raws[i]);
        if (!cnn_words_become_classes(model, &raws[i], preprocessing, error))
            return false;
    }
    bool ok = decide(model, raws, count, preprocessing, error);
    for (int i = 0; i < count && ok; i++)
        ok = finish(model, &raws[i], preprocessing, &sets[i], error);
    return ok;
}

void cnn_raw_free(struct cnn_raw *raw)
{
    cnn_array_free(&raw->inputs);
    cnn_array_free(&raw->labels);
    free(raw->row_names);
    raw->row_names = NULL;
    free(raw->words.text);
    raw->words = (struct cnn_words){.count = 0};
}

void cnn_preprocessing_print(const struct cnn_preprocessing *preprocessing, FILE *out)
{
    if (*preprocessing->features_about)
        fprintf(out, "features: %s\n", preprocessing->features_about);
    if (*preprocessing->labels_about)
        fprintf(out, "labels: %s\n", preprocessing->labels_about);
}
