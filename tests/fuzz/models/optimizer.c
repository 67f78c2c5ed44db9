/* optimizer.c -- twins of the optimizers: one parameter, one step, in double. */
#include "optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* `otherwise`: it has none of that name. */
static double setting_or(const struct stage *stage, const char *name, double otherwise)
{
    for (int i = 0; i < stage->n_settings; i++)
        if (strcmp(stage->settings[i].name, name) == 0)
            return stage->settings[i].value;
    return otherwise;
}

static double setting(const struct stage *stage, const char *name)
{
    double value = setting_or(stage, name, NAN);
    if (!isnan(value))
        return value;
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
    double *largest = slot(t, slots, "velocity_hat");
    if (largest)
        *largest = fmax(*largest, *v);
    return u->value - rate * *m / (sqrt(largest ? *largest : *v) + setting(t, "epsilon"));
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

/* Kingma & Ba 2015, section 7.1 */
static double adamax(const struct stage *t, const struct naive_update *u, double *slots)
{
    double *m = slot(t, slots, "momentum"), *norm = slot(t, slots, "norm"), beta_1 = setting(t, "beta_1");
    *m = beta_1 * *m + (1 - beta_1) * u->gradient;
    *norm = fmax(setting(t, "beta_2") * *norm, fabs(u->gradient));
    return u->value -
           u->learning_rate / (1 - pow(beta_1, (double)u->step + 1)) * *m / (*norm + setting(t, "epsilon"));
}

/* Dozat 2016, with the schedule of Keras */
static double nadam(const struct stage *t, const struct naive_update *u, double *slots)
{
    double *m = slot(t, slots, "momentum"), *v = slot(t, slots, "velocity");
    double beta_1 = setting(t, "beta_1"), beta_2 = setting(t, "beta_2"), step = (double)u->step + 1, product = 1;
    for (double i = 1; i <= step; i++)
        product *= beta_1 * (1 - 0.5 * pow(0.96, i));
    double now = beta_1 * (1 - 0.5 * pow(0.96, step)), next = beta_1 * (1 - 0.5 * pow(0.96, step + 1));
    *m = beta_1 * *m + (1 - beta_1) * u->gradient;
    *v = beta_2 * *v + (1 - beta_2) * u->gradient * u->gradient;
    double mean = next * *m / (1 - product * next) + (1 - now) * u->gradient / (1 - product);
    return u->value - u->learning_rate * mean / (sqrt(*v / (1 - pow(beta_2, step))) + setting(t, "epsilon"));
}

/* Duchi et al. 2011 */
static double adagrad(const struct stage *t, const struct naive_update *u, double *slots)
{
    double *sum = slot(t, slots, "accumulator");
    *sum += u->gradient * u->gradient;
    return u->value - u->learning_rate * u->gradient / sqrt(*sum + setting(t, "epsilon"));
}

/* Zeiler 2012 */
static double adadelta(const struct stage *t, const struct naive_update *u, double *slots)
{
    double *g = slot(t, slots, "accumulated_grad"), *d = slot(t, slots, "accumulated_delta_var");
    double rho = setting(t, "rho"), epsilon = setting(t, "epsilon");
    *g = rho * *g + (1 - rho) * u->gradient * u->gradient;
    double change = sqrt((*d + epsilon) / (*g + epsilon)) * u->gradient;
    *d = rho * *d + (1 - rho) * change * change;
    return u->value - u->learning_rate * change;
}

/* Chen et al. 2023 */
static double lion(const struct stage *t, const struct naive_update *u, double *slots)
{
    double *m = slot(t, slots, "momentum"), beta_1 = setting(t, "beta_1"), beta_2 = setting(t, "beta_2");
    double direction = beta_1 * *m + (1 - beta_1) * u->gradient;
    *m = beta_2 * *m + (1 - beta_2) * u->gradient;
    return u->value - u->learning_rate * (direction > 0 ? 1 : direction < 0 ? -1 : 0);
}

/* McMahan et al. 2013 */
static double ftrl(const struct stage *t, const struct naive_update *u, double *slots)
{
    double *n = slot(t, slots, "accumulator"), *z = slot(t, slots, "linear"), before = *n;
    double power = -setting(t, "learning_rate_power"), l1 = setting(t, "l1_regularization_strength");
    double l2 = setting(t, "l2_regularization_strength"), beta = setting(t, "beta");
    *n += u->gradient * u->gradient;
    *z += u->gradient + 2 * setting(t, "l2_shrinkage_regularization_strength") * u->value -
          (pow(*n, power) * (1 + u->rounding) - pow(before, power)) / u->learning_rate * u->value;
    double beyond = fmax(fabs(*z) - l1, 0); /* what is left when l1 has had its part */
    return -copysign(beyond, *z) / ((pow(*n, power) + beta) / u->learning_rate + 2 * l2);
}

/* Defazio et al. 2024; the first update begins where the parameter was before it decayed. */
static double schedule_free(const struct stage *t, const struct naive_update *u, double *slots)
{
    double *z = slot(t, slots, "momentum"), *v = slot(t, slots, "velocity");
    double beta_1 = setting(t, "beta_1"), beta_2 = setting(t, "beta_2"), step = (double)u->step + 1;
    double warmup = setting(t, "warmup_steps"), rate = u->learning_rate;
    if (u->step == 0) /* is rounded, and little of it may be left behind the first update */
        *z = u->value / (1 - setting_or(t, "weight_decay", 0) * rate) * (1 + u->rounding);
    if (warmup > 0)
        rate *= fmin(step / warmup, 1);
    double x = (u->value - (1 - beta_1) * *z) / beta_1;
    *v = beta_2 * *v + (1 - beta_2) * u->gradient * u->gradient;
    *z -= rate * u->gradient / (sqrt(*v / (1 - pow(beta_2, step))) + setting(t, "epsilon"));
    return (1 - beta_1) * *z + beta_1 * ((1 - 1 / step) * x + *z / step);
}

static double update_by_name(const struct stage *stage, const struct naive_update *update, double *slots)
{
    static const struct {
        const char *name;
        double (*function)(const struct stage *stage, const struct naive_update *update, double *slots);
    } twins[] = {{"sgd", sgd},
                 {"adam", adam},
                 {"adamw", adam},
                 {"adamax", adamax},
                 {"nadam", nadam},
                 {"adagrad", adagrad},
                 {"adadelta", adadelta},
                 {"rmsprop", rmsprop},
                 {"lion", lion},
                 {"ftrl", ftrl},
                 {"schedulefreeadamw", schedule_free}};
    for (size_t i = 0; i < sizeof twins / sizeof *twins; i++)
        if (strcmp(twins[i].name, stage->optimizer) == 0)
            return twins[i].function(stage, update, slots);
    fprintf(stderr, "optimizer %s has no twin\n", stage->optimizer);
    exit(1);
}

/* A moving average of the parameter, which is put in its place now and then. */
static double average(const struct stage *stage, uint64_t step, double value, double *average)
{
    double momentum = step > 0 ? setting(stage, "ema_momentum") : 0;
    uint64_t every = (uint64_t)setting_or(stage, "ema_overwrite_frequency", 0);
    *average = momentum * *average + (1 - momentum) * value;
    return every > 0 && (step + 1) % every == 0 ? *average : value;
}

double naive_batches_gradient(const struct stage *stage, double gradient, double *slots)
{
    double *sum = slot(stage, slots, "gradient_accumulator");
    return sum ? (*sum + gradient) / setting(stage, "gradient_accumulation_steps") : gradient;
}

/* ---- schedules: the learning rate after so many steps, of which `base` is the number that --learning-rate replaces ---- */

static double staircase(const struct stage *stage, const char *name, double part)
{
    return setting(stage, name) != 0 ? floor(part) : part;
}

static double exponential_decay(const struct stage *t, double base, double step)
{
    double part = step / setting(t, "ExponentialDecay.decay_steps");
    return base * pow(setting(t, "ExponentialDecay.decay_rate"), staircase(t, "ExponentialDecay.staircase", part));
}

static double inverse_time_decay(const struct stage *t, double base, double step)
{
    double part = step / setting(t, "InverseTimeDecay.decay_steps");
    return base /
           (1 + setting(t, "InverseTimeDecay.decay_rate") * staircase(t, "InverseTimeDecay.staircase", part));
}

static double polynomial_decay(const struct stage *t, double base, double step)
{
    double steps = setting(t, "PolynomialDecay.decay_steps"), end = setting(t, "PolynomialDecay.end_learning_rate");
    if (setting(t, "PolynomialDecay.cycle") != 0)
        steps *= fmax(1, ceil(step / steps));
    return (base - end) * pow(1 - fmin(step, steps) / steps, setting(t, "PolynomialDecay.power")) + end;
}

/* Settings of one name are a list. */
static double piecewise_constant_decay(const struct stage *t, double base, double step)
{
    int passed = 0, number = 0;
    double first = NAN;
    for (int i = 0; i < t->n_settings; i++)
        passed +=
            strcmp(t->settings[i].name, "PiecewiseConstantDecay.boundaries") == 0 && step > t->settings[i].value;
    for (int i = 0; i < t->n_settings; i++) {
        if (strcmp(t->settings[i].name, "PiecewiseConstantDecay.values") != 0)
            continue;
        if (number == 0)
            first = t->settings[i].value;
        if (number++ == passed)
            return base * t->settings[i].value / first;
    }
    return NAN;
}

static double half_wave(double part) { return 0.5 * (1 + cos(acos(-1) * part)); }

static double cosine_decay(const struct stage *t, double base, double step)
{
    double warm = 0, alpha = setting(t, "CosineDecay.alpha");
    if (!isnan(setting_or(t, "CosineDecay.warmup_target", NAN))) {
        double from = setting(t, "CosineDecay.initial_learning_rate");
        warm = setting(t, "CosineDecay.warmup_steps");
        if (step < warm)
            return from + (base - from) * step / warm;
    }
    double part = fmin((step - warm) / setting(t, "CosineDecay.decay_steps"), 1);
    return base * ((1 - alpha) * half_wave(part) + alpha);
}

static double cosine_decay_restarts(const struct stage *t, double base, double step)
{
    double length = setting(t, "CosineDecayRestarts.first_decay_steps"), height = 1;
    double alpha = setting(t, "CosineDecayRestarts.alpha");
    for (; step >= length; length *= setting(t, "CosineDecayRestarts.t_mul")) {
        step -= length;
        height *= setting(t, "CosineDecayRestarts.m_mul");
    }
    return base * ((1 - alpha) * height * half_wave(step / length) + alpha);
}

static double rate_by_schedule(const struct stage *stage, double base, double step)
{
    static const struct {
        const char *name;
        double (*function)(const struct stage *stage, double base, double step);
    } twins[] = {{"ExponentialDecay.", exponential_decay}, {"InverseTimeDecay.", inverse_time_decay},
                 {"PolynomialDecay.", polynomial_decay},   {"PiecewiseConstantDecay.", piecewise_constant_decay},
                 {"CosineDecay.", cosine_decay},           {"CosineDecayRestarts.", cosine_decay_restarts}};
    const char *last = stage->settings[stage->n_settings - 1].name;
    for (size_t i = 0; i < sizeof twins / sizeof *twins; i++)
        if (strncmp(last, twins[i].name, strlen(twins[i].name)) == 0)
            return twins[i].function(stage, base, step);
    if (!strchr(last, '.'))
        return base;
    fprintf(stderr, "schedule %s has no twin\n", last);
    exit(1);
}

static double clipped(const struct stage *stage, const struct naive_update *u)
{
    double limit = setting_or(stage, "clipvalue", INFINITY);
    double norm = setting_or(stage, "clipnorm", INFINITY), all = setting_or(stage, "global_clipnorm", INFINITY);
    double gradient = fmax(-limit, fmin(limit, u->gradient));
    if (u->norm > norm)
        gradient *= norm / u->norm;
    return u->global_norm > all ? gradient * all / u->global_norm : gradient;
}

/* One update of all but the average. */
static double updated(const struct stage *stage, struct naive_update u, double *slots)
{
    double *sum = slot(stage, slots, "gradient_accumulator"), batch = u.gradient;
    if (sum) {
        uint64_t batches = (uint64_t)setting(stage, "gradient_accumulation_steps");
        u.gradient = naive_batches_gradient(stage, u.gradient, slots);
        *sum += batch;
        if ((u.step + 1) % batches != 0)
            return u.value;
        u.step /= batches;
        *sum = 0;
    }
    u.gradient = clipped(stage, &u);
    u.value -= setting_or(stage, "weight_decay", 0) * u.learning_rate * u.value;
    return update_by_name(stage, &u, slots);
}

double naive_optimize(const struct stage *stage, const struct naive_update *update, double *slots)
{
    struct naive_update u = *update;
    u.learning_rate = rate_by_schedule(stage, u.learning_rate, (double)u.step);
    u.learning_rate /= 1 + setting_or(stage, "decay", 0) * (double)u.step;
    double value = updated(stage, u, slots), *mean = slot(stage, slots, "average");
    uint64_t batches = (uint64_t)setting_or(stage, "gradient_accumulation_steps", 1);
    return mean ? average(stage, u.step / batches, value, mean) : value;
}
