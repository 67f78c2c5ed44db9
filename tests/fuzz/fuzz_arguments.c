/* fuzz_arguments.c -- the command lines of a network's program, runtime/program/arguments.c, and of cnnc,
 * compiler/command/options.c. The first byte says which; the rest are words, separated by newlines. */
#include "../../runtime/program/program.h"
#include "command/command.h"
#include "fake_model.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 32 };

static void read_ours(int count, char **words)
{
    struct arena arena = {0};
    struct command command;
    if (!setjmp(arena.out_of_memory))
        command_read(&command, &arena, count, words);
    arena_free(&arena);
}

static void read_theirs(const struct cnn_command *command, int count, char **words)
{
    struct cnn_model model = fake_model();
    struct cnn_arguments arguments = {.model = &model};
    if (cnn_arguments_read(command, count, words, &arguments, NULL))
        fuzz_assert(arguments.n_files >= 0 && arguments.n_files < count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct cnn_command *const commands[] = {&cnn_command_train, &cnn_command_evaluate,
                                                         &cnn_command_predict, &cnn_command_bench};
    char *words[MOST_WORDS + 1] = {"program"}, *rest = NULL;
    int count = 1;
    if (size == 0)
        return 0;
    char *text = malloc(size);
    fuzz_assert(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    for (char *word = strtok_r(text, "\n", &rest); word && count < MOST_WORDS; word = strtok_r(NULL, "\n", &rest))
        words[count++] = word;
    words[count] = NULL;
    if (data[0] % 5 == 4)
        read_ours(count, words);
    else
        read_theirs(commands[data[0] % 5], count, words);
    free(text);
    return 0;
}
