/* store.c -- a training with files: checkpoints, and the weights that callbacks save. */
#include "train/train.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Whether it can be written is known before anything is trained. */
static bool find(const char *path, bool resume, bool *exists, struct cnn_error *error)
{
    struct stat status;
    *exists = stat(path, &status) == 0;
    if (!*exists && errno != ENOENT)
        return cnn_fail(error, "%s: %s", path, strerror(errno));
    if (*exists && !resume)
        return cnn_fail(error, "%s: is there already; resume its training (--resume), or remove it to begin anew",
                        path);
    return cnn_file_writable(path, error);
}

static const struct cnn_store files = {.find = find,
                                       .position = cnn_checkpoint_position,
                                       .load = cnn_checkpoint_load,
                                       .save = cnn_checkpoint_save,
                                       .save_weights = cnn_weights_save_with,
                                       .checksum = cnn_dataset_crc};

bool cnn_fit(const struct cnn_model *model, const struct cnn_dataset *train, const struct cnn_dataset *validation,
             const struct cnn_fit_options *options, float *parameters, struct cnn_error *error)
{
    return cnn_fit_with(&files, model, train, validation, options, parameters, error);
}
