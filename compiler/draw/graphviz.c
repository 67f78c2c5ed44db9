/* graphviz.c -- has Graphviz lay out and paint a text of DOT, in a process of its own.
 *
 * The library keeps global state, prints what is wrong to standard error, and its plugins leave memory behind: none of this
 * reaches cnnc. It is loaded in that process alone, by dlopen: linked, its libraries would cost every start of cnnc 1 to 2 ms,
 * half as much again as compiling a small model takes, and cnnc would not start where it is not installed. */
#include "draw/draw.h"

#include <dlfcn.h>
#include <errno.h>
#include <graphviz/gvc.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define INSTALL "install Graphviz: on Debian, apt-get install graphviz; a name that ends in .dot needs none"

/* Of processor time; 1,000 layers take a few. */
enum { PAINT_SECONDS = 120, NO_LIBRARY = 3 };

/* ---- the child ------------------------------------------------------------------------------------------------- */

/* The functions of libgvc and libcgraph that are used, as their headers declare them: those of versions 2.30 to 13. */
struct library {
    __typeof__(gvContext) *context;
    __typeof__(agmemread) *read;
    __typeof__(gvLayout) *layout;
    __typeof__(gvRender) *render;
};

/* Of one, two symbols' difference in type is that dlsym's result is no function for ISO C; POSIX says how it becomes one. */
static bool find(void *handle, const char *name, void *function)
{
    void *found = dlsym(handle, name);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

static bool load(struct library *library)
{
    static const char *const names[] = {"libgvc.so.6", "libgvc.so.7", "libgvc.so"};
    void *handle = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !handle; i++)
        handle = dlopen(names[i], RTLD_NOW | RTLD_GLOBAL);
    return handle && find(handle, "gvContext", &library->context) && find(handle, "agmemread", &library->read) &&
           find(handle, "gvLayout", &library->layout) && find(handle, "gvRender", &library->render);
}

/* Messages go where standard error does. */
_Noreturn static void paint(const char *dot, const char *format, int picture, int messages)
{
    struct library library;
    const struct rlimit seconds = {PAINT_SECONDS, PAINT_SECONDS};
    (void)setrlimit(RLIMIT_CPU, &seconds);
    (void)dup2(messages, STDERR_FILENO);
    FILE *out = fdopen(picture, "wb");
    if (!out || !load(&library))
        _exit(NO_LIBRARY);
    GVC_t *context = library.context();
    Agraph_t *graph = context ? library.read(dot) : NULL;
    bool ok = graph && library.layout(context, graph, "dot") == 0 &&
              library.render(context, graph, format, out) == 0 && fclose(out) == 0;
    (void)fflush(stderr);
    _exit(ok ? STATUS_OK : STATUS_ERROR);
}

/* ---- the parent ------------------------------------------------------------------------------------------------ */

/* What comes through the pipes, until both are at their ends. */
static void read_both(const int inputs[2], struct growing *const texts[2])
{
    struct pollfd polled[2] = {{.fd = inputs[0], .events = POLLIN}, {.fd = inputs[1], .events = POLLIN}};
    char block[1 << 14];
    while (polled[0].fd >= 0 || polled[1].fd >= 0) {
        if (poll(polled, 2, -1) < 0 && errno != EINTR)
            return;
        for (int i = 0; i < 2; i++) {
            if (polled[i].fd < 0 || !polled[i].revents)
                continue;
            ssize_t count = read(inputs[i], block, sizeof block);
            if (count > 0)
                write_bytes(texts[i], block, (size_t)count);
            else if (count == 0 || errno != EINTR)
                polled[i].fd = -1;
        }
    }
}

static int wait_for(pid_t child)
{
    int status = -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* The first line of what Graphviz printed, without what it begins with. */
static const char *first_line(struct arena *arena, const char *text)
{
    static const char *const marks[] = {"Error: ", "Warning: "};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strncmp(text, marks[i], strlen(marks[i])) == 0)
            text += strlen(marks[i]);
    const char *list = strstr(text, ". Use one of:"); /* of what is there, where something is not */
    int length = (int)strcspn(text, "\n");
    char *line = arena_printf(arena, "%.*s", list && list - text < length ? (int)(list - text) : length, text);
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
    return line;
}

static bool fail(struct diag *diag, int status, const char *messages)
{
    const struct origin nowhere = {0};
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_LIBRARY) {
        diag_error(diag, nowhere, "there is no Graphviz here, which lays the picture out");
        return diag_hint(diag, INSTALL);
    }
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL)) {
        diag_error(diag, nowhere, "laying out a picture of this size takes Graphviz more than %d seconds",
                   PAINT_SECONDS);
        return diag_hint(
            diag, "--fold makes one box of each model inside of the model; a name that ends in .dot leaves the "
                  "layout to another program, sfdp say");
    }
    const char *reason = *messages ? first_line(diag->arena, messages) : "it gives no reason";
    diag_error(diag, nowhere, "Graphviz cannot paint the picture: %s", reason);
    /* What it says where plugins are not there: 'Layout type: "dot" not recognized'. */
    bool plugins =
        strstr(reason, "no layout engine") || strstr(reason, "not recognized") || strstr(reason, "unavailable");
    return plugins && diag_hint(diag, INSTALL);
}

/* What it prints beside the picture is of fonts, mostly, and no matter; but a picture of dots has an end. */
static void warn(struct diag *diag, const char *messages)
{
    if (strstr(messages, "too large for"))
        diag_warn(diag,
                  (struct warning){
                      .message =
                          "the picture is larger than Graphviz paints with dots, and was made smaller: it may be "
                          "too small to read",
                      .hint = "a name that ends in .svg or .pdf keeps it as it is"});
}

static bool cannot(struct diag *diag, const char *what)
{
    return diag_error(diag, (struct origin){0}, "cannot make a %s for Graphviz: %s", what, strerror(errno));
}

static void close_both(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

bool graphviz_paint(struct diag *diag, const char *dot, const char *format, struct draw_bytes *painted)
{
    struct growing picture = {.arena = diag->arena}, messages = {.arena = diag->arena};
    struct growing *const texts[2] = {&picture, &messages};
    int ends[2][2];
    if (pipe(ends[0]) != 0)
        return cannot(diag, "pipe");
    if (pipe(ends[1]) != 0) {
        close_both(ends[0]);
        return cannot(diag, "pipe");
    }
    write_text(&messages, "");
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0][0]);
        close(ends[1][0]);
        paint(dot, format, ends[0][1], ends[1][1]);
    }
    close(ends[0][1]);
    close(ends[1][1]);
    const int inputs[2] = {ends[0][0], ends[1][0]};
    if (child > 0)
        read_both(inputs, texts);
    close(inputs[0]);
    close(inputs[1]);
    if (child < 0)
        return cannot(diag, "process");
    int status = wait_for(child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != STATUS_OK || picture.length == 0)
        return fail(diag, status, messages.text);
    warn(diag, messages.text);
    *painted = (struct draw_bytes){picture.text, picture.length};
    return true;
}
