/* The memory maps of `cnnc summary --html`: no two blocks meet in place and time, they reach as far as the memory does, and each
 * tensor lies in the one that names it. */
#include "build.h"

#include <string.h>

#include <cmocka.h>

static bool meet(const struct map_block *a, const struct map_block *b)
{
    return a->first <= b->last && b->first <= a->last && a->offset < b->offset + b->bytes &&
           b->offset < a->offset + a->bytes;
}

static int64_t live_at(const struct memory_map *map, int row)
{
    int64_t live = 0;
    for (int b = 0; b < map->n_blocks; b++)
        if (map->blocks[b].first <= row && row <= map->blocks[b].last)
            live += map->blocks[b].bytes;
    return live;
}

/* `whole`: the memory is that of the blocks; a training's may be larger, for the optimizer. */
static void assert_map(const char *script, const struct memory_map *map, bool whole)
{
    int64_t end = 0;
    for (int b = 0; b < map->n_blocks; b++) {
        const struct map_block *block = &map->blocks[b];
        assert_in_range(block->first, 0, block->last);
        assert_in_range(block->last, 0, map->n_rows - 1);
        for (int a = 0; a < b; a++)
            if (meet(&map->blocks[a], block))
                fail_msg("%s: %s meets %s", script, map->blocks[a].names, block->names);
        end = block->offset + block->bytes > end ? block->offset + block->bytes : end;
    }
    for (int row = 0; row < map->n_rows; row++) {
        assert_int_equal(map->rows[row].live, live_at(map, row));
        assert_true(map->rows[row].live <= map->rows[map->peak].live);
    }
    assert_int_equal(map->rows[map->peak].live <= map->bound, true);
    assert_true(end <= map->bytes);
    if (whole) {
        assert_int_equal(end, map->bytes);
        assert_int_equal(map->rows[map->peak].live, map->bound);
    }
}

static const struct map_block *block_of(const struct memory_map *map, const char *name)
{
    size_t length = strlen(name);
    for (int b = 0; b < map->n_blocks; b++)
        for (const char *at = map->blocks[b].names; at; at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL)
            if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
                return &map->blocks[b];
    return NULL;
}

static void assert_tensors(const struct program *program, const struct memory_map *map)
{
    for (int i = 0; i < program->graph->n_tensors; i++) {
        const struct tensor *tensor = program->graph->tensors[i];
        if (tensor->storage == STORE_WORKSPACE && program->buffer_of[i] && program->buffer_of[i]->bytes > 0)
            assert_non_null(block_of(map, tensor->name));
    }
}

static void maps_are_those_of_the_plan(void **state)
{
    struct build *build = *state;
    static const enum program_kind kinds[] = {PROGRAM_PREDICT, PROGRAM_MANY, PROGRAM_EVALUATE, PROGRAM_TRAIN};
    for (int i = 0; build_scripts[i]; i++)
        for (int k = 0; k < 4; k++) {
            struct program program =
                build_program(build_script(build, build_scripts[i]), kinds[k], target_find("avx2"));
            struct memory_map map = map_workspace(&program);
            assert_map(build_scripts[i], &map, kinds[k] != PROGRAM_TRAIN);
            assert_tensors(&program, &map);
            map = map_saved(&program);
            assert_map(build_scripts[i], &map, true);
        }
}

/* 12x12x8 numbers of the first pool while the second one's, 5x5x16, are made. */
static void the_lesson_peaks_at_its_second_convolution(void **state)
{
    struct build *build = *state;
    struct program program =
        build_program(build_script(build, "examples/mnist.lua"), PROGRAM_PREDICT, target_find("generic"));
    struct memory_map map = map_workspace(&program);
    assert_int_equal(map.bytes, 4 * (12 * 12 * 8 + 5 * 5 * 16));
    assert_string_equal(map.rows[map.peak].layer, "conv2d_1");
    assert_string_equal(map.rows[map.peak].what, "conv2d + add + max_pool2d + relu");
    assert_int_equal(map.blocks[0].bytes, 4 * 12 * 12 * 8);
    assert_int_equal(map.blocks[0].kind, MAP_ACTIVATION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(maps_are_those_of_the_plan, build_open, build_close),
        cmocka_unit_test_setup_teardown(the_lesson_peaks_at_its_second_convolution, build_open, build_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
