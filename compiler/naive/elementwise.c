/* elementwise.c -- twins of the ops that treat a tensor as a list of numbers. */
#include "naive/naive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- unary ---- */

static double clip(double x, double low, double high) { return x < low ? low : x > high ? high : x; }
static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double softplus(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }
static double normal(double x) { return (1 + erf(x / sqrt(2))) / 2; }            /* distribution */
static double density(double x) { return exp(-x * x / 2) / sqrt(2 * acos(-1)); } /* its derivative */

static const double SELU_SCALE = 1.0507009873554805, SELU_ALPHA = 1.6732632423543772; /* Klambauer et al. 2017 */
static const double GELU_CUBE = 0.044715;                                             /* Hendrycks & Gimpel 2016 */

static double gelu_tanh_inner(double x) { return sqrt(2 / acos(-1)) * (x + GELU_CUBE * x * x * x); }

static double relu(double x, double a) { return (void)a, x > 0 ? x : 0; }
static double relu6(double x, double a) { return (void)a, clip(x, 0, 6); }
static double leaky_relu(double x, double a) { return x > 0 ? x : a * x; }
static double elu(double x, double a) { return x > 0 ? x : a * expm1(x); }
static double selu(double x, double a) { return (void)a, SELU_SCALE * elu(x, SELU_ALPHA); }
static double celu(double x, double a) { return x > 0 ? x : a * expm1(x / a); }
static double softplus_of(double x, double a) { return (void)a, softplus(x); }
static double softsign(double x, double a) { return (void)a, x / (1 + fabs(x)); }
static double silu(double x, double a) { return (void)a, x * sigmoid(x); }
static double gelu(double x, double a) { return (void)a, x * normal(x); }
static double gelu_tanh(double x, double a) { return (void)a, x / 2 * (1 + tanh(gelu_tanh_inner(x))); }
static double tanh_of(double x, double a) { return (void)a, tanh(x); }
static double sigmoid_of(double x, double a) { return (void)a, sigmoid(x); }
static double exponential(double x, double a) { return (void)a, exp(x); }
static double hard_sigmoid(double x, double a) { return (void)a, clip(x / 6 + 0.5, 0, 1); }
static double hard_silu(double x, double a) { return x * hard_sigmoid(x, a); }
static double hard_tanh(double x, double a) { return (void)a, clip(x, -1, 1); }
static double mish(double x, double a) { return (void)a, x * tanh(softplus(x)); }
static double log_of(double x, double a) { return (void)a, log(x); }
static double sqrt_of(double x, double a) { return (void)a, sqrt(x); }
static double rsqrt(double x, double a) { return (void)a, 1 / sqrt(x); }
static double square(double x, double a) { return (void)a, x * x; }
static double abs_of(double x, double a) { return (void)a, fabs(x); }
static double negative(double x, double a) { return (void)a, -x; }
static double reciprocal(double x, double a) { return (void)a, 1 / x; }
static double expm1_of(double x, double a) { return (void)a, expm1(x); }
static double log1p_of(double x, double a) { return (void)a, log1p(x); }
static double erf_of(double x, double a) { return (void)a, erf(x); }
static double sin_of(double x, double a) { return (void)a, sin(x); }
static double cos_of(double x, double a) { return (void)a, cos(x); }
static double tan_of(double x, double a) { return (void)a, tan(x); }
static double floor_of(double x, double a) { return (void)a, floor(x); }
static double ceil_of(double x, double a) { return (void)a, ceil(x); }
static double round_of(double x, double a) { return (void)a, remainder(x, 1) == 0 ? x : x - remainder(x, 1); }
static double sign(double x, double a) { return (void)a, (x > 0) - (x < 0); }

/* Derivatives, from the output y or from the input x: whichever the op's definition says is kept. */
static double d_relu(double y, double a) { return (void)a, y > 0; }
static double d_relu6(double y, double a) { return (void)a, y > 0 && y < 6; }
static double d_leaky_relu(double y, double a) { return y > 0 ? 1 : a; }
static double d_elu(double y, double a) { return y > 0 ? 1 : y + a; }
static double d_selu(double y, double a) { return (void)a, y > 0 ? SELU_SCALE : y + SELU_SCALE * SELU_ALPHA; }
static double d_celu(double y, double a) { return y > 0 ? 1 : y / a + 1; }
static double d_softplus(double y, double a) { return (void)a, -expm1(-y); }
static double d_softsign(double x, double a) { return (void)a, 1 / ((1 + fabs(x)) * (1 + fabs(x))); }
static double d_silu(double x, double a) { return (void)a, sigmoid(x) * (1 + x * (1 - sigmoid(x))); }
static double d_gelu(double x, double a) { return (void)a, normal(x) + x * density(x); }
static double d_tanh(double y, double a) { return (void)a, 1 - y * y; }
static double d_sigmoid(double y, double a) { return (void)a, y * (1 - y); }
static double d_exponential(double y, double a) { return (void)a, y; }
static double d_hard_sigmoid(double y, double a) { return (void)a, y > 0 && y < 1 ? 1.0 / 6 : 0; }
static double d_hard_silu(double x, double a) { return (void)a, x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5; }
static double d_hard_tanh(double y, double a) { return (void)a, y > -1 && y < 1; }
static double d_log(double x, double a) { return (void)a, 1 / x; }
static double d_sqrt(double y, double a) { return (void)a, 1 / (2 * y); }
static double d_rsqrt(double y, double a) { return (void)a, -y * y * y / 2; }
static double d_square(double x, double a) { return (void)a, 2 * x; }
static double d_abs(double x, double a) { return (void)a, (x > 0) - (x < 0); }
static double d_negative(double x, double a) { return (void)a, (void)x, -1; }
static double d_reciprocal(double y, double a) { return (void)a, -y * y; }
static double d_expm1(double y, double a) { return (void)a, y + 1; }
static double d_log1p(double x, double a) { return (void)a, 1 / (1 + x); }
static double d_erf(double x, double a) { return (void)a, 2 * exp(-x * x) / sqrt(acos(-1)); }
static double d_sin(double x, double a) { return (void)a, cos(x); }
static double d_cos(double x, double a) { return (void)a, -sin(x); }
static double d_tan(double y, double a) { return (void)a, 1 + y * y; }

static double d_gelu_tanh(double x, double a)
{
    double t = tanh(gelu_tanh_inner(x)), inner = sqrt(2 / acos(-1)) * (1 + 3 * GELU_CUBE * x * x);
    return (void)a, (1 + t) / 2 + x / 2 * (1 - t * t) * inner;
}

static double d_mish(double x, double a)
{
    double t = tanh(softplus(x));
    return (void)a, t + x * (1 - t * t) * sigmoid(x);
}

static const struct unary_twin {
    const char *name;
    double (*function)(double x, double alpha), (*derivative)(double kept, double alpha); /* NULL: of steps */
} unary_twins[] = {
    {"relu", relu, d_relu},
    {"relu6", relu6, d_relu6},
    {"leaky_relu", leaky_relu, d_leaky_relu},
    {"elu", elu, d_elu},
    {"selu", selu, d_selu},
    {"celu", celu, d_celu},
    {"softplus", softplus_of, d_softplus},
    {"softsign", softsign, d_softsign},
    {"silu", silu, d_silu},
    {"gelu", gelu, d_gelu},
    {"gelu_tanh", gelu_tanh, d_gelu_tanh},
    {"tanh", tanh_of, d_tanh},
    {"sigmoid", sigmoid_of, d_sigmoid},
    {"exponential", exponential, d_exponential},
    {"hard_sigmoid", hard_sigmoid, d_hard_sigmoid},
    {"hard_silu", hard_silu, d_hard_silu},
    {"hard_tanh", hard_tanh, d_hard_tanh},
    {"mish", mish, d_mish},
    {"log", log_of, d_log},
    {"sqrt", sqrt_of, d_sqrt},
    {"rsqrt", rsqrt, d_rsqrt},
    {"square", square, d_square},
    {"abs", abs_of, d_abs},
    {"negative", negative, d_negative},
    {"reciprocal", reciprocal, d_reciprocal},
    {"expm1", expm1_of, d_expm1},
    {"log1p", log1p_of, d_log1p},
    {"erf", erf_of, d_erf},
    {"sin", sin_of, d_sin},
    {"cos", cos_of, d_cos},
    {"tan", tan_of, d_tan},
    {"floor", floor_of, NULL},
    {"ceil", ceil_of, NULL},
    {"round", round_of, NULL},
    {"sign", sign, NULL},
};

static const struct unary_twin *unary_twin(const struct node *node)
{
    const char *name = naive_choice(node, "function");
    for (size_t i = 0; i < sizeof unary_twins / sizeof unary_twins[0]; i++)
        if (strcmp(unary_twins[i].name, name) == 0)
            return &unary_twins[i];
    abort(); /* tests call each */
}

static bool is_whole(double x) { return x == floor(x); }

void naive_unary(const struct naive_call *call)
{
    const struct unary_twin *twin = unary_twin(call->node);
    double alpha = naive_number(call->node, "alpha");
    for (int64_t i = 0; i < shape_count(&call->node->in[0]->shape); i++) {
        double x = call->in[0][i];
        if (!twin->derivative && !is_whole(x))
            x += naive_nudged(call, fabs(x));
        call->out[0][i] = twin->function(x, alpha);
    }
}

void naive_unary_grad(const struct naive_call *call)
{
    const struct unary_twin *twin = unary_twin(call->node);
    double alpha = naive_number(call->node, "alpha");
    for (int64_t i = 0; i < shape_count(&call->node->in[0]->shape); i++)
        call->out[0][i] = call->in[0][i] * twin->derivative(call->in[1][i], alpha);
}

/* ---- binary, select, broadcast ---- */

static double add(double a, double b) { return a + b; }
static double subtract(double a, double b) { return a - b; }
static double multiply(double a, double b) { return a * b; }
static double divide(double a, double b) { return a / b; }
static double maximum(double a, double b) { return a > b ? a : b; }
static double minimum(double a, double b) { return a < b ? a : b; }
static double equal(double a, double b) { return a == b; }
static double not_equal(double a, double b) { return a != b; }
static double greater(double a, double b) { return a > b; }
static double greater_equal(double a, double b) { return a >= b; }
static double less(double a, double b) { return a < b; }
static double less_equal(double a, double b) { return a <= b; }

static const struct {
    const char *name;
    double (*function)(double a, double b);
    bool decides; /* between 0 and 1 */
} binary_twins[] = {
    {"add", add, false},
    {"subtract", subtract, false},
    {"multiply", multiply, false},
    {"divide", divide, false},
    {"maximum", maximum, false},
    {"minimum", minimum, false},
    {"power", pow, false},
    {"equal", equal, true},
    {"not_equal", not_equal, true},
    {"greater", greater, true},
    {"greater_equal", greater_equal, true},
    {"less", less, true},
    {"less_equal", less_equal, true},
};

/* Goes through the numbers of a shape in their order, and says where in another tensor each of them is found. Axes over which
 * it goes as over one are one here. */
struct walk {
    int rank;
    int64_t dim[SHAPE_MAX_RANK], stride[SHAPE_MAX_RANK], position[SHAPE_MAX_RANK], at;
};

/* Adds an axis behind the others. */
static void walk_add(struct walk *walk, int64_t dim, int64_t stride)
{
    int last = walk->rank - 1;
    if (dim == 1)
        return;
    if (last >= 0 && walk->stride[last] == stride * dim) {
        walk->dim[last] *= dim;
        walk->stride[last] = stride;
    } else {
        walk->dim[walk->rank] = dim;
        walk->stride[walk->rank++] = stride;
    }
}

static int64_t walk_on(struct walk *walk)
{
    int64_t at = walk->at;
    for (int axis = walk->rank - 1; axis >= 0; axis--) {
        walk->at += walk->stride[axis];
        if (++walk->position[axis] < walk->dim[axis])
            break;
        walk->at -= walk->stride[axis] * walk->dim[axis];
        walk->position[axis] = 0;
    }
    return at;
}

/* Of the output, in an operand: shapes are aligned at the end, axes of size 1 stay at 0. */
static struct walk walk_operand(const struct naive_call *call, int input)
{
    const struct shape *x = &call->node->in[input]->shape, *y = &call->node->out[0]->shape;
    struct walk walk = {0};
    int64_t stride = shape_count(x);
    for (int axis = 0; axis < y->rank; axis++) {
        int64_t dim = axis < y->rank - x->rank ? 1 : x->dim[axis - (y->rank - x->rank)];
        stride /= dim;
        walk_add(&walk, y->dim[axis], dim == 1 ? 0 : stride);
    }
    return walk;
}

void naive_binary(const struct naive_call *call)
{
    const char *name = naive_choice(call->node, "function");
    size_t twin = 0;
    while (strcmp(binary_twins[twin].name, name) != 0)
        if (++twin == sizeof binary_twins / sizeof binary_twins[0])
            abort();
    struct walk left = walk_operand(call, 0), right = walk_operand(call, 1);
    int64_t count = shape_count(&call->node->out[0]->shape);
    for (int64_t i = 0; i < count; i++) {
        double a = call->in[0][walk_on(&left)], b = call->in[1][walk_on(&right)];
        if (binary_twins[twin].decides && !(is_whole(a) && is_whole(b)))
            a += naive_nudged(call, fmax(fabs(a), fabs(b)));
        call->out[0][i] = binary_twins[twin].function(a, b);
    }
}

void naive_select(const struct naive_call *call)
{
    struct walk condition = walk_operand(call, 0), sides[3];
    bool is_there[3] = {false};
    for (int side = 1; side <= 2; side++) {
        is_there[side] = side < call->node->n_in && call->in[side];
        if (is_there[side])
            sides[side] = walk_operand(call, side);
    }
    int64_t count = shape_count(&call->node->out[0]->shape);
    for (int64_t i = 0; i < count; i++) {
        int chosen = call->in[0][walk_on(&condition)] != 0 ? 1 : 2;
        for (int side = 1; side <= 2; side++) {
            double x = is_there[side] ? call->in[side][walk_on(&sides[side])] : 0;
            if (side == chosen)
                call->out[0][i] = x;
        }
    }
}

void naive_broadcast(const struct naive_call *call)
{
    struct walk x = walk_operand(call, 0);
    int64_t count = shape_count(&call->node->out[0]->shape);
    for (int64_t i = 0; i < count; i++)
        call->out[0][i] = call->in[0][walk_on(&x)];
}

void naive_constant(const struct naive_call *call)
{
    for (int64_t i = 0; i < shape_count(&call->node->out[0]->shape); i++)
        call->out[0][i] = naive_number(call->node, "value") + (double)i;
}

void naive_in_training(const struct naive_call *call)
{
    memcpy(call->out[0], call->in[call->training ? 0 : 1],
           (size_t)shape_count(&call->node->in[0]->shape) * sizeof(double));
}

void naive_unrolled(const struct naive_call *call) { naive_in_training(call); }

void naive_stop_gradient(const struct naive_call *call)
{
    memcpy(call->out[0], call->in[0], (size_t)shape_count(&call->node->in[0]->shape) * sizeof(double));
}

/* ---- reduce ---- */

static bool is_among(const struct shape *axes, int axis)
{
    for (int i = 0; i < axes->rank; i++)
        if (axes->dim[i] == axis)
            return true;
    return false;
}

/* Of the input, in the output for whose number it counts. */
static struct walk walk_reduced(const struct naive_call *call)
{
    const struct shape *x = &call->node->in[0]->shape, *axes = naive_shape(call->node, "axes");
    struct walk walk = {0};
    int64_t stride = shape_count(&call->node->out[0]->shape);
    for (int axis = 0; axis < x->rank; axis++) {
        if (!is_among(axes, axis))
            stride /= x->dim[axis];
        walk_add(&walk, x->dim[axis], is_among(axes, axis) ? 0 : stride);
    }
    return walk;
}

static double times(double a, double b) { return a * b; }

void naive_reduce(const struct naive_call *call)
{
    const char *name = naive_choice(call->node, "function");
    int64_t one = shape_count(&call->node->in[0]->shape), kept = shape_count(&call->node->out[0]->shape);
    double (*combine)(double a, double b) = strcmp(name, "max") == 0       ? maximum
                                            : strcmp(name, "min") == 0     ? minimum
                                            : strcmp(name, "product") == 0 ? times
                                                                           : add;
    double first = combine == maximum ? -INFINITY : combine == minimum ? INFINITY : combine == times ? 1 : 0;
    for (int64_t i = 0; i < kept; i++)
        call->out[0][i] = first;
    struct walk walk = walk_reduced(call);
    for (int64_t i = 0; i < one; i++) {
        double *y = &call->out[0][walk_on(&walk)];
        *y = combine(*y, call->in[0][i]);
    }
    for (int64_t i = 0; i < kept && strcmp(name, "mean") == 0; i++)
        call->out[0][i] *= (double)kept / (double)one;
}

/* Of each sample, or of all of them where the result is SHARED: their numbers follow one another. */
void naive_sum_to(const struct naive_call *call)
{
    const struct shape *x = &call->node->in[0]->shape, *y = &call->node->out[0]->shape;
    int64_t one = shape_count(x);
    for (int64_t i = 0; i < one * call->count; i++) {
        int64_t rest = i % one, at = 0, stride = 1;
        for (int axis = 1; axis <= y->rank; axis++) {
            int64_t dim = x->dim[x->rank - axis], own = y->dim[y->rank - axis];
            at += own == 1 ? 0 : rest % dim * stride;
            rest /= dim;
            stride *= own;
        }
        call->out[0][at] += call->in[0][i];
    }
}

void naive_affine(const struct naive_call *call)
{
    double scale = naive_number(call->node, "scale"), offset = naive_number(call->node, "offset");
    for (int64_t i = 0; i < shape_count(&call->node->in[0]->shape); i++)
        call->out[0][i] = scale * call->in[0][i] + offset;
}

/* ---- softmax ---- */

void naive_softmax(const struct naive_call *call)
{
    const struct shape *shape = &call->node->in[0]->shape;
    int64_t classes = naive_last_dim(shape);
    bool log_form = naive_bool(call->node, "log");
    for (int64_t row = 0; row < shape_count(shape); row += classes) {
        const double *x = call->in[0] + row;
        double largest = x[0], sum = 0;
        for (int64_t c = 1; c < classes; c++)
            largest = maximum(largest, x[c]);
        for (int64_t c = 0; c < classes; c++)
            sum += exp(x[c] - largest);
        sum = naive_shaken_sum(call, sum, sum, row, classes);
        for (int64_t c = 0; c < classes; c++)
            call->out[0][row + c] = log_form ? x[c] - largest - log(sum) : exp(x[c] - largest) / sum;
    }
}

void naive_softmax_grad(const struct naive_call *call)
{
    const struct shape *shape = &call->node->in[0]->shape;
    int64_t classes = naive_last_dim(shape);
    bool log_form = naive_bool(call->node, "log");
    for (int64_t row = 0; row < shape_count(shape); row += classes) {
        const double *dy = call->in[0] + row, *y = call->in[1] + row;
        double sum = 0, size = 0;
        for (int64_t c = 0; c < classes; c++) {
            double term = log_form ? dy[c] : dy[c] * y[c];
            sum += term;
            size += fabs(term);
        }
        sum = naive_shaken_sum(call, sum, size, row, classes);
        for (int64_t c = 0; c < classes; c++)
            call->out[0][row + c] = log_form ? dy[c] - exp(y[c]) * sum : y[c] * (dy[c] - sum);
    }
}
