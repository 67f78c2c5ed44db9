/* output.c -- puts the generated files where they belong: all of them whole, or none. */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool complain(struct diag *diag, const char *path)
{
    return diag_error(diag, (struct origin){0}, "cannot write `%s`: %s", path, strerror(errno));
}

const char *header_path(struct arena *arena, const char *path)
{
    char *header = arena_strdup(arena, path);
    header[strlen(header) - 1] = 'h';
    return header;
}

static bool write_stdout(struct diag *diag, const struct output_file *file)
{
    if (fwrite(file->text, 1, file->length, stdout) != file->length || fflush(stdout) != 0)
        return complain(diag, "standard output");
    return true;
}

/* A file that already holds these bytes keeps its time, so that make does not build it again. */
static bool is_unchanged(const struct output_file *file)
{
    FILE *old = fopen(file->path, "rb");
    if (!old)
        return false;
    size_t at = 0, count;
    char block[4096];
    bool same = true;
    while (same && (count = fread(block, 1, sizeof block, old)) > 0) {
        same = count <= file->length - at && memcmp(block, file->text + at, count) == 0;
        at += count;
    }
    same = same && !ferror(old) && at == file->length;
    (void)fclose(old); /* only read */
    return same;
}

/* In the same folder, so that renaming cannot fail for want of space or cross a file system. */
static const char *temporary_path(struct arena *arena, const char *path)
{
    return arena_printf(arena, "%s.%ld.tmp", path, (long)getpid());
}

static bool write_all(int descriptor, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t count = write(descriptor, text, length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        text += count;
        length -= (size_t)count;
    }
    return true;
}

static bool write_temporary(struct diag *diag, const struct output_file *file, const char *temporary)
{
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (descriptor < 0)
        return complain(diag, file->path);
    bool written = write_all(descriptor, file->text, file->length) && fsync(descriptor) == 0;
    int error = errno;
    if (close(descriptor) == 0 && written)
        return true;
    if (!written)
        errno = error;
    complain(diag, file->path);
    unlink(temporary);
    return false;
}

/* A folder cannot be replaced, and what is written into a pipe or a device is not replaced whole. */
static bool can_be_replaced(struct diag *diag, const struct output_file *file)
{
    struct stat status;
    if (strcmp(file->path, "-") == 0 || stat(file->path, &status) != 0 || S_ISREG(status.st_mode))
        return true;
    return diag_error(diag, (struct origin){0}, "cannot write `%s`: it is no regular file", file->path);
}

bool output_write(struct diag *diag, const struct output_file *files, int count)
{
    for (int i = 0; i < count; i++)
        if (!can_be_replaced(diag, &files[i]))
            return false;
    const char **temporary = arena_array(diag->arena, count, sizeof *temporary);
    for (int i = 0; i < count; i++) {
        if (strcmp(files[i].path, "-") == 0) {
            if (!write_stdout(diag, &files[i]))
                break;
        } else if (!is_unchanged(&files[i])) {
            const char *path = temporary_path(diag->arena, files[i].path);
            if (!write_temporary(diag, &files[i], path))
                break;
            temporary[i] = path;
        }
    }
    for (int i = 0; i < count; i++)
        if (temporary[i] && (diag->failed || rename(temporary[i], files[i].path) != 0)) {
            complain(diag, files[i].path); /* unless an earlier message stands */
            unlink(temporary[i]);
        }
    return !diag->failed;
}
