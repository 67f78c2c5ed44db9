/* runtime/program/picture.c */
#include "rt_support.h"

#include <stdlib.h>
#include <string.h>

/* What is printed. Freed by the caller. */
static char *draw(int64_t rows, int64_t columns, const float *grey, enum cnn_picture style)
{
    char *text = NULL;
    size_t length;
    FILE *memory = open_memstream(&text, &length);
    cnn_picture_print(rows, columns, grey, style, memory);
    fclose(memory);
    return text;
}

static void draws_characters(void **state)
{
    (void)state;
    const float grey[] = {0, 0.5f, 1, /**/ 0, 0.5f, 1, /**/ 1, -3, 7};
    char *text = draw(3, 3, grey, CNN_PICTURE_ASCII);
    assert_string_equal(text, "   +@\n  @ @\n");
    free(text);
}

static void draws_half_blocks(void **state)
{
    (void)state;
    const float grey[] = {0, 1};
    char *text = draw(2, 1, grey, CNN_PICTURE_BLOCKS);
    assert_string_equal(text, "  \033[38;5;232;48;5;255m\xe2\x96\x80\033[0m\n");
    free(text);
}

static void shrinks_wide_pictures(void **state)
{
    (void)state;
    static float grey[100 * 300];
    for (int i = 0; i < 100 * 300; i++)
        grey[i] = 1;
    char *text = draw(100, 300, grey, CNN_PICTURE_ASCII);
    assert_int_equal(strcspn(text, "\n"), 2 + 75); /* four pixels a character */
    free(text);
}

static void draws_nothing_of_nothing(void **state)
{
    (void)state;
    char *text = draw(0, 0, NULL, CNN_PICTURE_ASCII);
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_characters),
        cmocka_unit_test(draws_half_blocks),
        cmocka_unit_test(shrinks_wide_pictures),
        cmocka_unit_test(draws_nothing_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
