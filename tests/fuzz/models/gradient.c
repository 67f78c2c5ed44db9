/* gradient.c -- the derivatives of a random network against difference quotients, both in double.
 *
 * For every parameter the slope along one random direction. */
#include "case.h"

#include <math.h>
#include <stdlib.h>

struct slope {
    const struct reference *reference;
    struct graph *forward; /* lowered, without gradients */
    double *parameters, *moved;
    int64_t batch;
};

static double *allocate(int64_t count)
{
    double *values = calloc((size_t)count + 1, sizeof *values);
    if (!values)
        exit(1);
    return values;
}

/* What the loss gets for the parameters. */
static double penalties(const struct graph *graph, const double *parameters)
{
    double sum = 0;
    for (int i = 0; i < graph->n_parameters; i++) {
        const struct parameter *p = graph->parameters[i];
        for (int64_t j = p->offset; is_trained(p) && j < p->offset + shape_count(&p->shape); j++)
            sum += p->l1 * fabs(parameters[j]) + p->l2 * parameters[j] * parameters[j];
    }
    return sum;
}

static double mean_loss(const struct slope *slope, const double *parameters)
{
    struct naive naive;
    struct naive_data data = {.count = slope->batch, .parameters = parameters, .training = true};
    double sum = NAN, *losses;
    if (reference_run(slope->reference, slope->forward, data, &naive)) {
        sum = 0;
        losses = reference_losses(slope->reference, &naive);
        for (int64_t s = 0; s < slope->batch; s++)
            sum += losses[s];
        free(losses);
    }
    naive_free(&naive);
    return sum / (double)slope->batch + penalties(slope->forward, parameters);
}

/* The loss where a parameter is moved by `step` along a direction of +1 and -1. */
static double loss_at(struct slope *slope, const struct parameter *parameter, double step)
{
    uint64_t bits = 0x9e3779b97f4a7c15u;
    for (int64_t i = 0; i < shape_count(&parameter->shape); i++) {
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        slope->moved[parameter->offset + i] =
            slope->parameters[parameter->offset + i] + (bits >> 63 ? step : -step);
    }
    double loss = mean_loss(slope, slope->moved);
    for (int64_t i = 0; i < shape_count(&parameter->shape); i++)
        slope->moved[parameter->offset + i] = slope->parameters[parameter->offset + i];
    return loss;
}

/* The derivative along that direction; *scale: the sum of the absolute values of its terms. */
static double along(const struct parameter *parameter, const double *gradient, double *scale)
{
    uint64_t bits = 0x9e3779b97f4a7c15u;
    double sum = 0;
    *scale = 0;
    for (int64_t i = 0; i < shape_count(&parameter->shape); i++) {
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        sum += bits >> 63 ? gradient[parameter->offset + i] : -gradient[parameter->offset + i];
        *scale += fabs(gradient[parameter->offset + i]);
    }
    return sum;
}

/* Central differences err by h^2 f''', by what a kink between the two points (of relu, of a maximum) adds, and by
 * 1e-16 f / h. So one of a few steps must agree; a wrong derivative agrees with none. Where the network stands just
 * at a kink, which shows in one-sided differences, there is no derivative to compare. */
static bool agrees(struct slope *slope, const struct parameter *parameter, double exact, double scale)
{
    static const double steps[] = {1e-4, 1e-5, 1e-6, 1e-3, 1e-7};
    double here = mean_loss(slope, slope->parameters);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        double h = steps[i], above = loss_at(slope, parameter, h), below = loss_at(slope, parameter, -h);
        double quotient = (above - below) / (2 * h), noise = 1e-14 * (1 + fabs(here)) / h;
        if (fabs(quotient - exact) <= 1e-4 * scale + noise)
            return true;
        double bend = fabs((above - here) / h - (here - below) / h);
        if (h < 1e-5 && bend > 0.1 * fabs(quotient - exact))
            return true;
    }
    return false;
}

/* Does the loss depend on the parameter in a way that op.stop_gradient keeps from its derivative? */
static bool is_stopped(const struct graph *graph, const struct parameter *parameter)
{
    bool *depends = calloc((size_t)graph->n_tensors, sizeof *depends), stopped = false;
    if (!depends)
        exit(1);
    for (int i = 0; i < graph->n_tensors; i++)
        depends[i] = graph->tensors[i]->parameter == parameter;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        bool reached = false;
        for (int j = 0; j < node->n_in; j++)
            reached |= node->in[j] && depends[node->in[j]->id];
        stopped |= reached && node->op == &op_stop_gradient;
        for (int j = 0; j < node->n_out; j++)
            depends[node->out[j]->id] |= reached;
    }
    free(depends);
    return stopped;
}

static void open_slope(struct slope *slope, const struct reference *reference)
{
    *slope = (struct slope){.reference = reference, .forward = graph_copy(reference->model)};
    slope->batch = reference->plan.batch_sizes[1];
    slope->parameters = allocate(reference->model->parameter_floats);
    slope->moved = allocate(reference->model->parameter_floats);
    for (int64_t i = 0; i < reference->model->parameter_floats; i++)
        slope->parameters[i] = slope->moved[i] = (double)reference->parameters[i];
}

int check_gradients(const struct reference *reference)
{
    struct slope slope;
    int wrong = 0;
    if (!reference->training)
        return 0;
    open_slope(&slope, reference);
    if (!pass_lower(slope.forward, true))
        return 1;
    for (int i = 0; i < reference->training->n_gradients; i++) {
        const struct parameter *parameter = reference->training->gradients[i].parameter;
        double scale, exact = along(parameter, reference->step[1].change, &scale);
        if (agrees(&slope, parameter, exact, scale) || is_stopped(reference->model, parameter))
            continue;
        printf("# gradient: of %s along a direction is %.9g, the difference quotient %.9g\n", parameter->name,
               exact, (loss_at(&slope, parameter, 1e-5) - loss_at(&slope, parameter, -1e-5)) / 2e-5);
        wrong++;
    }
    free(slope.parameters);
    free(slope.moved);
    return wrong;
}
