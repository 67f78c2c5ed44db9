/* Pictures of models: the boxes and arrows are those of the script, Graphviz reads what is written and puts no box on another, and
 * names that mean something to DOT, XML or HTML mean nothing there. */
#include "draw/draw.h"
#include "script_support.h"

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct draw_options plain = {0};

static struct drawing *draw(struct script_fixture *fixture, const char *script, struct draw_options options)
{
    return drawing_of(script_compile(fixture, script), "net", &options);
}

/* "a -> b, b -> c": the arrows by the names of their boxes, one of several outputs as "a[2]". */
static const char *arrows_of(const struct drawing *drawing)
{
    struct growing text = {.arena = drawing->arena};
    write_text(&text, "");
    for (int i = 0; i < drawing->n_arrows; i++) {
        const struct arrow *arrow = &drawing->arrows[i];
        write_format(&text, "%s%s", i ? ", " : "", drawing->boxes[arrow->from].name);
        if (arrow->output)
            write_format(&text, "[%d]", arrow->output);
        write_format(&text, " -> %s", drawing->boxes[arrow->to].name);
    }
    return text.text;
}

static const struct box *box_named(const struct drawing *drawing, const char *name)
{
    for (int i = 0; i < drawing->n_boxes; i++)
        if (strcmp(drawing->boxes[i].name, name) == 0)
            return &drawing->boxes[i];
    fail_msg("no box is called %s", name);
    return NULL;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no \"%s\" in\n%s", part, text);
}

#define CHAIN                                                                                                        \
    "local m = Sequential{Conv2D{8, 5, activation = \"relu\", input_shape = {28, 28, 1}}, MaxPool2D{2}, Flatten(), " \
    "Dense(10)}\n"

/* ---- boxes and arrows ---- */

static void a_chain_has_its_input_and_output(void **state)
{
    struct script_fixture *fixture = *state;
    const struct drawing *drawing = draw(fixture, CHAIN "return m\n", plain);
    assert_string_equal(
        arrows_of(drawing),
        "conv2d -> max_pooling2d, max_pooling2d -> flatten, flatten -> dense, input -> conv2d, dense -> output");
    const struct box *conv = box_named(drawing, "conv2d");
    assert_string_equal(conv->shapes, "24x24x8");
    assert_string_equal(conv->note, "5x5, relu");
    assert_int_equal(conv->parameters, 5 * 5 * 8 + 8);
    assert_string_equal(box_named(drawing, "max_pooling2d")->note, "2x2"); /* its stride is its size, as a rule */
    assert_string_equal(box_named(drawing, "input")->shapes, "28x28x1");
    assert_int_equal(box_named(drawing, "output")->kind, BOX_OUTPUT);
}

static void a_note_says_what_is_out_of_the_ordinary(void **state)
{
    struct script_fixture *fixture = *state;
    const struct drawing *drawing = draw(
        fixture,
        "return Sequential{Conv2D{4, {3, 1}, strides = 2, padding = \"same\", input_shape = {8, 8, 2}, name = \"a\"}, "
        "MaxPool2D{3, strides = 1, name = \"b\"}, ZeroPadding2D{padding = {{0, 1}, {2, 3}}, name = \"c\"}, "
        "UpSampling2D{2, name = \"d\"}, Dropout{0.5, name = \"e\"}, TimeDistributed{Dense(3), name = \"f\"}}\n",
        plain);
    static const char *const notes[] = {
        "3x1, stride 2, same", "3x3, stride 1", "0 1 2 3", "times 2", "0.5", "Dense"};
    for (int i = 0; i < 6; i++)
        assert_string_equal(box_named(drawing, (char[]){(char)('a' + i), '\0'})->note, notes[i]);
}

#define SHARED                                                                                                     \
    "local tower = Sequential{Dense{4, input_shape = {3}}, Dense(2)}\n"                                            \
    "local a, b = Input{3, name = \"a\"}, Input{3, name = \"b\"}\n"                                                \
    "local sum = Add()({tower(a), tower(b)})\n"                                                                    \
    "return Model{inputs = {a, b}, outputs = {Dense{1, name = \"up\"}(sum), sum}}\n"

static void a_model_in_a_model_is_a_frame(void **state)
{
    struct script_fixture *fixture = *state;
    const struct drawing *drawing = draw(fixture, SHARED, plain);
    assert_string_equal(arrows_of(drawing),
                        "dense -> dense_1, a -> dense, b -> dense, dense_1 -> add, dense_1 -> add, add -> up, "
                        "up -> up, add -> add");
    const struct box *tower = box_named(drawing, "sequential");
    assert_int_equal(tower->kind, BOX_FRAME);
    assert_int_equal(tower->calls, 2);
    assert_int_equal(tower->parameters, 3 * 4 + 4 + 4 * 2 + 2);
    assert_ptr_equal(&drawing->boxes[box_named(drawing, "dense_1")->around], tower);
    assert_int_equal(tower->around, -1);
}

static void folded_it_is_one_box(void **state)
{
    struct script_fixture *fixture = *state;
    const struct drawing *drawing = draw(fixture, SHARED, (struct draw_options){.folded = true});
    assert_string_equal(arrows_of(drawing),
                        "a -> sequential, b -> sequential, sequential -> add, sequential -> add, add -> up, "
                        "up -> up, add -> add");
    assert_int_equal(box_named(drawing, "sequential")->kind, BOX_LAYER);
}

/* The inputs of the inner model are boxes of its own, each with its arrow; its second output feeds what follows. */
static void a_frame_keeps_inputs_and_outputs_apart(void **state)
{
    struct script_fixture *fixture = *state;
    const struct drawing *drawing = draw(
        fixture,
        "local p, q = Input{2, name = \"p\"}, Input{3, name = \"q\"}\n"
        "local inner = Model{inputs = {p, q}, outputs = {Dense{4, name = \"r\"}(p), Dense{5, name = \"s\"}(q)}}\n"
        "local a, b = Input{2, name = \"a\"}, Input{3, name = \"b\"}\n"
        "local both = inner(a, b)\n"
        "return Model{inputs = {a, b}, outputs = Concatenate()({Dense{6, name = \"t\"}(both[2]), both[1]})}\n",
        plain);
    assert_string_equal(arrows_of(drawing),
                        "p -> r, q -> s, a -> p, b -> q, s -> t, t -> concatenate, r -> concatenate, "
                        "concatenate -> output");
}

static void of_several_outputs_an_arrow_says_which(void **state)
{
    struct script_fixture *fixture = *state;
    const struct drawing *drawing = draw(fixture,
                                         "local x = Input{4, 3}\nlocal y, h, c = LSTM{5, return_state = true}(x)\n"
                                         "return Model{inputs = x, outputs = Dense(1)(Concatenate()({c, y}))}\n",
                                         plain);
    assert_string_equal(arrows_of(drawing), "input_layer -> lstm, lstm[3] -> concatenate, lstm[1] -> concatenate, "
                                            "concatenate -> dense, dense -> output");
    assert_int_equal(box_named(drawing, "lstm")->rounds, 4);
    assert_int_equal(box_named(drawing, "dense")->rounds, 0);
}

#define BLOCK                                                                                                      \
    "local Block = Layer{name = \"Block\", inputs = 2, call = function(layer, x, y)\n"                             \
    "  local z = Dense{4, name = \"first\"}(ops.relu(ops.reshape(x, {-1, 4})))\n"                                  \
    "  return Dense{4, name = \"second\"}(Dropout(0.5)(z)) + y\nend}\n"                                            \
    "local a, b = Input{2, 2, name = \"a\"}, Input{4, name = \"b\"}\n"

/* What lies between the layers are ops; one that moves nothing, reshape, is none. */
static void a_layer_of_the_scripts_own_is_a_frame(void **state)
{
    struct script_fixture *fixture = *state;
    const char *script = BLOCK "return Model{inputs = {a, b}, outputs = Dense(1)(Block{}(a, b))}\n";
    const struct drawing *drawing = draw(fixture, script, plain);
    assert_string_equal(arrows_of(drawing),
                        "relu -> first, first -> dropout, dropout -> second, input 1 -> relu, second -> add, "
                        "input 2 -> add, a -> input 1, b -> input 2, add -> dense, dense -> output");
    const struct box *block = box_named(drawing, "block");
    assert_int_equal(block->kind, BOX_FRAME);
    assert_ptr_equal(&drawing->boxes[box_named(drawing, "add")->around], block);
    assert_int_equal(box_named(drawing, "relu")->kind, BOX_OP);
    assert_int_equal(box_named(drawing, "second")->parameters, 4 * 4 + 4);
    drawing = draw(fixture, script, (struct draw_options){.folded = true});
    assert_string_equal(arrows_of(drawing), "a -> block, b -> block, block -> dense, dense -> output");
}

/* What is run once for training and once for prediction is drawn once, as it trains. */
static void a_class_that_asks_for_training_is_drawn_once(void **state)
{
    struct script_fixture *fixture = *state;
    const struct drawing *drawing = draw(fixture,
                                         "local Block = class(Layer, 'Block')\n"
                                         "function Block:init() self.d, self.drop = Dense(4), Dropout(0.5) end\n"
                                         "function Block:call(x, training)\n  local y = self.d(self.d(x))\n"
                                         "  if training then y = self.drop(y) end\n  return y + x\nend\n"
                                         "return Sequential{Input{4}, Block()}\n",
                                         plain);
    assert_string_equal(arrows_of(drawing),
                        "input -> dense, dense -> dense, dense -> dropout, dropout -> add, input -> add, "
                        "input -> input, add -> output");
    assert_int_equal(box_named(drawing, "dense")->calls, 2);
    assert_int_equal(box_named(drawing, "dropout")->calls, 1);
}

/* A recurrence is told by its box, and arithmetic is no picture. */
static void a_layer_that_is_no_picture_stays_a_box(void **state)
{
    struct script_fixture *fixture = *state;
    static const char *const bodies[] = {"return LSTM(3)(x)", "for i = 1, 30 do x = x * 0.5 end return Dense(3)(x)",
                                         "return x * 2"};
    static const enum box_kind kinds[] = {BOX_FRAME, BOX_LAYER, BOX_LAYER};
    for (int i = 0; i < 3; i++) {
        const char *script = arena_printf(&fixture->arena,
                                          "local Own = Layer{name = \"Own\", call = function(_, x) %s end}\n"
                                          "return Sequential{Own{input_shape = {5, 2}}, Flatten()}\n",
                                          bodies[i]);
        assert_int_equal(box_named(draw(fixture, script, plain), "own")->kind, kinds[i]);
    }
}

static void what_is_not_trained_is_frozen(void **state)
{
    struct script_fixture *fixture = *state;
    const struct drawing *drawing = draw(
        fixture,
        "local m = Sequential{Dense{4, input_shape = {3}, trainable = false}, BatchNormalization(), Dense(2), Flatten()}\n"
        "m:compile{optimizer = \"sgd\", loss = \"mse\"}\nm:fit{}\nreturn m\n",
        plain);
    assert_true(box_named(drawing, "dense")->frozen);
    assert_false(box_named(drawing, "batch_normalization")->frozen); /* though its means are not trained */
    assert_false(box_named(drawing, "dense_1")->frozen);
    assert_false(box_named(drawing, "flatten")->frozen);
}

static void several_models_have_a_frame_each(void **state)
{
    struct script_fixture *fixture = *state;
    const struct drawing *drawing = draw(
        fixture,
        "return {one = Sequential{Dense{4, input_shape = {3}}}, two = Sequential{Dense{2, input_shape = {5}}}}\n",
        plain);
    assert_int_equal(box_named(drawing, "one")->kind, BOX_MODEL);
    assert_ptr_equal(&drawing->boxes[box_named(drawing, "dense_1")->around], box_named(drawing, "two"));
    assert_string_equal(arrows_of(drawing), "input -> dense, dense -> output, input -> dense_1, dense_1 -> output");
}

/* ---- Graphviz ---- */

struct place {
    int number;
    double x, y, width, height;
};

/* Reads "node n3 X Y WIDTH HEIGHT ..." */
static bool read_place(const char *line, struct place *place)
{
    return sscanf(line, "node n%d %lf %lf %lf %lf", &place->number, &place->x, &place->y, &place->width,
                  &place->height) == 5;
}

static bool overlap(const struct place *a, const struct place *b)
{
    double x = a->x > b->x ? a->x - b->x : b->x - a->x, y = a->y > b->y ? a->y - b->y : b->y - a->y;
    return x < (a->width + b->width) / 2 && y < (a->height + b->height) / 2;
}

/* Takes the arrow off the list, where it must be. */
static void take_arrow(struct arrow *arrows, int count, int from, int to)
{
    for (int i = 0; i < count; i++)
        if (arrows[i].from == from && arrows[i].to == to) {
            arrows[i].from = -1;
            return;
        }
    fail_msg("there is no arrow from %d to %d", from, to);
}

/* Graphviz' own text of the layout: a line for each node and arrow. */
static void graphviz_lays_out_each_box_and_arrow(void **state)
{
    struct script_fixture *fixture = *state;
    const struct drawing *drawing = draw(fixture, SHARED, plain);
    struct draw_bytes bytes;
    assert_true(graphviz_paint(&fixture->diag, drawing_dot(drawing, &plain), "plain", &bytes));
    struct place places[32];
    int n_places = 0, n_arrows = 0, from, to;
    for (const char *line = bytes.data; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (n_places < 32 && read_place(line, &places[n_places]))
            n_places++;
        if (sscanf(line, "edge n%d n%d ", &from, &to) == 2) {
            take_arrow(drawing->arrows, drawing->n_arrows, from, to);
            n_arrows++;
        }
    }
    assert_int_equal(n_places, drawing->n_boxes - 1); /* but for the frame */
    assert_int_equal(n_arrows, drawing->n_arrows);
    for (int i = 0; i < n_places; i++)
        for (int j = 0; j < i; j++)
            assert_false(overlap(&places[i], &places[j]));
}

/* Each tag closed in its turn, and every & that of an entity. */
static void assert_well_formed(const char *xml)
{
    const char *open[64];
    int depth = 0;
    for (const char *at = xml; *at; at++) {
        if (*at == '&' && strncmp(at, "&amp;", 5) && strncmp(at, "&lt;", 4) && strncmp(at, "&gt;", 4) &&
            at[1] != '#' && strncmp(at, "&quot;", 6))
            fail_msg("& in %.40s", at);
        if (*at != '<')
            continue;
        const char *name = at + 1 + (at[1] == '/'), *end = strchr(at, '>');
        assert_non_null(end);
        size_t length = strcspn(name, " \n/>");
        if (at[1] == '/') {
            assert_true(depth > 0);
            depth--;
            assert_memory_equal(open[depth], name, length);
        } else if (end[-1] != '/') {
            assert_true(depth < 64);
            open[depth++] = name;
        }
        at = end;
    }
    assert_int_equal(depth, 0);
}

static void names_are_harmless(void **state)
{
    struct script_fixture *fixture = *state;
    fixture->diag.arena = &fixture->arena;
    static char evil[] = "\"]<b>&'\\N\x01\xff</title><script>alert(1)</script>-->";
    struct box boxes[] = {
        {.kind = BOX_INPUT, .name = evil, .type = "", .note = evil, .shapes = "3", .around = -1},
        {.kind = BOX_FRAME, .name = evil, .type = evil, .note = evil, .shapes = "3", .around = -1},
        {.kind = BOX_LAYER,
         .name = evil,
         .type = evil,
         .note = evil,
         .shapes = "2x3",
         .parameters = 1,
         .around = 1},
        {.kind = BOX_OUTPUT, .name = evil, .type = "", .note = "", .shapes = "2x3", .around = -1}};
    struct arrow arrows[] = {{.from = 0, .to = 2}, {.from = 2, .to = 3}};
    const struct drawing drawing = {&fixture->arena, evil, 4, 2, boxes, arrows};
    const char *svg;
    if (!drawing_svg(&drawing, &plain, &fixture->diag, &svg))
        fail_msg("%s", fixture->diag.message);
    assert_well_formed(svg);
    assert_null(strstr(svg, "<script"));
    assert_null(strstr(svg, "alert(1)</title>"));
    assert_null(strchr(svg, 1));
    assert_null(strchr(svg, 0xff));
    assert_has(svg, "&lt;script&gt;");
}

static void an_svg_is_for_light_and_dark_and_says_itself(void **state)
{
    struct script_fixture *fixture = *state;
    const struct drawing *drawing = draw(fixture, CHAIN "return m\n", plain);
    const char *svg;
    assert_true(drawing_svg(drawing, &plain, &fixture->diag, &svg));
    assert_well_formed(svg);
    assert_memory_equal(svg, "<svg ", 5);
    assert_has(svg, "<title>The network net</title>");
    assert_has(svg, "input 28x28x1.\n");
    assert_has(svg, "conv2d (Conv2D) 24x24x8, 5x5, relu, 208 parameters; from input.\n");
    for (int i = 0; i < N_COLORS; i++)
        assert_has(svg,
                   arena_printf(&fixture->arena, "[fill=\"%s\"] { fill: %s }", colors_light[i], colors_dark[i]));
    /* no colour that the dark would leave as it is */
    for (const char *fill = svg; (fill = strstr(fill, "fill=\"#")); fill++) {
        bool known = false;
        for (int i = 0; i < N_COLORS; i++)
            known |= strncmp(fill + 6, colors_light[i], 7) == 0;
        assert_true(known);
    }
}

/* Arrows lead over the frame, and not through what is written there. */
static void labels_of_frames_are_painted_last(void **state)
{
    struct script_fixture *fixture = *state;
    const char *svg, *label;
    assert_true(drawing_svg(draw(fixture, SHARED, plain), &plain, &fixture->diag, &svg));
    assert_well_formed(svg);
    label = strstr(svg, ">sequential</text>");
    assert_non_null(label);
    assert_null(strstr(label, "class=\"edge\""));
    assert_null(strstr(label + 1, ">sequential</text>"));
}

static void what_graphviz_says_is_an_error_here(void **state)
{
    struct script_fixture *fixture = *state;
    struct draw_bytes bytes;
    fixture->diag.arena = &fixture->arena;
    assert_false(graphviz_paint(&fixture->diag, "digraph { a -> ", "svg", &bytes));
    assert_has(fixture->diag.message, "Graphviz cannot paint the picture: ");
    assert_has(fixture->diag.message, "syntax error");
    fixture->diag = (struct diag){.arena = &fixture->arena};
    assert_false(graphviz_paint(&fixture->diag, "digraph { a -> b }", "nonsense", &bytes));
    assert_has(fixture->diag.message, "renderer for nonsense is unavailable");
    assert_has(fixture->diag.hint, "install Graphviz");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_chain_has_its_input_and_output, script_fixture_open,
                                        script_fixture_close),
        cmocka_unit_test_setup_teardown(a_note_says_what_is_out_of_the_ordinary, script_fixture_open,
                                        script_fixture_close),
        cmocka_unit_test_setup_teardown(a_model_in_a_model_is_a_frame, script_fixture_open, script_fixture_close),
        cmocka_unit_test_setup_teardown(folded_it_is_one_box, script_fixture_open, script_fixture_close),
        cmocka_unit_test_setup_teardown(a_frame_keeps_inputs_and_outputs_apart, script_fixture_open,
                                        script_fixture_close),
        cmocka_unit_test_setup_teardown(of_several_outputs_an_arrow_says_which, script_fixture_open,
                                        script_fixture_close),
        cmocka_unit_test_setup_teardown(a_layer_of_the_scripts_own_is_a_frame, script_fixture_open,
                                        script_fixture_close),
        cmocka_unit_test_setup_teardown(a_class_that_asks_for_training_is_drawn_once, script_fixture_open,
                                        script_fixture_close),
        cmocka_unit_test_setup_teardown(a_layer_that_is_no_picture_stays_a_box, script_fixture_open,
                                        script_fixture_close),
        cmocka_unit_test_setup_teardown(what_is_not_trained_is_frozen, script_fixture_open, script_fixture_close),
        cmocka_unit_test_setup_teardown(several_models_have_a_frame_each, script_fixture_open,
                                        script_fixture_close),
        cmocka_unit_test_setup_teardown(graphviz_lays_out_each_box_and_arrow, script_fixture_open,
                                        script_fixture_close),
        cmocka_unit_test_setup_teardown(names_are_harmless, script_fixture_open, script_fixture_close),
        cmocka_unit_test_setup_teardown(an_svg_is_for_light_and_dark_and_says_itself, script_fixture_open,
                                        script_fixture_close),
        cmocka_unit_test_setup_teardown(labels_of_frames_are_painted_last, script_fixture_open,
                                        script_fixture_close),
        cmocka_unit_test_setup_teardown(what_graphviz_says_is_an_error_here, script_fixture_open,
                                        script_fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
