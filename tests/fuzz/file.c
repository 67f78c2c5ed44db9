/* file.c -- the input as a file. A system call costs more than most readers take for a whole input, and one input
 * needs dozens. So the few functions by which the readers, and zlib for them, come to a file stand here instead of
 * libc's: for the path of fuzz_file() they answer from memory, for any other they call libc's. Reading goes on
 * through stdio and zlib; memcpy() is watched by the sanitizer as read() is. */
#define _GNU_SOURCE
#include "fuzz.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* An input is not interesting for what it makes this file do. */
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)

/* libc's own function of this name. */
#define LIBC(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

enum { MOST_OPEN = 8, FIRST_DESCRIPTOR = 1 << 20 };

static const char the_path[] = "/fuzz/input";
static const unsigned char *the_bytes;
static size_t the_size;
static bool was_opened = true; /* before the first */
static struct open_file {
    bool is_open;
    size_t at;
} open_files[MOST_OPEN];

const char *fuzz_file(const void *data, size_t size)
{
    for (int i = 0; i < MOST_OPEN; i++)
        fuzz_assert(!open_files[i].is_open); /* the readers have closed what they opened */
    fuzz_assert(was_opened);                 /* and come here for it, not to a function of libc's missing below */
    was_opened = false;
    the_bytes = data;
    the_size = size;
    return the_path;
}

static bool is_ours(const char *path) { return strcmp(path, the_path) == 0; }

/* NULL for a descriptor of the system. */
static struct open_file *file_of(int descriptor)
{
    bool ours = descriptor >= FIRST_DESCRIPTOR && descriptor < FIRST_DESCRIPTOR + MOST_OPEN;
    return ours ? &open_files[descriptor - FIRST_DESCRIPTOR] : NULL;
}

static struct open_file *open_ours(void)
{
    int i = 0;
    while (i < MOST_OPEN && open_files[i].is_open)
        i++;
    fuzz_assert(i < MOST_OPEN);
    open_files[i] = (struct open_file){.is_open = true};
    was_opened = true;
    return &open_files[i];
}

static ssize_t read_ours(void *cookie, char *out, size_t size)
{
    struct open_file *file = cookie;
    size_t left = file->at < the_size ? the_size - file->at : 0, part = size < left ? size : left;
    if (part)
        memcpy(out, the_bytes + file->at, part);
    file->at += part;
    return (ssize_t)part;
}

/* As of a regular file: behind the end is allowed, before the beginning is not. */
static int seek_ours(void *cookie, off64_t *offset, int whence)
{
    struct open_file *file = cookie;
    off64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (off64_t)file->at : (off64_t)the_size;
    if (__builtin_add_overflow(base, *offset, offset) || *offset < 0) {
        errno = EINVAL;
        return -1;
    }
    file->at = (size_t)*offset;
    return 0;
}

static int close_ours(void *cookie)
{
    ((struct open_file *)cookie)->is_open = false;
    return 0;
}

static int status_of_ours(struct stat *status)
{
    *status =
        (struct stat){.st_mode = S_IFREG | 0600, .st_size = (off_t)the_size, .st_nlink = 1, .st_blksize = 4096};
    return 0;
}

/* ---- instead of libc's ----------------------------------------------------------------------------- */

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return is_ours(path) ? FIRST_DESCRIPTOR + (int)(open_ours() - open_files) : LIBC(open)(path, flags, mode);
}

ssize_t read(int descriptor, void *out, size_t size)
{
    struct open_file *file = file_of(descriptor);
    return file ? read_ours(file, out, size) : LIBC(read)(descriptor, out, size);
}

off64_t lseek64(int descriptor, off64_t offset, int whence)
{
    struct open_file *file = file_of(descriptor);
    if (!file)
        return LIBC(lseek64)(descriptor, offset, whence);
    return seek_ours(file, &offset, whence) == 0 ? offset : -1;
}

int close(int descriptor)
{
    struct open_file *file = file_of(descriptor);
    return file ? close_ours(file) : LIBC(close)(descriptor);
}

int stat(const char *restrict path, struct stat *restrict status)
{
    return is_ours(path) ? status_of_ours(status) : LIBC(stat)(path, status);
}

int lstat(const char *restrict path, struct stat *restrict status)
{
    return is_ours(path) ? status_of_ours(status) : LIBC(lstat)(path, status);
}

int fstat(int descriptor, struct stat *status)
{
    return file_of(descriptor) ? status_of_ours(status) : LIBC(fstat)(descriptor, status);
}

static FILE *stream_of(struct open_file *file, const char *mode)
{
    return fopencookie(file, mode,
                       (cookie_io_functions_t){.read = read_ours, .seek = seek_ours, .close = close_ours});
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
    return is_ours(path) ? stream_of(open_ours(), mode) : LIBC(fopen)(path, mode);
}

FILE *fdopen(int descriptor, const char *mode)
{
    struct open_file *file = file_of(descriptor);
    return file ? stream_of(file, mode) : LIBC(fdopen)(descriptor, mode);
}

/* Lua calls it by this name. */
FILE *fopen64(const char *restrict path, const char *restrict mode) { return fopen(path, mode); }

/* Lua opens a file anew when it begins with the byte of a compiled chunk. The file is none that libc could reopen. */
FILE *freopen(const char *restrict path, const char *restrict mode, FILE *restrict file)
{
    if (!path || !is_ours(path))
        return LIBC(freopen)(path, mode, file);
    fclose(file);
    return fopen(path, mode);
}

FILE *freopen64(const char *restrict path, const char *restrict mode, FILE *restrict file)
{
    return freopen(path, mode, file);
}

/* libc knows no descriptor of a file that it does not read itself: then it is ours, and which does not matter. */
int fileno(FILE *file)
{
    int descriptor = LIBC(fileno)(file);
    return descriptor >= 0 ? descriptor : FIRST_DESCRIPTOR;
}

#pragma clang attribute pop
