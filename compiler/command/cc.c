/* cc.c -- runs the user's C compiler, and the programs that come with it. */
#include "command/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool cc_word(struct cc *cc, const char *word)
{
    if (cc->n_words == CC_MAX_WORDS)
        return diag_error(cc->diag, (struct origin){0}, "the command of the C compiler has too many words");
    cc->words[cc->n_words++] = arena_strdup(cc->diag->arena, word);
    return true;
}

bool cc_words(struct cc *cc, const char *text)
{
    char *words = arena_strdup(cc->diag->arena, text ? text : ""), *rest = NULL;
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        if (!cc_word(cc, word))
            return false;
    return true;
}

bool cc_open(struct cc *cc, struct diag *diag, const char *command)
{
    *cc = (struct cc){.diag = diag};
    if (!cc_words(cc, command ? command : getenv("CC")))
        return false;
    return cc->n_words > 0 || cc_word(cc, "cc");
}

static bool fail(const struct cc *cc, const char *what)
{
    return diag_error(cc->diag, (struct origin){0}, "cannot %s `%s`: %s", what, cc->words[0], strerror(errno));
}

/* In the child: becomes the command, with `output` (or -1) as its standard output. */
static void become(const struct cc *cc, int output)
{
    if (cc->uncached)
        setenv("CCACHE_DISABLE", "1", 1);
    if (cc->quiet && !freopen("/dev/null", "w", stderr))
        _exit(127);
    if (output < 0 || dup2(output, STDOUT_FILENO) >= 0)
        execvp(cc->words[0], cc->words);
    fprintf(stderr, "%s: %s\n", cc->words[0], strerror(errno));
    _exit(127);
}

static bool wait_for(const struct cc *cc, pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return fail(cc, "wait for");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    bool started = !WIFEXITED(status) || WEXITSTATUS(status) != 127;
    return diag_error(cc->diag, (struct origin){0}, started ? "`%s` failed" : "`%s` did not start", cc->words[0]);
}

/* All that comes through `input`, which is closed. */
static const char *read_all(const struct cc *cc, int input)
{
    enum { BLOCK = 4096 };
    FILE *file = fdopen(input, "r");
    size_t room = BLOCK, length = 0;
    char *text = arena_alloc(cc->diag->arena, room + 1);
    for (size_t count; file && (count = fread(text + length, 1, room - length, file)) > 0;) {
        length += count;
        if (length < room)
            continue;
        char *more = arena_alloc(cc->diag->arena, 4 * room + 1);
        memcpy(more, text, length);
        text = more;
        room *= 4;
    }
    text[length] = '\0';
    if (file)
        (void)fclose(file); /* only read */
    else
        close(input);
    return text;
}

bool cc_run(const struct cc *cc, const char **output)
{
    int ends[2] = {-1, -1};
    if (output && pipe(ends) != 0)
        return fail(cc, "read what is printed by");
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (output)
            close(ends[0]);
        become(cc, ends[1]);
    }
    if (output)
        close(ends[1]);
    if (child < 0) {
        if (output)
            close(ends[0]);
        return fail(cc, "start");
    }
    if (output)
        *output = read_all(cc, ends[0]);
    return wait_for(cc, child);
}
