/* runtime/report: what is judged, and how it is written. */
#include "rt_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../runtime/report/report.h"
#include "fake_model.h"

/* ---- JSON ---- */

/* What stands in the file after `write`. */
static char *written(void **state, void (*write)(struct cnn_put *json))
{
    char path[RT_PATH];
    struct cnn_file file;
    struct cnn_put json = {.file = &file};
    assert_true(cnn_file_begin(&file, rt_path(state, "json", path), NULL));
    write(&json);
    assert_true(cnn_file_commit(&file, NULL));
    return rt_read(path, NULL);
}

static void write_strange(struct cnn_put *json)
{
    cnn_put_open(json, NULL, '{');
    cnn_put_text(json, "a", "</script>\"\\\n&\xc3\xbc");
    cnn_put_text(json, "b", NULL);
    cnn_put_number(json, "c", NAN);
    cnn_put_number(json, "d", 0.1);
    cnn_put_integers(json, "e", (const int64_t[]){1, -2}, 2);
    cnn_put_bool(json, "f", true);
    cnn_put_close(json, '}');
}

static void nothing_in_it_is_html(void **state)
{
    char *text = written(state, write_strange);
    assert_string_equal(
        text, "{\n\"a\":\"\\u003c/script\\u003e\\u0022\\u005c\\u000a\\u0026\xc3\xbc\",\n\"b\":null,\n\"c\":null,"
              "\n\"d\":0.1,\n\"e\":[1,-2],\n\"f\":true}");
    free(text);
}

/* RFC 4648, section 10 */
static void write_base64(struct cnn_put *json)
{
    static const char *const words[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    cnn_put_open(json, NULL, '[');
    for (size_t i = 0; i < COUNT_OF(words); i++)
        cnn_put_bytes(json, NULL, (const uint8_t *)words[i], (int64_t)strlen(words[i]));
    cnn_put_close(json, ']');
}

static void bytes_are_base64(void **state)
{
    char *text = written(state, write_base64);
    assert_string_equal(text, "[\"\",\"Zg==\",\"Zm8=\",\"Zm9v\",\"Zm9vYg==\",\"Zm9vYmE=\",\"Zm9vYmFy\"]");
    free(text);
}

/* ---- pictures ---- */

static void write_look(struct cnn_put *json)
{
    const int64_t dim[] = {3, 3, 2};
    /* channel 0 is 0 to 8, channel 1 is 10 everywhere: the means of 2x2 places */
    const float numbers[] = {0, 10, 1, 10, 2, 10, 3, 10, 4, 10, 5, 10, 6, 10, 7, 10, 8, 10}, range[] = {0, 10};
    struct cnn_look look = cnn_look_of(3, dim, false, 2, 64);
    cnn_put_open(json, NULL, '{');
    cnn_put_integers(json, "shown", (const int64_t[]){look.shown_rows, look.shown_columns, look.shown_channels}, 3);
    cnn_look_write(json, &look, numbers, range);
    cnn_put_close(json, '}');
}

/* The same picture with its channels first. */
static void write_planes(struct cnn_put *json)
{
    const int64_t dim[] = {2, 3, 3};
    const float numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 10, 10, 10, 10, 10, 10, 10, 10}, range[] = {0, 10};
    struct cnn_look look = cnn_look_of(3, dim, true, 2, 64);
    cnn_put_open(json, NULL, '{');
    cnn_put_integers(json, "shown", (const int64_t[]){look.shown_rows, look.shown_columns, look.shown_channels}, 3);
    cnn_look_write(json, &look, numbers, range);
    cnn_put_close(json, '}');
}

static void planes_are_pictures_too(void **state)
{
    char *planes = written(state, write_planes), *text = written(state, write_look);
    assert_string_equal(planes, text);
    free(planes);
    free(text);
}

static void large_pictures_become_smaller(void **state)
{
    char *text = written(state, write_look);
    /* (0+1+3+4)/4 = 2, (2+5)/2 = 3.5, (6+7)/2 = 6.5, 8; then four times 10: of 255 tenths */
    assert_string_equal(text, "{\n\"shown\":[2,2,2],\n\"low\":0,\n\"high\":10,\n\"data\":\"M1mmzP////8=\"}");
    free(text);
}

/* ---- what is judged ---- */

static struct cnn_judgement judged(struct cnn_model *model, float *labels, int64_t count, const float *outputs)
{
    struct cnn_judgement judgement;
    const struct cnn_dataset set = {.count = count, .labels = {labels}};
    assert_true(cnn_judge(&judgement, model, 0, &set, 0, 0, NULL, NULL));
    int64_t half = count / 2; /* in two parts, as large sets are */
    assert_true(cnn_judge(&judgement, model, 0, &set, 0, half, outputs, NULL));
    assert_true(
        cnn_judge(&judgement, model, 0, &set, half, count - half, outputs + half * model->outputs[0].count, NULL));
    assert_int_equal(judgement.rows, count);
    return judgement;
}

static void counts_classes_and_ranks_samples(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    float labels[] = {0, 1, 2, 2, 1};
    const float outputs[] = {0.8f, 0.1f, 0.1f, /* right */
                             0.6f, 0.3f, 0.1f, /* wrong */
                             0.2f, 0.3f, 0.5f, /* right, least certain */
                             0.0f, 0.9f, 0.1f, /* wrong, surest */
                             0.3f, 0.6f, 0.1f};
    struct cnn_judgement j = judged(&model, labels, 5, outputs);
    const int64_t pairs[9] = {1, 0, 0, 1, 1, 0, 0, 1, 1};
    assert_int_equal(j.kind, CNN_JUDGED_CLASSES);
    assert_memory_equal(j.pairs, pairs, sizeof pairs);
    assert_int_equal(j.worst.count, 2);
    assert_int_equal(j.worst.row[0], 3);
    assert_int_equal(j.worst.row[1], 1);
    assert_int_equal(j.unsure.count, 3);
    assert_int_equal(j.unsure.row[0], 2);
    assert_int_equal(j.unsure.row[2], 0);
    cnn_judgement_free(&j);
}

/* Of logits, with a class that is ignored. */
static void leaves_out_what_is_ignored(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    model.outputs[0].from_logits = true;
    model.outputs[0].ignores = true;
    model.outputs[0].ignored = 2;
    float labels[] = {2, 1};
    const float outputs[] = {5, 1, 1, -1, 4, -1};
    struct cnn_judgement j = judged(&model, labels, 2, outputs);
    const int64_t pairs[9] = {0, 0, 0, 0, 1, 0, 0, 0, 0};
    assert_memory_equal(j.pairs, pairs, sizeof pairs);
    assert_true(fabs(j.unsure.badness[0] - (1 - exp(4) / (exp(4) + 2 * exp(-1)))) < 1e-6); /* of float */
    cnn_judgement_free(&j);
}

static struct cnn_model model_of_numbers(int64_t count, enum cnn_probabilities probabilities)
{
    struct cnn_model model = fake_model();
    model.outputs[0] = (struct cnn_model_output){.name = "y",
                                                 .rank = 1,
                                                 .dim = {count},
                                                 .count = count,
                                                 .loss = "loss",
                                                 .probabilities = probabilities,
                                                 .label_count = count};
    return model;
}

/* In their order, as close together as those of something rare are. */
static void probabilities_are_told_apart(void **state)
{
    (void)state;
    const float list[] = {0,      1e-12f, 1e-6f,  1.1e-6f, 0.001f, 0.0011f, 0.25f,
                          0.252f, 0.5f,   0.502f, 0.75f,   0.999f, 0.9999f, 1};
    assert_int_equal(cnn_judged_bin(NAN), 0);
    assert_int_equal(cnn_judged_bin(0), 0);
    assert_int_equal(cnn_judged_bin(1), CNN_JUDGED_BINS - 1);
    for (size_t i = 1; i < COUNT_OF(list); i++)
        assert_true(cnn_judged_bin(list[i - 1]) < cnn_judged_bin(list[i]));
}

static void counts_scores_of_yes_and_no(void **state)
{
    (void)state;
    struct cnn_model model = model_of_numbers(1, CNN_PROBABILITIES_SIGMOID);
    float labels[] = {0, 1, 1, 0};
    const float outputs[] = {0, 1, 0.25f, 0.75f};
    struct cnn_judgement j = judged(&model, labels, 4, outputs);
    const int64_t pairs[4] = {1, 1, 1, 1};
    assert_int_equal(j.kind, CNN_JUDGED_YES_NO);
    assert_memory_equal(j.pairs, pairs, sizeof pairs);
    assert_int_equal(j.scores[0][cnn_judged_bin(0)], 1);
    assert_int_equal(j.scores[1][cnn_judged_bin(1)], 1);
    assert_int_equal(j.scores[1][cnn_judged_bin(0.25f)], 1);
    assert_int_equal(j.scores[0][cnn_judged_bin(0.75f)], 1);
    cnn_judgement_free(&j);
}

/* Of two classes it is the second that is found. */
static void counts_scores_of_two_classes(void **state)
{
    (void)state;
    struct cnn_model model = model_of_numbers(2, CNN_PROBABILITIES_SOFTMAX);
    model.outputs[0].label_count = 1;
    float labels[] = {1, 0};
    const float outputs[] = {0.25f, 0.75f, 1, 0};
    struct cnn_judgement j = judged(&model, labels, 2, outputs);
    assert_int_equal(j.kind, CNN_JUDGED_CLASSES);
    assert_int_equal(j.scores[1][cnn_judged_bin(0.75f)], 1);
    assert_int_equal(j.scores[0][cnn_judged_bin(0)], 1);
    cnn_judgement_free(&j);
}

static void counts_labels_each_by_itself(void **state)
{
    (void)state;
    struct cnn_model model = model_of_numbers(2, CNN_PROBABILITIES_SIGMOID);
    float labels[] = {0, 1, 1, 1};
    const float outputs[] = {0.9f, 0.9f, 0.2f, 0.8f};
    struct cnn_judgement j = judged(&model, labels, 2, outputs);
    const int64_t pairs[8] = {0, 1, 1, 0, 0, 0, 0, 2}; /* of each: neither, said, true, both */
    assert_int_equal(j.kind, CNN_JUDGED_LABELS);
    assert_memory_equal(j.pairs, pairs, sizeof pairs);
    cnn_judgement_free(&j);
}

/* Labels that are no yes or no make values of what a sigmoid gives. */
static void compares_values(void **state)
{
    (void)state;
    struct cnn_model model = model_of_numbers(2, CNN_PROBABILITIES_SIGMOID);
    float labels[] = {0, 0.5f, 1, 0.25f};
    const float outputs[] = {0.5f, 0.5f, 0, 0.75f};
    struct cnn_judgement j = judged(&model, labels, 2, outputs);
    assert_int_equal(j.kind, CNN_JUDGED_VALUES);
    assert_int_equal(j.numbers, 2);
    assert_true(j.errors[0].absolute == 1.5 && j.errors[0].squares == 1.25 && j.errors[0].truth == 1);
    assert_true(j.errors[1].absolute == 0.5 && j.errors[1].count == 2);
    assert_int_equal(j.worst.row[0], 1);
    assert_true(j.values[4] == 1 && j.values[5] == 0);
    cnn_judgement_free(&j);
}

/* ---- the file ---- */

static void train_writes_one_that_tells_all(void **state)
{
    struct cnn_model model = fake_model();
    char path[RT_PATH];
    rt_write_set(state, "train", 60, 1);
    rt_write_set(state, "t10k", 20, 2);
    rt_expect(state, &model, "net train --data @ --epochs 2 --report @r.html --save @w", 0, "Report ", "");
    char *text = rt_read(rt_path(state, "r.html", path), NULL);
    rt_assert_contains(text, "<!DOCTYPE html>");
    rt_assert_contains(text, "\"state\":\"ended\"");
    rt_assert_contains(text, "\"train_samples\":60");
    rt_assert_contains(text, "\"judged\":\"test set\"");
    rt_assert_contains(text, "\"kind\":\"classes\"");
    rt_assert_contains(text, "</html>");
    free(text);
    rt_expect(state, &model, "net evaluate --data @ --weights @w --set train --report @e.html", 0, "Report ", "");
    text = rt_read(rt_path(state, "e.html", path), NULL);
    rt_assert_contains(text, "\"state\":\"evaluation\"");
    rt_assert_contains(text, "\"judged_samples\":60");
    rt_assert_contains(text, "divided by 255"); /* what is known of the data, by the weights */
    free(text);
}

/* Rows that the script or the command keeps from the training, not those it learnt. */
static void a_split_is_what_is_judged(void **state)
{
    struct cnn_model model = fake_model();
    char path[RT_PATH];
    rt_write_set(state, "train", 60, 1);
    rt_expect(state, &model, "net train --data @ --epochs 1 --validation-split 0.25 --report @s.html", 0, "Report ",
              "");
    char *text = rt_read(rt_path(state, "s.html", path), NULL);
    rt_assert_contains(text, "\"train_samples\":45");
    rt_assert_contains(text, "\"judged\":\"validation set\"");
    rt_assert_contains(text, "\"judged_samples\":15");
    free(text);
}

static void says_where_it_cannot_be_written(void **state)
{
    struct cnn_model model = fake_model();
    rt_expect(state, &model, "net train --data @ --report @nowhere/r.html", 1, "", "nowhere/r.html");
    rt_expect(state, &model, "net train --data @ --report=", 1, "", "the name of a file to write is empty");
    rt_expect(state, &model, "net train --data @ --report @w --save @w", 2, "", "which is the file of --report");
    rt_expect(state, &model, "net evaluate --data @ --weights @w --report @w", 2, "", "the file of --weights");
    rt_expect(state, &model, "net evaluate --data @ --weights @w --report @nowhere/r.html", 1, "",
              "nowhere/r.html");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_in_it_is_html),
        cmocka_unit_test(bytes_are_base64),
        cmocka_unit_test(large_pictures_become_smaller),
        cmocka_unit_test(planes_are_pictures_too),
        cmocka_unit_test(counts_classes_and_ranks_samples),
        cmocka_unit_test(leaves_out_what_is_ignored),
        cmocka_unit_test(probabilities_are_told_apart),
        cmocka_unit_test(counts_scores_of_yes_and_no),
        cmocka_unit_test(counts_scores_of_two_classes),
        cmocka_unit_test(counts_labels_each_by_itself),
        cmocka_unit_test(compares_values),
        cmocka_unit_test(train_writes_one_that_tells_all),
        cmocka_unit_test(a_split_is_what_is_judged),
        cmocka_unit_test(says_where_it_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
