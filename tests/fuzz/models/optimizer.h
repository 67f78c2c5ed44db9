/* optimizer.h -- what an optimizer does with a number of a parameter, in double: the twin of compiler/script/optimizers.lua. */
#ifndef OPTIMIZER_H
#define OPTIMIZER_H

#include "graph/graph.h"

struct naive_update {
    double value, gradient, learning_rate;
    uint64_t step;   /* made before this one */
    double rounding; /* relative, of a number from which the twin subtracts one that may be almost equal */
    double norm,
        global_norm; /* of the parameter's naive_batches_gradient(), and of all; where clipnorm and its like ask for them */
};

/* What is shortened: the gradient, or the mean of those of several batches. */
double naive_batches_gradient(const struct stage *stage, double gradient, double *slots);

/* The parameter's new value; `slots` are its state, in the order of stage->slots, and change too. Exits with a message
 * when it does not know the optimizer. */
double naive_optimize(const struct stage *stage, const struct naive_update *update, double *slots);

#endif
