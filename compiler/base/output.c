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

bool output_folder(struct arena *arena, const char *path)
{
    char *partial = arena_strdup(arena, path);
    for (char *slash = strchr(partial + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(partial, 0777) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return mkdir(partial, 0777) == 0 || errno == EEXIST;
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
static const char *path_beside(struct arena *arena, const char *path, const char *ending)
{
    return arena_printf(arena, "%s.%ld.%s", path, (long)getpid(), ending);
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
    unlink(temporary); /* what a process of the same number left there, or somebody's link */
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
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

/* ---- renaming ---- */

/* A file on its way. */
struct written {
    const char *path;
    const char *temporary; /* the new contents; NULL: the file stays as it is */
    const char *before;    /* the old ones, as long as they may be wanted back; NULL: there is no such */
    bool is_new;           /* there was no file */
};

/* Without links, which some file systems lack, there is no way back. */
static void keep_before(struct arena *arena, struct written *written)
{
    const char *before = path_beside(arena, written->path, "old");
    written->is_new = access(written->path, F_OK) != 0;
    unlink(before);
    if (!written->is_new && link(written->path, before) == 0)
        written->before = before;
}

static void undo(const struct written *written)
{
    if (written->before)
        (void)rename(written->before, written->path);
    else if (written->is_new)
        unlink(written->path);
}

static bool rename_all(struct diag *diag, struct written *written, int count)
{
    int done = 0;
    for (bool ok = true; done < count && ok; done += ok) {
        struct written *one = &written[done];
        if (!one->temporary)
            continue;
        keep_before(diag->arena, one);
        ok = rename(one->temporary, one->path) == 0 || complain(diag, one->path);
    }
    for (int i = 0; i < count; i++) {
        if (done < count && i < done && written[i].temporary)
            undo(&written[i]);
        if (done < count && i >= done && written[i].temporary)
            unlink(written[i].temporary);
        if (written[i].before)
            unlink(written[i].before);
    }
    return done == count;
}

/* Under temporary names; those that were written are in `written` also after an error. */
static bool write_files(struct diag *diag, const struct output_file *files, int count, struct written *written)
{
    bool ok = true;
    for (int i = 0; i < count && ok; i++) {
        written[i].path = files[i].path;
        if (strcmp(files[i].path, "-") == 0)
            ok = write_stdout(diag, &files[i]);
        else if (!is_unchanged(&files[i])) {
            const char *temporary = path_beside(diag->arena, files[i].path, "tmp");
            ok = write_temporary(diag, &files[i], temporary);
            written[i].temporary = ok ? temporary : NULL;
        }
    }
    return ok;
}

bool output_write(struct diag *diag, const struct output_file *files, int count)
{
    for (int i = 0; i < count; i++)
        if (!can_be_replaced(diag, &files[i]))
            return false;
    struct written *written = arena_array(diag->arena, count, sizeof *written);
    if (write_files(diag, files, count, written))
        return rename_all(diag, written, count);
    for (int i = 0; i < count; i++)
        if (written[i].temporary)
            unlink(written[i].temporary);
    return false;
}
