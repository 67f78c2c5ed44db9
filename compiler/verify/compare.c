/* compare.c -- how far what a program found is from what is expected. */
#include "verify/verify.h"

#include <float.h>
#include <math.h>

/* The distance of two floats that lie side by side near x. */
static double last_place(double x)
{
    int exponent;
    (void)frexp(fmax(x, (double)FLT_MIN), &exponent);
    return ldexp(1, exponent - FLT_MANT_DIG);
}

/* Infinities of one sign, or no numbers both: there is no distance, and nothing wrong. */
static bool no_number(double expected, double found)
{
    if (isnan(expected))
        return isnan(found);
    return fabs(expected) > (double)FLT_MAX && isinf(found) && (expected > 0) == (found > 0);
}

struct difference difference_of(const struct watched *watched, int64_t samples, const float *found)
{
    struct difference difference = {0};
    double sum = 0;
    for (int64_t i = 0; i < samples * watched->count; i++) {
        double expected = watched->expected[i], error = fabs((double)found[i] - expected);
        if (no_number(expected, (double)found[i]))
            continue;
        double ulps = error / last_place(fmax(fabs(expected), watched->typical));
        if (!(error <= watched->allowed)) /* so, too, where it is no number */
            difference.is_wrong = true;
        difference.error = isnan(error) ? INFINITY : fmax(difference.error, error);
        difference.ulps = isnan(ulps) ? INFINITY : fmax(difference.ulps, ulps);
        sum += ulps;
    }
    difference.mean_ulps = sum / fmax(1, (double)(samples * watched->count));
    return difference;
}

void difference_print_head(int width, FILE *out)
{
    fprintf(out, "%-*s  %12s %9s  %9s  %9s\n", width, "layer", "largest: ulp", "mean: ulp", "largest", "allowed");
}

void difference_print(const struct watched *watched, const char *name, const struct difference *difference,
                      int width, FILE *out)
{
    double whole = watched->largest > 0 ? watched->largest : 1;
    fprintf(out, "%-*s  %12.1f %9.2f  %9.1e  %9.1e%s\n", width, name, difference->ulps, difference->mean_ulps,
            difference->error / whole, watched->allowed / whole, difference->is_wrong ? "  WRONG" : "");
}
