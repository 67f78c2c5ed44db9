/* faults.c -- see faults.h. Every __wrap_NAME stands between the runtime and NAME; run.sh tells the linker so. */
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

const char *const call_names[N_CALLS] = {
    "malloc",           "open_memstream", "open",    "fcntl",  "stat",        "ftruncate", "write",  "fsync",
    "rename",           "close",          "unlink",  "fopen",  "fdopen",      "fread",     "fseeko", "fflush",
    "fclose (reading)", "fclose",         "gzdopen", "gzread", "inflateInit", "inflate"};

enum { MAX_BLOCKS = 4096, MAX_DESCRIPTORS = 256, MAX_PATH = 1024 };

/* The test is one thread. */
static struct {
    bool on;
    struct fault fault;
    struct death death;
    long count[N_CALLS], changes;
    void *blocks[MAX_BLOCKS];
    int n_blocks;
    bool open_before[MAX_DESCRIPTORS];
    bool dirty[MAX_DESCRIPTORS]; /* written and not synced */
    bool unsafe;
    char renamed[MAX_PATH],
        was_there[MAX_PATH]; /* a rename whose folder is not synced, and a link to the old file */
} faults;

int __real_open(const char *path, int flags, ...);
int __real_close(int descriptor);
ssize_t __real_write(int descriptor, const void *bytes, size_t count);
int __real_fsync(int descriptor);
int __real_rename(const char *from, const char *to);
int __real_unlink(const char *path);
int __real_fcntl(int descriptor, int command, ...);
int __real_ftruncate(int descriptor, off_t size);
int __real_stat(const char *path, struct stat *status);
int __real_lstat(const char *path, struct stat *status);
int __real_fstat(int descriptor, struct stat *status);
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *memory, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
void __real_free(void *memory);
FILE *__real_open_memstream(char **text, size_t *length);
FILE *__real_fopen(const char *path, const char *mode);
FILE *__real_fdopen(int descriptor, const char *mode);
int __real_fclose(FILE *file);
int __real_fflush(FILE *file);
int __real_fseeko(FILE *file, off_t offset, int whence);
size_t __real_fread(void *out, size_t size, size_t count, FILE *file);
gzFile __real_gzdopen(int descriptor, const char *mode);
int __real_gzread(gzFile file, void *out, unsigned count);
int __real_inflateInit2_(z_stream *stream, int window_bits, const char *version, int bytes);
int __real_inflate(z_stream *stream, int flush);

/* ---- what fails --------------------------------------------------------------------------------------- */

/* Counts a call. 0, or how it is to fail; errno is set then. */
static int failure(enum call call)
{
    if (!faults.on)
        return 0;
    long number = ++faults.count[call];
    const struct fault *fault = &faults.fault;
    bool now = fault->error && call == fault->call && (fault->always ? number >= fault->nth : number == fault->nth);
    if (!now)
        return 0;
    errno = fault->error > 0 ? fault->error : 0;
    return fault->error;
}

/* What a machine without power forgets. */
static void forget(void)
{
    for (int d = 0; d < MAX_DESCRIPTORS; d++)
        if (faults.dirty[d] && __real_ftruncate(d, 0) != 0)
            abort();
    if (!faults.death.undo || !faults.renamed[0])
        return;
    __real_unlink(faults.renamed);
    if (faults.was_there[0] && __real_rename(faults.was_there, faults.renamed) != 0)
        abort();
}

static void drop_old_file(void)
{
    if (faults.was_there[0])
        __real_unlink(faults.was_there);
    faults.renamed[0] = faults.was_there[0] = '\0';
}

static void die(void)
{
    if (faults.death.power)
        forget();
    drop_old_file();
    raise(SIGKILL);
}

/* To be called before a file is changed. Tells whether this is the last thing that the process does. */
static bool is_last_change(void) { return faults.on && ++faults.changes == faults.death.nth; }

static void change(void)
{
    if (is_last_change())
        die();
}

/* ---- memory ------------------------------------------------------------------------------------------- */

static void *watch(void *memory)
{
    if (faults.on && memory) {
        if (faults.n_blocks == MAX_BLOCKS)
            abort();
        faults.blocks[faults.n_blocks++] = memory;
    }
    return memory;
}

static void unwatch(const void *memory)
{
    for (int i = 0; i < faults.n_blocks; i++)
        if (faults.blocks[i] == memory) {
            faults.blocks[i] = faults.blocks[--faults.n_blocks];
            return;
        }
}

void *__wrap_malloc(size_t bytes) { return failure(CALL_MALLOC) ? NULL : watch(__real_malloc(bytes)); }

void *__wrap_calloc(size_t count, size_t bytes)
{
    return failure(CALL_MALLOC) ? NULL : watch(__real_calloc(count, bytes));
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
    return failure(CALL_MALLOC) ? NULL : watch(__real_aligned_alloc(alignment, bytes));
}

void *__wrap_realloc(void *memory, size_t bytes)
{
    if (failure(CALL_MALLOC))
        return NULL;
    unwatch(memory);
    return watch(__real_realloc(memory, bytes));
}

void __wrap_free(void *memory)
{
    unwatch(memory);
    __real_free(memory);
}

FILE *__wrap_open_memstream(char **text, size_t *length)
{
    return failure(CALL_OPEN_MEMSTREAM) ? NULL : __real_open_memstream(text, length);
}

/* ---- files by descriptor --------------------------------------------------------------------------------- */

int __wrap_open(const char *path, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    int mode = flags & O_CREAT ? va_arg(list, int) : 0;
    va_end(list);
    if (failure(CALL_OPEN))
        return -1;
    if (flags & O_CREAT)
        change();
    return __real_open(path, flags, mode);
}

/* A lock that another process has is told by EAGAIN. */
int __wrap_fcntl(int descriptor, int command, ...)
{
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    return failure(CALL_FCNTL) ? -1 : __real_fcntl(descriptor, command, argument);
}

int __wrap_stat(const char *path, struct stat *status)
{
    return failure(CALL_STAT) ? -1 : __real_stat(path, status);
}

int __wrap_lstat(const char *path, struct stat *status)
{
    return failure(CALL_STAT) ? -1 : __real_lstat(path, status);
}

int __wrap_fstat(int descriptor, struct stat *status)
{
    return failure(CALL_STAT) ? -1 : __real_fstat(descriptor, status);
}

int __wrap_ftruncate(int descriptor, off_t size)
{
    if (failure(CALL_FTRUNCATE))
        return -1;
    change();
    return __real_ftruncate(descriptor, size);
}

ssize_t __wrap_write(int descriptor, const void *bytes, size_t count)
{
    int how = failure(CALL_WRITE);
    bool last = is_last_change();
    if (how == WRITES_NOTHING)
        return 0;
    if (how > 0)
        return -1;
    if (how == WRITES_HALF || last)
        count = (count + 1) / 2;
    ssize_t written = __real_write(descriptor, bytes, count);
    faults.dirty[descriptor] = faults.on;
    if (last)
        die();
    return written;
}

int __wrap_fsync(int descriptor)
{
    struct stat status;
    if (failure(CALL_FSYNC))
        return -1;
    change();
    faults.dirty[descriptor] = false;
    if (faults.on && __real_fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode))
        drop_old_file();
    return __real_fsync(descriptor);
}

int __wrap_rename(const char *from, const char *to)
{
    if (failure(CALL_RENAME))
        return -1;
    change();
    if (faults.on) {
        drop_old_file();
        snprintf(faults.renamed, MAX_PATH, "%s", to);
    }
    if (faults.on && faults.death.undo) {
        snprintf(faults.was_there, MAX_PATH, "%.1000s.old", to);
        if (link(to, faults.was_there) != 0)
            faults.was_there[0] = '\0';
    }
    return __real_rename(from, to);
}

/* Closes it also when it fails, as Linux does. What is not synced by now never is: it stays open to be forgotten.
 */
int __wrap_close(int descriptor)
{
    bool fails = failure(CALL_CLOSE);
    int reason = errno;
    change();
    if (faults.on && faults.dirty[descriptor]) {
        int kept = dup(descriptor);
        faults.dirty[kept] = true;
        faults.dirty[descriptor] = false;
        faults.open_before[kept] = true;
    }
    int result = __real_close(descriptor);
    errno = fails ? reason : errno;
    return fails ? -1 : result;
}

int __wrap_unlink(const char *path)
{
    if (failure(CALL_UNLINK))
        return -1;
    change();
    return __real_unlink(path);
}

/* ---- files by stream --------------------------------------------------------------------------------------- */

FILE *__wrap_fopen(const char *path, const char *mode)
{
    return failure(CALL_FOPEN) ? NULL : __real_fopen(path, mode);
}

FILE *__wrap_fdopen(int descriptor, const char *mode)
{
    return failure(CALL_FDOPEN) ? NULL : __real_fdopen(descriptor, mode);
}

size_t __wrap_fread(void *out, size_t size, size_t count, FILE *file)
{
    return failure(CALL_FREAD) ? 0 : __real_fread(out, size, count, file);
}

int __wrap_fseeko(FILE *file, off_t offset, int whence)
{
    return failure(CALL_FSEEKO) ? -1 : __real_fseeko(file, offset, whence);
}

int __wrap_fflush(FILE *file) { return failure(CALL_FFLUSH) ? EOF : __real_fflush(file); }

int __wrap_fclose(FILE *file)
{
    int how = failure(__fwritable(file) ? CALL_FCLOSE_WRITTEN : CALL_FCLOSE), reason = errno,
        result = __real_fclose(file);
    errno = how ? reason : errno;
    return how ? EOF : result;
}

gzFile __wrap_gzdopen(int descriptor, const char *mode)
{
    return failure(CALL_GZDOPEN) ? NULL : __real_gzdopen(descriptor, mode);
}

/* zlib keeps its message in the file, and takes errno for it. */
int __wrap_gzread(gzFile file, void *out, unsigned count)
{
    return failure(CALL_GZREAD) ? -1 : __real_gzread(file, out, count);
}

/* The name behind the macro inflateInit2(). */
int __wrap_inflateInit2_(z_stream *stream, int window_bits, const char *version, int bytes)
{
    return failure(CALL_INFLATE_INIT) ? Z_MEM_ERROR : __real_inflateInit2_(stream, window_bits, version, bytes);
}

int __wrap_inflate(z_stream *stream, int flush)
{
    return failure(CALL_INFLATE) ? Z_MEM_ERROR : __real_inflate(stream, flush);
}

/* ---- the test's side ------------------------------------------------------------------------------------------
 */

static bool is_open(int descriptor) { return __real_fcntl(descriptor, F_GETFD, NULL) >= 0; }

void faults_begin(struct fault fault, struct death death)
{
    memset(&faults, 0, sizeof faults);
    faults.fault = fault;
    faults.death = death;
    for (int d = 0; d < MAX_DESCRIPTORS; d++)
        faults.open_before[d] = is_open(d);
    faults.on = true;
}

void faults_end(void)
{
    faults.on = false;
    faults.unsafe = faults.renamed[0] != '\0';
    for (int d = 0; d < MAX_DESCRIPTORS; d++)
        faults.unsafe |= faults.dirty[d];
    drop_old_file();
}

long faults_count(enum call call) { return faults.count[call]; }

long faults_changes(void) { return faults.changes; }

bool faults_unsafe(void) { return faults.unsafe; }

int faults_leaked_blocks(void) { return faults.n_blocks; }

int faults_leaked_descriptors(void)
{
    int leaked = 0;
    for (int d = 0; d < MAX_DESCRIPTORS; d++)
        leaked += is_open(d) && !faults.open_before[d];
    return leaked;
}
