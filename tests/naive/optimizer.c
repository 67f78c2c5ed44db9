/* optimizer.c -- twins of the optimizers: one parameter, one step, in double. */
#include "naive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double setting(const struct stage *stage, const char *name)
{
    for (int i = 0; i < stage->n_settings; i++)
        if (strcmp(stage->settings[i].name, name) == 0)
            return stage->settings[i].value;
    fprintf(stderr, "%s has no setting named %s\n", stage->optimizer, name);
    exit(1);
}

/* NULL: there is no such state. */
static double *slot(const struct stage *stage, double *slots, const char *name)
{
    for (int i = 0; i < stage->n_slots; i++)
        if (strcmp(stage->slots[i].name, name) == 0)
            return &slots[i];
    return NULL;
}

/* Polyak 1964; Sutskever et al. 2013 */
static double sgd(const struct stage *t, const struct naive_update *u, double *slots)
{
    double *velocity = slot(t, slots, "momentum"), mu = setting(t, "momentum");
    if (!velocity)
        return u->value - u->learning_rate * u->gradient;
    *velocity = mu * *velocity - u->learning_rate * u->gradient;
    if (setting(t, "nesterov") != 0)
        return u->value + mu * *velocity - u->learning_rate * u->gradient;
    return u->value + *velocity;
}

/* Kingma & Ba 2015, end of section 2 */
static double adam(const struct stage *t, const struct naive_update *u, double *slots)
{
    double *m = slot(t, slots, "momentum"), *v = slot(t, slots, "velocity"), step = (double)u->step + 1;
    double beta_1 = setting(t, "beta_1"), beta_2 = setting(t, "beta_2");
    *m = beta_1 * *m + (1 - beta_1) * u->gradient;
    *v = beta_2 * *v + (1 - beta_2) * u->gradient * u->gradient;
    double rate = u->learning_rate * sqrt(1 - pow(beta_2, step)) / (1 - pow(beta_1, step));
    return u->value - rate * *m / (sqrt(*v) + setting(t, "epsilon"));
}

/* Tieleman & Hinton 2012; centered: Graves 2013 */
static double rmsprop(const struct stage *t, const struct naive_update *u, double *slots)
{
    double *v = slot(t, slots, "velocity"), *mean = slot(t, slots, "average_gradient"),
           *m = slot(t, slots, "momentum");
    double rho = setting(t, "rho");
    *v = rho * *v + (1 - rho) * u->gradient * u->gradient;
    if (mean)
        *mean = rho * *mean + (1 - rho) * u->gradient;
    double variance = fmax(0, *v - (mean ? *mean * *mean : 0));
    double change = u->learning_rate * u->gradient / sqrt(variance + setting(t, "epsilon"));
    if (m)
        change = *m = setting(t, "momentum") * *m + change;
    return u->value - change;
}

double naive_optimize(const struct stage *stage, const struct naive_update *update, double *slots)
{
    static const struct {
        const char *name;
        double (*function)(const struct stage *stage, const struct naive_update *update, double *slots);
    } twins[] = {{"sgd", sgd}, {"adam", adam}, {"rmsprop", rmsprop}};
    for (size_t i = 0; i < sizeof twins / sizeof *twins; i++)
        if (strcmp(twins[i].name, stage->optimizer) == 0)
            return twins[i].function(stage, update, slots);
    fprintf(stderr, "optimizer %s has no twin in tests/naive\n", stage->optimizer);
    exit(1);
}
