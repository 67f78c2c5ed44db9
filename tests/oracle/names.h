/* names.h -- what a case calls the parameters of its model. */
#ifndef NAMES_H
#define NAMES_H

#include "cnnrt.h"

enum { NAME_MAX_LENGTH = 300 };

/* KIND/NAME, where NAME is the parameter's if the script had returned this model alone. False: it is another model's. */
bool name_in_case(const struct cnn_model *model, const struct cnn_parameter *parameter, const char *kind,
                  char name[NAME_MAX_LENGTH]);

#endif
