/* What exporters write out of layers and activations: that scripts of it say Keras' names, and that the numbers are the same. */
#include "import/import.h"
#include "naive/naive.h"
#include "onnx_models.h"
#include "script_support.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 96 };

/* A number of a weight, as onnx_weights() has them. */
static double weight(int i) { return (double)((float)(i * 7 % 11) / 8 - 0.5f); }

static double gelu(const double *x, int i) { return x[i] * 0.5 * (1 + erf(x[i] * sqrt(0.5))); }
static double gelu_tanh(const double *x, int i)
{
    return x[i] * 0.5 * (1 + tanh(sqrt(2 / acos(-1)) * (x[i] + 0.044715 * x[i] * x[i] * x[i])));
}
static double silu(const double *x, int i) { return x[i] / (1 + exp(-x[i])); }
static double mish(const double *x, int i) { return x[i] * tanh(log1p(exp(x[i]))); }
static double hard_silu(const double *x, int i) { return x[i] * fmin(fmax(x[i] / 6 + 0.5, 0), 1); }

/* Of the run of n numbers that number i is in. */
static double normal(const double *x, int i, int n)
{
    double mean = 0, variance = 0;
    for (int j = 0; j < n; j++)
        mean += x[i / n * n + j] / n;
    for (int j = 0; j < n; j++)
        variance += pow(x[i / n * n + j] - mean, 2) / n;
    return (x[i] - mean) / sqrt(variance + 0x1p-10);
}

static double layer_norm(const double *x, int i) { return normal(x, i, 8) * weight(i % 8) + weight(i % 8); }
static double layer_norm_of_two(const double *x, int i)
{
    return normal(x, i, 24) * weight(i % 24) + weight(i % 24);
}
static double not_scaled(const double *x, int i) { return normal(x, i, 8); }
/* Of 4 channels of 6 places, in groups of 2, and of 1. */
static double group_norm(const double *x, int i) { return normal(x, i, 12) * weight(i / 6) + weight(i / 6); }
static double instance_norm(const double *x, int i) { return normal(x, i, 6) * weight(i / 6) + weight(i / 6); }
static double dense_of_one(const double *x, int i)
{
    double sum = weight(0);
    for (int j = 0; j < 8; j++)
        sum += x[i * 8 + j] * weight(j);
    return sum;
}
/* Of 2 channels of 3x4, 6x8: place i of an axis was at i/2 - 1/4. */
static double upsampled(const double *x, int i)
{
    double sum = 0, row = i / 8 % 6 / 2.0 - 0.25, column = i % 8 / 2.0 - 0.25;
    for (int k = 0; k < 4; k++) {
        double r = floor(row) + k / 2, c = floor(column) + k % 2;
        double weight = (1 - fabs(row - r)) * (1 - fabs(column - c));
        sum += weight * x[i / 48 * 12 + (int)fmin(fmax(r, 0), 2) * 4 + (int)fmin(fmax(c, 0), 3)];
    }
    return sum;
}
/* Whole numbers from 0 to 4, rows of a table. */
static double embedding(const double *x, int i) { return weight((int)x[i / 3] * 3 + i % 3); }

#define LN                                                                                                         \
    "ReduceMean x m axes=-1,;Sub x,m d ;Pow d,two q ;ReduceMean q v axes=-1,;Add v,e ve ;Sqrt ve s ;Div d,s n ;"
#define RNN "Transpose x t perm=1,0,2;"

/* nodes: "OPERATOR inputs outputs attributes;"; numbers: constants; weights: their dims. */
static const struct idiom {
    const char *name, *dims, *numbers, *weights, *integers, *nodes, *script;
    double (*wanted)(const double *x, int i); /* of the one sample; NULL: what the graph makes that has no layers */
    int version, type;
} idioms[] = {
    {"GELU, as PyTorch has it", "N,3,8", "s=1.4142135 one=1 h=0.5", "", "",
     "Div x,s a ;Erf a b ;Add b,one c ;Mul x,c d ;Mul d,h y ;", "model:add(Activation(\"gelu\")) -- y\n", gelu, 17,
     1},
    {"GELU, as TensorFlow has it", "N,3,8", "s=0.70710677 one=1 h=0.5", "", "",
     "Mul x,h e ;Mul s,x a ;Erf a b ;Add one,b c ;Mul e,c y ;", "model:add(Activation(\"gelu\")) -- y\n", gelu, 17,
     1},
    {"GELU by tanh", "N,3,8", "k=0.044715 p=0.7978846 one=1 h=0.5 three=3", "", "",
     "Pow x,three c ;Mul k,c d ;Add x,d s ;Mul s,p u ;Tanh u t ;Add t,one g ;Mul x,g z ;Mul z,h y ;",
     "local x = op.unary(x_2, \"gelu_tanh\") -- y\n", gelu_tanh, 17, 1},
    {"GELU by tanh, of products", "N,3,8", "k=0.044715 p=0.7978846 one=1 h=0.5", "", "",
     "Mul x,x a ;Mul a,x c ;Mul k,c d ;Add d,x s ;Mul s,p u ;Tanh u t ;Add t,one g ;Mul h,x z ;Mul z,g y ;",
     "local x = op.unary(x_2, \"gelu_tanh\") -- y\n", gelu_tanh, 17, 1},
    {"SiLU", "N,3,8", "", "", "", "Sigmoid x a ;Mul a,x y ;", "model:add(Activation(\"silu\")) -- y\n", silu, 13,
     1},
    {"Mish", "N,3,8", "", "", "", "Softplus x a ;Tanh a b ;Mul x,b y ;", "model:add(Activation(\"mish\")) -- y\n",
     mish, 13, 1},
    {"hard SiLU", "N,3,8", "", "", "", "HardSigmoid x a alpha=0.16666667;Mul x,a y ;",
     "model:add(Activation(\"hard_silu\")) -- y\n", hard_silu, 13, 1},
    {"LayerNormalization", "N,3,8", "two=2 e=0.0009765625", "g=8 b=8", "", LN "Mul n,g z ;Add z,b y ;",
     "model:add(LayerNormalization{epsilon = 0.0009765625}) -- y\n", layer_norm, 13, 1},
    {"LayerNormalization without its scale", "N,3,8", "two=2 e=0.0009765625", "", "", LN "Identity n y ;",
     "model:add(LayerNormalization{epsilon = 0.0009765625, center = false, scale = false}) -- n\n", not_scaled, 13,
     1},
    {"LayerNormalization along two axes", "N,2,3,8", "", "g=3,8 b=3,8", "",
     "LayerNormalization x,g,b y axis=2 epsilon=0.0009765625;",
     "model:add(LayerNormalization{axis = {-2, -1}, epsilon = 0.0009765625}) -- y\n", layer_norm_of_two, 17, 1},
    {"GroupNormalization, as PyTorch writes it out", "N,4,2,3", "", "g=4,1,1 b=4,1,1", "in=0,2,-1",
     "Reshape x,in r ;InstanceNormalization r,ones,zeros i epsilon=0.0009765625;Shape x sh ;Reshape i,sh j ;Mul j,g k ;Add k,b y ;",
     "model:add(GroupNormalization{2, axis = 1, epsilon = 0.0009765625}) -- y\n", group_norm, 13, 1},
    {"GroupNormalization", "N,4,2,3", "", "g=4 b=4", "",
     "GroupNormalization x,g,b y num_groups=2 epsilon=0.0009765625;",
     "model:add(GroupNormalization{2, axis = 1, epsilon = 0.0009765625}) -- y\n", group_norm, 21, 1},
    {"InstanceNormalization", "N,4,6", "", "g=4 b=4", "", "InstanceNormalization x,g,b y epsilon=0.0009765625;",
     "model:add(GroupNormalization{-1, axis = 1, epsilon = 0.0009765625}) -- y\n", instance_norm, 13, 1},
    {"Dense of one unit, whose bias is one number", "N,3,8", "", "w=8,1 b=1", "", "MatMul x,w a ;Add b,a y ;",
     "model:add(Dense(1)) -- y\n", dense_of_one, 13, 1},
    {"Embedding", "N,7", "", "w=5,3", "", "Gather w,x y ;", "model:add(Embedding{5, 3}) -- y\n", embedding, 13, 7},
    {"Bidirectional steps", "N,3,4", "", "w=2,8,4 r=2,8,2 b=2,16", "sh=0,0,-1",
     RNN "LSTM t,w,r,b o hidden_size=2 direction=bidirectional;Transpose o p perm=0,2,1,3;Reshape p,sh q ;"
         "Transpose q y perm=1,0,2;",
     "model:add(Bidirectional(LSTM{2, return_sequences = true})) -- o\n", NULL, 13, 1},
    {"Bidirectional last states", "N,3,4", "", "w=2,6,4 r=2,6,2 b=2,12", "sh=-1,4",
     RNN "GRU t,w,r,b o,h hidden_size=2 direction=bidirectional linear_before_reset=1;Transpose h p perm=1,0,2;"
         "Reshape p,sh y ;",
     "model:add(Bidirectional(GRU(2))) -- o\n", NULL, 13, 1},
    {"GRU that begins with a state", "N,3,4", "", "w=1,6,4 r=1,6,2 b=1,12 k=4,2", "zero=0 one=1",
     RNN "ReduceMax x m axes=1, keepdims=0;MatMul m,k h ;Unsqueeze h,zero s ;"
         "GRU t,w,r,b,,s o hidden_size=2 linear_before_reset=1;Squeeze o,one q ;Transpose q y perm=1,0,2;",
     "x = GRU{2, return_sequences = true}(x_2, x) -- o\n", NULL, 13, 1},
    {"UpSampling2D", "1,2,3,4", "", "", "size=1,2,6,8", "Resize x,,,size y mode=linear;",
     "model:add(UpSampling2D{2, interpolation = \"bilinear\"}) -- y\n", upsampled, 13, 1},
    {"Resizing", "1,2,3,4", "", "", "size=1,2,4,6",
     "Resize x,,,size y mode=linear coordinate_transformation_mode=half_pixel;", "model:add(Resizing{4, 6}) -- y\n",
     NULL, 13, 1},
    {"gates of channels", "1,4,2,3", "", "w=2,4,1,1 v=4,2,1,1", "",
     "GlobalAveragePool x a ;Conv a,w b ;Relu b c ;Conv c,v d ;Sigmoid d e ;Mul e,x y ;",
     "x = GlobalAveragePooling2D{keepdims = true}(x) -- a\n"
     "x = Conv2D{2, 1, activation = \"relu\", use_bias = false}(x) -- b\n"
     "x = Conv2D{4, 1, activation = \"sigmoid\", use_bias = false}(x) -- d\n",
     NULL, 13, 1},
    /* of other things than they seem */
    {"places at the corners", "1,2,3,4", "", "", "size=1,2,6,8",
     "Resize x,,,size y mode=linear coordinate_transformation_mode=align_corners;", "model:add(Resize_2())\n", NULL,
     13, 1},
    {"the sigmoid of another tensor", "N,3,8", "two=2", "", "", "Mul x,two d ;Sigmoid d a ;Mul a,x y ;",
     "x = multiply{x, x_2} -- y\n", NULL, 13, 1},
    {"a mean of other axes than the variance's", "N,3,8", "two=2 e=0.0009765625", "", "",
     "ReduceMean x m axes=-2,;Sub x,m d ;Pow d,two q ;ReduceMean q v axes=-1,;Add v,e ve ;Sqrt ve s ;Div d,s y ;",
     "x = x / y -- y\n", NULL, 13, 1},
    {"an error function of another argument", "N,3,8", "s=1.5 one=1 h=0.5", "", "",
     "Div x,s a ;Erf a b ;Add b,one c ;Mul x,c d ;Mul d,h y ;", "x = ops.erf(x) -- b\n", NULL, 17, 1},
    {"half of a product with other numbers", "N,3,8", "one=1 h=0.25", "", "",
     "Mul x,h d ;Sigmoid d b ;Mul d,b c ;Mul c,x y ;", "x = multiply{x, x_2} -- y\n", NULL, 17, 1},
};

/* Calls f(name, what stands behind "=") for the parts of "a=1 b=2". */
static void each(struct onnx_model *model, const char *text,
                 void (*f)(struct onnx_model *, const char *, const char *))
{
    for (char *part = strtok(arena_strdup(model->arena, text), " "); part; part = strtok(NULL, " ")) {
        char *equals = strchr(part, '=');
        *equals = '\0';
        f(model, part, equals + 1);
    }
}

static void add_number(struct onnx_model *model, const char *name, const char *text)
{
    onnx_weights(model, name, "")->float_data[0] = strtof(text, NULL);
}

static void add_weights(struct onnx_model *model, const char *name, const char *dims)
{
    onnx_weights(model, name, dims);
}

static void build(struct onnx_model *model, struct arena *arena, const struct idiom *idiom)
{
    onnx_begin(model, arena, idiom->version);
    onnx_input(model, "x", idiom->dims);
    model->inputs[0]->type->tensor_type->elem_type = idiom->type;
    each(model, idiom->numbers, add_number);
    each(model, idiom->weights, add_weights);
    each(model, idiom->integers, onnx_integers);
    if (strstr(idiom->nodes, "ones"))
        for (int i = 0; i < 2; i++)
            onnx_weights(model, i ? "ones" : "zeros", "2")->float_data[0] = (float)i;
    for (int i = 0; i < 2 && strstr(idiom->nodes, "ones"); i++)
        model->weights[(int)model->graph.n_initializer - 2 + i]->float_data[1] = (float)i;
    for (const char *at = idiom->nodes; *at; at += strcspn(at, ";") + 1) {
        char op[32], in[32], out[32], attributes[80] = "";
        assert_true(sscanf(at, "%31s %31s %31s%79[^;]", op, in, out, attributes) >= 3);
        onnx_node(model, op, in, out, attributes + strspn(attributes, " "));
    }
    onnx_output(model, "y");
}

/* The interpreter computes in double, and its sums are of less than 100 numbers near 1; so an idiom that was not found, which
 * would have the constants of the file, that are floats, does not pass. */
static void check_numbers(const struct idiom *idiom, const double *x, const double *direct, const double *script,
                          int64_t count)
{
    for (int i = 0; i < count; i++) {
        double wanted = idiom->wanted ? idiom->wanted(x, i) : direct[i];
        if (!(fabs(direct[i] - wanted) < 1e-12 && fabs(script[i] - wanted) < 1e-12))
            fail_msg("%s: number %d is %.15g and %.15g, not %.15g", idiom->name, i, direct[i], script[i], wanted);
    }
}

static void exporters_write_layers_as_operators(void **state)
{
    struct script_fixture *fixture = *state;
    double x[MOST];
    for (size_t n = 0; n < sizeof idioms / sizeof *idioms; n++) {
        struct onnx_model model;
        build(&model, &fixture->arena, &idioms[n]);
        const struct import_options options = {.path = onnx_write(&model, fixture->folder, "model.onnx"),
                                               .limits = limits_default,
                                               .shapes = &fixture->shapes};
        struct import_script script = {.path = "net.lua", .weights = "net.safetensors"};
        fixture->diag = (struct diag){.arena = &fixture->arena};
        const struct graph *made = import_as_script(&fixture->arena, &fixture->diag, &options, &script);
        const struct graph *direct = made ? import_run(&fixture->arena, &fixture->diag, &options) : NULL;
        if (!direct)
            fail_msg("%s: %s", idioms[n].name, fixture->diag.message);
        if (!strstr(script.text, idioms[n].script))
            fail_msg("%s: not %sbut\n%s", idioms[n].name, idioms[n].script, script.text);
        for (int i = 0; i < MOST; i++)
            x[i] = idioms[n].type == 7 ? i * 3 % 5 : 2 * sin(i * i + 1);
        check_numbers(&idioms[n], x, script_numbers(fixture, direct, x, 0), script_numbers(fixture, made, x, 0),
                      shape_count(&direct->outputs[0]->shape));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(exporters_write_layers_as_operators, script_fixture_open,
                                        script_fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
