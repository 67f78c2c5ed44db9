/* names.c -- of a script with several models names begin with that of a Sequential, and layers are counted through all of it: what
 * would be dense_1 in a script of its own may be sequential_3/dense_7. */
#include "names.h"

#include <stdlib.h>
#include <string.h>

/* A part of a name, between slashes: "dense_7" is the stem "dense" and 7, "dense" is that and 0. */
struct part {
    const char *stem;
    int length, whole; /* of the stem, and with the number */
    long number;
};

static struct part part_at(const char *name)
{
    struct part part = {.stem = name, .whole = (int)strcspn(name, "/")};
    int digits = 0;
    while (digits < part.whole && name[part.whole - digits - 1] >= '0' && name[part.whole - digits - 1] <= '9')
        digits++;
    bool counted = digits > 0 && digits < part.whole && name[part.whole - digits - 1] == '_';
    part.length = counted ? part.whole - digits - 1 : part.whole;
    part.number = counted ? strtol(name + part.whole - digits, NULL, 10) : 0;
    return part;
}

static const char *behind(const char *at)
{
    at += strcspn(at, "/");
    return *at ? at + 1 : NULL;
}

static bool begins_with_layer(const struct cnn_model *model, const char *name)
{
    size_t length = strcspn(name, "/");
    for (int i = 0; i < model->n_layers; i++)
        if (strcspn(model->layers[i].name, "/") == length && strncmp(model->layers[i].name, name, length) == 0)
            return true;
    return false;
}

/* Its name, from that of the layer on; NULL: it is of a layer of another model. */
static const char *name_of(const struct cnn_model *model, const struct cnn_parameter *parameter)
{
    const char *inner = behind(parameter->name);
    if (begins_with_layer(model, parameter->name))
        return parameter->name;
    return inner && begins_with_layer(model, inner) ? inner : NULL;
}

static bool occurs(const struct cnn_model *model, const struct part *part, long number)
{
    for (int i = 0; i < model->n_parameters; i++)
        for (const char *at = name_of(model, &model->parameters[i]); at; at = behind(at)) {
            struct part other = part_at(at);
            if (other.number == number && other.length == part->length &&
                strncmp(other.stem, part->stem, (size_t)part->length) == 0)
                return true;
        }
    return false;
}

bool name_in_case(const struct cnn_model *model, const struct cnn_parameter *parameter, const char *kind,
                  char name[NAME_MAX_LENGTH])
{
    if (model->n_models < 2)
        return snprintf(name, NAME_MAX_LENGTH, "%s/%s", kind, parameter->name) < NAME_MAX_LENGTH;
    int used = snprintf(name, NAME_MAX_LENGTH, "%s", kind);
    const char *at = name_of(model, parameter);
    if (!at)
        return false;
    for (; at && used < NAME_MAX_LENGTH; at = behind(at)) {
        struct part part = part_at(at);
        long rank = 0;
        for (long number = 0; number < part.number; number++)
            rank += occurs(model, &part, number);
        used += snprintf(name + used, (size_t)(NAME_MAX_LENGTH - used), "/%.*s", part.length, part.stem);
        if (rank > 0 && used < NAME_MAX_LENGTH)
            used += snprintf(name + used, (size_t)(NAME_MAX_LENGTH - used), "_%ld", rank);
    }
    return used < NAME_MAX_LENGTH;
}
