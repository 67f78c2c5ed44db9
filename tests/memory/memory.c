/* memory.c -- a malloc that fails, for a program that knows nothing of it: run.sh loads it in front of the C
 * library's, so that stdio, Lua, zlib and libpng meet it too.
 *
 * Whenever the program allocates, it is split in two by fork(): the copy's allocation fails, and what the copy
 * makes of that is looked at; the program itself goes on to its next allocation. So every allocation fails once in
 * as many runs as there are allocations, of which each begins where it matters. Then the same with all that follow
 * failing too.
 *
 * A copy would share the files that are being written: once the program has written something, the rest is run anew
 * from the start for each allocation (MEMORY_FAIL=NUMBER or NUMBER+).
 *
 * MEMORY_STRIDE=17 looks at every 17th allocation only.
 *
 * A copy must end with status 1, a message that speaks of memory, nothing written in its folder; or with status 0
 * and all that was asked for, as in the folder MEMORY_EXPECTED. No block may be left in use, of the program neither. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *memory, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);
extern void __libc_free(void *memory);

enum { MAX_LATE = 4096, MAX_TEXT = 4096, MAX_FILES = 64, SPOILT = 99, LEGACY = 200 };

/* What a copy leaves for the program that it was split from, in a file that has the descriptor LEGACY in both. */
struct legacy {
    long live; /* blocks in use at the end */
};

static struct {
    bool on;    /* counting, and failing */
    bool split; /* this is the program that is split */
    pid_t self;
    bool always; /* of a copy: fail all from the nth */
    long nth;    /* the allocation that fails; 0: none */
    long stride; /* one in so many is looked at */
    long count, live;
    char **argv;
    struct legacy *legacy;
    int err;             /* a file for what a copy says */
    long late[MAX_LATE]; /* allocations to be looked at in runs of their own */
    int n_late;
    long tried, bad, worst_live, worst_at;
} state;

/* ---- judging ------------------------------------------------------------------------------------------- */

static int read_file(int folder, const char *name, char **text)
{
    struct stat status;
    int file = openat(folder, name, O_RDONLY);
    if (file < 0 || fstat(file, &status) != 0)
        return -1;
    *text = __libc_malloc((size_t)status.st_size + 1);
    int got = (int)read(file, *text, (size_t)status.st_size);
    close(file);
    return got;
}

static bool same_file(int expected, const char *name)
{
    char *a = NULL, *b = NULL;
    int n = read_file(expected, name, &a), m = read_file(AT_FDCWD, name, &b);
    bool same = n >= 0 && n == m && memcmp(a, b, (size_t)n) == 0;
    __libc_free(a);
    __libc_free(b);
    return same;
}

/* Calls for each file of a folder; the number of those for which it is false. */
static int count_files(const char *path, bool (*passes)(int expected, const char *name), int expected)
{
    int failed = 0;
    DIR *folder = opendir(path);
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            failed += !passes(expected, entry->d_name);
    closedir(folder);
    return failed;
}

static bool no_file(int expected, const char *name)
{
    (void)expected, (void)name;
    return false;
}

static bool removed(int expected, const char *name)
{
    (void)expected;
    return unlink(name) == 0;
}

static bool has_written(void) { return count_files(".", no_file, -1) > 0 || lseek(STDOUT_FILENO, 0, SEEK_CUR) > 0; }

/* All files that are expected, and no other. One of them is `stdout`, unless each run prints something else. */
static bool is_complete(void)
{
    const char *path = getenv("MEMORY_EXPECTED");
    int expected = open(path, O_RDONLY | O_DIRECTORY);
    if (faccessat(expected, "stdout", F_OK, 0) != 0)
        unlink("stdout");
    bool ok = count_files(".", same_file, expected) == 0 &&
              count_files(path, no_file, -1) == count_files(".", no_file, -1);
    close(expected);
    return ok;
}

static const char *judge(int status, const char *message)
{
    bool died = !WIFEXITED(status);
    if (died)
        return "dies";
    if (WEXITSTATUS(status) == 0)
        return is_complete() ? NULL : "ends well with other files";
    if (WEXITSTATUS(status) != 1)
        return "ends with another status than 0 and 1";
    if (!strcasestr(message, "out of memory") && !strstr(message, "insufficient memory") &&
        !strstr(message, strerror(ENOMEM)))
        return "does not say that it is out of memory";
    unlink("stdout"); /* what has been printed cannot be taken back */
    return count_files(".", no_file, -1) == 0 ? NULL : "leaves a file";
}

static void look_at(pid_t copy, long nth, bool always)
{
    int status = 0;
    char message[MAX_TEXT] = "";
    while (waitpid(copy, &status, 0) < 0 && errno == EINTR)
        ;
    message[pread(state.err, message, sizeof message - 1, 0)] = '\0';
    const char *wrong = judge(status, message);
    count_files(".", removed, -1);
    state.tried++;
    if (state.legacy->live > state.worst_live) {
        state.worst_live = state.legacy->live;
        state.worst_at = nth;
    }
    if (wrong && state.bad++ < 5)
        dprintf(STDERR_FILENO, "# allocation %ld%s: %s: %s\n", nth, always ? " and all that follow" : "", wrong,
                message);
}

/* ---- copies -------------------------------------------------------------------------------------------- */

/* Standard output goes to a file of the folder, so that it is looked at like the others. */
static void redirect(void)
{
    int out = open("stdout", O_CREAT | O_TRUNC | O_RDWR, 0666);
    if (ftruncate(state.err, 0) != 0 || lseek(state.err, 0, SEEK_SET) != 0 || dup2(state.err, STDERR_FILENO) < 0 ||
        dup2(out, STDOUT_FILENO) < 0)
        _exit(SPOILT);
    close(out);
}

static void remove_empty_output(void)
{
    struct stat status;
    if (fstat(STDOUT_FILENO, &status) == 0 && status.st_size == 0)
        unlink("stdout");
}

/* Where a file is read is common to both, so the program must go back to where it was. */
static void note_positions(off_t position[MAX_FILES])
{
    for (int file = STDERR_FILENO + 1; file < MAX_FILES; file++)
        position[file] = lseek(file, 0, SEEK_CUR);
}

static void restore_positions(const off_t position[MAX_FILES])
{
    for (int file = STDERR_FILENO + 1; file < MAX_FILES; file++)
        if (position[file] >= 0)
            lseek(file, position[file], SEEK_SET);
}

static bool is_copy(long nth, bool always)
{
    off_t position[MAX_FILES];
    note_positions(position);
    pid_t copy = fork();
    if (copy < 0)
        _exit(SPOILT);
    if (copy > 0) {
        look_at(copy, nth, always);
        restore_positions(position);
        return false;
    }
    state.split = false;
    state.always = always;
    state.nth = nth;
    redirect();
    return true;
}

/* Runs the program anew. */
static void run_late(long nth, bool always)
{
    char fail[64];
    snprintf(fail, sizeof fail, "%ld%s", nth, always ? "+" : "");
    pid_t copy = fork();
    if (copy == 0) {
        setenv("MEMORY_FAIL", fail, 1);
        redirect();
        execv("/proc/self/exe", state.argv);
        _exit(SPOILT);
    }
    look_at(copy, nth, always);
}

/* Does this allocation fail? */
static bool fails(void)
{
    if (!state.on || (state.split && getpid() != state.self))
        return false;
    long number = ++state.count;
    bool failing = state.nth > 0 && (state.always ? number >= state.nth : number == state.nth);
    if (state.split) {
        state.on = false;
        if (number % state.stride != 0)
            failing = false;
        else if (!has_written())
            failing = is_copy(number, false) || is_copy(number, true);
        else if (state.n_late < MAX_LATE)
            state.late[state.n_late++] = number;
        state.on = true;
    }
    if (failing)
        errno = ENOMEM;
    return failing;
}

static void *count(void *memory)
{
    state.live += state.on && memory != NULL;
    return memory;
}

/* ---- the functions ---------------------------------------------------------------------------------------- */

void *malloc(size_t bytes) { return fails() ? NULL : count(__libc_malloc(bytes)); }

void *calloc(size_t number, size_t bytes) { return fails() ? NULL : count(__libc_calloc(number, bytes)); }

void *realloc(void *memory, size_t bytes)
{
    if (fails())
        return NULL;
    void *moved = __libc_realloc(memory, bytes);
    return memory ? moved : count(moved);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return fails() ? NULL : count(__libc_memalign(alignment, bytes));
}

int posix_memalign(void **memory, size_t alignment, size_t bytes)
{
    void *got = aligned_alloc(alignment, bytes);
    if (!got)
        return ENOMEM;
    *memory = got;
    return 0;
}

void free(void *memory)
{
    state.live -= state.on && memory != NULL;
    __libc_free(memory);
}

/* ---- begin and end ------------------------------------------------------------------------------------------- */

static void open_files(void)
{
    int legacy = memfd_create("legacy", 0);
    state.err = memfd_create("err", MFD_CLOEXEC);
    if (ftruncate(legacy, sizeof *state.legacy) != 0 || dup2(legacy, LEGACY) < 0)
        _exit(SPOILT);
    close(legacy);
}

/* glibc hands main()'s arguments to constructors as well. */
__attribute__((constructor)) static void begin(int argc, char **argv)
{
    const char *fail = getenv("MEMORY_FAIL"), *name = getenv("MEMORY_PROGRAM");
    if (argc < 1 || !name || strcmp(name, program_invocation_short_name) != 0)
        return; /* a compiler that the program started */
    state.argv = argv;
    state.self = getpid();
    state.split = !fail;
    state.stride = getenv("MEMORY_STRIDE") ? strtol(getenv("MEMORY_STRIDE"), NULL, 10) : 1;
    if (fail) {
        state.nth = strtol(fail, NULL, 10);
        state.always = strchr(fail, '+') != NULL;
    } else {
        open_files();
    }
    state.legacy = mmap(NULL, sizeof *state.legacy, PROT_READ | PROT_WRITE, MAP_SHARED, LEGACY, 0);
    if (state.legacy == MAP_FAILED)
        _exit(SPOILT);
    state.on = true;
}

__attribute__((destructor)) static void end(void)
{
    if (!state.on)
        return;
    fflush(stdout);
    setvbuf(stdout, NULL, _IONBF, 0); /* frees its buffer, which is no leak */
    state.on = false;
    if (!state.split) {
        state.legacy->live = state.live;
        remove_empty_output();
        return;
    }
    count_files(".", removed, -1);
    for (int i = 0; i < state.n_late; i++)
        for (int always = 0; always < 2; always++)
            run_late(state.late[i], always);
    if (state.live > 0 && state.bad++ == 0)
        dprintf(STDERR_FILENO, "# leaks %ld blocks\n", state.live);
    if (state.worst_live > 0 && state.bad++ == 0)
        dprintf(STDERR_FILENO, "# allocation %ld: leaks %ld blocks\n", state.worst_at, state.worst_live);
    dprintf(STDERR_FILENO, "# %ld allocations, %ld runs, %ld bad\n", state.count, state.tried, state.bad);
    _exit(state.bad > 0);
}
