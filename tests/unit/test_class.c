/* Models and layers that a script writes as Keras' subclasses. */
#include "script_support.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BLOCK                                                                                                          \
    "local Block = class(Layer, 'Block')\n"                                                                            \
    "function Block:init(units) self.units, self.d = units, Dense{units, name = 'd'} end\n"                            \
    "function Block:build(shape) self.w = self:add_weight{name = 'w', shape = {shape[1]}, initializer = 'ones'} end\n" \
    "function Block:call(x) return self:twice(self.d(x * self.w)) end\n"                                               \
    "function Block:twice(x) return 2 * x end\n"

#define AUTO                                                                                                       \
    "local Auto = class(Model, 'Auto')\n"                                                                          \
    "function Auto:init(units) self.encoder, self.decoder = Dense{units, name = 'e'}, Dense{6, name = 'o'} end\n"  \
    "function Auto:call(x) return self.decoder(self.encoder(x)) end\nlocal auto = Auto(4)\n"

static const char *parameters_of(struct script_fixture *fixture, const struct graph *graph)
{
    const char *text = "";
    for (int i = 0; i < graph->n_parameters; i++)
        text = arena_printf(&fixture->arena, "%s%s%s", text, i ? " " : "", graph->parameters[i]->name);
    return text;
}

static void makes_layers(void **state)
{
    struct script_fixture *fixture = *state;
    struct graph *graph = script_compile(fixture, BLOCK "return Sequential{Input{3}, Block(3), Block(2)}\n");
    assert_string_equal(parameters_of(fixture, graph),
                        "block/w block/d/kernel block/d/bias block_1/w block_1/d/kernel block_1/d/bias");
    assert_string_equal(graph->layers[1]->type, "Block");
    /* called again, in a model inside of another one */
    graph = script_compile(fixture, BLOCK "local b = Block(3)\nlocal inner = Sequential{Input{3}, b}\n"
                                          "local x = Input{3}\nreturn Model(x, inner(inner(x)))\n");
    assert_string_equal(parameters_of(fixture, graph),
                        "sequential/block/w sequential/block/d/kernel sequential/block/d/bias");
    assert_int_equal(graph->layers[1]->n_parameters, 3);
}

/* A method `call` gets tensors each in an argument of its own where it has as many, `training`, and may ask for that. */
static void hands_over_what_call_asks_for(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = script_compile(
        fixture, "local Gap = class(Layer)\n"
                 "function Gap:build(shapes) self.d = Sequential{Dense{shapes[2][1], name = 'd'}} end\n"
                 "function Gap:call(a, b, training) if training then return a - self.d(b) end return a end\n"
                 "local a, b = Input{3}, Input{3}\nreturn Model({a, b}, Gap()(a, b))\n");
    assert_string_equal(script_ops_of(fixture, graph), "matmul binary binary in_training");
    assert_string_equal(parameters_of(fixture, graph), "layer/sequential/d/kernel layer/sequential/d/bias");
    graph = script_compile(fixture, "local Twice = class(Layer)\n"
                                    "function Twice:call(x, training) return training and 2 * x or x end\n"
                                    "local x = Input{3}\nreturn Model(x, -Twice()(x, {training = false}))\n");
    assert_string_equal(script_ops_of(fixture, graph), "affine");
    graph = script_compile(fixture, "local Sum = class(Layer)\n"
                                    "function Sum:call(xs) return xs[1] + xs[2] end\n"
                                    "local a, b = Input{3}, Input{3}\nreturn Model({a, b}, Sum()(a, b))\n");
    assert_string_equal(script_ops_of(fixture, graph), "binary");
}

#define TWO_WAYS(call)                                                                                             \
    "local Block = class(Layer, 'Block')\n"                                                                        \
    "function Block:init()\n"                                                                                      \
    "  self.norm, self.drop, self.d = BatchNormalization{name = 'n'}, Dropout(0.5), Dense{2, name = 'd'}\n"        \
    "end\nfunction Block:call(x, training) " call " end\nlocal x = Input{2}\n"

#define OUTER                                                                                                      \
    "local Outer = class(Layer, 'Outer')\n"                                                                        \
    "function Outer:init() self.block = Block() end\n"                                                             \
    "function Outer:call(x, training) return self.block(x, {training = training}) end\n"                           \
    "return Model(x, Outer()(x))\n"

/* The network of both ways: what is made in training is for training, and has the same layers. */
static void runs_call_both_ways(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = script_compile(
        fixture,
        TWO_WAYS(
            "return self.drop(self.norm(x, {training = training}), {training = training})") "return Model(x, Block()(x))\n");
    assert_string_equal(script_ops_of(fixture, graph), "batch_norm dropout batch_norm in_training");
    assert_string_equal(parameters_of(fixture, graph),
                        "block/n/gamma block/n/beta block/n/moving_mean block/n/moving_variance");
    graph = script_compile(
        fixture,
        TWO_WAYS(
            "local y = Dense{2, name = 'e'}(x) return training and 2 * y or y") "return Model(x, Block()(x))\n");
    assert_string_equal(script_ops_of(fixture, graph), "matmul binary affine matmul binary in_training");
    assert_string_equal(parameters_of(fixture, graph), "block/e/kernel block/e/bias");
    /* one within another */
    graph =
        script_compile(fixture, TWO_WAYS("return self.drop(Dense{2, name = 'e'}(x), {training = training})") OUTER);
    assert_string_equal(script_ops_of(fixture, graph),
                        "matmul binary dropout matmul binary in_training matmul binary in_training");
    assert_string_equal(parameters_of(fixture, graph), "outer/block/e/kernel outer/block/e/bias");
}

#define NET                                                                                                        \
    "local Net = class(Model, 'Net')\n"                                                                            \
    "function Net:init() self.d = Dense{2, name = 'd', activity_regularizer = L2(1)} end\n"                        \
    "function Net:call(x, training) local y = self.d(x) return training and -y or y end\nlocal net = Net()\n"

static int count_ops(const struct graph *graph, const char *name)
{
    int count = 0;
    for (int i = 0; i < graph->n_nodes; i++)
        count += strcmp(graph->nodes[i]->op->name, name) == 0;
    return count;
}

/* What both runs add to the loss is chosen from, too: the sum is of the loss, times the sample's weight, and one more. */
static void counts_losses_once(void **state)
{
    struct script_fixture *fixture = *state;
    const char *const ends[] = {"net:build{nil, 2}\nlocal m = net\n",
                                "local x = Input{2}\nlocal m = Model(x, net(x))\n"};
    for (int i = 0; i < 2; i++) {
        const struct graph *graph =
            script_compile(fixture, arena_printf(&fixture->arena,
                                                 NET "%sm:compile{optimizer = 'sgd', loss = 'mse'}\n"
                                                     "m:fit{epochs = 1}\nreturn m\n",
                                                 ends[i]));
        assert_int_equal(count_ops(graph, "in_training"), 2);
        assert_string_equal(graph->loss->producer->op->name, "binary");
        assert_string_equal(graph->loss->producer->in[0]->producer->in[0]->producer->op->name, "squared_error");
        assert_string_equal(graph->loss->producer->in[1]->producer->op->name, "in_training");
    }
    /* called as in prediction, for good */
    const struct graph *graph =
        script_compile(fixture, NET "local x = Input{2}\nlocal m = Model(x, net(x, {training = false}))\n"
                                    "m:compile{optimizer = 'sgd', loss = 'mse'}\nm:fit{epochs = 1}\nreturn m\n");
    assert_int_equal(count_ops(graph, "in_training"), 0);
    assert_string_equal(graph->outputs[0]->producer->op->name, "binary");
    assert_string_equal(graph->loss->producer->in[0]->producer->in[0]->producer->op->name, "squared_error");
    assert_string_equal(graph->loss->producer->in[1]->producer->op->name, "affine");
}

/* A column for each object and name: the calls of a layer count together, those of a model that is called again, too. */
static void names_what_is_added_to_the_metrics(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = script_compile(
        fixture, "local Block = class(Layer, 'Block')\n"
                 "function Block:init() self.of, self.all = Mean(), Sum{name = 'a'} end\n"
                 "function Block:call(x)\n"
                 "  self:add_metric(x, 'a') self.of:update_state(x) self.all:update_state(x) return 2 * x\nend\n"
                 "local x, block = Input{3}, Block()\n"
                 "local inner = Model(x, block(block(x)))\ninner:add_metric(inner.output, 'end')\n"
                 "local y = Input{3}\nlocal m = Model(y, Dense(1)(inner(y)))\n"
                 "m:add_metric(m.output, {name = 'out', aggregation = 'mean'})\n"
                 "m:compile{loss = 'mse', metrics = {'mae'}}\nreturn m\n");
    static const char *const names[] = {"loss", "mae", "a", "mean", "a_1", "end", "out"};
    assert_int_equal(graph->training.n_columns, 7);
    for (int i = 0; i < 7; i++)
        assert_string_equal(graph->training.columns[i], names[i]);
    graph =
        script_compile(fixture, "local Net = class(Model)\n"
                                "function Net:init() self.d, self.size = Dense(1), Mean{name = 'size'} end\n"
                                "function Net:call(x) self.size:update_state(x) return self.d(x) end\n"
                                "local net = Net()\nnet:build{nil, 3}\nnet:compile{loss = 'mse'}\nreturn net\n");
    assert_string_equal(graph->training.columns[1], "size");
#define NEEDS(line, message, hint)                                                                                 \
    assert_script_error(fixture, "local x = Input{3}\nlocal m = Model(x, Dense(1)(x))\n" line "\n", 3, message,    \
                        hint)
    NEEDS("m:add_metric(x, 'a') m:add_metric(x, 'a')", "add_metric: the model has a metric \"a\" already",
          "give it another name");
    NEEDS("m:add_metric(3, 'a')", "add_metric needs a tensor of floats, not 3", NULL);
    NEEDS("m:add_metric(x, 'a', 'sum')", "add_metric: aggregation must be \"mean\", not \"sum\"", NULL);
    NEEDS("m.layers[2]:add_metric(x, 'a')", "Dense: metrics are added inside the layer's call",
          "model:add_metric(...) is called outside");
#define SUM_OF(what)                                                                                               \
    "local B = class(Layer, 'B') function B:init() self.all = Sum() end "                                          \
    "function B:call(x) self.all:update_state(" what ") return x end B()(x)"
#define OF_BATCH                                                                                                   \
    "Sum: this is one number of the whole batch, and its sum would depend on how many batches there are"
    NEEDS(SUM_OF("ops.mean(x)"), OF_BATCH, "Mean shows it as it is");
    NEEDS(SUM_OF("ops.sum(ops.arange(3) * 1.0)"), OF_BATCH, "Mean shows it as it is");
    NEEDS("Mean():update_state(x)", "Mean: update_state is called in the call of a class",
          "model:add_metric(...) is called outside");
    NEEDS("Mean().update_state(x)", "update_state must be called on a metric",
          "methods are called with a colon: self.size:update_state(x)");
    NEEDS("m:compile{loss = 'mse', metrics = {Mean()}} return m", "Mean is no metric of an output",
          "make it in a class's init, and call self.METRIC:update_state(x) in its call");
}

#define ADDED_DIFFERS(name)                                                                                        \
    name ": its call adds to the loss or the metrics in training and not in prediction, or the other way round"
#define ADDED_HINT "call add_loss and add_metric in both, where a loss should not count on 0 times the tensor"

static void explains_runs_that_differ(void **state)
{
    struct script_fixture *fixture = *state;
#define FAILS(call, message, hint) assert_script_error(fixture, TWO_WAYS(call) "Block()(x)\n", 7, message, hint)
    FAILS("return self.drop(x, {training = true})",
          "Dropout works in training only, and cannot be called with training = true", NULL);
    FAILS("if training then return x, x end return x", "Block: its call returns other results in training",
          "it must return as many tensors with training = true as with false");
    FAILS("local function dense(x) return Dense(2)(x) end if training then x = dense(x) end return dense(x)",
          "Block: its call makes other layers in training", "make the layers in init or build");
    FAILS("if training then return x end return self.d(x)",
          "Block: its call makes parameters in prediction that nothing trains",
          "make the layers in init or build, and call them in training, too");
    FAILS("if training then self:add_loss(x) end return x", ADDED_DIFFERS("Block"), ADDED_HINT);
    FAILS("if training then self:add_metric(x, 'a') end return x", ADDED_DIFFERS("Block"), ADDED_HINT);
    FAILS("self:add_metric(x, training and 'a' or 'b') return x", ADDED_DIFFERS("Block"), ADDED_HINT);
    assert_script_error(fixture,
                        "local Net = class(Model)\nfunction Net:call(x, training) return Dense(2)(x) end\n"
                        "local net = Net()\nnet:build{nil, 3}\n",
                        3, "Model: its call makes parameters in prediction that nothing trains",
                        "make the layers in init or build, and call them in training, too");
    assert_script_error(fixture,
                        NET "function Net:call(x, training)\n"
                            "  if training then return self.d(self.d(x)) end return self.d(x)\nend\n"
                            "net:build{nil, 2}\n",
                        4, ADDED_DIFFERS("Net"), ADDED_HINT);
}

/* A method `build` gets the shapes, and `call` a list where one was given, also where a model makes the call once more. */
static void tells_lists_and_shapes(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = script_compile(
        fixture,
        "local Gap = class(Layer, 'Gap')\n"
        "function Gap:build(shapes) assert(#shapes == 2 and shapes[1][-1] == 3 and shapes[2][-1] == 1) end\n"
        "function Gap:call(inputs, other) assert(not other) return inputs[1] - inputs[2] end\n"
        "local a, b = Input{3}, Input{1}\nlocal inner = Model({a, b}, Gap(){a, b})\n"
        "local c, d = Input{3}, Input{1}\nreturn Model({c, d}, inner(c, d))\n");
    assert_string_equal(script_ops_of(fixture, graph), "binary");
    for (int list = 0; list < 2; list++) {
        const char *text = "local Gap = class(Model, 'Gap')\n"
                           "function Gap:build(s) self.d = Dense(s[-1][-1]) assert(#s == 2 and s[1][1] == 3) end\n"
                           "function Gap:call(%s, other) return self.d(%s) end\n"
                           "local a, b = Input{3}, Input{1}\nreturn Model({a, b}, Gap()(%s))\n";
        graph = script_compile(fixture, arena_printf(&fixture->arena, text, list ? "inputs" : "a",
                                                     list ? "inputs[1] - inputs[2]" : "a - other",
                                                     list ? "{a, b}" : "a, b"));
        assert_string_equal(script_ops_of(fixture, graph), "binary matmul binary");
        assert_int_equal(graph->trainable_floats, 3 + 1);
    }
    graph = script_compile(fixture, "local One = class(Model)\n"
                                    "function One:build(shape) self.d = Dense(shape[-1]) end\n"
                                    "function One:call(x) return self.d(x) end\n"
                                    "local one = One()\none:build{nil, 5, 7}\nreturn one\n");
    assert_int_equal(graph->trainable_floats, 7 * 7 + 7);
}

static void makes_models(void **state)
{
    struct script_fixture *fixture = *state;
    struct graph *graph = script_compile(fixture, AUTO "auto:build{nil, 6}\nreturn auto\n");
    assert_string_equal(parameters_of(fixture, graph), "e/kernel e/bias o/kernel o/bias");
    assert_int_equal(graph->n_layers, 3);
    graph = script_compile(fixture, AUTO "local x = Input{6}\nlocal m = Model(x, auto(auto(x)))\n"
                                         "auto:get_layer('e').trainable = false\nreturn m\n");
    assert_string_equal(parameters_of(fixture, graph), "auto/e/kernel auto/e/bias auto/o/kernel auto/o/bias");
    assert_int_equal(graph->trainable_floats, 4 * 6 + 6);
    assert_string_equal(graph->layers[1]->type, "Auto");
    graph = script_compile(fixture, "local Two = class(Model)\n"
                                    "function Two:init() self.d = Dense(2) end\n"
                                    "function Two:call(xs) return {self.d(xs[1]), self.d(xs[2])} end\n"
                                    "local two = Two()\nlocal a, b = Input{3}, Input{3}\n"
                                    "return Model({a, b}, two{a, b})\n");
    assert_int_equal(graph->n_outputs, 2);
    assert_string_equal(parameters_of(fixture, graph), "model/dense/kernel model/dense/bias");
}

#define HITS                                                                                                       \
    "local Hits = class(Metric, 'Hits')\nfunction Hits:init() self.n = self:add_weight{name = 'n'} end\n"          \
    "function Hits:update_state(y_true, y_pred)\n"
#define HITS_END                                                                                                   \
    "\nend\nlocal m = Sequential{Dense{2, input_shape = {4}}}\nm:compile{loss = 'mse', metrics = {Hits()}}\nreturn m\n"
#define UPDATED(line) HITS line "\nend\nfunction Hits:result() return self.n" HITS_END
#define RESULT(line)  HITS "self.n:assign_add(ops.sum(y_pred)) end\nfunction Hits:result()\n" line HITS_END
#define NO_SUM                                                                                                     \
    "a weight is a sum over samples: what is added to it in each batch must be ops.sum(x), or ops.sum(x, {axis = 0})"
#define NO_SUM_HINT                                                                                                \
    "and not a mean, whose sum would depend on how many batches there are; "                                       \
    "self.count:assign_add(ops.shape(y_true)[0]) counts samples"

/* What training runs beside is not counted. */
static void counts_what_prediction_runs(void **state)
{
    struct script_fixture *fixture = *state;
#define BOTH(argument, said)                                                                                       \
    "local B = class(Layer, 'B')\nfunction B:init() self.l, self.d = LSTM(4), Dense(3) end\n"                      \
    "function B:call(x" argument ") return self.d(Dropout(0.5)(self.l(x" said ")" said ")" said ") end\n"          \
    "return Sequential{Input{6, 2}, B()}\n"
    const struct graph *graph = script_compile(fixture, BOTH(", training", ", {training = training}"));
    const int64_t work = graph_work(graph, NULL), neurons = graph->layers[0]->neurons;
    graph = script_compile(fixture, BOTH("", ""));
    assert_true(work > 0 && work == graph_work(graph, NULL));
    assert_true(neurons > 0 && neurons == graph->layers[0]->neurons);
#undef BOTH
}

/* What Keras would do with these is no arithmetic of sums over all samples. */
static void metrics_of_classes_sum(void **state)
{
    struct script_fixture *fixture = *state;
    script_compile(fixture, UPDATED("self.n:assign_add(ops.sum(y_pred * y_true) * 2 - ops.sum(y_pred))"));
    /* in each of two stages one is made */
#define TWICE(second)                                                                                              \
    HITS "self.n:assign_add(ops.sum(y_pred)) end\nfunction Hits:result() return self.n end\n"                      \
         "local L = class(Loss)\nfunction L:call(t, y) return ops.abs(t - y) end\n"                                \
         "local m = Sequential{Dense{2, input_shape = {4}}}\n"                                                     \
         "m:compile{loss = L(), metrics = {Hits{a = {1, b = 2}}}}\nm:fit{}\n"                                      \
         "m:compile{optimizer = 'sgd', loss = L(), metrics = {Hits{a = " second "}}}\nm:fit{}\nreturn m\n"
    script_compile(fixture, TWICE("{1, b = 2}"));
    assert_script_error(
        fixture, TWICE("{1, b = 3}"), 11,
        "compile: the metrics of line 11 are not those of the compile before, in line 9",
        "give each compile the same loss and metrics; what needs others is a script of its own, whose "
        "training begins with --weights");
    static const struct {
        const char *script;
        int line;
        const char *message, *hint;
    } cases[] = {
        {UPDATED("self.n:assign_add(ops.mean(y_pred))"), 4, NO_SUM, NO_SUM_HINT},
        {UPDATED("self.n:assign_add(ops.sum(y_pred, -1))"), 4, NO_SUM, NO_SUM_HINT},
        {UPDATED("self.n:assign_add(1)"), 4, NO_SUM, NO_SUM_HINT},
        {UPDATED("self.n:assign_add(ops.sum(y_pred) + 1)"), 4, NO_SUM, NO_SUM_HINT},
        {UPDATED("self.n:assign_add(ops.square(ops.sum(y_pred)))"), 4, NO_SUM, NO_SUM_HINT},
        {UPDATED("self.n:assign_add(ops.sum(ops.square(ops.sum(y_pred, {axis = 0}))))"), 4, NO_SUM, NO_SUM_HINT},
        {UPDATED("self.n:assign_add(ops.sum(y_pred, {axis = 0}))"), 4, "a weight of scalar cannot be added 2",
         NULL},
        {UPDATED("self.n:assign(ops.maximum(self.n, ops.sum(y_pred)))"), 4,
         "what a metric has summed is known to its result alone", "WEIGHT:assign_add(...) adds to it"},
        {UPDATED("self.n:assign(ops.sum(y_pred))"), 4,
         "a weight can only be added to: what it was before is known when the program runs",
         "WEIGHT:assign_add(ops.sum(x)); reset_state is not needed, each epoch begins with 0"},
        {UPDATED(""), 9, "Hits: its update_state adds nothing to n", NULL},
        {RESULT("return self.n > 0 and 1 or 0"), 6,
         "what a metric has summed is known when the program runs, and cannot be compared here",
         "ops.where(ops.greater(x, 0), a, b) takes one of two"},
        {RESULT("return ops.sin(self.n)"), 6,
         "ops.sin: result is arithmetic of what was summed, which has no such function",
         "what is made of single samples is made in update_state"},
        {"local M = class(Metric)\nfunction M:init() self:add_weight{initializer = 'ones'} end\nM()\n", 2,
         "add_weight: a metric's weight is a sum, and begins with 0",
         "initializer = \"zeros\"; result can add a number"},
        {"Metric()\n", 1, "Metric is what a class is made of", "local Mine = class(Metric)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_script_error(fixture, cases[i].script, cases[i].line, cases[i].message, cases[i].hint);
}

static void explains_misuse(void **state)
{
    struct script_fixture *fixture = *state;
    assert_script_error(fixture, AUTO "return auto\n", 4, "the model 'auto' does not know the shape of its input",
                        "call model:build{nil, 28, 28, 1}, or give --shape 28x28x1 on the command line");
    assert_script_error(fixture, "class(Dense)\n", 1, "class needs Model, Layer, Loss or Metric, not a function",
                        "local Mine = class(Model)");
    assert_script_error(fixture, "local M = class(Model)\nlocal m = M()\nm:build{nil, 3}\n", 3,
                        "a class needs a method call, not nil", "function NAME:call(x) ... end");
    assert_script_error(fixture, "local M = class(Model)\nfunction M:call() end\nlocal m = M()\nm:build{nil, 3}\n",
                        3, "Model: its call must return a tensor, not nil", NULL);
    assert_script_error(fixture, BLOCK "local b = Block(2)\nb.spec = 1\n", 7, "Block: 'spec' cannot be changed",
                        NULL);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {TEST(makes_layers),
                                       TEST(hands_over_what_call_asks_for),
                                       TEST(runs_call_both_ways),
                                       TEST(counts_losses_once),
                                       TEST(names_what_is_added_to_the_metrics),
                                       TEST(explains_runs_that_differ),
                                       TEST(counts_what_prediction_runs),
                                       TEST(metrics_of_classes_sum),
                                       TEST(tells_lists_and_shapes),
                                       TEST(makes_models),
                                       TEST(explains_misuse)};
    return cmocka_run_group_tests_name("class", tests, NULL, NULL);
}
