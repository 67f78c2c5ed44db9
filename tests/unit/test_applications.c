/* Keras' applications: as many parameters as its documents say, and its names. */
#include "script_support.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void has_as_many_parameters_as_keras(void **state)
{
    static const struct {
        const char *script;
        int64_t parameters;
    } cases[] = {
        {"MobileNetV2{weights = None}", 3538984},
        {"MobileNetV2{weights = None, include_top = false}", 2257984},
        {"MobileNetV2{weights = None, include_top = false, alpha = 0.35, input_shape = {96, 96, 3}}", 410208},
        {"MobileNet{weights = None}", 4253864},
        {"MobileNet{weights = None, include_top = false, pooling = 'avg'}", 3228864},
        {"VGG16{weights = None}", 138357544},
        {"VGG19{weights = None, include_top = false, pooling = 'max'}", 20024384},
        {"ResNet50{weights = None}", 25636712},
        {"ResNet50{weights = None, include_top = false, input_shape = {None, None, 3}}", 23587712},
        {"ResNet101{weights = None}", 44707176},
        {"ResNet152{weights = None}", 60419944},
    };
    struct script_fixture *fixture = *state;
    fixture->shapes = (struct given_shapes){{{.name = "", .shape = {3, {224, 224, 3}}}}, 1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (strstr(cases[i].script, "96"))
            fixture->shapes.count = 0;
        const struct graph *graph =
            script_compile(fixture, arena_printf(&fixture->arena, "return %s\n", cases[i].script));
        assert_int_equal(graph->parameter_floats, cases[i].parameters);
        fixture->shapes.count = 1;
    }
}

static void has_names_of_keras(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = script_compile(
        fixture, "local base = MobileNetV2{input_shape = {32, 32, 3}, include_top = false, weights = None}\n"
                 "base.trainable = false\nassert(base.layers[3].name == 'bn_Conv1')\n"
                 "local x = Input{32, 32, 3}\nlocal y = base(x, {training = false})\n"
                 "return Model(x, Dense(2)(GlobalAveragePooling2D()(y)))\n");
    assert_string_equal(graph->layers[1]->name, "mobilenetv2_1.00_32");
    assert_string_equal(graph->parameters[0]->name, "Conv1/kernel");
    assert_int_equal(graph->trainable_floats, 2 * 1280 + 2);
    assert_script_warning(
        fixture, "return VGG16{input_shape = {32, 32, 3}, include_top = false}\n", 1,
        "the weights of VGG16 begin at random: cnnc brings none of ImageNet",
        "give the program such weights, as safetensors with Keras' names: --weights FILE; weights = None "
        "says that none are wanted");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {TEST(has_as_many_parameters_as_keras), TEST(has_names_of_keras)};
    return cmocka_run_group_tests_name("applications", tests, NULL, NULL);
}
