/* keras_models.h -- small files of Keras for tests, written as its versions write them. */
#ifndef KERAS_MODELS_H
#define KERAS_MODELS_H

#include "script_support.h"

/* Number i of the k-th array of a file, both counted from 0, is 100 * (k + 1) + i. Quotes of configurations are single ones here,
 * so that C has them easily. */

/* FOLDER/NAME of HDF5. `weights` are groups, each with its arrays: "conv: conv/kernel:0=3,3,1,2 conv/bias:0=2; flatten:". `backend`
 * and `config` NULL: the file has none. Returns its path. */
const char *keras_write(struct script_fixture *fixture, const char *name, const char *version, const char *backend,
                        const char *config, const char *weights);
/* The same of an archive, whose arrays are paths: "layers/dense/vars/0=4,2 layers/dense/vars/1=2". */
const char *keras_write_archive(struct script_fixture *fixture, const char *name, const char *version,
                                const char *config, const char *weights);
/* What may be wrong with an HDF5 file that says it has a model. */
enum keras_harm {
    HARM_SOFT_LINK,
    HARM_EXTERNAL_LINK,
    HARM_EXTERNAL_STORAGE,
    HARM_VIRTUAL,
    HARM_FILTER,
    HARM_CYCLE,
    HARM_HUGE,
    HARM_RANK
};
const char *keras_write_harmed(struct script_fixture *fixture, enum keras_harm harm);

#endif
